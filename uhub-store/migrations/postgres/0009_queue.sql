-- A claim goes from one priority to the next by a step along the index. Its first column had one value, which PostgreSQL
-- leaves out of such a step where the index holds no other.
DROP INDEX runs_queue;
CREATE INDEX runs_queue ON runs (priority DESC, due_at, id) WHERE status = 'queued';
