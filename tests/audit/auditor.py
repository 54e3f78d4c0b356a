"""Holds a data directory against what its clients were told: every violation at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from ordermill.domain.catalogue import read_catalogue
from tests.audit import deletion, messages, orders
from tests.audit.attempts import Attempt
from tests.audit.snapshot import Snapshot, take

_SHOWN = 40


def shipped_stock() -> dict[str, int | None]:
    """What the first start puts on the shelves."""
    catalogue = files("ordermill").joinpath("catalogue.csv").read_text(encoding="utf-8")
    return {product.sku: product.stock for product in read_catalogue(catalogue)}


def violations(
    now: Snapshot,
    attempts: Sequence[Attempt],
    *,
    stock: Mapping[str, int | None] | None = None,
    deaths: int = 0,
    failing: Mapping[str, int] | None = None,
    settled: bool = True,
    keys_expire: bool = False,
    before: Snapshot | None = None,
) -> list[str]:
    """What is wrong, each a sentence.

    `stock` is what there was before the first order. `deaths` is how often the process died: each may use up one
    receive of a message, and so does each of a function's failures, `failing`. `settled`: everything should be done.
    `keys_expire`: the clock went on by a day or more. `before` is an earlier moment of the same directory.
    """
    found = list(now.integrity)
    found += orders.answered(now, attempts)
    if not keys_expire:
        found += orders.one_order_a_key(now, attempts)
    found += orders.histories(now)
    found += orders.money(now)
    found += deletion.deletions(now)
    found += orders.stock(now, shipped_stock() if stock is None else stock)
    found += messages.events(now)
    found += messages.unfinished(now)
    found += messages.mail(now)
    found += messages.receives(now, deaths, failing or {})
    found += messages.positions(now)
    if settled:
        found += messages.nothing_left(now)
        found += deletion.nothing_left(now)
    if before is not None:
        found += _undone(before, now)
    return found


def audit(data: Path, attempts: Sequence[Attempt], *, after: str = "", **options: object) -> Snapshot:
    """The directory's present state. Raises AssertionError with every violation; `options` as of `violations`."""
    now = take(data)
    found = violations(now, attempts, **options)  # type: ignore[arg-type]
    if found:
        more = [f"… and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
        heading = f"{len(found)} violations in {data}{after and ' after ' + after}"
        raise AssertionError("\n  ".join([heading, *found[:_SHOWN], *more]))
    return now


def _undone(before: Snapshot, now: Snapshot) -> Iterator[str]:
    """What was committed stays: histories, checkpoints and the ledger only grow, and mails stay as they are."""
    for order_id, order in before.orders.items():
        history = now.orders[order_id]["history"] if order_id in now.orders else []
        if history[: len(order["history"])] != order["history"]:
            yield f"{order_id} had another history before"
    for consumer, at in before.positions.items():
        if now.positions[consumer].checkpoint < at.checkpoint:
            yield f"the checkpoint of {consumer} went back from {at.checkpoint}"
    for what, then, later in (
        ("claim", set(before.claims), set(now.claims)),
        ("event", {event[:3] for event in before.events}, {event[:3] for event in now.events}),
        ("ledger row", set(before.ledger), set(now.ledger)),
        ("mail", set(before.files), set(now.files)),
    ):
        for lost in sorted(then - later, key=str):
            yield f"a {what} is gone or changed: {lost[:3]}"
    kept = {letter["id"]: letter for letter in now.dead}
    if any(kept.get(letter["id"]) != letter for letter in before.dead):
        yield "dead letters are gone or changed"
