"""Buckets are swept for as long as the system runs."""

from __future__ import annotations

import threading

from tests.integration.system_kit import StartMill


def test_the_sweep_of_buckets_runs_with_the_engine_and_ends_with_it(start_mill: StartMill) -> None:
    before = set(threading.enumerate())

    def sweepers() -> list[str]:
        return [each.name for each in set(threading.enumerate()) - before if each.name == "object-sweeper"]

    mill = start_mill(start=False)
    assert sweepers() == [], "made, not started"
    mill.system.start()
    assert sweepers() == ["object-sweeper"]
    mill.close()
    assert sweepers() == []
