"""Where the numbers of hops begin, start after start."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from ordermill.adapters.local.data_dir import HOPS_FILE, DataDirectory

NOW = 1_795_000_000_000_000


def first_hop(path: Path, now_us: int) -> int:
    directory = DataDirectory(path, "http://127.0.0.1:1")
    try:
        return directory.first_hop(now_us)
    finally:
        directory.close()


def test_they_begin_with_the_time_as_long_as_it_goes_on(tmp_path: Path) -> None:
    assert [first_hop(tmp_path, NOW + n) for n in range(3)] == [NOW, NOW + 1, NOW + 2]


def test_they_go_on_where_the_clock_went_back(tmp_path: Path) -> None:
    begun = [first_hop(tmp_path, now) for now in (NOW, NOW - 5, NOW, NOW - 10**15)]
    assert begun == sorted(set(begun))
    assert all(later - earlier >= 2**36 for earlier, later in pairwise(begun))
    assert begun[-1] < 2**53
    assert first_hop(tmp_path, 2 * NOW) == 2 * NOW


@pytest.mark.parametrize("noted", ["", "nonsense", "-1", "9" * 30, "²"])
def test_a_note_that_makes_no_sense_counts_for_nothing(tmp_path: Path, noted: str) -> None:
    (tmp_path / HOPS_FILE).write_text(noted, encoding="utf-8")
    assert first_hop(tmp_path, NOW) == NOW
    assert first_hop(tmp_path, NOW) > NOW


def test_where_it_cannot_be_noted_they_begin_all_the_same(tmp_path: Path) -> None:
    (tmp_path / HOPS_FILE).mkdir()
    assert first_hop(tmp_path, NOW) == NOW
