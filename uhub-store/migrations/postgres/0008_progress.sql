-- A job's end is written where the job lies, and no index has to follow: none tells by `contends` any more. Those that have
-- ended are few in the windows that are asked for.
DROP INDEX jobs_contending;
CREATE INDEX jobs_contending ON jobs (pool, span_class, planned_start, planned_end);
-- Jobs that were planned together often start and end together, too: room for each on its page.
ALTER TABLE jobs SET (fillfactor = 50);
