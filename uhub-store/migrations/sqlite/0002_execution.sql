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

-- A run's progress changes statuses, and every index that has one has to follow: none of the jobs' does any more, and of the
-- runs' only those of the few that wait, go on, or ended badly.
DROP INDEX jobs_by_status;
DROP INDEX jobs_awaiting;
DROP INDEX runs_by_status;
CREATE INDEX runs_badly_ended ON runs (status, id) WHERE status IN ('failed', 'timed_out', 'cancelled', 'lost');
