"""The steps that change an order: intake, processing, exits and what people do."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from ordermill.domain.exits import UNFINISHED
from ordermill.domain.money import format as money
from ordermill.domain.order import Compensation, HistoryEntry, Order, Status
from ordermill.entrypoints.execution.facts import (
    FAILING,
    PEOPLE,
    PROCESSING,
    Change,
    Facts,
    changes_of,
    next_attempt,
    rounds_of,
)
from ordermill.entrypoints.execution.states import Hops, State, failure, success
from ordermill.ports.journal import FailedAttempt
from ordermill.runtime.trail import INTERRUPTED

COMPENSATING: Final = "compensate_order"
EDITING: Final = "update_order"
_ACTIONS: Final = ("cancel_order", "act_on_order", "redrive_dead_letters")
_PROCESSED: Final = frozenset({Status.PROCESSED, Status.REJECTED})
_MACHINE: Final = ("validate_order", "create_order", "is_pending", "send_to_order_queue", "accepted")
"""The states of `order-intake.asl.json` that an order passes that nothing is wrong with."""

IntakeStates = Callable[[Order, Hops], list[State]]
"""What happened to an order until it was accepted."""


def one_function(order: Order, hops: Hops) -> list[State]:
    """The intake of an order that one function made."""
    name, born = order.history[0].by, order.created_at
    return [success(name, born, hops.at(name, born), 1, *_accepted(order))]


def whole_machine(order: Order, hops: Hops) -> list[State]:
    """The intake of an order that a clean execution of the state machine made."""
    if order.history[0].by != "create_order":
        return one_function(order, hops)
    born, (input_, output) = order.created_at, _accepted(order)
    about = {"orderId": order.order_id}
    given = {"validate_order": (input_, about), "create_order": (input_, output), "accepted": (output, output)}
    return [success(name, born, hops.at(name, born), 1, *given.get(name, (about, about))) for name in _MACHINE]


def intake_of(pipeline: str) -> IntakeStates:
    """How a pipeline takes orders in, where nothing else is known of an order's intake."""
    return whole_machine if pipeline == "workflow" else one_function


def processing(facts: Facts) -> Iterator[State]:
    """Every attempt of `process_order`, at each attempt of the order."""
    rounds = rounds_of(facts.order)
    starts = [entries[0].at for entries in rounds]
    failed = facts.failed(PROCESSING)
    of_round = [_round_of(each, starts) for each in failed]
    for number, entries in enumerate(rounds, 1):
        own = [each for each, of in zip(failed, of_round, strict=True) if of == number]
        yield from _round(facts, number, entries, own, current=number == len(rounds))


def _round_of(failed: FailedAttempt, starts: Sequence[int]) -> int:
    """At which attempt of the order it failed: it says so, unless its message was not read; then time does."""
    told = failed.input.get("attempt", bisect_right(starts, failed.at))
    return min(max(1, int(told)), len(starts))


def _round(
    facts: Facts, attempt: int, entries: Sequence[HistoryEntry], failed: Sequence[FailedAttempt], *, current: bool
) -> Iterator[State]:
    taken = [entry for entry in entries if entry.by == PROCESSING and not entry.changed]
    done = next((entry for entry in taken if entry.status in _PROCESSED), None)
    # A step that was taken before an attempt failed is what that attempt made.
    begun = taken[-1] if taken and done is None else next((e for e in taken if e.status not in _PROCESSED), None)
    owner = next((each for each in failed if begun is not None and each.at >= begun.at), None)
    for each in failed:
        # One that ended with its process had done all of it.
        if each.error != INTERRUPTED or done is None or each.at <= done.at:
            yield failure(each, None if begun is None or each is not owner else {"status": begun.status})
    input_: dict[str, Any] = {"orderId": facts.order.order_id, "attempt": attempt}
    if done is not None:
        before = [each for each in failed if each.at <= done.at]
        hop = facts.hops.at(PROCESSING, done.at)
        yield success(PROCESSING, done.at, hop, next_attempt(before), input_, _outcome(done))
    elif current and facts.order.status in UNFINISHED:
        if failed and failed[-1].last:
            yield from _failing(facts, failed[-1].at)
        else:
            yield from facts.waiting(PROCESSING, failed, entries[0].at, input_)
    elif begun is not None and owner is None:
        hop = facts.hops.at(PROCESSING, begun.at)
        yield success(PROCESSING, begun.at, hop, next_attempt(failed), input_, _outcome(begun))


def deeds(facts: Facts) -> Iterator[State]:
    """What other functions and people did with the order, and the refund that is under way."""
    for change in changes_of(facts.order):
        last = change[-1]
        if last.by != PROCESSING and last.seq > 1:
            yield _deed(facts, change)
    if facts.order.compensation is Compensation.RUNNING and COMPENSATING in facts.functions:
        since = next(entry.at for entry in reversed(facts.order.history) if not entry.changed)
        failed = [each for each in facts.failed(COMPENSATING) if each.at >= since]
        if failed and failed[-1].last:
            yield from _failing(facts, failed[-1].at)
        else:
            yield from facts.waiting(COMPENSATING, failed, since, {"orderId": facts.order.order_id})


def _deed(facts: Facts, change: Change) -> State:
    last, name = change[-1], change[-1].by
    hop = facts.hops.at(name, last.at)
    if name in PEOPLE and last.changed:
        name, hop = EDITING, facts.hops.at(EDITING, last.at)
    elif name in PEOPLE:
        found = [hop for function in _ACTIONS if (hop := facts.hops.at(function, last.at)) is not None]
        name, hop = (found[0].function, found[0]) if found else (_person(facts.order, last), None)
    before = [each for each in facts.failed(name) if each.at <= last.at]
    return success(name, last.at, hop, next_attempt(before), {"orderId": facts.order.order_id}, _outcome(last))


def _person(order: Order, entry: HistoryEntry) -> str:
    """What a person did by; retries were redrives where all of them were."""
    again = [each for each in order.history if each.status is Status.PENDING and each.seq > 1 and not each.changed]
    if entry.status is Status.PENDING and len(again) == order.redrives:
        return "redrive_dead_letters"
    return PEOPLE[entry.by]


def _failing(facts: Facts, since: int) -> Iterator[State]:
    if FAILING in facts.functions:
        failed = [each for each in facts.failed(FAILING) if each.at >= since]
        yield from facts.waiting(FAILING, failed, since, {"orderId": facts.order.order_id})


def _outcome(entry: HistoryEntry) -> dict[str, Any]:
    outcome: dict[str, Any] = {"status": entry.status}
    if entry.reason is not None:
        outcome["reason"] = entry.reason
    if entry.changed:
        outcome["changed"] = list(entry.changed)
    return outcome


def _accepted(order: Order) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an intake got, in short, and what it answered."""
    total = money(order.total, order.currency)
    return (
        {"items": len(order.items), "currency": order.currency},
        {"orderId": order.order_id, "status": Status.PENDING, "total": total},
    )
