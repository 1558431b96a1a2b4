-- What outside CIs told of the runs that a webhook started, each message once.
CREATE TABLE callbacks (
    run_id    UUID NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    attempt   BIGINT NOT NULL,
    seq       BIGINT NOT NULL,
    at        TIMESTAMPTZ NOT NULL,
    signature TEXT NOT NULL,
    status    TEXT NOT NULL CHECK (status IN ('running', 'succeeded', 'failed')),
    exit_code BIGINT,
    message   TEXT,
    log       TEXT,
    PRIMARY KEY (run_id, attempt, seq),
    UNIQUE (run_id, signature)
);
CREATE INDEX callbacks_by_age ON callbacks (at);
