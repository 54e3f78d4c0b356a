-- One SQLite file holds everything that must commit together. Times are epoch milliseconds, money is minor units,
-- bodies are JSON. Written for SQLite 3.37 and later. This is how a new file begins; migrations/ brings older ones here.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

-- The orders: the whole record is in body; the other columns exist to be found by. email_key is the e-mail in lower
-- case. Each index ends in num, which orders what was created in one millisecond. A deleted order has the status DELETED,
-- which takes it out of the lists, and expires_at: never, until it is archived and no more than a stub.
CREATE TABLE orders (
    num         INTEGER PRIMARY KEY,
    order_id    TEXT NOT NULL UNIQUE,
    version     INTEGER NOT NULL,
    status      TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    customer_id TEXT,
    email_key   TEXT,
    body        BLOB NOT NULL,
    expires_at  INTEGER
);
CREATE INDEX orders_by_creation ON orders (created_at) WHERE expires_at IS NULL;
CREATE INDEX orders_by_status ON orders (status, created_at);
CREATE INDEX orders_by_customer ON orders (customer_id, created_at) WHERE customer_id IS NOT NULL;
CREATE INDEX orders_by_email ON orders (email_key, created_at) WHERE email_key IS NOT NULL;
CREATE INDEX orders_expiring ON orders (expires_at) WHERE expires_at IS NOT NULL;

-- The orders that were deleted, each archived as an object in bucket archive; customer_id and email_key are found by until
-- they are erased.
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

-- Which idempotency key made which order; claim_key hashes caller, customer, route and key.
CREATE TABLE idempotency (
    claim_key   TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    order_id    TEXT NOT NULL,
    expires_at  INTEGER NOT NULL
) WITHOUT ROWID;

-- Orders whose key was taken before there was a record of them, as they were accepted. Not beside the key: keys are hashes,
-- and large rows in no order cost a page each, while order ids ascend.
CREATE TABLE claimed_orders (
    order_id TEXT PRIMARY KEY,
    body     BLOB NOT NULL
) WITHOUT ROWID;

-- The catalogue; stock is NULL where uncounted.
CREATE TABLE products (
    sku      TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    price    INTEGER NOT NULL,
    currency TEXT NOT NULL,
    stock    INTEGER CHECK (stock >= 0)
) WITHOUT ROWID;

-- The permanent log of order events.
CREATE TABLE events (
    num      INTEGER PRIMARY KEY,
    order_id TEXT NOT NULL,
    seq      INTEGER NOT NULL,
    type     TEXT NOT NULL,
    body     BLOB NOT NULL,
    UNIQUE (order_id, seq)
);

-- What was or is to be mailed, once each; order_id is NULL where it is about no order.
CREATE TABLE mails (
    num      INTEGER PRIMARY KEY,
    mail_id  TEXT NOT NULL UNIQUE,
    order_id TEXT,
    status   TEXT NOT NULL,
    body     BLOB NOT NULL
);
CREATE INDEX mails_by_order ON mails (order_id) WHERE order_id IS NOT NULL;

-- The messages of all queues. receives counts deliveries and is durable before a handler starts; retry_at is set
-- while a failed message waits for its next turn, or one that was sent for later for its first. redrives counts how often it came back from the dead letters.
CREATE TABLE messages (
    id       INTEGER PRIMARY KEY,
    queue    TEXT NOT NULL,
    order_id TEXT,
    body     BLOB NOT NULL,
    sent_at  INTEGER NOT NULL,
    receives INTEGER NOT NULL,
    retry_at INTEGER,
    redrives INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX messages_fresh ON messages (queue, id) WHERE receives = 0 AND retry_at IS NULL;
CREATE INDEX messages_waiting ON messages (queue, retry_at) WHERE retry_at IS NOT NULL;

-- Dead letters that fail_order, which takes them all, could not take either, whole; queue is the one in body.
CREATE TABLE dead_messages (
    id    INTEGER PRIMARY KEY,
    body  BLOB NOT NULL,
    queue TEXT
);
CREATE INDEX dead_by_queue ON dead_messages (queue);

-- The change stream of orders, until every consumer has passed it.
CREATE TABLE changes (
    seq         INTEGER PRIMARY KEY,
    order_id    TEXT NOT NULL,
    event       TEXT NOT NULL,
    old_version INTEGER NOT NULL,
    old_status  TEXT,
    body        BLOB NOT NULL
);

-- Where each consumer of the change stream stands: up to checkpoint all is done or parked, up to claimed_to it is
-- being worked on. drain_to is set for a consumer of a pipeline that was left: it goes that far and then leaves too.
CREATE TABLE stream_positions (
    consumer   TEXT PRIMARY KEY,
    checkpoint INTEGER NOT NULL,
    claimed_to INTEGER NOT NULL,
    drain_to   INTEGER
) WITHOUT ROWID;

-- Change records that failed, or wait behind one of the same order that did; copied, so that the stream can be trimmed.
CREATE TABLE stream_parked (
    consumer    TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    order_id    TEXT NOT NULL,
    event       TEXT NOT NULL,
    old_version INTEGER NOT NULL,
    old_status  TEXT,
    body        BLOB NOT NULL,
    receives    INTEGER NOT NULL,
    retry_at    INTEGER,
    redrives    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (consumer, seq)
) WITHOUT ROWID;

-- Dead letters as fail_order keeps them, until they are redriven or their order goes on: open says whether that is due.
CREATE TABLE dead_letters (
    num       INTEGER PRIMARY KEY,
    letter_id TEXT NOT NULL UNIQUE,
    queue     TEXT NOT NULL,
    order_id  TEXT,
    open      INTEGER NOT NULL,
    body      BLOB NOT NULL
);
CREATE INDEX dead_letters_open ON dead_letters (num) WHERE open;
CREATE INDEX dead_letters_open_by_queue ON dead_letters (queue, num) WHERE open;
CREATE INDEX dead_letters_by_order ON dead_letters (order_id) WHERE order_id IS NOT NULL;

-- Alerts, each with what became of its deliveries; alert_id groups those of one function, reason and minute.
CREATE TABLE alert_log (
    num      INTEGER PRIMARY KEY,
    alert_id TEXT NOT NULL UNIQUE,
    order_id TEXT,
    body     BLOB NOT NULL
);
CREATE INDEX alert_log_by_order ON alert_log (order_id) WHERE order_id IS NOT NULL;

-- What went wrong on an order's way, one row for each attempt that failed: nothing else remembers those.
CREATE TABLE failed_attempts (
    num      INTEGER PRIMARY KEY,
    order_id TEXT NOT NULL,
    body     BLOB NOT NULL
);
CREATE INDEX failed_attempts_by_order ON failed_attempts (order_id);

-- Executions of workflows, and of functions that take orders in: those that wait (RUNNING, until due), went wrong, or had
-- to try something again. body is the execution as it stands, or what is kept of it. Ids ascend by the millisecond.
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

-- Who wants to be told of deleted orders; email_key is the address in lower case. expires_at is set until it is confirmed.
CREATE TABLE subscriptions (
    num             INTEGER PRIMARY KEY,
    email_key       TEXT NOT NULL UNIQUE,
    subscription_id TEXT NOT NULL UNIQUE,
    status          TEXT NOT NULL,
    expires_at      INTEGER,
    body            BLOB NOT NULL
);
CREATE INDEX subscriptions_by_status ON subscriptions (status);
CREATE INDEX subscriptions_expiring ON subscriptions (expires_at) WHERE expires_at IS NOT NULL;

-- Pictures that were uploaded: what is seen in them, and which orders have them. due is when to look whether any does.
CREATE TABLE images (
    image_id TEXT PRIMARY KEY,
    due      INTEGER,
    body     BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX images_due ON images (due) WHERE due IS NOT NULL;
