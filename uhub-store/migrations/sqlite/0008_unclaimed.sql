-- What started by itself and waits for a worker: it is missed when its slot ends. The first columns, which have one value
-- each, let SQLite see that this fits better than runs_queue.
CREATE INDEX runs_unclaimed ON runs (status, origin, attempt, job_id)
    WHERE status = 'queued' AND origin = 'auto_start' AND attempt = 1;
