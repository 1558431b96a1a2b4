-- JSON is TEXT: the audit's hash chain needs it back exactly. Words that are compared or sorted collate by bytes ("C"),
-- so that the order is the same on every cluster.
-- Nothing refers to users by a foreign key: users are never deleted, and every write would lock their rows.

CREATE TABLE users (
    id                UUID PRIMARY KEY,
    username          TEXT NOT NULL,
    username_key      TEXT COLLATE "C" NOT NULL,
    display_name      TEXT NOT NULL,
    email             TEXT NOT NULL,
    role              TEXT NOT NULL CHECK (role IN ('admin', 'projets', 'ops', 'dev')),
    theme             TEXT NOT NULL CHECK (theme IN ('dark', 'light')),
    is_active         BOOLEAN NOT NULL,
    password_hash     TEXT,
    calendar_token    TEXT COLLATE "C",
    tokens_valid_from TIMESTAMPTZ NOT NULL,
    created_at        TIMESTAMPTZ NOT NULL,
    updated_at        TIMESTAMPTZ NOT NULL,
    version           BIGINT NOT NULL
);
CREATE UNIQUE INDEX users_username_key ON users (username_key);
CREATE UNIQUE INDEX users_calendar_token ON users (calendar_token) WHERE calendar_token IS NOT NULL;
CREATE INDEX users_active_admins ON users (id) WHERE role = 'admin' AND is_active;

CREATE TABLE projects (
    id                       UUID PRIMARY KEY,
    name                     TEXT COLLATE "C" NOT NULL,
    color                    TEXT NOT NULL,
    owner_id                 UUID NOT NULL,
    execution_backend        TEXT CHECK (execution_backend IN ('local', 'docker', 'webhook', 'ssh', 'k8s', 'serverless')),
    execution_backend_config TEXT,
    policy                   TEXT NOT NULL,
    created_at               TIMESTAMPTZ NOT NULL,
    updated_at               TIMESTAMPTZ NOT NULL,
    version                  BIGINT NOT NULL
);
CREATE UNIQUE INDEX projects_name ON projects (name);
CREATE INDEX projects_by_owner ON projects (owner_id);

CREATE TABLE environments (
    id         UUID PRIMARY KEY,
    project_id UUID NOT NULL REFERENCES projects (id),
    place      BIGINT NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    tier       TEXT NOT NULL CHECK (tier IN ('dev', 'staging', 'prod')),
    pool       TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX environments_name ON environments (project_id, name);
-- What jobs repeat of their environment refers to this, and so follows every change of it.
ALTER TABLE environments ADD CONSTRAINT environments_whole UNIQUE (id, name, tier, pool);

CREATE TABLE jobs (
    id                  UUID PRIMARY KEY,
    project_id          UUID NOT NULL REFERENCES projects (id),
    title               TEXT COLLATE "C" NOT NULL,
    title_key           TEXT NOT NULL,
    description         TEXT NOT NULL,
    job_type            TEXT NOT NULL CHECK (job_type IN ('meeting', 'dev', 'ops', 'maintenance', 'infra')),
    environment_id      UUID,
    environment         TEXT COLLATE "C",
    tier                TEXT NOT NULL CHECK (tier IN ('dev', 'staging', 'prod')),
    pool                TEXT COLLATE "C",
    planned_start       TIMESTAMPTZ NOT NULL,
    planned_end         TIMESTAMPTZ NOT NULL,
    span_class          BIGINT NOT NULL CHECK (span_class IN (0, 1, 2)),
    all_day             BOOLEAN NOT NULL,
    assignee_id         UUID,
    critical            BOOLEAN,
    contends            BOOLEAN NOT NULL,
    execution           TEXT,
    auto_start          BOOLEAN NOT NULL,
    status              TEXT NOT NULL CHECK (status IN ('planned', 'awaiting_approval', 'approved', 'queued',
                                                        'running', 'succeeded', 'failed', 'cancelled', 'missed')),
    waiting             BOOLEAN NOT NULL,
    missable            BOOLEAN NOT NULL,
    created_by          UUID NOT NULL,
    edited_by           UUID NOT NULL,
    execution_edited_by UUID NOT NULL,
    auto_started_for    TIMESTAMPTZ,
    created_at          TIMESTAMPTZ NOT NULL,
    updated_at          TIMESTAMPTZ NOT NULL,
    version             BIGINT NOT NULL,
    CHECK (planned_start < planned_end),
    CHECK ((environment_id IS NULL) = (environment IS NULL) AND (environment_id IS NULL) = (pool IS NULL)),
    CONSTRAINT jobs_environment FOREIGN KEY (environment_id, environment, tier, pool)
        REFERENCES environments (id, name, tier, pool) ON UPDATE CASCADE
);
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
    id                  UUID PRIMARY KEY,
    job_id              UUID NOT NULL REFERENCES jobs (id),
    project_id          UUID NOT NULL,
    attempt             BIGINT NOT NULL,
    backend             TEXT NOT NULL CHECK (backend IN ('local', 'docker', 'webhook', 'ssh', 'k8s', 'serverless')),
    execution           TEXT NOT NULL,
    status              TEXT NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'timed_out',
                                                        'cancelled', 'lost')),
    fence               BIGINT NOT NULL,
    origin              TEXT NOT NULL CHECK (origin IN ('launch', 'auto_start')),
    requested_by        UUID NOT NULL,
    reason              TEXT,
    approval_id         UUID,
    approved_by         UUID,
    due_at              TIMESTAMPTZ NOT NULL,
    worker              TEXT,
    handle              TEXT,
    lease_until         TIMESTAMPTZ,
    cancel_requested_at TIMESTAMPTZ,
    exit_code           BIGINT,
    outcome             TEXT,
    created_at          TIMESTAMPTZ NOT NULL,
    started_at          TIMESTAMPTZ,
    ended_at            TIMESTAMPTZ
);
CREATE UNIQUE INDEX runs_active ON runs (job_id) WHERE status IN ('queued', 'running');
CREATE INDEX runs_by_job ON runs (job_id, id);
CREATE INDEX runs_by_status ON runs (status, id);
CREATE INDEX runs_by_creation ON runs (created_at);
-- The queue and the leases hold what is at work only: claiming costs the same whatever has ended before. Their first
-- column, which has one value, lets SQLite see that they fit better than runs_by_status.
CREATE INDEX runs_queue ON runs (status, due_at, id) WHERE status = 'queued';
CREATE INDEX runs_leases ON runs (status, lease_until, id) WHERE status = 'running';

CREATE TABLE run_logs (
    run_id UUID NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    seq    BIGINT NOT NULL,
    stream TEXT NOT NULL CHECK (stream IN ('stdout', 'stderr', 'system')),
    at     TIMESTAMPTZ NOT NULL,
    bytes  BYTEA NOT NULL,
    PRIMARY KEY (run_id, seq)
);

CREATE TABLE approvals (
    id           UUID PRIMARY KEY,
    kind         TEXT NOT NULL CHECK (kind IN ('create', 'edit', 'cancel', 'run', 'break_glass')),
    job_id       UUID NOT NULL REFERENCES jobs (id),
    project_id   UUID NOT NULL,
    run_id       UUID,
    change       TEXT,
    digest       TEXT NOT NULL,
    rule         TEXT NOT NULL,
    reason       TEXT,
    state        TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'rejected', 'void', 'expired', 'consumed')),
    requested_by UUID NOT NULL,
    requested_at TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL,
    decided_by   UUID,
    decided_at   TIMESTAMPTZ,
    comment      TEXT
);
CREATE INDEX approvals_by_state ON approvals (state, id);
CREATE INDEX approvals_by_job ON approvals (job_id, id);
CREATE INDEX approvals_open ON approvals (expires_at, id) WHERE state IN ('pending', 'approved');

CREATE TABLE freezes (
    id            UUID PRIMARY KEY,
    planned_start TIMESTAMPTZ NOT NULL,
    planned_end   TIMESTAMPTZ NOT NULL,
    tiers         TEXT NOT NULL,
    environments  TEXT NOT NULL,
    project_id    UUID REFERENCES projects (id),
    reason        TEXT NOT NULL,
    created_by    UUID NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL,
    CHECK (planned_start < planned_end)
);
CREATE INDEX freezes_by_end ON freezes (planned_end, planned_start);

CREATE TABLE audit (
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
    detail      TEXT NOT NULL,
    seq         BIGINT,
    hash        TEXT,
    CHECK ((seq IS NULL) = (hash IS NULL))
);
CREATE UNIQUE INDEX audit_id ON audit (id);
CREATE UNIQUE INDEX audit_seq ON audit (seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_unsealed ON audit (pos) WHERE seq IS NULL;
CREATE INDEX audit_by_object ON audit (object_id, id) WHERE object_id IS NOT NULL;
CREATE INDEX audit_by_actor ON audit (actor_id, id) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_by_project ON audit (project_id, id) WHERE project_id IS NOT NULL;
CREATE INDEX audit_by_time ON audit (at);

-- The end of the chain is kept apart from the entries, so that deleting the last ones shows.
CREATE TABLE audit_head (
    one  BOOLEAN PRIMARY KEY CHECK (one),
    seq  BIGINT NOT NULL,
    hash TEXT NOT NULL
);

CREATE TABLE meta (
    key   TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);

CREATE TABLE idempotency (
    user_id   UUID NOT NULL,
    key       TEXT COLLATE "C" NOT NULL,
    request   TEXT NOT NULL,
    object_id UUID NOT NULL,
    at        TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_by_age ON idempotency (at);

-- One row per commit that concerned calendars, for an hour. Whether its transaction is visible in a snapshot taken
-- earlier tells exactly whether it was committed since, whatever the order of commits.
CREATE TABLE changes (
    xid XID8 NOT NULL DEFAULT pg_current_xact_id(),
    at  TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX changes_by_xid ON changes (xid);
CREATE INDEX changes_by_time ON changes (at);

-- Up to which transaction rows of changes were removed.
CREATE TABLE changes_horizon (
    one BOOLEAN PRIMARY KEY CHECK (one),
    xid XID8 NOT NULL
);
INSERT INTO changes_horizon (one, xid) VALUES (TRUE, '0');
