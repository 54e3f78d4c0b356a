"""What is kept of an execution that has ended: its attempts, with what they were given cut to what people read."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ordermill.ports.journal import ExecutionRow
from ordermill.runtime.workflow.execution import Execution, ExecutionStatus, StateEvent, unpark

TEXT_CHARS: Final = 1024
"""Of a text so many characters are kept …"""
VALUE_BYTES: Final = 4096
"""… and a value that is still larger, as JSON, is left out."""


class KeptExecution(msgspec.Struct, frozen=True, rename="camel"):
    """An execution with its attempts in order; times in epoch milliseconds."""

    execution_id: str
    order_id: str | None
    status: ExecutionStatus
    started_at: int
    states: tuple[StateEvent, ...]


_decode = msgspec.json.Decoder(KeptExecution).decode


def kept(row: ExecutionRow) -> KeptExecution:
    """What the row keeps; one that is still under way is cut too."""
    if row.status != "RUNNING":
        return _decode(row.body)
    return _cut(unpark(row.body), row.order_id)


def keep(run: Execution, order_id: str | None, at: int) -> ExecutionRow:
    """The row of an execution that has ended at `at`."""
    return _row(_cut(run, order_id), at)


def keep_single(
    execution_id: str, function: str, input_: dict[str, Any], error: str, cause: str, *, now: int, took_ms: int
) -> ExecutionRow:
    """The row of a function's failed try, as an execution of one state."""
    began = now - took_ms
    event = StateEvent(function, "FAILED", 1, began, took_ms, short(input_), None, error, short(cause))
    return _row(KeptExecution(execution_id, None, "FAILED", began, (event,)), now)


def short(value: Any) -> Any:
    """The value with long texts cut; a text in the place of what is still too large."""
    cut = _shortened(value)
    return cut if len(_encode(cut)) <= VALUE_BYTES else f"(more than {VALUE_BYTES:,} bytes of JSON)"


def _cut(run: Execution, order_id: str | None) -> KeptExecution:
    states = tuple(
        StateEvent(
            each.name,
            each.status,
            each.attempt,
            each.at,
            each.duration_ms,
            short(each.input),
            short(each.output),
            each.error,
            short(each.cause),
        )
        for each in run.states()
    )
    return KeptExecution(run.execution_id, order_id, run.status, run.started_at, states)


def _row(execution: KeptExecution, at: int) -> ExecutionRow:
    return ExecutionRow(execution.execution_id, execution.order_id, execution.status, at, None, _encode(execution))


def _shortened(value: Any) -> Any:
    if isinstance(value, str):
        # Half of a surrogate pair has no UTF-8.
        text = str(value[:TEXT_CHARS]).encode("utf-8", "backslashreplace").decode()
        return text if len(value) <= TEXT_CHARS else text + "…"
    if isinstance(value, dict):
        return {_shortened(name): _shortened(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_shortened(each) for each in value]
    return value


_encode = msgspec.json.Encoder().encode
