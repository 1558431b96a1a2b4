-- Entries wait here, with few indexes to pay for, until the sequencer lays them into the chain: an entry's indexes are
-- then written once, in batches, and by nobody who waits for them.
DROP INDEX audit_unsealed;
CREATE TABLE audit_unsealed (
    pos         INTEGER PRIMARY KEY,
    id          BLOB NOT NULL CHECK (length(id) = 16),
    at          INTEGER NOT NULL,
    actor_id    BLOB,
    actor       TEXT NOT NULL,
    action      TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id   BLOB,
    project_id  BLOB,
    decision    TEXT NOT NULL,
    rule        TEXT,
    detail      TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX audit_unsealed_id ON audit_unsealed (id);

INSERT INTO audit_unsealed
    (id, at, actor_id, actor, action, object_kind, object_id, project_id, decision, rule, detail)
SELECT id, at, actor_id, actor, action, object_kind, object_id, project_id, decision, rule, detail
FROM audit WHERE seq IS NULL ORDER BY pos;

CREATE TABLE audit_chain (
    seq         INTEGER PRIMARY KEY,
    hash        TEXT NOT NULL,
    id          BLOB NOT NULL CHECK (length(id) = 16),
    at          INTEGER NOT NULL,
    actor_id    BLOB,
    actor       TEXT NOT NULL,
    action      TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id   BLOB,
    project_id  BLOB,
    decision    TEXT NOT NULL,
    rule        TEXT,
    detail      TEXT NOT NULL
) STRICT;
INSERT INTO audit_chain
    (seq, hash, id, at, actor_id, actor, action, object_kind, object_id, project_id, decision, rule, detail)
SELECT seq, hash, id, at, actor_id, actor, action, object_kind, object_id, project_id, decision, rule, detail
FROM audit WHERE seq IS NOT NULL ORDER BY seq;
DROP TABLE audit;
ALTER TABLE audit_chain RENAME TO audit;
CREATE UNIQUE INDEX audit_id ON audit (id);
CREATE INDEX audit_by_object ON audit (object_id, id) WHERE object_id IS NOT NULL;
CREATE INDEX audit_by_actor ON audit (actor_id, id) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_by_project ON audit (project_id, id) WHERE project_id IS NOT NULL;
CREATE INDEX audit_by_time ON audit (at);

-- Every entry, sealed or not.
CREATE VIEW audit_all AS
SELECT id, at, actor_id, actor, action, object_kind, object_id, project_id, decision, rule, detail, seq, hash
FROM audit
UNION ALL
SELECT id, at, actor_id, actor, action, object_kind, object_id, project_id, decision, rule, detail, NULL, NULL
FROM audit_unsealed;
