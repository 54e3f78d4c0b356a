"""Under pressure every source of the urgent function is served, in their order, and nothing else but in its turn."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ordermill.runtime.turns import CLAIMS, PRESSED_MS, PRESSURE, TURN_CLAIMS, TURN_MS, Turns
from tests.unit.runtime.runtime_kit import Now


class Backlogged:
    """A source with this many messages left; notes what it was asked for."""

    def __init__(self, function: str, left: int) -> None:
        self.handler = SimpleNamespace(name=function)
        self.left, self.asked = left, list[int]()

    def claim(self, limit: int) -> list[Any]:
        self.asked.append(limit)
        taken = min(limit, self.left)
        self.left -= taken
        return [self] * taken


def turns(now: Now, *sources: Backlogged) -> Turns:
    return Turns(list(sources), now)  # type: ignore[arg-type]


def test_all_sources_of_the_urgent_function_share_one_budget_in_their_order(now: Now) -> None:
    left, own, other = Backlogged("urgent", 100), Backlogged("urgent", 9999), Backlogged("other", 9999)
    claimed: list[Any] = list(turns(now, left, other, own).claim(requests=0))
    assert [claimed.count(source) for source in (left, own)] == [100, CLAIMS - 100]
    assert own.asked == [CLAIMS - 100]


def test_under_pressure_what_is_not_urgent_waits_for_its_turn(now: Now) -> None:
    left, own, other = Backlogged("urgent", 9999), Backlogged("urgent", 9999), Backlogged("other", 9999)
    taking = turns(now, left, own, other)
    taking.claim(requests=0)
    assert other.asked == [TURN_CLAIMS]
    taking.claim(requests=0)
    assert other.asked == [TURN_CLAIMS]
    now.ms += TURN_MS
    taking.claim(requests=PRESSURE)
    assert other.asked == [TURN_CLAIMS] * 2


def test_pressure_is_felt_for_a_while(now: Now) -> None:
    taking = turns(now, Backlogged("urgent", PRESSURE - 1))
    taking.claim(requests=PRESSURE - 1)
    assert not taking.pressed
    taking.claim(requests=PRESSURE)
    now.ms += PRESSED_MS - 1
    assert taking.pressed
    now.ms += 1
    assert not taking.pressed
