"""Who is marked as slow to import."""

from __future__ import annotations

import pytest

from benchmarks.cold_import import BEYOND_MAX_MS, Start
from benchmarks.stats import spread


@pytest.mark.parametrize(("beyond", "within"), [(-20.0, True), (BEYOND_MAX_MS, True), (BEYOND_MAX_MS + 0.1, False)])
def test_a_start_is_held_against_the_bare_client(beyond: float, within: bool) -> None:
    assert Start("create_order", spread([150.0]), spread([190.0]), beyond).is_within is within
