"""How long a Retry waits, and for how long a Task can keep its machine at the worst."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ordermill.runtime.workflow.model import Retrier, Task

LONGEST_S: Final = 99_999_999
"""No wait, attempt or machine may last longer."""

MOST_RETRIES: Final = 1000
"""No retrier may try again more often."""


def delay_s(retrier: Retrier, retries: int) -> float:
    """The wait, jitter left aside, once this retrier has been used `retries` times before; in seconds."""
    try:
        grown = retrier.interval_s * retrier.backoff_rate**retries
    except OverflowError:
        grown = LONGEST_S
    return min(grown, LONGEST_S if retrier.max_delay_s is None else retrier.max_delay_s)


def delay_ms(retrier: Retrier, retries: int, random: Callable[[], float]) -> int:
    """The wait in milliseconds; with jitter FULL anything from nothing to the whole, by `random` from 0 to 1."""
    full = delay_s(retrier, retries) * 1000
    return int(full * random() if retrier.jitter else full)


def longest_s(task: Task) -> float:
    """How long the Task lasts if every attempt takes its whole time and every retrier is used up; needs `timeout_s`."""
    attempts = 1 + sum(retrier.max_attempts for retrier in task.retry)
    assert task.timeout_s is not None
    waits = (delay_s(retrier, retries) for retrier in task.retry for retries in range(retrier.max_attempts))
    return attempts * task.timeout_s + sum(waits)
