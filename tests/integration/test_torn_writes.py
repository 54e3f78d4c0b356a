"""Death or failure in the middle of writing a file: between two pages of a commit, in a checkpoint, at the sync."""

from __future__ import annotations

import os
import random
import secrets
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from ordermill.runtime.cycle import BROKEN
from tests.audit.auditor import audit
from tests.audit.snapshot import Snapshot
from tests.integration.crash import journal
from tests.integration.crash.child import Job
from tests.integration.crash.crashes import Zygote

KILLED = -9
LIVES = 2
LIVES_MAX = 6
"""Few commits may do for a life's orders, so that the fault is not met: then there are more lives, with more orders."""

ROUNDS = int(os.environ.get("ORDERMILL_CRASH_ROUNDS", "1"))


class Fault(NamedTuple):
    """What happens to which system call on which file, at latest at the `most`-th of one thread.

    `ends` is how the process does.
    """

    call: str
    what: str
    file: str
    most: int
    ends: int = KILLED


FAULTS = [
    Fault("pwrite64", "signal=KILL", "ordermill.db-wal", 40),
    Fault("pwrite64", "signal=KILL", "ordermill.db", 6),
    Fault("fdatasync", "signal=KILL", "ordermill.db-wal", 3),
    Fault("pwrite64", "signal=KILL", "ordermill.db.payments-wal", 5),
    Fault("fdatasync", "error=EIO", "ordermill.db-wal", 3, BROKEN),
    Fault("pwrite64", "error=EIO", "ordermill.db-wal", 12, BROKEN),
]


def cut_short(folder: Path, fault: Fault, seed: str) -> None:
    """A life without the fault, some with it, and one without."""
    folder.mkdir()
    data, log, nth = folder / "data", folder / "journal", random.Random(seed).randint(1, fault.most)
    data.mkdir()
    inject = ["strace", "-f", "-o", "/dev/null", "-P", str(data / fault.file), "-e", f"trace={fault.call}"]
    inject += ["-e", f"inject={fault.call}:{fault.what}:when={nth}"]
    told = f"seed {seed}: {fault.what} at {fault.call} {nth} of {fault.file}"
    with Zygote(folder / "log") as zygote:
        assert zygote.run(Job(str(data), str(log), seed, 5)) == 0, told
    ends: list[int] = []
    before: Snapshot | None = None
    with Zygote(folder / "log", prefix=inject) as zygote:
        while len(ends) < LIVES or (fault.ends not in ends and len(ends) < LIVES_MAX):
            life = len(ends)
            ends.append(zygote.run(Job(str(data), str(log), f"{seed}/{life}", 25 * max(1, life))))
            attempts = journal.read(log).attempts
            before = audit(data, attempts, after=told, settled=False, deaths=LIVES, before=before)
    assert fault.ends in ends, f"{told}: nothing happened, {ends}"
    assert set(ends) <= {0, fault.ends}, told
    with Zygote(folder / "log") as zygote:
        assert zygote.run(Job(str(data), str(log), f"{seed}/end", 3)) == 0, told
    assert journal.read(log).unexpected == [], told
    audit(data, journal.read(log).attempts, after=told, deaths=LIVES, before=before)


def test_a_write_that_is_cut_short_loses_and_doubles_nothing(tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: nothing else interrupts a commit between two of its writes")
    if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("strace may not trace here (ptrace is forbidden), so nothing can interrupt a commit")
    with ThreadPoolExecutor(2) as threads:
        running = [
            threads.submit(cut_short, tmp_path / f"{number}-{round_}", fault, secrets.token_hex(4))
            for round_ in range(ROUNDS)
            for number, fault in enumerate(FAULTS)
        ]
        for future in running:
            future.result()
