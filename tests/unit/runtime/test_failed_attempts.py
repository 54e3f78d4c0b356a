"""What the trail writes of attempts that failed."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import msgspec
import pytest

from ordermill.domain.commands import GetOrder, ProcessOrder, SendMail
from ordermill.domain.errors import NotFound
from ordermill.domain.events import OrderChange, events_of
from ordermill.ports.journal import FailedAttempt
from ordermill.runtime.handlers import Delivery
from ordermill.runtime.inbox import Intake
from ordermill.runtime.trail import CAUSE_MAX, Trail
from tests.unit.runtime.runtime_kit import order_of, plain, staged

AT = 1_763_640_000_000


class Kept:
    """An attempt log in memory."""

    def __init__(self) -> None:
        self.failed: list[FailedAttempt] = []

    def append(self, failed: FailedAttempt) -> None:
        self.failed.append(failed)


class Source:
    handler = staged()
    edge = "q>consume"


def delivery(payload: Any = None, *, order_id: str | None = "o", receives: int = 2) -> Delivery:
    return Delivery(Source(), None, payload, order_id, receives, 0, perf_counter())


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def trail(kept: Kept) -> Trail:
    return Trail((), lambda: AT, kept)


def test_a_failure_is_written_at_once_and_whole(trail: Trail, kept: Kept) -> None:
    trail.failed(delivery(ProcessOrder("o", 3)), OSError("no room"), dead=False)
    trail.failed(delivery(receives=5), NotFound("nothing there"), dead=True)
    assert [msgspec.structs.replace(each, duration_ms=None) for each in kept.failed] == [
        FailedAttempt(
            "o", "q>consume", "consume", 2, AT, None, {"orderId": "o", "attempt": 3}, "OSError", "no room", False
        ),
        FailedAttempt("o", "q>consume", "consume", 5, AT, None, {"orderId": "o"}, "not-found", "nothing there", True),
    ]
    assert all(each.duration_ms is not None and 0 <= each.duration_ms < 60_000 for each in kept.failed)


def test_what_ended_with_its_process_has_no_duration(trail: Trail, kept: Kept) -> None:
    trail.interrupted(delivery(receives=4))
    trail.exhausted(Source(), "o", 5, "it ended at each")
    assert [(each.attempt, each.duration_ms, each.error, each.last) for each in kept.failed] == [
        (3, None, "interrupted", False),
        (5, None, "exhausted", True),
    ]
    assert kept.failed[1].cause == "it ended at each"


def test_what_is_about_no_order_used_up_no_receive_or_was_refused_is_not_written(trail: Trail, kept: Kept) -> None:
    trail.failed(delivery(order_id=None), OSError("no room"), dead=True)
    trail.interrupted(delivery(order_id=None))
    trail.exhausted(Source(), None, 5, "it ended")
    trail.failed(delivery(), OSError("no room"), dead=False, counts=False)
    trail.called(delivery(), OSError("no room"))
    trail.answered(Intake(plain(), GetOrder("o"), lambda result, error: None), None, NotFound("o"))
    trail.done(delivery())
    assert kept.failed == []


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("", None),
        ("x" * (CAUSE_MAX + 9), "x" * CAUSE_MAX),
        ("é" * CAUSE_MAX, "é" * CAUSE_MAX),
        ("half \ud800 a character", "half ? a character"),
        ("\x00\x1b[31m", "\x00\x1b[31m"),
    ],
    ids=["nothing", "long", "wide", "half", "control"],
)
def test_whatever_an_error_says_can_be_kept(trail: Trail, kept: Kept, said: str, cause: str | None) -> None:
    trail.failed(delivery(), ValueError(said), dead=False)
    assert kept.failed[0].cause == cause
    assert msgspec.json.decode(msgspec.json.encode(kept.failed[0]), type=FailedAttempt) == kept.failed[0]


CHANGE = OrderChange("INSERT", 0, None, order_of("o"))
MAIL = SendMail("o-OrderPaid", "o", "OrderPaid", "ada@example.org", "Hello", "Dear Ada")


@pytest.mark.parametrize(
    ("payload", "about"),
    [
        (ProcessOrder("o", 2, order_of("o")), {"attempt": 2}),
        (CHANGE, {"version": 1}),
        (events_of(CHANGE)[0], {"event": "OrderCreated", "seq": 1}),
        (MAIL, {"mailId": "o-OrderPaid"}),
        (GetOrder("o"), {}),
        (None, {}),
    ],
)
def test_an_input_tells_messages_of_an_order_apart_and_names_nobody(
    trail: Trail, kept: Kept, payload: object, about: dict[str, object]
) -> None:
    trail.failed(delivery(payload), ValueError("no"), dead=False)
    assert kept.failed[0].input == {"orderId": "o", **about}
