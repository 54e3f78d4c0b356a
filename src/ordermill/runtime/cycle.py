"""What the engine and its surroundings share: sources, answers, and what one commit decides about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from ordermill.domain.errors import StorageUnavailable
from ordermill.runtime.calls import Call
from ordermill.runtime.inbox import Intake, Reply
from ordermill.runtime.queue_source import QueueSource
from ordermill.runtime.schedule_source import ScheduleSource
from ordermill.runtime.stream_source import StreamSource

Source = QueueSource | StreamSource | ScheduleSource
Answer = tuple[Reply, Any, BaseException | None]

BROKEN: Final = 74
"""The exit status after an I/O error: what the file holds is known only after it was opened anew."""


class Host(Protocol):
    """Whoever runs the engine: carries answers to their callers, and ends the process when it must end."""

    def deliver(self, answers: Sequence[Answer]) -> None:
        """Answer; called in the loop's thread."""
        ...

    def end(self, status: int) -> None:
        """End the process."""
        ...


@dataclass(slots=True)
class Cycle:
    """What a commit decides about: requests, their answers, and calls by function."""

    intakes: list[Intake]
    answers: list[Answer]
    calls: dict[str, list[Call]]


def unavailable(intakes: Iterable[Intake]) -> list[Answer]:
    """The answers to requests whose transaction was not stored."""
    return [(intake.reply, None, StorageUnavailable()) for intake in intakes]
