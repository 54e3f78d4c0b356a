"""Which queries of a list are read, and which are refused, by name."""

from __future__ import annotations

import pytest

from ordermill.domain.order import Status
from ordermill.domain.order_list import OrderFilter
from ordermill.entrypoints.bindings import InvalidQuery
from ordermill.entrypoints.order_query import read_filter, read_limit

DAY_MS = 86_400_000
NOVEMBER = 1_793_491_200_000
"""The first of November 2026, epoch milliseconds."""


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, OrderFilter()),
        ({"limit": "3", "cursor": "abc"}, OrderFilter()),
        ({"status": "PAID"}, OrderFilter(status=Status.PAID)),
        ({"customer": "c1"}, OrderFilter(customer="c1")),
        ({"customer": "Ada@Example.org"}, OrderFilter(customer="Ada@Example.org")),
        ({"customer": " "}, OrderFilter(customer=" ")),
        ({"customer": "é" * 254}, OrderFilter(customer="é" * 254)),
        ({"from": "2026-11-01"}, OrderFilter(since=NOVEMBER)),
        ({"to": "2026-11-02T00:00:00Z"}, OrderFilter(until=NOVEMBER + DAY_MS)),
        ({"from": "2026-11-01", "to": "2026-11-01"}, OrderFilter(since=NOVEMBER, until=NOVEMBER)),
        (
            {"status": "FAILED", "from": "2026-11-01T01:00:00+01:00", "to": "2026-11-02"},
            OrderFilter(status=Status.FAILED, since=NOVEMBER, until=NOVEMBER + DAY_MS),
        ),
        ({"customer": "c1", "from": "2026-11-01"}, OrderFilter(customer="c1", since=NOVEMBER)),
    ],
)
def test_what_is_asked_for(query: dict[str, str], expected: OrderFilter) -> None:
    assert read_filter(query) == expected


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"status": ""}, "status"),
        ({"status": "paid"}, "status"),
        ({"status": "PAID "}, "status"),
        ({"status": "PAID,FAILED"}, "status"),
        ({"status": "__members__"}, "status"),
        ({"customer": ""}, "customer"),
        ({"customer": "x" * 255}, "customer"),
        ({"status": "PAID", "customer": "c1"}, "not both"),
        ({"status": "", "customer": ""}, "not both"),
        ({"from": ""}, "from"),
        ({"from": "2026-02-30"}, "from"),
        ({"to": "2026-11-01T24:00:00Z"}, "to"),
        ({"to": "2026-11-01T00:00:00"}, "to"),
        ({"from": "2026-11-01T00:00:00 01:00"}, "%2B"),
        ({"from": "0000-01-01"}, "from"),
        ({"to": "10000-01-01"}, "to"),
        ({"from": "1793491200"}, "from"),
        ({"from": "2026-11-02", "to": "2026-11-01"}, "from must not be after to"),
    ],
)
def test_what_cannot_be_asked_for(query: dict[str, str], named: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        read_filter(query)
    assert named in refused.value.detail


@pytest.mark.parametrize(("text", "expected"), [("1", 1), ("50", 50), ("199", 199), ("200", 200)])
def test_a_limit(text: str, expected: int) -> None:
    assert read_limit({"limit": text}) == expected


def test_without_a_limit_there_are_fifty() -> None:
    assert read_limit({}) == 50


NO_LIMITS = ["", "0", "-1", "+1", "201", "1000", "1e9", "1" * 5000, "abc", "١٠", "1.0", "0x1", "05", " 5", "5 ", "5\n"]


@pytest.mark.parametrize("text", NO_LIMITS, ids=repr)
def test_what_is_no_limit(text: str) -> None:
    with pytest.raises(InvalidQuery, match="limit must be a whole number from 1 to 200"):
        read_limit({"limit": text})
