-- Plans that repeat. Their occurrences are jobs; one at most stands for each.
CREATE TABLE series (
    id                  BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    project_id          BLOB NOT NULL REFERENCES projects (id),
    title               TEXT NOT NULL,
    description         TEXT NOT NULL,
    job_type            TEXT NOT NULL CHECK (job_type IN ('meeting', 'dev', 'ops', 'maintenance', 'infra')),
    environment_id      BLOB,
    all_day             INTEGER NOT NULL,
    assignee_id         BLOB,
    critical            INTEGER,
    execution           TEXT,
    auto_start          INTEGER NOT NULL,
    -- The rule, the zone on whose clocks it goes, and local times as ISO 8601: instants follow from them.
    rule                TEXT NOT NULL,
    zone                TEXT NOT NULL,
    local_start         TEXT NOT NULL,
    exceptions          TEXT NOT NULL,
    length_seconds      INTEGER NOT NULL CHECK (length_seconds > 0),
    lay_at              INTEGER,
    skipped             TEXT NOT NULL,
    created_by          BLOB NOT NULL,
    edited_by           BLOB NOT NULL,
    execution_edited_by BLOB NOT NULL,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    version             INTEGER NOT NULL
) STRICT;
CREATE INDEX series_by_project ON series (project_id, id);
CREATE INDEX series_to_lay ON series (lay_at, id) WHERE lay_at IS NOT NULL;

ALTER TABLE jobs ADD COLUMN series_id BLOB REFERENCES series (id);
ALTER TABLE jobs ADD COLUMN occurrence INTEGER;
CREATE UNIQUE INDEX jobs_by_occurrence ON jobs (series_id, occurrence) WHERE series_id IS NOT NULL;
