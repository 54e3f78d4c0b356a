"""How long a failed message waits, and which changes a consumer takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ordermill.domain.backoff import LONGEST_MS, Backoff
from ordermill.domain.events import OrderChange
from ordermill.domain.order import Status
from ordermill.runtime.handlers import ChangeFilter
from tests.unit.runtime.runtime_kit import insert_of, order_of


@pytest.mark.parametrize(
    ("receives", "delay"), [(1, 200), (2, 400), (3, 800), (4, 1600), (5, 3200), (6, 5000), (1000, 5000)]
)
def test_the_wait_doubles_up_to_five_seconds(receives: int, delay: int) -> None:
    assert Backoff(200, lambda: 0.0).delay_ms(receives) == delay


@given(base=st.integers(1, 10_000), receives=st.integers(1, 10**6), chance=st.floats(0, 1, exclude_max=True))
def test_chance_takes_off_half_at_most_and_never_adds(base: int, receives: int, chance: float) -> None:
    full = Backoff(base, lambda: 0.0).delay_ms(receives)
    assert full <= LONGEST_MS
    assert full // 2 <= Backoff(base, lambda: chance).delay_ms(receives) <= full


RETRIED = OrderChange("MODIFY", 5, Status.FAILED, order_of("a"))
PAID = OrderChange("MODIFY", 2, Status.CONFIRMED, replace(order_of("a"), status=Status.PAID))


@pytest.mark.parametrize(
    ("rule", "taken"),
    [
        (ChangeFilter(frozenset({"INSERT", "MODIFY"}), None, None), [True, True, True]),
        (ChangeFilter(frozenset({"INSERT"}), None, None), [True, False, False]),
        (ChangeFilter(frozenset({"MODIFY"}), frozenset({"FAILED"}), frozenset({"PENDING"})), [False, True, False]),
        (ChangeFilter(frozenset({"MODIFY"}), None, frozenset({"PAID"})), [False, False, True]),
        (ChangeFilter(frozenset({"MODIFY"}), frozenset({"CONFIRMED"}), frozenset({"PENDING"})), [False, False, False]),
    ],
)
def test_a_filter_takes_a_change_that_matches_every_part(rule: ChangeFilter, taken: list[bool]) -> None:
    assert [rule.takes(change) for change in (insert_of("a"), RETRIED, PAID)] == taken
