"""The machine's facts."""

from __future__ import annotations

from pathlib import Path

from benchmarks.machine import machine


def test_the_facts_are_there_and_the_disk_is_left_as_it_was(tmp_path: Path) -> None:
    found = machine(tmp_path)
    assert found.cores >= 1
    assert found.processor
    assert 0 < found.fsync_ms.low <= found.fsync_ms.median <= found.fsync_ms.high
    assert list(tmp_path.iterdir()) == []
