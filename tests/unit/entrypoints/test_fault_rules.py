"""The body of `PUT /faults`: every wrong member is named, and what is shown can be sent back."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec
import pytest
from jsonschema import Draft202012Validator

from ordermill.bootstrap.faults import places
from ordermill.domain.errors import DuplicateKey, MalformedJson
from ordermill.entrypoints.fault_rules import InvalidFaults, faults_view, read_faults
from ordermill.entrypoints.openapi import document
from ordermill.runtime.faults import SERVICES, RuleState
from ordermill.topology.loader import load
from ordermill.topology.views import routes

PLACES: Final = places(load(), "stream")


def read(body: object) -> dict[str, RuleState]:
    return read_faults(json.dumps(body).encode(), PLACES)


def wrong(body: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidFaults) as caught:
        read(body)
    assert caught.value.slug == "invalid-faults"
    return [(error.pointer, error.code) for error in caught.value.errors]


def test_names_are_the_functions_that_are_enabled_and_the_services() -> None:
    assert set(SERVICES) <= PLACES.keys()
    assert "create_order" in PLACES
    assert "submit_order" not in PLACES
    assert "submit_order" in places(load(), "queue")
    assert PLACES["process_order"] == PLACES["mail"] == ("start", "after-charge", "end")
    assert PLACES["create_order"] == ("start", "end")


def test_what_is_left_out_has_its_default() -> None:
    assert read({"process_order": {"mode": "fail"}}) == {"process_order": RuleState("fail", None, "start", None, 0, 0)}
    assert read({}) == {}


def test_all_members() -> None:
    sent = {"mode": "delay", "times": 3, "at": "after-charge", "match": "ord_1", "delayMs": 600_000, "fired": 2}
    assert read({"payments": sent}) == {"payments": RuleState("delay", 3, "after-charge", "ord_1", 600_000, 2)}


def test_what_is_shown_can_be_sent_back() -> None:
    states = read({"payments": {"mode": "timeout"}, "create_order": {"mode": "crash", "times": 1, "match": "é\n"}})
    shown = json.loads(msgspec.json.encode(faults_view(states)))
    assert shown["faults"]["create_order"] == {
        "mode": "crash",
        "times": 1,
        "at": "start",
        "match": "é\n",
        "delayMs": 0,
        "fired": 0,
    }
    assert read(shown["faults"]) == states


@pytest.mark.parametrize(
    ("rule", "member", "code"),
    [
        ({}, "mode", "required"),
        ({"mode": None}, "mode", "wrong-type"),
        ({"mode": 1}, "mode", "wrong-type"),
        ({"mode": "explode"}, "mode", "unknown-mode"),
        ({"mode": "FAIL"}, "mode", "unknown-mode"),
        ({"mode": "fail", "at": "middle"}, "at", "unknown-place"),
        ({"mode": "fail", "at": None}, "at", "wrong-type"),
        *[({"mode": "fail", "times": times}, "times", "out-of-range") for times in (0, -1, 10**9 + 1, 10**30)],
        *[({"mode": "fail", "times": times}, "times", "wrong-type") for times in (True, 1.0, "1")],
        *[({"mode": "delay", "delayMs": ms}, "delayMs", "out-of-range") for ms in (-1, 600_001)],
        *[({"mode": "delay", "delayMs": ms}, "delayMs", "wrong-type") for ms in (None, False, 1.5, "1")],
        *[({"mode": "fail", "fired": fired}, "fired", "out-of-range") for fired in (-1, 10**9 + 1)],
        ({"mode": "fail", "fired": "1"}, "fired", "wrong-type"),
        ({"mode": "fail", "match": 1}, "match", "wrong-type"),
        ({"mode": "fail", "match": ""}, "match", "invalid-text"),
        ({"mode": "fail", "match": "x" * 1001}, "match", "invalid-text"),
        ({"mode": "fail", "match": "\ud800"}, "match", "invalid-text"),
        ({"mode": "fail", "delay": 1}, "delay", "unknown-field"),
        ({"mode": "fail", "a/b~": 1}, "a~1b~0", "unknown-field"),
    ],
)
def test_a_wrong_member(rule: dict[str, Any], member: str, code: str) -> None:
    assert wrong({"process_order": rule}) == [(f"/process_order/{member}", code)]


@pytest.mark.parametrize("body", [None, [], "x", 1, True])
def test_what_is_no_object(body: object) -> None:
    assert wrong(body) == [("", "wrong-type")]
    assert wrong({"mail": body}) == [("/mail", "wrong-type")]


def test_all_of_them_are_named_and_nothing_is_guessed() -> None:
    body = {
        "process_order": {"mode": "x", "times": 0, "at": "y", "match": 1, "delayMs": -1, "z": 1},
        "create_order": {"mode": "fail", "at": "after-charge"},
        "nobody": {"mode": "fail"},
        "a/b": 1,
        "mail": {"mode": "fail"},
    }
    assert sorted(wrong(body)) == [
        ("/a~1b", "unknown-name"),
        ("/create_order/at", "unknown-place"),
        ("/nobody", "unknown-name"),
        ("/process_order/at", "unknown-place"),
        ("/process_order/delayMs", "out-of-range"),
        ("/process_order/match", "wrong-type"),
        ("/process_order/mode", "unknown-mode"),
        ("/process_order/times", "out-of-range"),
        ("/process_order/z", "unknown-field"),
    ]


def test_an_unknown_name_is_told_which_there_are() -> None:
    with pytest.raises(InvalidFaults) as caught:
        read({"proces_order": {"mode": "fail"}})
    assert all(name in caught.value.errors[0].detail for name in PLACES)


@pytest.mark.parametrize(
    ("raw", "error"), [(b"{", MalformedJson), (b'{"mail": {"mode": "fail", "mode": "fail"}}', DuplicateKey)]
)
def test_what_is_no_json(raw: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_faults(raw, PLACES)


@pytest.mark.parametrize(
    ("rule", "fine"),
    [
        ({"mode": "fail"}, True),
        ({"mode": "timeout", "times": None, "at": "end", "match": None, "delayMs": 0, "fired": 0}, True),
        ({"mode": "fail", "times": 0}, False),
        ({"mode": "fail", "delayMs": 600_001}, False),
        ({"times": 1}, False),
        ({"mode": "fail", "x": 1}, False),
    ],
)
def test_the_description_agrees(rule: dict[str, Any], fine: bool) -> None:
    described = document(routes(load(), "stream"), "0", "http://x")
    schema = {"$ref": "#/components/schemas/FaultsRequest", **described}
    assert Draft202012Validator(schema).is_valid({"mail": rule}) is fine
    if fine:
        read({"mail": rule})
    else:
        assert wrong({"mail": rule})
