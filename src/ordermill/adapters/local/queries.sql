-- Every statement has a name and a sentence. Statements that write many rows at once are built in bulk.py.

-- name: count_orders
-- How many orders have each status: the whole of an index, in one pass.
SELECT status, count(*) FROM orders GROUP BY status

-- name: order_by_id
-- The record of one order.
SELECT body FROM orders WHERE order_id = ?

-- name: orders_by_creation
-- A page of orders, newest first.
SELECT created_at, num, body FROM orders
WHERE expires_at IS NULL AND created_at >= :since AND (created_at, num) < (:before, :before_num)
ORDER BY created_at DESC, num DESC LIMIT :limit

-- name: orders_by_status
-- A page of the orders with one status.
SELECT created_at, num, body FROM orders
WHERE status = :status AND created_at >= :since AND (created_at, num) < (:before, :before_num)
ORDER BY created_at DESC, num DESC LIMIT :limit

-- name: orders_by_status_oldest
-- The same, oldest first.
SELECT created_at, num, body FROM orders
WHERE status = :status AND created_at < :before AND (created_at, num) > (:beyond, :beyond_num)
ORDER BY created_at, num LIMIT :limit

-- name: orders_by_customer
-- A page of one customer's orders. Of the deleted ones only those not archived yet are passed over here.
SELECT created_at, num, body FROM orders
WHERE customer_id = :customer_id AND expires_at IS NULL
  AND created_at >= :since AND (created_at, num) < (:before, :before_num)
ORDER BY created_at DESC, num DESC LIMIT :limit

-- name: orders_by_customer_or_email
-- A page of the orders whose customer id or e-mail it is, each once.
SELECT created_at, num, body FROM orders
WHERE customer_id = :customer_id AND expires_at IS NULL
  AND created_at >= :since AND (created_at, num) < (:before, :before_num)
UNION ALL
SELECT created_at, num, body FROM orders
WHERE email_key = :email_key AND customer_id IS NOT :customer_id AND expires_at IS NULL
  AND created_at >= :since AND (created_at, num) < (:before, :before_num)
ORDER BY created_at DESC, num DESC LIMIT :limit

-- name: orders_of_person
-- A page of one customer's orders, deleted ones too.
SELECT created_at, num, body FROM orders
WHERE customer_id = :customer_id AND created_at >= :since AND (created_at, num) < (:before, :before_num)
ORDER BY created_at DESC, num DESC LIMIT :limit

-- name: orders_of_person_or_email
-- A page of the orders whose customer id or e-mail it is, each once, deleted ones too.
SELECT created_at, num, body FROM orders
WHERE customer_id = :customer_id AND created_at >= :since AND (created_at, num) < (:before, :before_num)
UNION ALL
SELECT created_at, num, body FROM orders
WHERE email_key = :email_key AND customer_id IS NOT :customer_id
  AND created_at >= :since AND (created_at, num) < (:before, :before_num)
ORDER BY created_at DESC, num DESC LIMIT :limit

-- name: set_found_by
-- What an order is found by was changed.
UPDATE orders SET customer_id = ?, email_key = ? WHERE order_id = ?

-- name: hide_order
-- An order was deleted, or has become a stub that expires.
UPDATE orders SET expires_at = ? WHERE order_id = ?

-- name: expire_stubs
-- Forget the stubs whose time is over, the oldest so many.
DELETE FROM orders WHERE num IN (SELECT num FROM orders WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)

-- name: archived_by_id
-- The archive's row of one order.
SELECT body FROM archived_orders WHERE order_id = ?

-- name: archived_by_deletion
-- A page of the archive, the last deletion first.
SELECT deleted_at, num, body FROM archived_orders
WHERE deleted_at >= :since AND (deleted_at, num) < (:before, :before_num)
ORDER BY deleted_at DESC, num DESC LIMIT :limit

-- name: archived_by_customer
-- A page of one customer's.
SELECT deleted_at, num, body FROM archived_orders
WHERE customer_id = :customer_id AND deleted_at >= :since AND (deleted_at, num) < (:before, :before_num)
ORDER BY deleted_at DESC, num DESC LIMIT :limit

-- name: archived_by_customer_or_email
-- A page of those whose customer id or e-mail it is, each once.
SELECT deleted_at, num, body FROM archived_orders
WHERE customer_id = :customer_id AND deleted_at >= :since AND (deleted_at, num) < (:before, :before_num)
UNION ALL
SELECT deleted_at, num, body FROM archived_orders
WHERE email_key = :email_key AND customer_id IS NOT :customer_id
  AND deleted_at >= :since AND (deleted_at, num) < (:before, :before_num)
ORDER BY deleted_at DESC, num DESC LIMIT :limit

-- name: mail_by_id
-- The record of one mail.
SELECT body FROM mails WHERE mail_id = ?

-- name: mails_by_creation
-- A page of mails, newest first.
SELECT num, body FROM mails WHERE num < :at ORDER BY num DESC LIMIT :limit

-- name: mails_by_order
-- A page of one order's mails.
SELECT num, body FROM mails WHERE order_id = :order_id AND num < :at ORDER BY num DESC LIMIT :limit

-- name: image_by_id
-- The record of one image.
SELECT body FROM images WHERE image_id = ?

-- name: due_images
-- The images that have waited longest for a look.
SELECT image_id FROM images WHERE due <= ? ORDER BY due LIMIT ?

-- name: all_products
-- The whole catalogue, by sku.
SELECT sku, name, price, currency, stock FROM products ORDER BY sku

-- name: fresh_messages
-- Messages of a queue that were never received, in the order they were sent.
SELECT id, queue, order_id, body, sent_at, receives, redrives FROM messages
WHERE queue = ? AND receives = 0 AND retry_at IS NULL AND id > ? ORDER BY id LIMIT ?

-- name: suspects
-- Messages in flight when the process before died: received, and not waiting for a retry.
SELECT id FROM messages WHERE queue = ? AND receives > 0 AND retry_at IS NULL ORDER BY id

-- name: message_by_id
-- One message.
SELECT id, queue, order_id, body, sent_at, receives, redrives FROM messages WHERE id = ?

-- name: due_messages
-- Messages of a queue whose back-off is over.
SELECT id, queue, order_id, body, sent_at, receives, redrives FROM messages
WHERE queue = ? AND retry_at <= ? ORDER BY retry_at LIMIT ?

-- name: next_due
-- When the next failed or delayed message of a queue has its turn.
SELECT min(retry_at) FROM messages WHERE queue = ? AND retry_at IS NOT NULL

-- name: postpone_message
-- A failed message waits for its next turn.
UPDATE messages SET retry_at = ?, receives = ? WHERE id = ?

-- name: uncount_messages
-- Take back a receive of what is in flight, but of those that are only suspected to be.
UPDATE messages SET receives = receives - 1
WHERE queue = ? AND receives > 0 AND retry_at IS NULL AND id NOT IN (SELECT value FROM json_each(?))

-- name: clamp_retries
-- No message that failed waits longer than the longest back-off, whatever the clock did meanwhile.
UPDATE messages SET retry_at = ? WHERE retry_at > ? AND receives > 0

-- name: clamp_delays
-- No message that was sent for later waits longer than any can be sent for.
UPDATE messages SET retry_at = ? WHERE retry_at > ? AND receives = 0

-- name: clamp_parked
-- The same for change records.
UPDATE stream_parked SET retry_at = ? WHERE retry_at > ?

-- name: changes_after
-- Change records after a position.
SELECT seq, event, old_version, old_status, body FROM changes WHERE seq > ? ORDER BY seq LIMIT ?

-- name: stream_positions
-- Where the consumers stand.
SELECT consumer, checkpoint, claimed_to, drain_to FROM stream_positions

-- name: open_position
-- A consumer begins, or goes on, and how far it goes.
INSERT INTO stream_positions (consumer, checkpoint, claimed_to, drain_to) VALUES (?, ?, ?, ?)
ON CONFLICT (consumer) DO UPDATE
SET checkpoint = excluded.checkpoint, claimed_to = excluded.claimed_to, drain_to = excluded.drain_to

-- name: set_position
-- Move a consumer.
UPDATE stream_positions SET checkpoint = ?, claimed_to = ? WHERE consumer = ?

-- name: close_position
-- Forget a consumer that has drained what it was left with.
DELETE FROM stream_positions WHERE consumer = ?

-- name: remember_change
-- The number up to which a consumer had come that left: numbers are used once, even where nothing else recalls them.
INSERT INTO meta (key, value) VALUES ('last-change', ?)
ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)

-- name: last_change
-- The number of the last change record that is there.
SELECT coalesce(max(seq), 0) FROM changes

-- name: park_claimed
-- Park what a consumer was working on, received so often: once when the process before died. What failed before an
-- earlier one was done is parked already.
INSERT INTO stream_parked (consumer, seq, order_id, event, old_version, old_status, body, receives, retry_at)
SELECT ?, seq, order_id, event, old_version, old_status, body, ?, NULL FROM changes
WHERE seq > ? AND seq <= ?
ON CONFLICT (consumer, seq) DO NOTHING

-- name: uncount_parked
-- Take back a receive of the parked records in flight, but of those that are only suspected to be.
UPDATE stream_parked SET receives = receives - 1
WHERE consumer = ? AND receives > 0 AND retry_at IS NULL AND order_id NOT IN (SELECT value FROM json_each(?))

-- name: trim_changes
-- Forget change records that every consumer has passed.
DELETE FROM changes WHERE seq <= ?

-- name: parked
-- A consumer's parked records.
SELECT consumer, seq, order_id, receives, retry_at, redrives FROM stream_parked WHERE consumer = ? ORDER BY seq

-- name: parked_change
-- The whole record of a parked one.
SELECT seq, event, old_version, old_status, body FROM stream_parked WHERE consumer = ? AND seq = ?

-- name: park
-- Park a record, or store a parked one's new count and turn.
INSERT INTO stream_parked (consumer, seq, order_id, event, old_version, old_status, body, receives, retry_at, redrives)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (consumer, seq) DO UPDATE SET receives = excluded.receives, retry_at = excluded.retry_at

-- name: unpark
-- A parked record is done.
DELETE FROM stream_parked WHERE consumer = ? AND seq = ?

-- name: bury
-- Keep a dead letter of the dead letters' own consumer, which nobody else could take.
INSERT INTO dead_messages (queue, body) VALUES (?, ?)

-- name: newest_letters
-- A page of the open dead letters, newest first.
SELECT num, body FROM dead_letters WHERE open AND num < :at ORDER BY num DESC LIMIT :limit

-- name: newest_letters_of_queue
-- A page of those of one queue.
SELECT num, body FROM dead_letters WHERE open AND queue = :queue AND num < :at ORDER BY num DESC LIMIT :limit

-- name: oldest_letters
-- A page of the open dead letters, oldest first.
SELECT num, body FROM dead_letters WHERE open AND num > :at ORDER BY num LIMIT :limit

-- name: oldest_letters_of_queue
-- A page of those of one queue.
SELECT num, body FROM dead_letters WHERE open AND queue = :queue AND num > :at ORDER BY num LIMIT :limit

-- name: count_letters
-- How many dead letters are open.
SELECT count(*) FROM dead_letters WHERE open

-- name: count_letters_of_queue
-- How many of one queue are.
SELECT count(*) FROM dead_letters WHERE open AND queue = :queue

-- name: open_letters_of_order
-- The open dead letters about one order.
SELECT letter_id FROM dead_letters WHERE order_id = ? AND open

-- name: letters_of_order
-- A page of the dead letters about one order, open or not, newest first.
SELECT num, body FROM dead_letters WHERE order_id = :order_id AND num < :at ORDER BY num DESC LIMIT :limit

-- name: newest_letters_of_order
-- A page of those that are open.
SELECT num, body FROM dead_letters WHERE open AND order_id = :order_id AND num < :at ORDER BY num DESC LIMIT :limit

-- name: letters_of_no_order
-- A page of those about none: few, as nearly all are.
SELECT num, body FROM dead_letters WHERE order_id IS NULL AND num < :at ORDER BY num DESC LIMIT :limit

-- name: redact_event
-- An event, without what was typed.
UPDATE events SET body = ? WHERE num = ?

-- name: under_way
-- The orders, of these, about which something waits.
SELECT order_id FROM messages WHERE order_id IN (SELECT value FROM json_each(:ids))
UNION SELECT order_id FROM changes WHERE order_id IN (SELECT value FROM json_each(:ids))
UNION SELECT order_id FROM stream_parked WHERE order_id IN (SELECT value FROM json_each(:ids))
UNION SELECT order_id FROM executions WHERE status = 'RUNNING' AND order_id IN (SELECT value FROM json_each(:ids))

-- name: erase_attempts
-- What failed on the way of these orders.
DELETE FROM failed_attempts WHERE order_id IN (SELECT value FROM json_each(?))

-- name: erase_executions
-- How these orders were taken in.
DELETE FROM executions WHERE order_id IN (SELECT value FROM json_each(?)) AND status <> 'RUNNING'

-- name: erase_dead_messages
-- What was kept aside about these orders.
DELETE FROM dead_messages WHERE json_valid(CAST(body AS TEXT))
AND json_extract(CAST(body AS TEXT), '$.orderId') IN (SELECT value FROM json_each(?))

-- name: ended_executions
-- A stretch of the executions that have ended, by their ids.
SELECT execution_id, body FROM executions WHERE execution_id > ? AND status <> 'RUNNING' ORDER BY execution_id LIMIT ?

-- name: erase_execution
-- One that is to be forgotten.
DELETE FROM executions WHERE execution_id = ?

-- name: last_ids
-- The highest message id and change number ever used that matter still.
SELECT (SELECT coalesce(max(id), 0) FROM messages),
       max((SELECT coalesce(max(seq), 0) FROM changes),
           (SELECT coalesce(max(claimed_to), 0) FROM stream_positions),
           (SELECT coalesce(max(value), 0) FROM meta WHERE key = 'last-change'),
           (SELECT coalesce(max(seq), 0) FROM stream_parked))

-- name: alerts
-- A page of alerts, newest first.
SELECT num, body FROM alert_log WHERE num < :at ORDER BY num DESC LIMIT :limit

-- name: alerts_of_order
-- A page of the alerts that began with one order.
SELECT num, body FROM alert_log WHERE order_id = :order_id AND num < :at ORDER BY num DESC LIMIT :limit

-- name: trim_alerts
-- The oldest alerts make room.
DELETE FROM alert_log WHERE num <= (SELECT max(num) FROM alert_log) - ?

-- name: meta
-- One value of the store itself.
SELECT value FROM meta WHERE key = ?

-- name: set_meta
-- Store one, unless it is there.
INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING

-- name: put_meta
-- Store one, in the place of what is there.
INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value

-- name: claim_after
-- The end of a range of idempotency keys: the one so many after a key.
SELECT claim_key FROM idempotency WHERE claim_key > ? ORDER BY claim_key LIMIT 1 OFFSET ?

-- name: expire_claims
-- Forget the keys of a range that hold no longer.
DELETE FROM idempotency WHERE claim_key > ? AND claim_key <= ? AND expires_at <= ?

-- name: expire_last_claims
-- The same of the last range.
DELETE FROM idempotency WHERE claim_key > ? AND expires_at <= ?

-- name: expire_claimed_orders
-- Forget the oldest orders that were kept with a key: those with ids before one, at most so many.
DELETE FROM claimed_orders
WHERE order_id IN (SELECT order_id FROM claimed_orders WHERE order_id < ? ORDER BY order_id LIMIT ?)

-- name: count_fresh
-- How many messages of a queue were never received.
SELECT count(*) FROM messages WHERE queue = ? AND receives = 0 AND retry_at IS NULL

-- name: count_due
-- How many failed messages of a queue have their turn.
SELECT count(*) FROM messages WHERE queue = ? AND retry_at <= ?

-- name: count_delayed
-- How many failed messages of a queue still back off.
SELECT count(*) FROM messages WHERE queue = ? AND retry_at > ?

-- name: first_fresh
-- The oldest messages of a queue that were never received.
SELECT id FROM messages WHERE queue = ? AND receives = 0 AND retry_at IS NULL ORDER BY id LIMIT ?

-- name: first_failed
-- The oldest messages of a queue that failed and come again; the index holds their ids, which are sorted.
SELECT id FROM messages WHERE queue = ? AND retry_at IS NOT NULL ORDER BY id LIMIT ?

-- name: waiting_message
-- One message, to be looked at.
SELECT id, order_id, receives, sent_at, retry_at, body FROM messages WHERE id = ?

-- name: count_dead
-- How many dead letters of a queue are open.
SELECT (SELECT count(*) FROM dead_letters WHERE open AND queue = ?1)
     + (SELECT count(*) FROM dead_messages WHERE queue = ?1)

-- name: position_of
-- Where a consumer of the stream stands, how far it goes, and the last change.
SELECT claimed_to, drain_to, (SELECT coalesce(max(seq), 0) FROM changes) FROM stream_positions WHERE consumer = ?

-- name: count_parked
-- How many records a consumer has parked.
SELECT count(*) FROM stream_parked WHERE consumer = ?

-- name: last_event
-- The place of the newest event in the permanent log.
SELECT coalesce(max(num), 0) FROM events

-- name: events_after
-- A stretch of the permanent log.
SELECT num, body FROM events WHERE num > ? AND num <= ? ORDER BY num LIMIT ?

-- name: events_of_order
-- The events of one order, as they were logged.
SELECT num, body FROM events WHERE order_id = ? AND num > ? AND num <= ? ORDER BY num

-- name: attempts_of_order
-- What failed on an order's way, the newest of it, in the order it was written.
SELECT body FROM (SELECT num, body FROM failed_attempts WHERE order_id = ? ORDER BY num DESC LIMIT ?) ORDER BY num

-- name: orders_with_many_attempts
-- Those of these orders of which more failed attempts are kept than so many.
SELECT order_id FROM failed_attempts WHERE order_id IN (SELECT value FROM json_each(?))
GROUP BY order_id HAVING count(*) > ?

-- name: trim_attempts
-- Forget an order's failed attempts but for the newest so many.
DELETE FROM failed_attempts WHERE order_id = :order_id AND num <= (
    SELECT num FROM failed_attempts WHERE order_id = :order_id ORDER BY num DESC LIMIT 1 OFFSET :keep)

-- name: forget_attempts
-- Forget, of the oldest so many failed attempts, those from before a time.
DELETE FROM failed_attempts WHERE num IN (
    SELECT num FROM (SELECT num, body FROM failed_attempts ORDER BY num LIMIT :limit)
    WHERE json_extract(CAST(body AS TEXT), '$.at') < :before)

-- name: claimed_order
-- The order that an idempotency key was taken with.
SELECT body FROM claimed_orders WHERE order_id = ?

-- name: mails_of_order
-- The records of an order's mails, in the order they were made.
SELECT body FROM mails WHERE order_id = ? ORDER BY num

-- name: given_up_of_order
-- The functions of the dead letters of an order that are open.
SELECT json_extract(CAST(body AS TEXT), '$.function') FROM dead_letters WHERE order_id = ? AND open

-- name: execution_by_id
-- One execution.
SELECT execution_id, order_id, status, at, due, body FROM executions WHERE execution_id = ?

-- name: executions_of_order
-- The executions of one order, oldest first.
SELECT execution_id, order_id, status, at, due, body FROM executions WHERE order_id = ? ORDER BY execution_id

-- name: running_executions
-- The executions that wait.
SELECT execution_id, order_id, status, at, due, body FROM executions WHERE status = 'RUNNING' ORDER BY due

-- name: trim_executions
-- Of the executions that have ended, only the newest stay; their ids ascend by the millisecond.
DELETE FROM executions WHERE status <> 'RUNNING' AND execution_id <
    (SELECT execution_id FROM executions ORDER BY execution_id DESC LIMIT 1 OFFSET ?)

-- name: subscription_key
-- Whose address a subscription is of.
SELECT email_key FROM subscriptions WHERE subscription_id = ?

-- name: subscriptions
-- A page of subscriptions, newest first.
SELECT num, body FROM subscriptions WHERE num < :at ORDER BY num DESC LIMIT :limit

-- name: subscriptions_by_status
-- A page of those with a status.
SELECT num, body FROM subscriptions WHERE status = :status AND num < :at ORDER BY num DESC LIMIT :limit

-- name: expire_subscriptions
-- Forget so many of the addresses that nobody confirmed in time.
DELETE FROM subscriptions WHERE num IN (
    SELECT num FROM subscriptions WHERE expires_at IS NOT NULL AND expires_at <= ? ORDER BY expires_at LIMIT ?)
