"""A request that is refused leaves nothing of itself in memory, without any collection of cycles."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any

import pytest

from ordermill.domain.commands import PlaceOrder
from ordermill.domain.errors import Conflict, OrdermillError
from ordermill.runtime.handlers import Plain, Starter
from ordermill.runtime.inbox import Intake
from tests.integration.system_kit import Mill, widgets

WRONG = PlaceOrder({"items": []})


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def refuse(_: object) -> None:
    """A function that refuses because of another error."""
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        raise Conflict("refused") from None


HANDLERS: list[Callable[[Mill], Plain | Starter]] = [
    lambda mill: mill.system.writers[mill.intake],
    lambda mill: Plain("refuse", 10, False, refuse),
]


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("handler", HANDLERS, ids=["wrong", "because of another error"])
def test_an_error_goes_with_its_request(mill: Mill, handler: Callable[[Mill], Plain | Starter]) -> None:
    errors: SimpleQueue[Any] = SimpleQueue()

    def reply(_: object, error: BaseException | None) -> None:
        assert isinstance(error, OrdermillError)
        errors.put(weakref.ref(error))

    mill.system.engine.inbox.put(Intake(handler(mill), WRONG, reply))
    error = errors.get(timeout=10)
    # The engine keeps hold of its last cycle.
    mill.place(widgets())
    mill.settle(lambda: error() is None)
