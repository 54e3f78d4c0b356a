"""What `GET /executions/{executionId}` shows."""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from ordermill.domain.times import rfc3339
from ordermill.entrypoints.wire import OrderId, Time
from ordermill.runtime.kept_executions import KeptExecution
from ordermill.runtime.workflow.execution import ExecutionStatus, StateEvent, StateStatus

EXECUTION_ID_PATTERN: Final = "^exec_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
EXECUTION_ID_EXAMPLE: Final = "exec_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"

ExecutionId = Annotated[str, Meta(pattern=EXECUTION_ID_PATTERN, examples=[EXECUTION_ID_EXAMPLE])]


class StateView(Struct, frozen=True, rename="camel"):
    """One attempt of one state, which a workflow's Task, or the function itself, is.

    `input` is what it got, `output` what it handed on, long texts in them cut; `error` and `cause` are why it failed.
    `durationMs` is null while it is under way.
    """

    name: str
    status: StateStatus
    attempt: Annotated[int, Meta(ge=1)]
    at: Time
    duration_ms: Annotated[int, Meta(ge=0)] | None
    input: Any
    output: Any
    error: str | None
    cause: str | None


class ExecutionView(Struct, frozen=True, rename="camel"):
    """How an order was taken in: every attempt of every state, in order. `orderId` is null where it was refused."""

    execution_id: ExecutionId
    order_id: OrderId | None
    status: ExecutionStatus
    started_at: Time
    states: tuple[StateView, ...]


def execution_view(execution: KeptExecution) -> ExecutionView:
    """The execution as it is kept."""
    return ExecutionView(
        execution.execution_id,
        execution.order_id,
        execution.status,
        rfc3339(execution.started_at),
        tuple(_state(each) for each in execution.states),
    )


def _state(event: StateEvent) -> StateView:
    return StateView(
        event.name,
        event.status,
        event.attempt,
        rfc3339(event.at),
        event.duration_ms,
        event.input,
        event.output,
        event.error,
        event.cause,
    )
