"""Where the engine waits: no ring is lost, whenever it comes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from ordermill.runtime.handlers import Plain
from ordermill.runtime.inbox import Inbox, Intake

LONG_S = 30


def waiter(inbox: Inbox, timeout_s: float | None) -> threading.Thread:
    thread = threading.Thread(target=inbox.wait, args=(timeout_s,), daemon=True)
    thread.start()
    return thread


def intake() -> Intake:
    def reply(result: Any, error: BaseException | None) -> None:
        return None

    return Intake(Plain("f", 1, False, lambda message: None), None, reply)


def request(inbox: Inbox) -> None:
    inbox.put(intake())


def outcome(inbox: Inbox) -> None:
    inbox.report([])


@pytest.mark.parametrize("bring", [request, outcome, Inbox.ring])
def test_what_comes_ends_the_wait(bring: Callable[[Inbox], None]) -> None:
    inbox = Inbox()
    thread = waiter(inbox, LONG_S)
    bring(inbox)
    thread.join(5)
    assert not thread.is_alive()


def test_a_ring_before_the_wait_ends_it_at_once_and_only_once() -> None:
    inbox = Inbox()
    inbox.ring()
    first = waiter(inbox, LONG_S)
    first.join(5)
    assert not first.is_alive()
    second = waiter(inbox, LONG_S)
    second.join(0.05)
    assert second.is_alive()
    inbox.ring()
    second.join(5)


def test_nothing_is_waited_for_while_there_is_something_to_do() -> None:
    inbox = Inbox()
    inbox.put(intake())
    inbox.wait(LONG_S)
    inbox.wait(LONG_S)
    assert len(inbox.intakes) == 1
