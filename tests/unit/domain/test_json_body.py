"""JSON in: strict, shallow, without floats, and nothing but the three errors of the contract."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordermill.domain.errors import DuplicateKey, MalformedJson, TooDeep
from ordermill.domain.json_body import JsonNumber, parse_json


def nested(depth: int, opening: str = "[", closing: str = "]", inside: str = "") -> bytes:
    return (opening * depth + inside + closing * depth).encode()


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"null", None),
        (b"[]", []),
        (b'"x"', "x"),
        (b"1", 1),
        (b" {}\r\n\t", {}),
        (b'{"a": [true, false, null, -7]}', {"a": [True, False, None, -7]}),
        (b'"\\u0000"', "\x00"),
        ('"\U0001f469\u200d\U0001f680"'.encode(), "\U0001f469\u200d\U0001f680"),
        (b'"\\ud800"', "\ud800"),
        (b'{"\\udfff": 1}', {"\udfff": 1}),
        (b'[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),
        (b"9007199254740993", 9007199254740993),
    ],
)
def test_values(raw: bytes, value: object) -> None:
    assert parse_json(raw) == value


@pytest.mark.parametrize(
    "text", ["9.99", "9.990", "-0.0", "1e2", "1E+2", "1e400", "1.0", "0.1000000000000000055511151231"]
)
def test_numbers_with_a_point_or_an_exponent_keep_their_text(text: str) -> None:
    value = parse_json(text.encode())
    assert type(value) is JsonNumber
    assert str(value) == text


@pytest.mark.parametrize(
    "raw",
    [
        b"", b" \n", b"{", b'{"a"', b'{"a":', b'{"a": 1', b'"abc', b"{} {}", b"{}x", b'{"a": 1,}', b"[1,]", b"[,1]",
        b"// c\n{}", b"/* c */ {}", b"{'a': 1}", b"{a: 1}",
        b"\xef\xbb\xbf{}", b'"\xff"', b'"\xed\xa0\x80"', b'"\xc0\xaf"',
        b'"a\nb"', b'"a\x00b"', b"NaN", b"[Infinity]", b'{"a": -Infinity}', b"True", b"None", b"01", b"1.",
        b".5", b"+1",
        b"0x10", b"1_000", b"- 1", b"1e", b'"\\x"', b'"\\u12"', b"\x00", '{"a": 1}'.encode("utf-16"), "\u0661".encode(),
        b"\xa0{}", b"9" * 5_000, b"-" + b"9" * 5_000, b'{"quantity": ' + b"9" * 200_000 + b"}", b"]" * 100, b"[}" * 20,
    ],
)  # fmt: skip
def test_what_is_not_json_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedJson) as caught:
        parse_json(raw)
    assert len(caught.value.detail) < 100


@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        (b'{"a": "\xff"}', "byte 8 is not UTF-8"),
        (b'{"a": 1,\n"b" 2}', "not JSON from line 2, column 5"),
        (b"9" * 5_000, "an integer has too many digits"),
        (b"[NaN]", "NaN and Infinity are not JSON"),
    ],
)
def test_malformed_json_says_where_or_why(raw: bytes, detail: str) -> None:
    with pytest.raises(MalformedJson) as caught:
        parse_json(raw)
    assert caught.value.detail == detail


@pytest.mark.parametrize(
    "raw", [b'{"qty":1,"qty":1000}', b'{"a":{"b":1,"b":1}}', b'[{"a":1,"\\u0061":2}]', b'{"":1,"":2}']
)
def test_a_member_named_twice_is_refused(raw: bytes) -> None:
    with pytest.raises(DuplicateKey):
        parse_json(raw)


@pytest.mark.parametrize(("opening", "closing", "inside"), [("[", "]", ""), ('{"a":', "}", "1"), ('[{"[":', "}]", "0")])
def test_depth_has_a_limit_of_32(opening: str, closing: str, inside: str) -> None:
    brackets = opening.replace('"["', "").count("[") + opening.count("{")
    fits = 32 // brackets
    parse_json(nested(fits, opening, closing, inside))
    with pytest.raises(TooDeep):
        parse_json(nested(fits + 1, opening, closing, inside))


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 100_000,
        nested(100_000),
        b'{"a":' * 100_000,
        nested(100_000, '{"a":', "}", "1"),
        b'["\\\\", ' + nested(40) + b"]",
        b'["\\"",' * 40 + b"1" + b"]" * 40,
    ],
)
def test_hostile_nesting_is_too_deep(raw: bytes) -> None:
    with pytest.raises(TooDeep):
        parse_json(raw)


@pytest.mark.parametrize(
    "value",
    [
        "[" * 1_000,
        '"[' * 100,
        '\\"[{' * 100,
        "\\" + "[" * 100,
        [[] for _ in range(100)],
        [{"a": "]]]["}] * 50,
        {"[[\\": ["\\\\", '"'] * 50},
    ],
)
def test_brackets_in_strings_and_side_by_side_are_not_depth(value: object) -> None:
    assert parse_json(json.dumps([value, *([[]] * 40)]).encode()) == [value, *([[]] * 40)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_read_as_it_was_meant(value: object) -> None:
    assert parse_json(json.dumps(value).encode()) == value


@given(st.binary() | st.text('{}[]",:\\ 01eE.-ntu', max_size=80).map(str.encode))
def test_any_bytes_get_a_value_or_a_known_error(raw: bytes) -> None:
    with suppress(MalformedJson, DuplicateKey, TooDeep):
        parse_json(raw)
