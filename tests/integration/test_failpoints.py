"""Death at every named point of an order's path, again and again: what was accepted is there, and done once."""

from __future__ import annotations

import os
import random
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from tests.audit.auditor import audit
from tests.audit.snapshot import Snapshot, take
from tests.integration.crash import journal
from tests.integration.crash.child import Job
from tests.integration.crash.crashes import Plan, Zygote, crash_everywhere, usual_passes
from tests.integration.crash.points import DIED, POINTS

ROUNDS = int(os.environ.get("ORDERMILL_CRASH_ROUNDS", "2"))
AT_ONCE = 2


def test_death_at_any_point_loses_and_doubles_nothing(tmp_path: Path) -> None:
    seed = os.environ.get("ORDERMILL_CRASH_SEED") or secrets.token_hex(4)
    print(f"ORDERMILL_CRASH_SEED={seed}")
    with ExitStack() as stack, ThreadPoolExecutor(AT_ONCE) as threads:
        zygotes = [stack.enter_context(Zygote(tmp_path / f"{number}.log")) for number in range(AT_ONCE)]
        usual = usual_passes(tmp_path / "usual", zygotes[0], seed)
        plan = Plan(random.Random(seed), list(POINTS), ROUNDS, usual)
        running = [
            threads.submit(crash_everywhere, tmp_path / str(number), zygote, f"{seed}/{number}", plan)
            for number, zygote in enumerate(zygotes)
        ]
        for future in running:
            future.result()
    short = {point: plan.died[point] for point in POINTS if plan.died[point] < ROUNDS}
    assert short == {}, f"too few deaths, wanted {ROUNDS} each"


def test_recovering_again_and_again_is_recovering_once(tmp_path: Path) -> None:
    data, log = tmp_path / "data", tmp_path / "journal"
    data.mkdir()
    recovered: list[Snapshot] = []
    with Zygote(tmp_path / "zygote.log") as zygote:
        assert zygote.run(Job(str(data), str(log), "1", 40, armed="charged", nth=3)) == DIED
        left = take(data)
        assert any(at.claimed_to > at.checkpoint for at in left.positions.values()), "nothing was in flight"
        for armed in ("recovery-parked", "recovery-clamped", *["recovery-committed", "recovery-parked"] * 3):
            before = take(data)
            assert zygote.run(Job(str(data), str(log), "2", 0, replays=False, armed=armed)) == DIED
            if armed == "recovery-committed":
                recovered.append(take(data))
            else:
                assert take(data) == before, "what was not committed left a trace"
        assert recovered[1:] == recovered[:1] * 2
        assert {change.receives for change in recovered[0].parked} == {1}
        assert zygote.run(Job(str(data), str(log), "3", 0)) == 0
    audit(data, journal.read(log).attempts, deaths=1)
