"""Rules about orders: those that were acknowledged, and the history, the sums and the stock of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

from ordermill.domain.order import TRANSITIONS, Status
from tests.audit.attempts import Attempt, Json, by_marker
from tests.audit.snapshot import Snapshot

_EXITS: Final = frozenset({"REJECTED", "FAILED", "CANCELLED"})
_SENT_AS_IT_IS: Final = ("customerName", "customerId", "email", "note", "description")


def answered(snapshot: Snapshot, attempts: Sequence[Attempt]) -> Iterator[str]:
    """Every accepted order is there with its exact content, a refused one is not, and one key has one order."""
    stored: dict[str, list[str]] = {}
    for order_id, order in snapshot.orders.items():
        stored.setdefault(order["customerName"], []).append(order_id)
    tried = by_marker(attempts)
    for marker in stored.keys() - tried.keys():
        yield f"{stored[marker]} of {marker!r} were never asked for"
    for marker, tries in tried.items():
        found = stored.get(marker, [])
        yield from _told(snapshot, tries, set(found))
        if all(attempt.outcome == "refused" for attempt in tries) and found:
            yield f"{marker!r} was refused and is there: {found}"
        if tries[0].key is None and len(found) > sum(attempt.outcome != "refused" for attempt in tries):
            yield f"{marker!r} is there more often than it was sent: {found}"
        for order_id in found:
            if differing := _differing(snapshot.orders[order_id], tries[0].body):
                yield f"{order_id} differs from what was sent: {', '.join(differing)}"


def one_order_a_key(snapshot: Snapshot, attempts: Sequence[Attempt]) -> Iterator[str]:
    """Whatever was sent under a key, there is at most one order of it, and everybody was told the same."""
    markers: dict[str, set[str]] = {}
    told: dict[str, set[tuple[str | None, str | None]]] = {}
    for attempt in attempts:
        if attempt.key is not None:
            markers.setdefault(attempt.key, set()).add(attempt.marker)
            if attempt.outcome == "ok":
                told.setdefault(attempt.key, set()).add((attempt.order_id, attempt.token))
    keys_of: dict[str, set[str]] = {}
    for key, names in markers.items():
        for name in names:
            keys_of.setdefault(name, set()).add(key)
    made = Counter(key for order in snapshot.orders.values() for key in keys_of.get(order["customerName"], ()))
    for key, count in made.items():
        if count > 1:
            yield f"key {key!r} made {count} orders"
    for key, answers in told.items():
        if len(answers) > 1:
            yield f"key {key!r} was answered differently: {sorted(answers, key=str)}"
    claimed = {claim.order_id for claim in snapshot.claims}
    for key, answers in told.items():
        for order_id, _ in answers:
            if order_id not in claimed:
                yield f"key {key!r} of {order_id} is not claimed"
    for claim in snapshot.claims:
        if claim.order_id not in snapshot.orders:
            yield f"claim {claim.claim_key[:8]} is of {claim.order_id}, which is not there"


def histories(snapshot: Snapshot) -> Iterator[str]:
    """Without a gap, version = last seq, and each path a word of the lifecycle; the last change is the table's row."""
    last = {change.order_id: change.order for change in snapshot.changes}
    for order_id, order in snapshot.orders.items():
        entries = order["history"]
        if [entry["seq"] for entry in entries] != list(range(1, len(entries) + 1)):
            yield f"{order_id} has a gap in its history: {[entry['seq'] for entry in entries]}"
        if order["version"] != len(entries) or order["status"] != entries[-1]["status"]:
            yield f"{order_id} is {order['status']}, version {order['version']}, unlike its history"
        path = [entry["status"] for entry in entries if not entry["changed"]]
        steps = pairwise(path)
        if path[0] != "PENDING" or any(Status(to) not in TRANSITIONS[Status(from_)] for from_, to in steps):
            yield f"{order_id} took {path}"
        for before, entry in pairwise(entries):
            if entry["changed"] and entry["status"] != before["status"]:
                yield f"{order_id} took {entry['status']} by an edit"
        if len(attempts_of(order)) != order["attempt"]:
            yield f"{order_id} is at attempt {order['attempt']}, unlike its history"
        if order_id in last and last[order_id] != snapshot.stubs.get(order_id, order):
            yield f"{order_id} differs from its last change record"
    for order_id in last.keys() - snapshot.orders.keys():
        yield f"{order_id} has a change record and is not there"


def money(snapshot: Snapshot) -> Iterator[str]:
    """Lines add up; what the gateway moved is the total from PAID to DELIVERED, and nothing once an exit is settled.

    Each attempt is charged once, and only where it came to that; what is voided was left before.
    """
    moved: Counter[str] = Counter()
    charged: Counter[tuple[str, str]] = Counter()
    for row in snapshot.ledger:
        order = snapshot.orders.get(row.order_id)
        if order is None:
            yield f"{row.key} was charged for {row.order_id}, which is not there"
            continue
        taken = attempts_of(order).get(row.key, [])
        if "CONFIRMED" not in taken:
            yield f"{row.key} was charged without a recorded intent"
        if row.kind == "void" and not _EXITS & set(taken):
            yield f"{row.key} was voided and its order had not left"
        if row.outcome != "error":
            charged[row.key, row.kind] += 1
        if row.outcome == "approved":
            moved[row.order_id] += row.amount if row.kind == "charge" else -row.amount
            nothing = row.kind == "void" and row.amount == 0
            if not nothing and (row.amount, row.currency) != (order["total"], order["currency"]):
                yield f"{row.key} moved {row.amount} {row.currency}, the order is {order['total']} {order['currency']}"
    for (key, kind), count in charged.items():
        if count > 1:
            yield f"{key} has {count} answers to its {kind}"
    for order_id, order in snapshot.orders.items():
        yield from _paid(order, moved[order_id])


def attempts_of(order: Json) -> dict[str, list[str]]:
    """The gateway's key of each attempt, and the statuses that it took; each retry begins another."""
    attempts: dict[str, list[str]] = {}
    for entry in order["history"]:
        if entry["changed"]:
            continue
        if entry["status"] == "PENDING":
            attempts[f"{order['orderId']}/{len(attempts) + 1}"] = []
        next(reversed(attempts.values()), []).append(entry["status"])
    return attempts


def stock(snapshot: Snapshot, initial: Mapping[str, int | None]) -> Iterator[str]:
    """What there was, less what live orders hold, is what is there; an order holds all of its stock or none."""
    if not snapshot.stock and not snapshot.orders:
        # A death at the first start, before the catalogue was loaded.
        return
    held: Counter[str] = Counter()
    for order_id, order in snapshot.orders.items():
        counted = [line for line in order["items"] if line["stockSku"] is not None]
        for line in counted if order["stockReserved"] else ():
            held[line["stockSku"]] += line["quantity"]
        may_hold = order["status"] != "PENDING" and order["status"] not in _EXITS
        if order["stockReserved"] != (may_hold and bool(counted)):
            yield f"{order_id} is {order['status']}, and its stock is {'' if order['stockReserved'] else 'not '}held"
    for sku, before in initial.items():
        now = snapshot.stock.get(sku)
        expected = None if before is None else before - held[sku]
        if now != expected or (now is not None and now < 0):
            yield f"stock of {sku} is {now}; {before} less {held[sku]} held is {expected}"


def _told(snapshot: Snapshot, tries: Sequence[Attempt], found: set[str]) -> Iterator[str]:
    accepted = [attempt for attempt in tries if attempt.outcome == "ok"]
    for attempt in accepted:
        if attempt.order_id not in snapshot.orders:
            yield f"{attempt.order_id} of {attempt.marker!r} was accepted and is not there"
        elif attempt.order_id not in found:
            yield f"{attempt.order_id} was accepted as {attempt.marker!r} and is another's"
    if tries[0].key is None and len({attempt.order_id for attempt in accepted}) != len(accepted):
        yield f"{tries[0].marker!r} was accepted {len(accepted)} times under one id"


def _differing(order: Json, body: Json) -> list[str]:
    differing = [name for name in _SENT_AS_IT_IS if order[name] != body.get(name)]
    # The archive has none.
    if order["paymentToken"] not in (None, body.get("paymentToken", "tok_approve")):
        differing.append("paymentToken")
    lines = body["items"]
    if len(lines) != len(order["items"]):
        return [*differing, "the number of lines"]
    for number, (line, sent) in enumerate(zip(order["items"], lines, strict=True)):
        price = sent.get("unitPrice")
        if (
            line["quantity"] != sent["quantity"]
            or ("product" in sent and line["product"] != sent["product"])
            or ("sku" in sent and line["sku"] != sent["sku"])
            or (price is not None and line["unitPrice"] != int(Decimal(price) * 100))
        ):
            differing.append(f"line {number}")
    return differing


def _paid(order: Json, captured: int) -> Iterator[str]:
    order_id, total = order["orderId"], order["total"]
    sum_ = sum(line["quantity"] * line["unitPrice"] for line in order["items"])
    if sum_ != total:
        yield f"{order_id} has a total of {total}, its lines make {sum_}"
    said = order["payment"]["captured"] - order["payment"]["refunded"]
    if order["status"] in ("PAID", "PROCESSED", "SHIPPED", "DELIVERED"):
        right = said == captured == total
    elif order["status"] == "CONFIRMED":
        right = captured in (0, total) and said == 0
    elif owes(order):
        right = captured in (0, total) and said in (0, total)
    else:
        right = (said, captured) == (0, 0)
    if not right:
        yield f"{order_id} is {order['status']} of {total}; it says {said} paid, the gateway {captured}"
    if order["status"] in _EXITS or order["status"] == "PENDING":
        if owes(order) != bool(order["charges"]):
            yield f"{order_id} is {order['status']}, its compensation {order['compensation']} of {order['charges']}"
    elif order["compensation"] != "NONE":
        yield f"{order_id} is {order['status']}, its compensation {order['compensation']}"


def owes(order: Json) -> bool:
    """Whether its refund is not settled yet."""
    return order["compensation"] in ("RUNNING", "STUCK")
