-- Executions that wait, went wrong, or had to try something again.
CREATE TABLE executions (
    execution_id TEXT PRIMARY KEY,
    order_id     TEXT,
    status       TEXT NOT NULL,
    at           INTEGER NOT NULL,
    due          INTEGER,
    body         BLOB NOT NULL
);
CREATE INDEX executions_by_order ON executions (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX executions_running ON executions (due) WHERE status = 'RUNNING';
