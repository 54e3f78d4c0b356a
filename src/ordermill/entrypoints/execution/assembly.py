"""The execution of one order: the states of its steps in order of time, and how it stands as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

import msgspec

from ordermill.adapters.local.traces import Trace
from ordermill.domain.exits import UNFINISHED
from ordermill.domain.order import Order, Status
from ordermill.entrypoints.execution.announcing import ANNOUNCING, announcing
from ordermill.entrypoints.execution.facts import PROCESSING, Facts, next_attempt
from ordermill.entrypoints.execution.processing import IntakeStates, deeds, processing
from ordermill.entrypoints.execution.states import Hops, State, failure
from ordermill.entrypoints.execution.states import Status as Overall
from ordermill.ports.hops import Hop
from ordermill.ports.journal import FailedAttempt


class Execution(msgspec.Struct, frozen=True):
    """`status` is FAILED where the order is, else RUNNING while a step is to be done, else SUCCEEDED."""

    order_id: str
    status: Overall
    states: tuple[State, ...]


class Assembler:
    """Puts executions together in a pipeline that has these `functions`; events of the types `told` call for a mail."""

    def __init__(self, functions: frozenset[str], told: frozenset[str], intake: IntakeStates) -> None:
        self._functions, self._told, self._intake = functions, told, intake

    def execution(self, trace: Trace, hops: Sequence[Hop], *, now: int) -> Execution:
        """Of what an order has left and its hops that are in memory, oldest first; `now` in epoch ms."""
        if trace.order is None:
            return _unknown(trace.failed)
        order = trace.order
        facts = Facts(
            order,
            trace,
            frozenset(event.data.seq for event in trace.events),
            {mail.mail_id: mail for mail in trace.mails},
            Hops(hops, order.created_at, ANNOUNCING | {PROCESSING}),
            self._functions,
            self._told,
            now,
        )
        states = self._intake(order, facts.hops)
        states += [failure(failed) for failed in trace.failed if failed.function != PROCESSING]
        states += processing(facts)
        if trace.stored:
            states += [*deeds(facts), *announcing(facts)]
        states.sort(key=attrgetter("at"))
        return Execution(order.order_id, _overall(order, states), tuple(states))


def _overall(order: Order, states: Sequence[State]) -> Overall:
    if order.status is Status.FAILED:
        return "FAILED"
    if any(state.status == "RUNNING" for state in states):
        return "RUNNING"
    # Nothing goes on with it: its processing was given up.
    return "FAILED" if order.status in UNFINISHED else "SUCCEEDED"


def _unknown(failed: Sequence[FailedAttempt]) -> Execution:
    """Of an order without a record, whose processing has only failed so far."""
    order_id, last = failed[-1].order_id, failed[-1]
    states = [failure(each) for each in failed]
    if last.last:
        return Execution(order_id, "FAILED", tuple(states))
    states.append(State(PROCESSING, "RUNNING", next_attempt(failed), last.at, None, dict(last.input)))
    return Execution(order_id, "RUNNING", tuple(states))
