-- Plans that repeat. Their occurrences are jobs; one at most stands for each.
CREATE TABLE series (
    id                  UUID PRIMARY KEY,
    project_id          UUID NOT NULL REFERENCES projects (id),
    title               TEXT NOT NULL,
    description         TEXT NOT NULL,
    job_type            TEXT NOT NULL CHECK (job_type IN ('meeting', 'dev', 'ops', 'maintenance', 'infra')),
    environment_id      UUID,
    all_day             BOOLEAN NOT NULL,
    assignee_id         UUID,
    critical            BOOLEAN,
    execution           TEXT,
    auto_start          BOOLEAN NOT NULL,
    -- The rule, the zone on whose clocks it goes, and local times as ISO 8601: instants follow from them.
    rule                TEXT NOT NULL,
    zone                TEXT NOT NULL,
    local_start         TEXT NOT NULL,
    exceptions          TEXT NOT NULL,
    length_seconds      BIGINT NOT NULL CHECK (length_seconds > 0),
    lay_at              TIMESTAMPTZ,
    skipped             TEXT NOT NULL,
    created_by          UUID NOT NULL,
    edited_by           UUID NOT NULL,
    execution_edited_by UUID NOT NULL,
    created_at          TIMESTAMPTZ NOT NULL,
    updated_at          TIMESTAMPTZ NOT NULL,
    version             BIGINT NOT NULL
);
CREATE INDEX series_by_project ON series (project_id, id);
CREATE INDEX series_to_lay ON series (lay_at, id) WHERE lay_at IS NOT NULL;

ALTER TABLE jobs ADD COLUMN series_id UUID REFERENCES series (id);
ALTER TABLE jobs ADD COLUMN occurrence TIMESTAMPTZ;
CREATE UNIQUE INDEX jobs_by_occurrence ON jobs (series_id, occurrence) WHERE series_id IS NOT NULL;
