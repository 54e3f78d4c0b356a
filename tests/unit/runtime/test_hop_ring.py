"""The last hops by their numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordermill.runtime.hop_ring import HopRing
from tests.hops_kit import hop

START = 1_795_000_000_000_000


@given(capacity=st.integers(1, 12), sizes=st.lists(st.integers(0, 30), max_size=12))
def test_the_ring_holds_the_last_hops_under_their_numbers(capacity: int, sizes: list[int]) -> None:
    ring, everything = HopRing(START, capacity), list[int]()
    for size in sizes:
        batch = list(range(len(everything), len(everything) + size))
        ring.take([hop(number) for number in batch])
        everything += batch
        assert ring.last == START + len(everything) - 1
        assert ring.first == START + max(0, len(everything) - capacity)
        for after in range(ring.first - 1, ring.last + 1):
            for to in range(after, ring.last + 1):
                found = [each.attempt for each in ring.between(after, to)]
                assert found == everything[after - START + 1 : to - START + 1]


@pytest.mark.parametrize(("after", "to"), [(START + 2, START + 9), (START + 3, START + 10), (START + 5, START + 4)])
def test_what_it_does_not_hold_it_refuses(after: int, to: int) -> None:
    ring = HopRing(START, 6)
    ring.take([hop(number) for number in range(10)])
    with pytest.raises(IndexError):
        ring.between(after, to)
