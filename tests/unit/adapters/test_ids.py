from __future__ import annotations

import os
import threading
import uuid
from itertools import pairwise

import pytest

from ordermill.adapters.ids import UuidIds

AT_MS = 1_763_640_000_123


class SetClock:
    def __init__(self, ms: int = AT_MS) -> None:
        self.ms = ms

    def now_ms(self) -> int:
        return self.ms


def uuid_of(order_id: str) -> uuid.UUID:
    prefix, _, text = order_id.partition("_")
    assert prefix == "ord"
    value = uuid.UUID(text)
    assert str(value) == text
    return value


def test_an_id_is_a_uuid_of_version_7_at_the_clocks_time() -> None:
    value = uuid_of(UuidIds(SetClock()).order_id())
    assert value.version == 7
    assert value.variant == uuid.RFC_4122
    assert value.int >> 80 == AT_MS


def test_ids_sort_by_time() -> None:
    clock = SetClock()
    ids = UuidIds(clock)
    seen = []
    for clock.ms in range(AT_MS, AT_MS + 600):
        seen.append(ids.order_id())
    assert seen == sorted(seen)


def test_all_74_bits_are_fresh() -> None:
    ids = UuidIds(SetClock())
    values = [uuid_of(ids.order_id()).int for _ in range(2000)]
    random_bits = [bit for bit in range(76) if bit not in (62, 63)]
    columns = [tuple(value >> bit & 1 for value in values) for bit in random_bits]
    assert len(set(columns)) == 74
    # A fair bit changes in 1000 of 1999 steps, give or take 22; a counter's high bits hardly ever do.
    for column in columns:
        assert 750 < sum(one != other for one, other in pairwise(column)) < 1250
    assert values != sorted(values)


def test_ids_are_unique_across_threads() -> None:
    ids = UuidIds(SetClock())
    made: list[list[str]] = [[] for _ in range(4)]

    def make(into: list[str]) -> None:
        into += [ids.order_id() for _ in range(3000)]

    threads = [threading.Thread(target=make, args=(into,)) for into in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each for into in made for each in into}) == 12_000


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_makes_other_ids_than_its_parent() -> None:
    ids = UuidIds(SetClock())
    ids.order_id()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, ids.order_id().encode())
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, "rb") as pipe:
        childs = pipe.read().decode()
    os.waitpid(child, 0)
    assert uuid_of(childs).version == 7
    assert childs != ids.order_id()
