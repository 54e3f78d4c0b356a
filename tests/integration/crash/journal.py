"""What the client of a process that dies has noted, line by line in a file outside the data directory."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.audit.attempts import Attempt


@dataclass(slots=True)
class Journal:
    """`died` names the point of each death, `passed` counts the points in all lives that ended by themselves.

    `unavailable` numbers the attempts that were told that storage is; `cancelled` are orders whose cancellation was
    answered.
    """

    attempts: list[Attempt] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    unavailable: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    died: list[str] = field(default_factory=list)
    passed: Counter[str] = field(default_factory=Counter)
    runs: int = 0


def read(path: Path) -> Journal:
    """The journal so far."""
    journal, by_number = Journal(), dict[str, Attempt]()
    for text in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        line = json.loads(text)
        if "sent" in line:
            by_number[line["sent"]] = Attempt(line["body"], line["key"])
            journal.attempts.append(by_number[line["sent"]])
        elif "ok" in line:
            attempt = by_number[line["ok"]]
            attempt.outcome, attempt.order_id, attempt.token = "ok", line["orderId"], line["token"]
        elif "refused" in line:
            by_number[line["refused"]].outcome = "refused"
        elif "unavailable" in line:
            journal.unavailable.append(line["unavailable"])
        elif "cancelled" in line:
            journal.cancelled.append(line["cancelled"])
        elif "unexpected" in line:
            journal.unexpected.append(line["unexpected"])
        elif "died" in line:
            journal.died.append(line["died"])
        elif "passed" in line:
            journal.passed.update(line["passed"])
        elif "run" in line:
            journal.runs += 1
    return journal
