"""Where faults strike: around a function's stages in the engine, and around its calls in the worker threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ordermill.ports.staged import Done
from ordermill.runtime.faults import Faults, Postponed
from ordermill.runtime.handlers import Delivery, Handler, Plain, Starter

if TYPE_CHECKING:
    from ordermill.runtime.calls import Call, Outcome


def around(faults: Faults, handler: Handler | Starter, stage: Callable[..., Any]) -> Callable[..., Any]:
    """The stage of the handler with the faults that may strike it; anything else as it is.

    Start is before the first stage, end after the last one but before its commit, which then leaves nothing of it.
    """
    if isinstance(handler, Starter):
        # It is met where the engine takes its requests, once.
        return stage
    name = handler.name

    def run(message: Any) -> Any:
        faults.meet(name, "start", message)
        result = stage(message)
        if isinstance(handler, Plain) or isinstance(result, Done):
            faults.meet(name, "end", message)
        return result

    def settle(message: Any, outcome: Any) -> None:
        faults.meet(name, "after-charge", message)
        stage(message, outcome)
        faults.meet(name, "end", message)

    if isinstance(handler, Plain):
        return run if stage is handler.run else stage
    if stage is handler.prepare:
        return run
    return settle if stage is handler.settle else stage


def spare(delivery: Delivery, name: str) -> bool:
    """Whether a delay of `name` has struck the delivery where it goes on now; the next time it may be struck again."""
    if name not in delivery.spared:
        return False
    delivery.spared = tuple(other for other in delivery.spared if other != name)
    return True


def run_struck(
    faults: Faults, service: str, chunk: Sequence[Call], run: Callable[[Sequence[Call]], list[Outcome]]
) -> list[Outcome]:
    """Run a chunk of calls outside with the faults that may strike them, none of which waits within the chunk's batch.

    A call that is to be made later comes back with its request and Postponed, and one whose answer is to come later
    with its answer and Postponed.
    """
    struck: list[Outcome] = []
    spared: list[Call] = []
    for call in chunk:
        error = _met(faults, service, call)
        if error is None:
            spared.append(call)
        else:
            struck.append((*call, error))
    outcomes = run(spared) if spared else []
    for (delivery, result, error), call in zip(outcomes, spared, strict=True):
        met = error or _met(faults, service, call, after=True)
        struck.append((delivery, result, met))
    return struck


def _met(faults: Faults, service: str, call: Call, *, after: bool = False) -> BaseException | None:
    delivery, request = call
    if not after and spare(delivery, service):
        return None
    try:
        faults.meet_call(service, "after" if after else "before", request)
    except Postponed as late:
        return late if late.error is None else late.error
    except Exception as error:
        return error
    return None
