-- Messages and parked change records remember how often they came back from the dead letters.
ALTER TABLE messages RENAME TO messages_2;

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

INSERT INTO messages (id, queue, order_id, body, sent_at, receives, retry_at)
SELECT id, queue, order_id, body, sent_at, receives, retry_at FROM messages_2 ORDER BY id;

DROP TABLE messages_2;

CREATE INDEX messages_fresh ON messages (queue, id) WHERE receives = 0 AND retry_at IS NULL;
CREATE INDEX messages_waiting ON messages (queue, retry_at) WHERE retry_at IS NOT NULL;

-- Dead letters of before go the way of new ones: fail_order takes them, and fails the orders that they left standing.
INSERT INTO messages (queue, order_id, body, sent_at, receives)
SELECT 'dead-letters', json_extract(letter, '$.orderId'),
       CAST(json_set(letter, '$.id', 'old-' || id, '$.redrives', 0) AS BLOB),
       coalesce(json_extract(letter, '$.at'), 0), 0
FROM (SELECT id, CAST(body AS TEXT) AS letter FROM dead_messages) WHERE json_valid(letter) ORDER BY id;

DELETE FROM dead_messages WHERE json_valid(CAST(body AS TEXT));

ALTER TABLE stream_parked RENAME TO stream_parked_2;

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

INSERT INTO stream_parked (consumer, seq, order_id, event, old_version, old_status, body, receives, retry_at)
SELECT consumer, seq, order_id, event, old_version, old_status, body, receives, retry_at FROM stream_parked_2;

DROP TABLE stream_parked_2;

-- Mails are listed by order.
CREATE INDEX mails_by_order ON mails (order_id);

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
