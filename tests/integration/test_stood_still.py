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


def stand_still(folder: Path, point: str) -> None:
    """One life that stands still at the point, and one that finds it done."""
    folder.mkdir()
    data, log, logged = folder / "data", folder / "journal", folder / "log"
    data.mkdir()
    stopped = Job(str(data), str(log), point, 30, armed=point, visibility_s=VISIBILITY_S, stops=True)
    with Zygote(logged) as zygote:
        for job in (stopped, Job(str(data), str(log), point, 0)):
            assert zygote.run(job) == 0, logged.read_text(encoding="utf-8")
    told = journal.read(log)
    assert (told.died, told.unexpected, told.unavailable) == ([f"{point} stopped"], [], [])
    assert told.passed["change-expired"] + told.passed["message-expired"], f"the receive was not over at {point}"
    assert "could not be stored" not in logged.read_text(encoding="utf-8"), f"a late answer was taken at {point}"
    audit(data, told.attempts, after=point, failing={"process_order": 1, "send_email": 1})


def test_answers_to_receives_that_are_over_change_nothing(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as threads:
        for future in [threads.submit(stand_still, tmp_path / point, point) for point in WITHIN]:
            future.result()
