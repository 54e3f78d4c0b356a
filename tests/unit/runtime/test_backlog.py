"""The backlog against a plain list: nothing skipped, nothing twice, in order, however much comes at once."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ordermill.runtime.backlog import CAPACITY, PAGE, Backlog


def numbered(item: int) -> int:
    return item


class BacklogMachine(RuleBasedStateMachine):
    """`log` is the committed log, `taken` what came out; a turn offers, takes, commits, refills, as the engine does."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[int] = []
        self.taken: list[int] = []
        self.next = 1

    @initialize(before=st.sampled_from([0, 1, PAGE - 1, PAGE, PAGE + 1, CAPACITY]))
    def begin(self, before: int) -> None:
        self.append(before)
        self.backlog: Backlog[int] = Backlog(numbered, self.fetch, 0)
        self.backlog.refill()

    def fetch(self, after: int, limit: int) -> list[int]:
        return [item for item in self.log if item > after][:limit]

    def append(self, count: int, gap: int = 1) -> list[int]:
        new = [self.next + gap * number for number in range(count)]
        self.log += new
        self.next += gap * count
        return new

    @rule(
        count=st.sampled_from([0, 1, 2, 300, PAGE, CAPACITY - 1, CAPACITY, CAPACITY + 1]),
        gap=st.integers(1, 3),
        takes=st.sampled_from([0, 1, 5, 500, 5000]),
    )
    def turn(self, count: int, gap: int, takes: int) -> None:
        self.backlog.offer(self.append(count, gap))
        while takes and self.backlog:
            self.taken.append(self.backlog.take())
            takes -= 1
        self.backlog.refill()

    @invariant()
    def in_order_and_without_a_gap(self) -> None:
        assert self.taken == self.log[: len(self.taken)]

    @invariant()
    def never_much_in_memory(self) -> None:
        assert not hasattr(self, "backlog") or len(self.backlog) <= CAPACITY

    def teardown(self) -> None:
        if hasattr(self, "backlog"):
            while self.backlog:
                self.taken.append(self.backlog.take())
                self.backlog.refill()
            assert self.taken == self.log


BacklogMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=12, deadline=None)
TestBacklog = BacklogMachine.TestCase


def test_what_is_offered_is_there_at_once_and_not_read_again() -> None:
    reads: list[int] = []

    def fetch(after: int, limit: int) -> list[int]:
        reads.append(after)
        return []

    backlog: Backlog[int] = Backlog(numbered, fetch, 0)
    backlog.refill()
    backlog.offer([1, 2])
    assert [backlog.take(), backlog.take(), len(backlog)] == [1, 2, 0]
    backlog.refill()
    assert reads == [0]


def test_a_long_log_is_read_by_pages() -> None:
    log = list(range(1, 3 * PAGE))
    backlog: Backlog[int] = Backlog(numbered, lambda after, limit: log[after : after + limit], 0)
    backlog.refill()
    assert len(backlog) == PAGE
