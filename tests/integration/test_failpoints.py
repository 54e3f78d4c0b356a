"""Death at every named point of an order's path, again and again: what was accepted is there, and done once."""

from __future__ import annotations

import os
import random
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.audit.auditor import audit
from tests.audit.snapshot import Snapshot, take
from tests.integration.crash import journal
from tests.integration.crash.child import Job
from tests.integration.crash.crashes import Plan, Zygote, crash_everywhere, usual_passes
from tests.integration.crash.points import DIED, INTAKE_POINTS, POINTS, Point

ROUNDS = int(os.environ.get("ORDERMILL_CRASH_ROUNDS", "1"))
AT_ONCE = 2


@pytest.mark.parametrize(("pipeline", "points"), [("stream", POINTS), ("workflow", INTAKE_POINTS)])
def test_death_at_any_point_loses_and_doubles_nothing(
    tmp_path: Path, pipeline: str, points: Mapping[str, Point]
) -> None:
    seed = os.environ.get("ORDERMILL_CRASH_SEED") or secrets.token_hex(4)
    print(f"ORDERMILL_CRASH_SEED={seed}")
    with ExitStack() as stack, ThreadPoolExecutor(AT_ONCE) as threads:
        zygotes = [stack.enter_context(Zygote(tmp_path / f"{number}.log")) for number in range(AT_ONCE)]
        usual = usual_passes(tmp_path / "usual", zygotes[0], seed, pipeline)
        plan = Plan(random.Random(seed), list(points), ROUNDS, usual)
        running = [
            threads.submit(crash_everywhere, tmp_path / str(number), zygote, f"{seed}/{number}", plan, pipeline)
            for number, zygote in enumerate(zygotes)
        ]
        for future in running:
            future.result()
    short = {point: plan.died[point] for point in points if plan.died[point] < ROUNDS}
    assert short == {}, f"too few deaths, wanted {ROUNDS} each"


EARLY = ("schema-made", "meta-written", "catalogue-loaded", "recovery-parked", "recovery-clamped")
RECOVERED = ("recovery-committed", "stream-recovered", "queue-recovered")


class Storm:
    """One directory whose processes die faster than they can do anything."""

    def __init__(self, folder: Path, zygote: Zygote) -> None:
        self.data, self.log, self._zygote = folder / "data", folder / "journal", zygote
        self.data.mkdir()

    def life(self, armed: str | None, *, orders: int = 0) -> Snapshot:
        """It dies at the first passing of the point; what is there then."""
        job = Job(str(self.data), str(self.log), "1", orders, replays=False, armed=armed)
        assert self._zygote.run(job) == (0 if armed is None else DIED), armed
        return take(self.data)

    def settle(self, *, deaths: int) -> Snapshot:
        """A life without a death, and then the audit."""
        self.life(None)
        return audit(self.data, journal.read(self.log).attempts, deaths=deaths)


def test_recovering_again_and_again_is_recovering_once(tmp_path: Path) -> None:
    with Zygote(tmp_path / "zygote.log") as zygote:
        storm = Storm(tmp_path, zygote)
        left = storm.life("charged", orders=40)
        assert any(at.claimed_to > at.checkpoint for at in left.positions.values()), "nothing was in flight"
        for armed in EARLY:
            assert storm.life(armed) == left, f"what was not committed at {armed} left a trace"
        recovered = storm.life("recovery-committed")
        assert {change.receives for change in recovered.parked} == {1}
        for armed in (*EARLY, *RECOVERED) * 2:
            assert storm.life(armed) == recovered, f"a death at {armed} used something up"
        storm.settle(deaths=1)


def test_deaths_in_a_row_blame_one_message_at_a_time(tmp_path: Path) -> None:
    with Zygote(tmp_path / "zygote.log") as zygote:
        storm = Storm(tmp_path, zygote)
        storm.life("charged", orders=40)
        for death in range(1, 10):
            left = storm.life("prepared")
            receives = sorted(change.receives for change in left.parked if change.consumer == "process_order")
            assert receives[:-1] == [1] * (len(receives) - 1), "one that was not delivered bears a count"
            assert (receives[-1], len(left.dead)) == (2 + (death - 1) % 4, (death - 1) // 4)
        settled = storm.settle(deaths=10)
    given_up = [letter for letter in settled.dead if "the process ended" in letter["error"]]
    assert len(given_up) == 2
