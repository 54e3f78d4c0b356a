"""The intake of an order whose execution is kept: it had to wait, went wrong, or was tried again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ordermill.domain.order import Order
from ordermill.entrypoints.execution.processing import IntakeStates
from ordermill.entrypoints.execution.states import Hops, State
from ordermill.entrypoints.execution.states import Status as StateStatus
from ordermill.runtime.kept_executions import KeptExecution
from ordermill.runtime.workflow.execution import StateEvent

CREATING = "create_order"


def kept_or(otherwise: IntakeStates, of_order: Callable[[str], Sequence[KeptExecution]]) -> IntakeStates:
    """What is kept of the order's executions; `otherwise` where none of these made it, for that one went well."""

    def states(order: Order, hops: Hops) -> list[State]:
        kept = [_state(event) for execution in of_order(order.order_id) for event in execution.states]
        made = any(state.name == CREATING and state.status == "SUCCEEDED" for state in kept)
        return kept if made else [*otherwise(order, hops), *kept]

    return states


def _state(event: StateEvent) -> State:
    status: StateStatus = "FAILED"
    if event.status in ("SUCCEEDED", "RUNNING"):
        status = event.status
    took = event.duration_ms
    return State(
        event.name,
        status,
        event.attempt,
        event.at + (took or 0),
        None if took is None else float(took),
        _members(event.input) or {},
        _members(event.output),
        event.error,
        event.cause,
    )


def _members(value: Any) -> dict[str, Any] | None:
    return value if value is None or isinstance(value, dict) else {"value": value}
