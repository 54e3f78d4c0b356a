"""What expires in local buckets goes, and nothing else."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from ordermill.adapters.local.links import HmacLinks
from ordermill.adapters.local.object_sweep import ObjectSweeper
from ordermill.adapters.local.objects import LocalBucket
from tests.contract.buckets_kit import AT_MS, StillClock

DAY_MS = 86_400_000


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


def bucket_in(root: Path, name: str, clock: StillClock) -> LocalBucket:
    return LocalBucket(root, name, clock, HmacLinks(b"key", "http://here", clock).url)


def test_what_is_older_than_its_bucket_keeps_it_goes(tmp_path: Path, clock: StillClock) -> None:
    reports, other = (bucket_in(tmp_path, name, clock) for name in ("reports", "other"))
    sweeper = ObjectSweeper({reports: 7, other: 1}, clock.now_ms)
    for number in range(1005):
        reports.put(f"old-{number:04}", b"x", "text/plain")
    other.put("old", b"x", "text/plain")
    clock.at_ms = AT_MS + 1
    reports.put("new", b"x", "text/plain")
    clock.at_ms = AT_MS + 7 * DAY_MS
    assert sweeper.sweep() == 1
    assert len(reports.list(1000).keys) == 1000
    clock.at_ms += 1
    assert sweeper.sweep() == 1005
    assert reports.list(1000).keys == ("new",)
    assert other.list(1000).keys == ()
    assert sweeper.sweep() == 0


def test_what_was_put_again_is_as_old_as_that(tmp_path: Path, clock: StillClock) -> None:
    bucket = bucket_in(tmp_path, "reports", clock)
    bucket.put("a", b"x", "text/plain")
    clock.at_ms = AT_MS + 6 * DAY_MS
    bucket.put("a", b"x", "text/plain")
    clock.at_ms = AT_MS + 8 * DAY_MS
    assert ObjectSweeper({bucket: 7}, clock.now_ms).sweep() == 0


def test_what_is_corrupt_stays_for_people(tmp_path: Path, clock: StillClock, caplog: pytest.LogCaptureFixture) -> None:
    bucket = bucket_in(tmp_path, "reports", clock)
    bucket.put("a", b"x", "text/plain")
    bucket.put("b", b"x", "text/plain")
    (tmp_path / "reports" / "a").write_bytes(b"no object")
    clock.at_ms = AT_MS + 30 * DAY_MS
    with caplog.at_level(logging.WARNING):
        assert ObjectSweeper({bucket: 7}, clock.now_ms).sweep() == 1
    assert bucket.list(10).keys == ("a",)
    assert "object a" in caplog.text


def test_a_bucket_that_is_away_holds_up_no_other(tmp_path: Path, clock: StillClock) -> None:
    away, other = (bucket_in(tmp_path / name, name, clock) for name in ("away", "other"))
    for bucket in (away, other):
        bucket.put("a", b"x", "text/plain")
    (tmp_path / "away").rename(tmp_path / "elsewhere")
    clock.at_ms = AT_MS + 30 * DAY_MS
    assert ObjectSweeper({away: 7, other: 7}, clock.now_ms).sweep() == 1


def test_it_ends_when_it_is_told_to(tmp_path: Path, clock: StillClock) -> None:
    sweeper = ObjectSweeper({bucket_in(tmp_path, "reports", clock): 7}, clock.now_ms)
    sweeper.start()
    sweeper.close()
    ObjectSweeper({}, clock.now_ms).close()
