"""The watchdog, with time that passes when told."""

from __future__ import annotations

from ordermill.runtime.guard import HUNG, TICK_S, Guard


class Watched:
    """A guard, its clock, and the exit statuses it asked for."""

    def __init__(self) -> None:
        self.now = 100.0
        self.ended: list[int] = []
        self.guard = Guard(self.ended.append, monotonic=lambda: self.now)

    def watch(self, seconds: float) -> list[int]:
        """Let that much pass, looked at as often as the real one looks."""
        for _ in range(round(seconds / TICK_S)):
            self.now += TICK_S
            self.guard.check()
        return self.ended


def test_a_function_that_holds_the_engine_past_its_time_ends_the_process() -> None:
    watched = Watched()
    watched.guard.enter("f", 10)
    assert watched.watch(10) == []
    assert watched.watch(TICK_S) == [HUNG]


def test_one_that_comes_back_in_time_does_not() -> None:
    watched = Watched()
    for _ in range(5):
        watched.guard.enter("f", 10)
        watched.watch(9)
    watched.guard.leave()
    assert watched.watch(60) == []


def test_time_in_which_the_whole_process_stood_still_does_not_count() -> None:
    watched = Watched()
    watched.guard.enter("f", 10)
    watched.now += 3600
    watched.guard.check()
    assert watched.ended == []
    watched.guard.leave()
    assert watched.watch(60) == []


def test_one_that_hangs_on_after_the_process_stood_still_is_found_soon() -> None:
    watched = Watched()
    watched.guard.enter("f", 10)
    watched.now += 3600
    watched.guard.check()
    assert HUNG in watched.watch(2)


def test_the_thread_looks_by_itself_until_it_is_stopped() -> None:
    watched = Watched()
    watched.guard.start()
    watched.guard.stop()
    assert watched.ended == []
