-- Orders are found by creation, status, customer id and e-mail. The table is made anew, so that what is searched for
-- stands before the body, and the file is like a new one.
ALTER TABLE orders RENAME TO orders_1;

CREATE TABLE orders (
    num         INTEGER PRIMARY KEY,
    order_id    TEXT NOT NULL UNIQUE,
    version     INTEGER NOT NULL,
    status      TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    customer_id TEXT,
    email_key   TEXT,
    body        BLOB NOT NULL
);

INSERT INTO orders (num, order_id, version, status, created_at, customer_id, email_key, body)
SELECT num, order_id, version, status,
       json_extract(CAST(body AS TEXT), '$.createdAt'),
       json_extract(CAST(body AS TEXT), '$.customerId'),
       email_key(json_extract(CAST(body AS TEXT), '$.email')),
       body
FROM orders_1 ORDER BY num;

DROP TABLE orders_1;

CREATE INDEX orders_by_creation ON orders (created_at);
CREATE INDEX orders_by_status ON orders (status, created_at);
CREATE INDEX orders_by_customer ON orders (customer_id, created_at) WHERE customer_id IS NOT NULL;
CREATE INDEX orders_by_email ON orders (email_key, created_at) WHERE email_key IS NOT NULL;

-- A key may be taken before its order has a record.
CREATE TABLE claimed_orders (
    order_id TEXT PRIMARY KEY,
    body     BLOB NOT NULL
) WITHOUT ROWID;

-- Consumers of a pipeline that was left go on to a certain change.
ALTER TABLE stream_positions RENAME TO stream_positions_1;

CREATE TABLE stream_positions (
    consumer   TEXT PRIMARY KEY,
    checkpoint INTEGER NOT NULL,
    claimed_to INTEGER NOT NULL,
    drain_to   INTEGER
) WITHOUT ROWID;

INSERT INTO stream_positions (consumer, checkpoint, claimed_to, drain_to)
SELECT consumer, checkpoint, claimed_to, NULL FROM stream_positions_1;

DROP TABLE stream_positions_1;

-- Dead letters are counted by queue.
ALTER TABLE dead_messages RENAME TO dead_messages_1;

CREATE TABLE dead_messages (
    id    INTEGER PRIMARY KEY,
    body  BLOB NOT NULL,
    queue TEXT
);

INSERT INTO dead_messages (id, body, queue)
SELECT id, body, json_extract(CAST(body AS TEXT), '$.queue') FROM dead_messages_1 ORDER BY id;

DROP TABLE dead_messages_1;

CREATE INDEX dead_by_queue ON dead_messages (queue);
