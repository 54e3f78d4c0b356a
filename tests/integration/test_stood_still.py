"""A process that is stopped longer than the visibility timeout, in the middle of a call, and then goes on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.audit.auditor import audit
from tests.integration.crash import journal
from tests.integration.crash.child import Job
from tests.integration.crash.crashes import Zygote

WITHIN = ("charged", "ledger-written", "mail-temp-written", "mail-synced")
VISIBILITY_S = 1


def stand_still(folder: Path, point: str) -> str:
    """One life that stands still at the point; what it logged."""
    folder.mkdir()
    data, log = folder / "data", folder / "journal"
    data.mkdir()
    with Zygote(folder / "log") as zygote:
        stopped = Job(str(data), str(log), point, 30, armed=point, nth=1, visibility_s=VISIBILITY_S, stops=True)
        assert zygote.run(stopped) == 0, (folder / "log").read_text(encoding="utf-8")
    told = journal.read(log)
    assert (told.died, told.unexpected) == ([f"{point} stopped"], [])
    audit(data, told.attempts, after=point, failing={"process_order": 1, "send_email": 1})
    return (folder / "log").read_text(encoding="utf-8")


def test_receives_of_before_change_nothing_after_standing_still(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as threads:
        logs = list(threads.map(lambda point: stand_still(tmp_path / point, point), WITHIN))
    # Some receives were over when the answer came; where the answer is quicker than the engine, it counts.
    assert any("visibility timeout" in text for text in logs)
