-- Deleted orders, and their archive. Adding a column touches no row.
ALTER TABLE orders ADD COLUMN expires_at INTEGER;
DROP INDEX orders_by_creation;
CREATE INDEX orders_by_creation ON orders (created_at) WHERE expires_at IS NULL;
CREATE INDEX orders_expiring ON orders (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE archived_orders (
    num         INTEGER PRIMARY KEY,
    order_id    TEXT NOT NULL UNIQUE,
    deleted_at  INTEGER NOT NULL,
    customer_id TEXT,
    email_key   TEXT,
    body        BLOB NOT NULL
);
CREATE INDEX archived_orders_by_deletion ON archived_orders (deleted_at);
CREATE INDEX archived_orders_by_customer ON archived_orders (customer_id, deleted_at) WHERE customer_id IS NOT NULL;
CREATE INDEX archived_orders_by_email ON archived_orders (email_key, deleted_at) WHERE email_key IS NOT NULL;
