-- What outside CIs told of the runs that a webhook started, each message once.
CREATE TABLE callbacks (
    run_id    BLOB NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    attempt   INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    signature TEXT NOT NULL,
    status    TEXT NOT NULL CHECK (status IN ('running', 'succeeded', 'failed')),
    exit_code INTEGER,
    message   TEXT,
    log       TEXT,
    PRIMARY KEY (run_id, attempt, seq),
    UNIQUE (run_id, signature)
) STRICT, WITHOUT ROWID;
CREATE INDEX callbacks_by_age ON callbacks (at);
