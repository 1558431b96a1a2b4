-- The UID of the event of another calendar that a series was imported from.
ALTER TABLE series ADD COLUMN source TEXT;
CREATE INDEX series_by_source ON series (project_id, source) WHERE source IS NOT NULL;
