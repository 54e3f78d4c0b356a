"""The worker threads of one staged function."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from queue import Queue
from typing import Any

from ordermill.runtime.calls import CallPool, Outcome
from ordermill.runtime.handlers import Delivery, Staged
from tests.faults_kit import no_faults

Batch = Callable[[Sequence[Any]], AbstractContextManager[object]]


def pool_of(
    call: Callable[[Any], Any], *, batch: Batch = lambda calls: nullcontext(), threads: int = 1, chunk: int = 4
) -> tuple[CallPool, Queue[Sequence[Outcome]]]:
    """A pool and what it reports."""
    reports: Queue[Sequence[Outcome]] = Queue()
    handler = Staged("f", 10, False, call, call, lambda message, outcome: None, batch, threads, chunk)
    return CallPool(handler, reports.put, no_faults()), reports


def deliveries(count: int) -> list[tuple[Delivery, Any]]:
    return [(Delivery(None, None, None, str(number), 1, 0), number) for number in range(count)]


def test_each_call_comes_back_with_its_answer_or_its_error_in_chunks() -> None:
    def call(number: int) -> int:
        if number == 2:
            raise ConnectionError("away")
        return number * 10

    pool, reports = pool_of(call)
    calls = deliveries(6)
    pool.submit(calls)
    outcomes = [*reports.get(timeout=5), *reports.get(timeout=5)]
    pool.close()
    assert [outcome[0] for outcome in outcomes] == [delivery for delivery, _ in calls]
    assert [outcome[1] for outcome in outcomes] == [0, 10, None, 30, 40, 50]
    assert [type(outcome[2]) for outcome in outcomes if outcome[2]] == [ConnectionError]


def test_no_outcome_counts_if_the_batch_does_not_close() -> None:
    seen: list[Sequence[Any]] = []

    @contextmanager
    def torn(requests: Sequence[Any]) -> Iterator[None]:
        seen.append(requests)
        yield
        raise OSError("not durable")

    pool, reports = pool_of(lambda number: number, batch=torn)
    pool.submit(deliveries(3))
    outcomes = reports.get(timeout=5)
    pool.close()
    assert seen == [[0, 1, 2]]
    assert [(outcome[1], type(outcome[2])) for outcome in outcomes] == [(None, OSError)] * 3


def test_the_outcomes_are_reported_after_the_batch_has_closed() -> None:
    steps: list[str] = []

    @contextmanager
    def noted(requests: Sequence[Any]) -> Iterator[None]:
        steps.append("open")
        yield
        steps.append("closed")

    done = threading.Event()

    def report(outcomes: Sequence[Outcome]) -> None:
        steps.append("reported")
        done.set()

    def call(number: int) -> None:
        steps.append("called")

    handler = Staged("f", 10, False, call, call, lambda message, outcome: None, noted, 1, 4)
    pool = CallPool(handler, report, no_faults())
    pool.submit(deliveries(1))
    assert done.wait(5)
    pool.close()
    assert steps == ["open", "called", "closed", "reported"]


def test_a_call_that_hangs_leaves_the_other_threads_to_the_rest() -> None:
    release = threading.Event()

    def call(number: int) -> int:
        if number == 0:
            release.wait(10)
        return number

    pool, reports = pool_of(call, threads=2, chunk=1)
    pool.submit(deliveries(4))
    first_three = sorted(reports.get(timeout=5)[0][1] for _ in range(3))
    release.set()
    assert (first_three, reports.get(timeout=5)[0][1]) == ([1, 2, 3], 0)
    pool.close()


def test_a_closed_pool_finishes_what_it_has() -> None:
    pool, reports = pool_of(lambda number: number, chunk=1)
    pool.submit(deliveries(3))
    pool.close()
    assert [reports.get(timeout=5)[0][1] for _ in range(3)] == [0, 1, 2]
