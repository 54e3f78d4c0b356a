"""`If-Match`: what it names, and what is none."""

from __future__ import annotations

import time

import pytest

from ordermill.entrypoints.bindings import InvalidQuery
from ordermill.entrypoints.preconditions import IfMatchRequired, read_if_match


@pytest.mark.parametrize(
    ("header", "versions"),
    [
        ('"4"', ("4",)),
        (' "4"\t', ("4",)),
        ('"4","5", "6"', ("4", "5", "6")),
        (', "4" ,, "5",', ("4", "5")),
        ('""', ("",)),
        ('"a,b"', ("a,b",)),
        ('"caf\xe9"', ("caf\xe9",)),
        ('W/"4"', ()),
        ('W/"4", "5"', ("5",)),
        ("*", None),
        (" * ", None),
    ],
)
def test_etags_and_the_star(header: str, versions: tuple[str, ...] | None) -> None:
    assert read_if_match(header) == versions


@pytest.mark.parametrize(
    "header",
    ["", " ", ",", "4", '"4', '4"', '"4""5"', '"4" "5"', 'w/"4"', '"4", *', "*, *", "**", "'4'", '"4";', '"\x7f"'],
)
def test_what_is_no_list_of_etags(header: str) -> None:
    with pytest.raises(InvalidQuery):
        read_if_match(header)


def test_without_it() -> None:
    with pytest.raises(IfMatchRequired):
        read_if_match(None)


def test_a_long_one_takes_no_time() -> None:
    since = time.perf_counter()
    with pytest.raises(InvalidQuery):
        read_if_match('"4"' + ",  " * 20_000 + "x")
    assert time.perf_counter() - since < 1
