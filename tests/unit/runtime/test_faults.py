"""Which fault strikes what, how often, and what of it is kept."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordermill.domain.commands import PlaceOrder, ProcessOrder
from ordermill.domain.json_body import parse_json
from ordermill.ports.journal import StorageFull
from ordermill.ports.services import PaymentError, PaymentTimeout
from ordermill.runtime.faults import (
    KILLED,
    Faults,
    InjectedFault,
    InjectedTimeout,
    Mode,
    Place,
    Postponed,
    RuleState,
    mentions,
)
from tests.faults_kit import Notes, noted_faults

PLACES: list[Place] = ["start", "after-charge", "end"]
NAMES = ["process_order", "mail"]
RULES = st.builds(
    RuleState,
    mode=st.just("fail"),
    times=st.none() | st.integers(1, 3),
    at=st.sampled_from(PLACES),
    match=st.none() | st.sampled_from(["ord_1", "ord_2"]),
)


def strikes(faults: Faults, name: str, place: Place, message: object = None) -> bool:
    try:
        faults.meet(name, place, message)
    except InjectedFault:
        return True
    return False


def met(state: RuleState, name: str = "f") -> tuple[BaseException | None, Notes, Faults]:
    """What comes of one encounter."""
    notes = Notes()
    faults = noted_faults(notes)
    faults.load({name: state})
    try:
        faults.meet(name, state.at, None)
    except Exception as error:
        return error, notes, faults
    return None, notes, faults


@settings(deadline=None)
@given(
    rules=st.dictionaries(st.sampled_from(NAMES), RULES),
    encounters=st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(PLACES), st.sampled_from(["ord_1", "ord_2"])), max_size=30
    ),
)
def test_a_rule_strikes_at_its_place_what_it_matches_as_often_as_it_says(
    rules: dict[str, RuleState], encounters: list[tuple[str, Place, str]]
) -> None:
    faults = noted_faults(Notes())
    faults.set(rules)
    fired = dict.fromkeys(rules, 0)
    for name, place, order_id in encounters:
        rule = rules.get(name)
        expected = (
            rule is not None
            and rule.at == place
            and rule.match in (None, order_id)
            and (rule.times is None or fired[name] < rule.times)
        )
        assert strikes(faults, name, place, ProcessOrder(order_id, 1)) == expected
        if expected:
            fired[name] += 1
    assert {name: state.fired for name, state in faults.states().items()} == fired
    assert {name: faults.totals[name] for name in fired} == fired
    assert faults.armed == any(rule.times is None or fired[name] < rule.times for name, rule in rules.items())


@pytest.mark.parametrize(
    ("mode", "name", "error", "after_ms"),
    [
        ("fail", "f", InjectedFault, None),
        ("fail", "payments", PaymentError, None),
        ("timeout", "f", InjectedTimeout, 50),
        ("timeout", "f", TimeoutError, 50),
        ("timeout", "payments", PaymentTimeout, 50),
        ("delay", "f", None, 0),
    ],
)
def test_what_a_mode_does(mode: Mode, name: str, error: type[Exception] | None, after_ms: int | None) -> None:
    found, notes, _ = met(RuleState(mode), name)
    assert (notes.ended, notes.kept) == ([], [])
    if isinstance(found, Postponed):
        assert (found.after_ms, found.place, found.name) == (after_ms, "start", name)
        assert error is None if found.error is None else isinstance(found.error, (error or Postponed, InjectedFault))
        assert getattr(found.error, "after_ms", 0) == after_ms
    else:
        assert after_ms is None
        assert isinstance(found, InjectedFault)
        assert error is not None
        assert isinstance(found, error)
        assert name in str(found)


@pytest.mark.parametrize("mode", ["timeout", "delay"])
def test_a_rule_says_how_long(mode: Mode) -> None:
    found, _, _ = met(RuleState(mode, delay_ms=1234))
    assert isinstance(found, Postponed)
    assert found.after_ms == 1234


def test_before_a_crash_it_is_kept_that_it_happened() -> None:
    notes = Notes()
    ends: list[tuple[int, bytes]] = []
    faults = Faults(end=lambda status: ends.append((status, notes.kept[-1])), timeout_ms=50, keep=notes.kept.append)
    faults.load({"f": RuleState("crash", 1)})
    assert strikes(faults, "f", "start")
    (status, kept) = ends[0]
    assert status == KILLED
    assert msgspec.json.decode(kept)["f"]["fired"] == 1
    assert not strikes(faults, "f", "start")


def refuse(_: bytes) -> None:
    raise StorageFull("no room")


def test_a_crash_that_cannot_be_kept_only_fails() -> None:
    ended: list[int] = []
    faults = Faults(end=ended.append, timeout_ms=50, keep=refuse)
    faults.load({"f": RuleState("crash", 1)})
    assert strikes(faults, "f", "start")
    assert ended == []


def test_what_cannot_be_kept_is_not_set() -> None:
    faults = Faults(end=lambda _: None, timeout_ms=50, keep=refuse)
    with pytest.raises(StorageFull):
        faults.set({"f": RuleState("fail")})
    assert (faults.states(), faults.armed) == ({}, False)


def test_what_is_set_replaces_everything_and_is_kept() -> None:
    notes = Notes()
    faults = noted_faults(notes)
    faults.set({"f": RuleState("fail"), "g": RuleState("fail", fired=2)})
    assert strikes(faults, "f", "start")
    faults.set({"g": RuleState("delay", 3, "end", "x", 5, 1)})
    assert faults.states() == {"g": RuleState("delay", 3, "end", "x", 5, 1)}
    assert msgspec.json.decode(notes.kept[-1], type=dict[str, RuleState]) == faults.states()
    assert faults.totals == {"f": 1}, "what has happened stays counted"


@pytest.mark.parametrize(
    ("message", "text", "found"),
    [
        (ProcessOrder("ord_1", 2), "ord_1", True),
        (ProcessOrder("ord_1", 2), "ord_2", False),
        (ProcessOrder("ord_1", 2), '"attempt": 2', True),
        (PlaceOrder({"note": 'a "b"\n'}), 'a "b"\n', True),
        (PlaceOrder({"note": "grün"}), "grün", True),
        (PlaceOrder(parse_json(b'{"price": 9.99, "n": 1' + b"0" * 40 + b"}")), "9.99", True),
        (PlaceOrder({"note": "\ud800 x"}), "x", True),
        (None, "null", True),
    ],
)
def test_a_match_is_looked_for_in_the_message_as_json(message: Any, text: str, found: bool) -> None:
    assert mentions(message, text) is found
