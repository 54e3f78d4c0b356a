"""What is known of one order, as the derivations of its steps ask for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ordermill.adapters.local.attempts import KEPT_MS
from ordermill.adapters.local.traces import Trace
from ordermill.domain.mail import MailRecord
from ordermill.domain.order import HistoryEntry, Order, Status
from ordermill.entrypoints.execution.states import Hops, State
from ordermill.ports.journal import FailedAttempt

PROCESSING: Final = "process_order"
FAILING: Final = "fail_order"
PEOPLE: Final = {"holder": "cancel_order", "staff": "act_on_order"}
"""Who acts by themselves, and the function by which they mostly do."""
_SUBMITTED: Final = "submit_order"
"""Whose orders get their record, and so their first change, with the first step of processing."""

Change = tuple[HistoryEntry, ...]
"""What one write added to an order's history."""


@dataclass(frozen=True, slots=True)
class Facts:
    """`functions` are those of the pipeline, `told` the types of events that call for a mail; `now` is epoch ms.

    `recorded` are the numbers of the events in the permanent log, `mails` the records of mails by their ids.
    """

    order: Order
    trace: Trace
    recorded: frozenset[int]
    mails: Mapping[str, MailRecord]
    hops: Hops
    functions: frozenset[str]
    told: frozenset[str]
    now: int

    def failed(self, function: str, **about: str | int) -> list[FailedAttempt]:
        """The function's failed attempts at what is about this, and those of which nobody knows, oldest first."""
        return [
            failed
            for failed in self.trace.failed
            if failed.function == function and all(failed.input.get(name, about[name]) == about[name] for name in about)
        ]

    def tried(self, function: str, **about: str | int) -> bool:
        """Whether the function is known to have failed at what is about this."""
        return any(about.keys() <= failed.input.keys() for failed in self.failed(function, **about))

    def given_up(self, function: str, failed: Sequence[FailedAttempt]) -> bool:
        """Whether nothing tries again after these: the last receive failed, and nobody has sent the message on."""
        if not failed or not failed[-1].last:
            return False
        # Where dead letters are kept, a message without an open one is on its way again, or to become one.
        return FAILING not in self.functions or function in self.trace.given_up

    def waiting(
        self, function: str, failed: Sequence[FailedAttempt], since: int, input_: dict[str, Any]
    ) -> Iterator[State]:
        """The state of a step that is still to be done, unless it is given up."""
        at = failed[-1].at if failed else since
        # That something was given up is not known for longer than that.
        if not self.given_up(function, failed) and self.now - at < KEPT_MS:
            yield State(function, "RUNNING", next_attempt(failed), at, None, input_)


def next_attempt(failed: Sequence[FailedAttempt]) -> int:
    """Which attempt follows these: a message that was given up and sent again is counted anew."""
    return 1 if not failed or failed[-1].last else failed[-1].attempt + 1


def changes_of(order: Order) -> list[Change]:
    """The writes that made the order's history; each was announced by itself."""
    changes: list[list[HistoryEntry]] = []
    for entry in order.history:
        before = changes[-1][-1] if changes else None
        if before is not None and _is_one_write(before, entry):
            changes[-1].append(entry)
        else:
            changes.append([entry])
    return [tuple(change) for change in changes]


def _is_one_write(before: HistoryEntry, entry: HistoryEntry) -> bool:
    """Whether both entries came of the same write: an edit is one by itself, as is whatever a person does."""
    if before.by == _SUBMITTED:
        return True
    alone = before.changed or entry.changed or entry.by in PEOPLE
    return not alone and (before.by, before.at) == (entry.by, entry.at)


def rounds_of(order: Order) -> list[list[HistoryEntry]]:
    """The history of each attempt at the order, which begins PENDING."""
    rounds: list[list[HistoryEntry]] = []
    for entry in order.history:
        if not rounds or (entry.status is Status.PENDING and not entry.changed):
            rounds.append([])
        rounds[-1].append(entry)
    return rounds
