-- What started by itself and waits for a worker: it is missed when its slot ends.
CREATE INDEX runs_unclaimed ON runs (job_id) WHERE status = 'queued' AND origin = 'auto_start' AND attempt = 1;
