"""Rules about what follows from orders: nothing that is still to be done is without its message, nothing done twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from ordermill.topology.loader import load
from tests.audit.attempts import Json
from tests.audit.orders import owes
from tests.audit.snapshot import Change, Snapshot

MAX_RECEIVES: Final = 5
"""Of a change record, and of a message in most queues."""
_QUEUES: Final = load().queues
UNFINISHED: Final = ("PENDING", "CONFIRMED", "PAID")
MAILED: Final = {
    "PROCESSED": "OrderProcessed",
    "SHIPPED": "OrderShipped",
    "DELIVERED": "OrderDelivered",
    "CANCELLED": "OrderCancelled",
    "REJECTED": "OrderRejected",
}
_TYPES: Final = {
    **{status: f"Order{status.capitalize()}" for status in ("CONFIRMED", "PAID", "FAILED", *MAILED)},
    "PENDING": "OrderRetried",
}
_RESEND: Final = re.compile("-resend-[0-9]+$")
"""What a mail that staff had sent again has after its id."""
_MANY: Final = 1000
_ERRORS: Final = {
    "process_order": {"tok_error": _MANY, "tok_timeout": _MANY, "tok_flaky": 2, "tok_timeout_once": 1},
    "compensate_order": {"tok_refund_fail": _MANY, "tok_refund_flaky": 2},
}
"""How many receives a payment token uses up by failing, by function."""


def events(snapshot: Snapshot) -> Iterator[str]:
    """The permanent log is each order's history, no more; and no less, but for what is still under way or dead."""
    logged: dict[str, dict[int, Json]] = {}
    for event in snapshot.events:
        logged.setdefault(event.order_id, {})[event.seq] = {**event.body["data"], "type": event.type}
    for order_id in logged.keys() - snapshot.orders.keys():
        yield f"{order_id} has events and is not there"
    on_their_way = _events_on_their_way(snapshot)
    for order_id, order in snapshot.orders.items():
        found = logged.get(order_id, {})
        for entry in order["history"]:
            seq = entry["seq"]
            if seq not in found:
                if (order_id, seq) not in on_their_way:
                    yield f"event {seq} of {order_id} is nowhere"
            elif (difference := _unlike(found[seq], entry)) is not None:
                yield f"event {seq} of {order_id} is unlike its history: {difference}"
        if beyond := found.keys() - {entry["seq"] for entry in order["history"]}:
            yield f"{order_id} has events {sorted(beyond)} beyond its history"


def unfinished(snapshot: Snapshot) -> Iterator[str]:
    """An order that has still to be processed, or refunded, has what will see to it: waiting, dead, or an execution."""
    waiting: set[str | None] = {change.order_id for change in _behind(snapshot, "process_order") if _begins(change)}
    waiting |= {message.order_id for message in snapshot.messages if message.queue == "order-queue"}
    # In a pipeline with a queue of orders, the event of a retry leads there.
    waiting |= _leading_to(snapshot, "PENDING") | _dead(snapshot, "process_order")
    refunding: set[str | None] = {
        message.order_id for message in snapshot.messages if message.queue == "compensate-order"
    }
    refunding |= _dead(snapshot, "compensate_order")
    for status in ("REJECTED", "FAILED", "CANCELLED"):
        refunding |= _leading_to(snapshot, status)
    waiting |= {execution.order_id for execution in snapshot.running}
    for order_id, order in snapshot.orders.items():
        if order["status"] in UNFINISHED and order_id not in waiting:
            yield f"{order_id} is {order['status']} and nothing is left to complete it"
        if owes(order) and order_id not in refunding:
            yield f"{order_id} has its compensation {order['compensation']} and nothing is left to settle it"


def mail(snapshot: Snapshot) -> Iterator[str]:
    """One file a mail, one mail for each order and event that calls for one, unless it is under way or dead."""
    files = {file.name: (file.order_id, file.event) for file in snapshot.files}
    wanted: dict[str, tuple[str, str]] = {}
    on_their_way = _mails_on_their_way(snapshot)
    for order_id, order in snapshot.orders.items():
        for status in {entry["status"] for entry in order["history"]} & MAILED.keys():
            mail_id = f"{order_id}-{MAILED[status]}"
            wanted[mail_id] = (order_id, MAILED[status])
            known = snapshot.mails.get(mail_id)
            expected = "NO_ADDRESS" if order["email"] is None else "SENT"
            if known != expected and (order_id, MAILED[status]) not in on_their_way:
                yield f"{mail_id} is {known} and nothing is left to send it"
            if known == "SENT" and f"{mail_id}.eml" not in files:
                yield f"{mail_id} counts as sent and has no file"
            if order["email"] is None and f"{mail_id}.eml" in files:
                yield f"{mail_id} has no address and a file"
    for mail_id in snapshot.mails.keys() - wanted.keys():
        yield f"{mail_id} is recorded and nothing called for it"
    for name, about in files.items():
        if wanted.get(_RESEND.sub("", name.removesuffix(".eml"))) != about:
            yield f"{name} is about {' '.join(about)}, and nothing called for it"


def receives(snapshot: Snapshot, deaths: int, failing: Mapping[str, int]) -> Iterator[str]:
    """No message is received more often than it may; what was given up had used all its receives, and had reasons."""
    for message in snapshot.messages:
        if message.receives > most_receives(message.queue):
            yield f"message {message.id} of {message.queue} was received {message.receives} times"
    for change in snapshot.parked:
        if change.receives > MAX_RECEIVES:
            yield f"change {change.seq} was received {change.receives} times by {change.consumer}"
    # A repeat of a request may have sent its order to the queue again, so one order may have several messages there.
    single = [_identity(letter) for letter in snapshot.dead if letter["queue"] != "order-queue"]
    for (function, order_id, what), count in Counter(single).items():
        if count > 1:
            yield f"{what} of {order_id} was given up {count} times by {function}"
    for letter in snapshot.dead:
        order = snapshot.orders.get(letter["orderId"])
        token = order["paymentToken"] if order else ""
        # The archive does not say how an order was paid.
        errors = _MANY if token is None else _ERRORS.get(letter["function"], {}).get(token, 0)
        most = most_receives(letter["queue"])
        if letter["receives"] != most:
            yield f"{letter['function']} gave up {letter['orderId']} after {letter['receives']} receives"
        if errors + failing.get(letter["function"], 0) + deaths < most:
            yield f"{letter['function']} gave up {letter['orderId']} without a cause: {letter['error']}"


def positions(snapshot: Snapshot) -> Iterator[str]:
    """A checkpoint never passes what is claimed, and the stream is trimmed only behind every consumer."""
    for at in snapshot.positions.values():
        if at.checkpoint > at.claimed_to:
            yield f"the checkpoint of {at.consumer} is {at.checkpoint}, beyond {at.claimed_to}"
    seqs = [change.seq for change in snapshot.changes]
    if seqs and seqs != list(range(seqs[0], seqs[-1] + 1)):
        yield f"the change stream has gaps between {seqs[0]} and {seqs[-1]}"
    for change in snapshot.parked:
        if change.seq > snapshot.positions[change.consumer].claimed_to:
            yield f"change {change.seq} is parked by {change.consumer} and was not claimed"


def nothing_left(snapshot: Snapshot) -> Iterator[str]:
    """Of a system that has settled: every queue is empty and every order finished, but for those given up."""
    for message in snapshot.messages:
        yield f"message {message.id} of {message.order_id} is left in {message.queue}"
    for change in snapshot.parked:
        yield f"change {change.seq} of {change.order_id} is left with {change.consumer}"
    for execution in snapshot.running:
        yield f"{execution.execution_id} is left waiting"
    last = max((change.seq for change in snapshot.changes), default=0)
    for at in snapshot.positions.values():
        if at.checkpoint < max(at.claimed_to, last):
            yield f"{at.consumer} stands at {at.checkpoint} of {max(at.claimed_to, last)}"
    given_up, never_refunded = _dead(snapshot, "process_order"), _dead(snapshot, "compensate_order")
    for order_id, order in snapshot.orders.items():
        if order["status"] in UNFINISHED and order_id not in given_up:
            yield f"{order_id} is left {order['status']}"
        if owes(order) and order_id not in never_refunded:
            yield f"{order_id} is left with its compensation {order['compensation']}"
    for name in snapshot.strays:
        yield f"{name} is left in the mail folder"


def most_receives(queue: str) -> int:
    """How often a message of the queue, or a change record, is received at most."""
    return _QUEUES[queue].max_receives if queue in _QUEUES else MAX_RECEIVES


def _events_on_their_way(snapshot: Snapshot) -> set[tuple[str | None, int]]:
    found: set[tuple[str | None, int]] = set()
    for change in _behind(snapshot, "publish_order_event"):
        found |= {(change.order_id, seq) for seq in range(change.old_version + 1, change.order["version"] + 1)}
    for message in snapshot.messages:
        if message.queue == "record-order-event":
            found.add((message.order_id, message.body["data"]["seq"]))
    for letter in snapshot.dead:
        found |= {(letter["orderId"], seq) for seq in _seqs_of(letter)}
    return found


def _seqs_of(letter: Json) -> Iterable[int]:
    payload = letter["payload"]
    if letter["function"] == "publish_order_event":
        return range(payload["oldVersion"] + 1, payload["order"]["version"] + 1)
    return (payload["data"]["seq"],) if letter["function"] == "record_order_event" else ()


def _begins(change: Change) -> bool:
    """Whether the change begins an attempt."""
    return change.event == "INSERT" or change.order["history"][-1]["status"] == "PENDING"


def _leading_to(snapshot: Snapshot, status: str) -> set[str]:
    """The orders that the event of taking this status is still to be published of."""
    waiting = _behind(snapshot, "publish_order_event")
    found = {
        change.order_id
        for change in waiting
        for entry in change.order["history"][change.old_version :]
        if entry["status"] == status and entry["seq"] > 1 and not entry["changed"]
    }
    return found | _dead(snapshot, "publish_order_event")


def _mails_on_their_way(snapshot: Snapshot) -> set[tuple[str | None, str]]:
    found: set[tuple[str | None, str]] = set()
    for change in _behind(snapshot, "publish_order_event"):
        added = change.order["history"][change.old_version :]
        found |= {(change.order_id, MAILED[entry["status"]]) for entry in added if entry["status"] in MAILED}
    for message in snapshot.messages:
        if message.queue == "notify-customer":
            found.add((message.order_id, message.body["type"]))
        elif message.queue == "mail-queue":
            found.add((message.order_id, message.body["event"]))
    for letter in snapshot.dead:
        payload = letter["payload"]
        if letter["function"] in ("notify_customer", "send_email"):
            found.add((letter["orderId"], payload.get("event") or payload["type"]))
        elif letter["function"] == "publish_order_event":
            found |= {(letter["orderId"], type_) for type_ in MAILED.values()}
    return found


def _behind(snapshot: Snapshot, consumer: str) -> list[Change]:
    """What a consumer has still to do."""
    at = snapshot.positions.get(consumer)
    waiting = [change for change in snapshot.changes if at is None or change.seq > at.checkpoint]
    return waiting + [change for change in snapshot.parked if change.consumer == consumer]


def _dead(snapshot: Snapshot, function: str) -> set[str]:
    return {letter["orderId"] for letter in snapshot.dead if letter["function"] == function}


def _unlike(event: Json, entry: Json) -> str | None:
    kind = "OrderCreated" if entry["seq"] == 1 else "OrderUpdated" if entry["changed"] else _TYPES[entry["status"]]
    if entry["changed"] == ["deleted"]:
        kind = "OrderDeleted"
    for name, expected in {**entry, "type": kind}.items():
        if event[name] != expected:
            return f"{name} {event[name]!r} for {expected!r}"
    return None


def _identity(letter: Json) -> tuple[str, str, str]:
    payload = letter["payload"]
    what = payload.get("id") or payload.get("mailId") or f"change from version {payload.get('oldVersion')}"
    return letter["function"], letter["orderId"], what
