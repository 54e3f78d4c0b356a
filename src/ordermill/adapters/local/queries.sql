-- Every statement has a name and a sentence. Statements that write many rows at once are built in bulk.py.

-- name: order_by_id
-- The record of one order.
SELECT body FROM orders WHERE order_id = ?

-- name: all_products
-- The whole catalogue, by sku.
SELECT sku, name, price, currency, stock FROM products ORDER BY sku

-- name: fresh_messages
-- Messages of a queue that were never received, in the order they were sent.
SELECT id, queue, order_id, body, sent_at, receives FROM messages
WHERE queue = ? AND receives = 0 AND id > ? ORDER BY id LIMIT ?

-- name: suspects
-- Messages in flight when the process before died: received, and not waiting for a retry.
SELECT id FROM messages WHERE queue = ? AND receives > 0 AND retry_at IS NULL ORDER BY id

-- name: message_by_id
-- One message.
SELECT id, queue, order_id, body, sent_at, receives FROM messages WHERE id = ?

-- name: due_messages
-- Messages of a queue whose back-off is over.
SELECT id, queue, order_id, body, sent_at, receives FROM messages
WHERE queue = ? AND retry_at <= ? ORDER BY retry_at LIMIT ?

-- name: next_due
-- When the next failed message of a queue has its turn.
SELECT min(retry_at) FROM messages WHERE queue = ? AND retry_at IS NOT NULL

-- name: postpone_message
-- A failed message waits for its next turn.
UPDATE messages SET retry_at = ? WHERE id = ?

-- name: clamp_retries
-- No message waits longer than the longest back-off, whatever the clock did meanwhile.
UPDATE messages SET retry_at = ? WHERE retry_at > ?

-- name: clamp_parked
-- The same for change records.
UPDATE stream_parked SET retry_at = ? WHERE retry_at > ?

-- name: changes_after
-- Change records after a position.
SELECT seq, event, old_version, old_status, body FROM changes WHERE seq > ? ORDER BY seq LIMIT ?

-- name: stream_positions
-- Where the consumers stand.
SELECT consumer, checkpoint, claimed_to FROM stream_positions

-- name: set_position
-- Move a consumer.
INSERT INTO stream_positions (consumer, checkpoint, claimed_to) VALUES (?, ?, ?)
ON CONFLICT (consumer) DO UPDATE SET checkpoint = excluded.checkpoint, claimed_to = excluded.claimed_to

-- name: park_claimed
-- Park what a consumer was working on when the process before died; it counts as received once. What failed before an
-- earlier one was done is parked already.
INSERT INTO stream_parked (consumer, seq, order_id, event, old_version, old_status, body, receives, retry_at)
SELECT ?, seq, order_id, event, old_version, old_status, body, 1, NULL FROM changes
WHERE seq > ? AND seq <= ?
ON CONFLICT (consumer, seq) DO NOTHING

-- name: trim_changes
-- Forget change records that every consumer has passed.
DELETE FROM changes WHERE seq <= ?

-- name: parked
-- A consumer's parked records.
SELECT consumer, seq, order_id, receives, retry_at FROM stream_parked WHERE consumer = ? ORDER BY seq

-- name: parked_change
-- The whole record of a parked one.
SELECT seq, event, old_version, old_status, body FROM stream_parked WHERE consumer = ? AND seq = ?

-- name: park
-- Park a record, or store a parked one's new count and turn.
INSERT INTO stream_parked (consumer, seq, order_id, event, old_version, old_status, body, receives, retry_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (consumer, seq) DO UPDATE SET receives = excluded.receives, retry_at = excluded.retry_at

-- name: unpark
-- A parked record is done.
DELETE FROM stream_parked WHERE consumer = ? AND seq = ?

-- name: bury
-- Keep a dead letter.
INSERT INTO dead_messages (body) VALUES (?)

-- name: last_ids
-- The highest message id and change number ever used that matter still.
SELECT (SELECT coalesce(max(id), 0) FROM messages),
       max((SELECT coalesce(max(seq), 0) FROM changes),
           (SELECT coalesce(max(claimed_to), 0) FROM stream_positions),
           (SELECT coalesce(max(seq), 0) FROM stream_parked))

-- name: meta
-- One value of the store itself.
SELECT value FROM meta WHERE key = ?

-- name: set_meta
-- Store one, unless it is there.
INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING

-- name: last_event
-- The place of the newest event in the permanent log.
SELECT coalesce(max(num), 0) FROM events

-- name: events_after
-- A stretch of the permanent log.
SELECT num, body FROM events WHERE num > ? AND num <= ? ORDER BY num LIMIT ?

-- name: events_of_order
-- The events of one order, as they were logged.
SELECT num, body FROM events WHERE order_id = ? AND num > ? AND num <= ? ORDER BY num

-- name: queue_depth
-- How many messages of a queue wait, fresh or for a retry, and when the oldest of them was sent; indexes alone count.
SELECT (SELECT count(*) FROM messages WHERE queue = :queue AND receives = 0)
     + (SELECT count(*) FROM messages WHERE queue = :queue AND retry_at IS NOT NULL),
       (SELECT min(sent_at) FROM (
            SELECT * FROM (SELECT sent_at FROM messages WHERE queue = :queue AND receives = 0 ORDER BY id LIMIT 1)
            UNION ALL
            SELECT min(sent_at) FROM messages WHERE queue = :queue AND retry_at IS NOT NULL))

-- name: consumer_depths
-- How far behind the end of the change stream each consumer is, and how many records it has parked.
SELECT consumer,
       max(0, (SELECT coalesce(max(seq), 0) FROM changes) - checkpoint),
       (SELECT count(*) FROM stream_parked WHERE stream_parked.consumer = stream_positions.consumer)
FROM stream_positions

-- name: dead_letter_count
-- How many dead letters are kept.
SELECT count(*) FROM dead_messages
