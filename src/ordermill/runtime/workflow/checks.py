"""Whether the states of a machine fit together: where they lead, and how long they can take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from ordermill.runtime.workflow.model import Choice, Machine, State, Task, successors
from ordermill.runtime.workflow.retries import longest_s
from ordermill.topology.findings import Finding, pointer, suggestion


def check(machine: Machine, caller_timeout_s: int | None) -> list[Finding]:
    """Everything wrong with how the states fit together, by pointer."""
    lost = list(_lost(machine))
    if lost:
        return lost
    loop = _loop(machine)
    if loop:
        cure = "end each way through the machine: loops are not known here"
        return [Finding(pointer("States", loop[0]), "is on a loop: " + " > ".join([*loop, loop[0]]), cure)]
    return [*_unreachable(machine), *_slow(machine, caller_timeout_s)]


def _lost(machine: Machine) -> Iterator[Finding]:
    """Every name of a state that is none."""
    if machine.start_at not in machine.states:
        yield _unknown("/StartAt", machine.start_at, machine.states)
    for name, state in machine.states.items():
        for at, to in _named(state):
            if to not in machine.states:
                yield _unknown(pointer("States", name) + at, to, machine.states)


def _unknown(at: str, name: str, states: Mapping[str, State]) -> Finding:
    return Finding(at, f"'{name}' is not a state", suggestion(name, states))


def _named(state: State) -> Iterator[tuple[str, str]]:
    """The states that a state names, each with its place in it."""
    if isinstance(state, Choice):
        yield from ((pointer("Choices", index, "Next"), to) for index, (_, to) in enumerate(state.choices))
        if state.default is not None:
            yield "/Default", state.default
        return
    if isinstance(state, Task):
        yield from ((pointer("Catch", index, "Next"), catcher.next) for index, catcher in enumerate(state.catch))
    to = getattr(state, "next", None)
    if to is not None:
        yield "/Next", to


def _loop(machine: Machine) -> list[str]:
    """The names along the first loop that is found, if there is one."""
    done: set[str] = set()
    for start in machine.states:
        trail: list[str] = []
        todo = [(start, False)]
        while todo:
            name, left = todo.pop()
            if left:
                done.add(trail.pop())
            elif name in trail:
                return trail[trail.index(name) :]
            elif name not in done:
                trail.append(name)
                todo.append((name, True))
                todo.extend((to, False) for to in successors(machine.states[name]))
    return []


def _unreachable(machine: Machine) -> Iterator[Finding]:
    reached: set[str] = set()
    todo = [machine.start_at]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo.extend(successors(machine.states[name]))
    for name in machine.states:
        if name not in reached:
            yield Finding(pointer("States", name), "is never reached", "lead to it, or remove it")


def _slow(machine: Machine, caller_timeout_s: int | None) -> Iterator[Finding]:
    """Whether the slowest way through ends in time: the machine's time-out is caught by nothing."""
    if machine.timeout_s is None:
        if caller_timeout_s is not None:
            cure = f"write one below the {caller_timeout_s} s after which the caller gives up"
            yield Finding("/TimeoutSeconds", "is missing", cure)
        return
    if caller_timeout_s is not None and machine.timeout_s >= caller_timeout_s:
        cure = f"write less than {caller_timeout_s}"
        yield Finding("/TimeoutSeconds", f"{machine.timeout_s} s is not before the caller gives up", cure)
    endless = [name for name, state in machine.states.items() if isinstance(state, Task) and state.timeout_s is None]
    for name in endless:
        cure = "say after how many seconds an attempt has failed"
        yield Finding(pointer("States", name, "TimeoutSeconds"), "is missing, and the machine has one", cure)
    if endless:
        return
    longest, way = _longest(machine)
    if longest >= machine.timeout_s:
        problem = f"{machine.timeout_s} s is not more than the {longest:g} s that {' > '.join(way)} can take"
        yield Finding("/TimeoutSeconds", problem, "raise it, or shorten TimeoutSeconds and Retry of these states")


def _longest(machine: Machine) -> tuple[float, tuple[str, ...]]:
    """The seconds of the slowest way through, every attempt at its longest, and the Tasks on it."""

    @cache
    def rest(name: str) -> tuple[float, tuple[str, ...]]:
        state = machine.states[name]
        seconds, way = max((rest(to) for to in successors(state)), default=(0.0, ()))
        if isinstance(state, Task):
            return seconds + longest_s(state), (name, *way)
        return seconds, way

    return rest(machine.start_at)
