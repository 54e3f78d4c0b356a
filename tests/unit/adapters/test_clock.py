from __future__ import annotations

import time

import pytest

from ordermill.adapters.clock import SystemClock


@pytest.mark.parametrize("offset_s", [0, 3600, -1.5])
def test_the_clock_is_the_systems_shifted_by_the_offset(offset_s: float) -> None:
    before = time.time_ns() // 1_000_000
    now = SystemClock(offset_s).now_ms()
    after = time.time_ns() // 1_000_000
    assert before <= now - offset_s * 1000 <= after
