-- Times are INTEGER microseconds since the Unix epoch, identifiers are BLOBs of 16 bytes, JSON is TEXT.
-- Nothing refers to users by a foreign key: users are never deleted, and every write would have to look them up.

CREATE TABLE users (
    id                BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    username          TEXT NOT NULL,
    username_key      TEXT NOT NULL,
    display_name      TEXT NOT NULL,
    email             TEXT NOT NULL,
    role              TEXT NOT NULL CHECK (role IN ('admin', 'projets', 'ops', 'dev')),
    theme             TEXT NOT NULL CHECK (theme IN ('dark', 'light')),
    is_active         INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    password_hash     TEXT,
    calendar_token    TEXT,
    tokens_valid_from INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    version           INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX users_username_key ON users (username_key);
CREATE UNIQUE INDEX users_calendar_token ON users (calendar_token) WHERE calendar_token IS NOT NULL;
CREATE INDEX users_active_admins ON users (id) WHERE role = 'admin' AND is_active;

CREATE TABLE projects (
    id                       BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    name                     TEXT NOT NULL,
    color                    TEXT NOT NULL,
    owner_id                 BLOB NOT NULL,
    execution_backend        TEXT CHECK (execution_backend IN ('local', 'docker', 'webhook', 'ssh', 'k8s', 'serverless')),
    execution_backend_config TEXT,
    policy                   TEXT NOT NULL,
    created_at               INTEGER NOT NULL,
    updated_at               INTEGER NOT NULL,
    version                  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX projects_name ON projects (name);
CREATE INDEX projects_by_owner ON projects (owner_id);

CREATE TABLE environments (
    id         BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    project_id BLOB NOT NULL REFERENCES projects (id),
    place      INTEGER NOT NULL,
    name       TEXT NOT NULL,
    tier       TEXT NOT NULL CHECK (tier IN ('dev', 'staging', 'prod')),
    pool       TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX environments_name ON environments (project_id, name);
-- What jobs repeat of their environment refers to this, and so follows every change of it.
CREATE UNIQUE INDEX environments_whole ON environments (id, name, tier, pool);

CREATE TABLE jobs (
    id                  BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    project_id          BLOB NOT NULL REFERENCES projects (id),
    title               TEXT NOT NULL,
    title_key           TEXT NOT NULL,
    description         TEXT NOT NULL,
    job_type            TEXT NOT NULL CHECK (job_type IN ('meeting', 'dev', 'ops', 'maintenance', 'infra')),
    environment_id      BLOB,
    environment         TEXT,
    tier                TEXT NOT NULL CHECK (tier IN ('dev', 'staging', 'prod')),
    pool                TEXT,
    planned_start       INTEGER NOT NULL,
    planned_end         INTEGER NOT NULL,
    span_class          INTEGER NOT NULL CHECK (span_class IN (0, 1, 2)),
    all_day             INTEGER NOT NULL CHECK (all_day IN (0, 1)),
    assignee_id         BLOB,
    critical            INTEGER CHECK (critical IN (0, 1)),
    contends            INTEGER NOT NULL CHECK (contends IN (0, 1)),
    execution           TEXT,
    auto_start          INTEGER NOT NULL CHECK (auto_start IN (0, 1)),
    status              TEXT NOT NULL CHECK (status IN ('planned', 'awaiting_approval', 'approved', 'queued',
                                                        'running', 'succeeded', 'failed', 'cancelled', 'missed')),
    waiting             INTEGER NOT NULL CHECK (waiting IN (0, 1)),
    missable            INTEGER NOT NULL CHECK (missable IN (0, 1)),
    created_by          BLOB NOT NULL,
    edited_by           BLOB NOT NULL,
    execution_edited_by BLOB NOT NULL,
    auto_started_for    INTEGER,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    version             INTEGER NOT NULL,
    CHECK (planned_start < planned_end),
    CHECK ((environment_id IS NULL) = (environment IS NULL) AND (environment_id IS NULL) = (pool IS NULL)),
    FOREIGN KEY (environment_id, environment, tier, pool)
        REFERENCES environments (id, name, tier, pool) ON UPDATE CASCADE
) STRICT;
CREATE INDEX jobs_by_start ON jobs (planned_start, id);
CREATE INDEX jobs_by_span ON jobs (span_class, planned_start, planned_end);
CREATE INDEX jobs_contending ON jobs (pool, span_class, planned_start, planned_end) WHERE contends;
CREATE INDEX jobs_by_project ON jobs (project_id, planned_start, id);
CREATE INDEX jobs_by_status ON jobs (status, planned_start, id);
CREATE INDEX jobs_by_title ON jobs (project_id, title, id);
CREATE INDEX jobs_by_environment ON jobs (environment_id) WHERE environment_id IS NOT NULL;
CREATE INDEX jobs_due ON jobs (planned_start, id) WHERE waiting;
CREATE INDEX jobs_missable ON jobs (planned_end, id) WHERE missable;
CREATE INDEX jobs_awaiting ON jobs (status, planned_end, id) WHERE status = 'awaiting_approval';

CREATE TABLE runs (
    id                  BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    job_id              BLOB NOT NULL REFERENCES jobs (id),
    project_id          BLOB NOT NULL,
    attempt             INTEGER NOT NULL,
    backend             TEXT NOT NULL CHECK (backend IN ('local', 'docker', 'webhook', 'ssh', 'k8s', 'serverless')),
    execution           TEXT NOT NULL,
    status              TEXT NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'timed_out',
                                                        'cancelled', 'lost')),
    fence               INTEGER NOT NULL,
    origin              TEXT NOT NULL CHECK (origin IN ('launch', 'auto_start')),
    requested_by        BLOB NOT NULL,
    reason              TEXT,
    approval_id         BLOB,
    approved_by         BLOB,
    due_at              INTEGER NOT NULL,
    worker              TEXT,
    handle              TEXT,
    lease_until         INTEGER,
    cancel_requested_at INTEGER,
    exit_code           INTEGER,
    outcome             TEXT,
    created_at          INTEGER NOT NULL,
    started_at          INTEGER,
    ended_at            INTEGER
) STRICT;
CREATE UNIQUE INDEX runs_active ON runs (job_id) WHERE status IN ('queued', 'running');
CREATE INDEX runs_by_job ON runs (job_id, id);
CREATE INDEX runs_by_status ON runs (status, id);
CREATE INDEX runs_by_creation ON runs (created_at);
-- The queue and the leases hold what is at work only: claiming costs the same whatever has ended before. Their first
-- column, which has one value, lets SQLite see that they fit better than runs_by_status.
CREATE INDEX runs_queue ON runs (status, due_at, id) WHERE status = 'queued';
CREATE INDEX runs_leases ON runs (status, lease_until, id) WHERE status = 'running';

CREATE TABLE run_logs (
    run_id BLOB NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    seq    INTEGER NOT NULL,
    stream TEXT NOT NULL CHECK (stream IN ('stdout', 'stderr', 'system')),
    at     INTEGER NOT NULL,
    bytes  BLOB NOT NULL,
    PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE approvals (
    id           BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    kind         TEXT NOT NULL CHECK (kind IN ('create', 'edit', 'cancel', 'run', 'break_glass')),
    job_id       BLOB NOT NULL REFERENCES jobs (id),
    project_id   BLOB NOT NULL,
    run_id       BLOB,
    change       TEXT,
    digest       TEXT NOT NULL,
    rule         TEXT NOT NULL,
    reason       TEXT,
    state        TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'rejected', 'void', 'expired', 'consumed')),
    requested_by BLOB NOT NULL,
    requested_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    decided_by   BLOB,
    decided_at   INTEGER,
    comment      TEXT
) STRICT;
CREATE INDEX approvals_by_state ON approvals (state, id);
CREATE INDEX approvals_by_job ON approvals (job_id, id);
CREATE INDEX approvals_open ON approvals (expires_at, id) WHERE state IN ('pending', 'approved');

CREATE TABLE freezes (
    id            BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    planned_start INTEGER NOT NULL,
    planned_end   INTEGER NOT NULL,
    tiers         TEXT NOT NULL,
    environments  TEXT NOT NULL,
    project_id    BLOB REFERENCES projects (id),
    reason        TEXT NOT NULL,
    created_by    BLOB NOT NULL,
    created_at    INTEGER NOT NULL,
    CHECK (planned_start < planned_end)
) STRICT;
CREATE INDEX freezes_by_end ON freezes (planned_end, planned_start);

CREATE TABLE audit (
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
    detail      TEXT NOT NULL,
    seq         INTEGER,
    hash        TEXT,
    CHECK ((seq IS NULL) = (hash IS NULL))
) STRICT;
CREATE UNIQUE INDEX audit_id ON audit (id);
CREATE UNIQUE INDEX audit_seq ON audit (seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_unsealed ON audit (pos) WHERE seq IS NULL;
CREATE INDEX audit_by_object ON audit (object_id, id) WHERE object_id IS NOT NULL;
CREATE INDEX audit_by_actor ON audit (actor_id, id) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_by_project ON audit (project_id, id) WHERE project_id IS NOT NULL;
CREATE INDEX audit_by_time ON audit (at);

-- The end of the chain is kept apart from the entries, so that deleting the last ones shows.
CREATE TABLE audit_head (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    seq  INTEGER NOT NULL,
    hash TEXT NOT NULL
) STRICT;

CREATE TABLE meta (
    key   TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
    user_id   BLOB NOT NULL,
    key       TEXT NOT NULL,
    request   TEXT NOT NULL,
    object_id BLOB NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency (at);

-- How many commits have concerned calendars.
CREATE TABLE calendar_revision (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    n   INTEGER NOT NULL
) STRICT;
INSERT INTO calendar_revision (one, n) VALUES (1, 0);

-- What other processes on this file must be told of, for some minutes.
CREATE TABLE changes (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    origin BLOB NOT NULL,
    notes  TEXT NOT NULL,
    at     INTEGER NOT NULL
) STRICT;
CREATE INDEX changes_by_time ON changes (at);
