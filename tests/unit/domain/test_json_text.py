"""JSON that is kept as its text: parsed once, written short, and otherwise a text like any other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordermill.domain.errors import MalformedJson
from ordermill.domain.json_body import JsonNumber, JsonText, compact, parse_json, parsed, read_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just(JsonNumber("9.990")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_a_text_keeps_what_it_says() -> None:
    text = read_json(b'{"a": 1.50}')
    assert text == '{"a": 1.50}'
    assert parsed(text) is text.value
    assert type(text.value["a"]) is JsonNumber  # type: ignore[index]


def test_a_plain_text_is_parsed() -> None:
    assert parsed('{"a": 1.50}') == {"a": "1.50"}
    with pytest.raises(MalformedJson):
        parsed("{")


def test_what_is_no_json_is_refused_at_once() -> None:
    with pytest.raises(MalformedJson):
        read_json(b"{")


@given(VALUES)
def test_written_short_it_says_the_same(value: object) -> None:
    text = compact(value)
    assert parse_json(text.encode()) == value
    assert compact(parse_json(text.encode())) == text


@pytest.mark.parametrize(
    ("raw", "short"),
    [
        (b'{ "a" : [ 1.50 , 2 ] }', '{"a":[1.50,2]}'),
        (b'"\\u00fc\\ud83d\\ude00"', '"ü😀"'),
        (b'"\\ud800"', '"\\ud800"'),
        (b'"\\u0000"', '"\\u0000"'),
    ],
)
def test_written_short(raw: bytes, short: str) -> None:
    assert compact(parse_json(raw)) == short


def test_it_is_a_text_where_there_is_no_value() -> None:
    assert isinstance(read_json(b"1"), str)
    assert type(str(read_json(b"1"))) is str
    assert type(read_json(b"1")) is JsonText
