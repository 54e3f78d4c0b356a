"""POST /dead-letters/redrive: one selector, and every wrong member named at once."""

from __future__ import annotations

import pytest

from ordermill.domain.commands import RedriveDeadLetters
from ordermill.domain.errors import InvalidRedrive
from ordermill.domain.json_body import JsonNumber
from ordermill.domain.redrive import read_redrive


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ({"ids": ["b", "a", "b"]}, RedriveDeadLetters(("b", "a"), None, 500, False)),
        ({"ids": ["a"] * 200, "queue": None}, RedriveDeadLetters(("a",), None, 500, False)),
        ({"queue": "mail-queue", "max": 10}, RedriveDeadLetters(None, "mail-queue", 10, False)),
        ({"queue": "orders>x", "dryRun": True}, RedriveDeadLetters(None, "orders>x", 500, True)),
        ({"all": True, "max": None, "dryRun": False}, RedriveDeadLetters(None, None, 500, False)),
    ],
)
def test_what_is_asked_for(body: object, asked: RedriveDeadLetters) -> None:
    assert read_redrive(body) == asked


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ([], [("", "wrong-type")]),
        (None, [("", "wrong-type")]),
        ({}, [("", "required")]),
        ({"dryRun": True}, [("", "required")]),
        ({"all": None}, [("", "required")]),
        ({"all": False}, [("/all", "wrong-type")]),
        ({"all": 1}, [("/all", "wrong-type")]),
        ({"ids": ["a"], "queue": "q", "all": True}, [("/queue", "unknown-field"), ("/all", "unknown-field")]),
        ({"ids": []}, [("/ids", "out-of-range")]),
        ({"ids": ["a"] * 201}, [("/ids", "out-of-range")]),
        ({"ids": "a"}, [("/ids", "wrong-type")]),
        (
            {"ids": ["a", 1, None, "", "x" * 201]},
            [
                ("/ids/1", "wrong-type"),
                ("/ids/2", "wrong-type"),
                ("/ids/3", "blank"),
                ("/ids/4", "too-long"),
            ],
        ),
        ({"queue": 1}, [("/queue", "wrong-type")]),
        ({"queue": ""}, [("/queue", "blank")]),
        ({"queue": "q", "max": 0}, [("/max", "out-of-range")]),
        ({"queue": "q", "max": 501}, [("/max", "out-of-range")]),
        ({"queue": "q", "max": True}, [("/max", "wrong-type")]),
        ({"queue": "q", "max": JsonNumber("1.0")}, [("/max", "wrong-type")]),
        ({"queue": "q", "max": "1"}, [("/max", "wrong-type")]),
        ({"all": True, "max": 5}, [("/max", "unknown-field")]),
        ({"all": True, "dryRun": "yes"}, [("/dryRun", "wrong-type")]),
        (
            {"dry_run": True, "max": -1},
            [
                ("/dry_run", "unknown-field"),
                ("", "required"),
                ("/max", "out-of-range"),
                ("/max", "unknown-field"),
            ],
        ),
    ],
)
def test_every_wrong_member_is_named(body: object, errors: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidRedrive) as refused:
        read_redrive(body)
    assert [(error.pointer, error.code) for error in refused.value.errors] == errors
