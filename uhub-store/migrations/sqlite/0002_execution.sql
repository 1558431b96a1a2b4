-- Executions that outlive their worker are taken over by another: behind which chunk their output begins, and how much of
-- it is stored.
ALTER TABLE runs ADD COLUMN log_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run_logs ADD COLUMN upto INTEGER NOT NULL DEFAULT 0;

-- The more urgent first, then the more overdue.
ALTER TABLE runs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
DROP INDEX runs_queue;
CREATE INDEX runs_queue ON runs (status, priority DESC, due_at, id) WHERE status = 'queued';

-- Projects that limit how many of their runs go on at once: asked for with each claim.
ALTER TABLE projects ADD COLUMN limits_runs INTEGER NOT NULL DEFAULT 0;
CREATE INDEX projects_with_room ON projects (id) WHERE limits_runs;
