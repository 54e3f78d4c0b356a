"""Where faults strike: which stage meets them, and that no call outside waits for another that is struck."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import pytest

from ordermill.ports.staged import DONE
from ordermill.runtime.calls import Call, Outcome
from ordermill.runtime.faults import Faults, InjectedFault, InjectedTimeout, Mode, Place, Postponed, RuleState
from ordermill.runtime.handlers import Delivery, Handler, Plain, Staged
from ordermill.runtime.injection import around, run_struck, spare
from tests.faults_kit import Notes, noted_faults


class Steps:
    """A function's stages, which note that they ran."""

    def __init__(self, prepared: object = "request") -> None:
        self.taken: list[str] = []
        self._prepared = prepared
        self.plain = Plain("f", 10, False, self._run)
        self.staged = Staged(
            "f", 10, False, self._prepare, self._run, self._settle, lambda _: nullcontext(), 1, 4, "f>mail"
        )

    def _run(self, message: object) -> str:
        self.taken.append("run")
        return "result"

    def _prepare(self, message: object) -> object:
        self.taken.append("prepare")
        return self._prepared

    def _settle(self, message: object, outcome: object) -> None:
        self.taken.append("settle")


def faults_at(place: Place, mode: Mode = "fail", name: str = "f", **members: Any) -> Faults:
    faults = noted_faults(Notes())
    faults.load({name: RuleState(mode, at=place, **members)})
    return faults


def run(faults: Faults, handler: Handler, stage: Any, *args: object) -> bool:
    """Whether it was struck."""
    try:
        around(faults, handler, stage)(*args)
    except InjectedFault:
        return True
    return False


@pytest.mark.parametrize(
    ("place", "struck", "taken"), [("start", True, []), ("after-charge", False, ["run"]), ("end", True, ["run"])]
)
def test_a_whole_function(place: Place, struck: bool, taken: list[str]) -> None:
    steps = Steps()
    assert run(faults_at(place), steps.plain, steps.plain.run, "m") is struck
    assert steps.taken == taken


@pytest.mark.parametrize(
    ("place", "prepared", "struck"),
    [
        ("start", "request", True),
        ("end", "request", False),
        ("after-charge", "request", False),
        ("start", DONE, True),
        ("end", DONE, True),
        ("after-charge", DONE, False),
    ],
)
def test_a_first_stage(place: Place, prepared: object, struck: bool) -> None:
    steps = Steps(prepared)
    assert run(faults_at(place), steps.staged, steps.staged.prepare, "m") is struck
    assert steps.taken == ([] if place == "start" else ["prepare"])


@pytest.mark.parametrize(
    ("place", "struck", "taken"), [("start", False, ["settle"]), ("after-charge", True, []), ("end", True, ["settle"])]
)
def test_a_last_stage(place: Place, struck: bool, taken: list[str]) -> None:
    steps = Steps()
    assert run(faults_at(place), steps.staged, steps.staged.settle, "m", "outcome") is struck
    assert steps.taken == taken


def test_another_function_is_left_alone() -> None:
    steps = Steps()
    assert not run(faults_at("start", name="g"), steps.plain, steps.plain.run, "m")


def called(faults: Faults, *requests: str, spared: str = "") -> tuple[list[Outcome], list[Sequence[str]]]:
    """The outcomes of these calls to `mail`, and the chunks that really ran; "bad" fails by itself."""
    chunks: list[Sequence[str]] = []

    def really(chunk: Sequence[Call]) -> list[Outcome]:
        chunks.append([request for _, request in chunk])
        return [(d, None, ConnectionError()) if r == "bad" else (d, f"{r}!", None) for d, r in chunk]

    calls = [(Delivery(None, None, None, r, 1, 0, spared=("mail",) if r == spared else ()), r) for r in requests]
    return run_struck(faults, "mail", calls, really), chunks


def told(outcomes: list[Outcome]) -> dict[str | None, tuple[Any, str]]:
    return {delivery.order_id: (result, type(error).__name__) for delivery, result, error in outcomes}


@pytest.mark.parametrize(
    ("mode", "place", "result", "error"),
    [
        ("fail", "start", "b", "InjectedFault"),
        ("timeout", "start", "b", "InjectedTimeout"),
        ("delay", "start", "b", "Postponed"),
        ("fail", "end", "b!", "InjectedFault"),
        ("timeout", "after-charge", "b!", "InjectedTimeout"),
        ("delay", "end", "b!", "Postponed"),
    ],
)
def test_a_call_is_struck_before_or_after_and_its_neighbours_are_not(
    mode: Mode, place: Place, result: str, error: str
) -> None:
    outcomes, chunks = called(faults_at(place, mode, "mail", match='"b"'), "a", "b", "c")
    assert told(outcomes) == {"a": ("a!", "NoneType"), "b": (result, error), "c": ("c!", "NoneType")}
    assert chunks == [["a", "c"] if place == "start" else ["a", "b", "c"]]


def test_where_all_are_struck_nothing_is_opened() -> None:
    outcomes, chunks = called(faults_at("start", name="mail"), "a", "b")
    assert (len(outcomes), chunks) == (2, [])


def test_a_call_that_fails_by_itself_is_not_struck_after_it() -> None:
    faults = faults_at("end", name="mail", times=1)
    outcomes, _ = called(faults, "bad", "b")
    assert told(outcomes) == {"bad": (None, "ConnectionError"), "b": ("b!", "InjectedFault")}


def test_a_call_that_goes_on_after_a_delay_is_spared() -> None:
    outcomes, chunks = called(faults_at("start", name="mail"), "a", spared="a")
    assert (told(outcomes), chunks) == ({"a": ("a!", "NoneType")}, [["a"]])


def test_a_delivery_is_spared_once() -> None:
    delivery = Delivery(None, None, None, "a", 1, 0, spared=("f", "mail"))
    assert [spare(delivery, "f"), spare(delivery, "f"), spare(delivery, "mail")] == [True, False, True]


def test_a_time_out_says_when_it_counts_from() -> None:
    ((_, _, error),), _ = called(faults_at("start", "timeout", "mail", delay_ms=700), "a")
    assert isinstance(error, InjectedTimeout)
    assert error.after_ms == 700
    ((_, _, late),), _ = called(faults_at("end", "delay", "mail", delay_ms=700), "a")
    assert isinstance(late, Postponed)
    assert (late.after_ms, late.place) == (700, "end")
