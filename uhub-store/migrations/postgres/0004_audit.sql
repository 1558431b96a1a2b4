-- Entries wait here, with few indexes to pay for, until the sequencer lays them into the chain: an entry's indexes are
-- then written once, in batches, and by nobody who waits for them.
DROP INDEX audit_unsealed;
CREATE TABLE audit_unsealed (
    pos         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          UUID NOT NULL,
    at          TIMESTAMPTZ NOT NULL,
    actor_id    UUID,
    actor       TEXT COLLATE "C" NOT NULL,
    action      TEXT COLLATE "C" NOT NULL,
    object_kind TEXT NOT NULL,
    object_id   UUID,
    project_id  UUID,
    decision    TEXT NOT NULL,
    rule        TEXT,
    detail      TEXT NOT NULL
-- All of it comes and goes: what is left of the gone must not grow.
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE UNIQUE INDEX audit_unsealed_id ON audit_unsealed (id);

INSERT INTO audit_unsealed
    (id, at, actor_id, actor, action, object_kind, object_id, project_id, decision, rule, detail)
SELECT id, at, actor_id, actor, action, object_kind, object_id, project_id, decision, rule, detail
FROM audit WHERE seq IS NULL ORDER BY pos;
DELETE FROM audit WHERE seq IS NULL;

DROP INDEX audit_seq;
ALTER TABLE audit DROP COLUMN pos;
ALTER TABLE audit ALTER COLUMN hash SET NOT NULL;
ALTER TABLE audit ADD PRIMARY KEY (seq);

-- Every entry, sealed or not.
CREATE VIEW audit_all AS
SELECT id, at, actor_id, actor, action, object_kind, object_id, project_id, decision, rule, detail, seq, hash
FROM audit
UNION ALL
SELECT id, at, actor_id, actor, action, object_kind, object_id, project_id, decision, rule, detail,
    NULL::bigint, NULL::text
FROM audit_unsealed;
