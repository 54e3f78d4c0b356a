"""What `GET /orders/{orderId}/execution` shows."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from ordermill.domain.times import rfc3339
from ordermill.entrypoints.execution.assembly import Execution
from ordermill.entrypoints.execution.states import State, Status
from ordermill.entrypoints.wire import OrderId, Time


class StateView(Struct, frozen=True, rename="camel"):
    """One attempt at one step.

    `name` is the function's, or that of a state of the intake's machine; `attempt` counts the receives of its message.
    `at` is when it ended; of one that is RUNNING, since when it waits or is at work. `durationMs` is null where it is
    not known any more. `input` and `output` say in short what the step was about and what it made, `error` and `cause`
    why it FAILED: a problem's slug or an exception's name, and what it said, 2,000 characters at most.
    """

    name: str
    status: Status
    attempt: Annotated[int, Meta(ge=1)]
    at: Time
    duration_ms: Annotated[float, Meta(ge=0)] | None
    input: dict[str, Any]
    output: dict[str, Any] | None
    error: str | None
    cause: str | None


class OrderExecutionView(Struct, frozen=True, rename="camel"):
    """The steps of one order, from its intake to its notifications, in order of time.

    `status` is FAILED where the order is, and where its processing was given up; else RUNNING while any step is still
    to be done; else SUCCEEDED, also where the order was rejected or cancelled: the last outputs say so.
    """

    order_id: OrderId
    status: Status
    states: tuple[StateView, ...]


def execution_view(execution: Execution) -> OrderExecutionView:
    """As it goes over the wire."""
    return OrderExecutionView(execution.order_id, execution.status, tuple(_state(state) for state in execution.states))


def _state(state: State) -> StateView:
    took_ms = None if state.duration_ms is None else round(state.duration_ms, 3)
    return StateView(
        state.name,
        state.status,
        state.attempt,
        rfc3339(state.at),
        took_ms,
        state.input,
        state.output,
        state.error,
        state.cause,
    )
