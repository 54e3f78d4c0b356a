"""Where the engine's work arrives: at rest it is woken, once, and nothing that comes meanwhile is overlooked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ordermill.runtime.handlers import Plain
from ordermill.runtime.inbox import Inbox, Intake


class Bell:
    """Counts how often it is rung."""

    def __init__(self) -> None:
        self.rung = 0

    def __call__(self) -> None:
        self.rung += 1


def intake() -> Intake:
    def reply(result: Any, error: BaseException | None) -> None:
        return None

    return Intake(Plain("f", 1, False, lambda message: None), None, reply)


def request(inbox: Inbox) -> None:
    inbox.put(intake())


def outcome(inbox: Inbox) -> None:
    inbox.report([])


BRING = [request, outcome, Inbox.ring]


@pytest.mark.parametrize("bring", BRING)
def test_what_comes_wakes_the_engine_at_rest_once(bring: Callable[[Inbox], None]) -> None:
    bell = Bell()
    inbox = Inbox(bell)
    inbox.rest()
    bring(inbox)
    bring(inbox)
    assert bell.rung == 1


@pytest.mark.parametrize("bring", BRING)
def test_an_engine_at_work_is_not_disturbed(bring: Callable[[Inbox], None]) -> None:
    bell = Bell()
    bring(Inbox(bell))
    assert bell.rung == 0


@pytest.mark.parametrize("bring", [request, outcome])
def test_what_came_just_before_the_rest_wakes_at_once(bring: Callable[[Inbox], None]) -> None:
    bell = Bell()
    inbox = Inbox(bell)
    bring(inbox)
    inbox.rest()
    assert bell.rung == 1


def test_each_rest_can_be_ended() -> None:
    bell = Bell()
    inbox = Inbox(bell)
    for _ in range(3):
        inbox.rest()
        inbox.ring()
    assert bell.rung == 3


def test_what_was_put_is_there_in_order() -> None:
    inbox = Inbox(Bell())
    first, second = intake(), intake()
    inbox.put(first)
    inbox.put(second)
    assert list(inbox.intakes) == [first, second]
