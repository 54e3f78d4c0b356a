-- Some mails are about no order.
DROP INDEX mails_by_order;
ALTER TABLE mails RENAME TO mails_3;

CREATE TABLE mails (
    num      INTEGER PRIMARY KEY,
    mail_id  TEXT NOT NULL UNIQUE,
    order_id TEXT,
    status   TEXT NOT NULL,
    body     BLOB NOT NULL
);

INSERT INTO mails (num, mail_id, order_id, status, body) SELECT num, mail_id, order_id, status, body FROM mails_3;

DROP TABLE mails_3;

CREATE INDEX mails_by_order ON mails (order_id) WHERE order_id IS NOT NULL;

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
