"""A cursor is good as it was given, for the list it was given for, and for nothing else."""

from __future__ import annotations

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ordermill.adapters.cursors import HmacCursors
from ordermill.adapters.tokens import HmacTokens
from ordermill.domain.errors import InvalidCursor

CURSORS = HmacCursors(b"a key of the test")
LIST = b'orders{"status":"PAID"}'
CURSOR = CURSORS.sign(LIST, "1763640000000.7")


@given(st.binary(max_size=60), st.text(st.characters(codec="utf-8"), max_size=60))
def test_what_was_signed_opens(listed: bytes, position: str) -> None:
    assert CURSORS.open(listed, CURSORS.sign(listed, position)) == position


def test_a_cursor_survives_a_restart_and_goes_into_a_url_as_it_is() -> None:
    assert HmacCursors(b"a key of the test").open(LIST, CURSOR) == "1763640000000.7"
    assert CURSOR.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize("listed", [b"orders{}", b'orders{"status":"PENDING"}', b"", LIST + b"1763640000000"])
def test_a_cursor_of_another_list_is_invalid(listed: bytes) -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.open(listed, CURSOR)


def test_where_the_list_ends_and_the_position_begins_is_signed_too() -> None:
    raw = base64.urlsafe_b64decode(CURSORS.sign(b"orders1", "2.3") + "==")
    moved = base64.urlsafe_b64encode(raw[:16] + b"12.3").rstrip(b"=").decode()
    with pytest.raises(InvalidCursor):
        CURSORS.open(b"orders", moved)


def test_every_single_change_is_noticed() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for place, old in enumerate(CURSOR):
        for new in set(alphabet) - {old}:
            with pytest.raises(InvalidCursor):
                CURSORS.open(LIST, CURSOR[:place] + new + CURSOR[place + 1 :])


def test_every_cut_is_noticed() -> None:
    for place in range(len(CURSOR)):
        with pytest.raises(InvalidCursor):
            CURSORS.open(LIST, CURSOR[:place])
        if place:
            with pytest.raises(InvalidCursor):
                CURSORS.open(LIST, CURSOR[place:])


@given(st.text())
@example(CURSOR + "=")
@example(CURSOR + "==")
@example(CURSOR + "\n")
@example(" " + CURSOR)
@example(CURSOR[:10] + "!" + CURSOR[10:])
@example(CURSOR + CURSOR)
@example("é" + CURSOR[1:])
@example("\ud800")
@example("A" * 100_000)
@example(HmacCursors(b"another key").sign(LIST, "1763640000000.7"))
@example(HmacTokens(b"a key of the test").sign("ord_1"))
@example(base64.urlsafe_b64encode(b"\xff" * 40).decode())
def test_anything_else_is_invalid_and_no_defect(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.open(LIST, cursor)


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        HmacCursors(b"")
