"""Idempotency: which keys there are, whose they are, and which bodies say the same."""

from __future__ import annotations

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordermill.domain.errors import IdempotencyKeyInvalid
from ordermill.domain.idempotency import effective_key, fingerprint, scope
from ordermill.domain.json_body import JsonNumber, parse_json


@pytest.mark.parametrize(
    ("header", "member", "key"),
    [
        (None, None, None),
        ("abc", None, "abc"),
        (None, "abc", "abc"),
        ("abc", "abc", "abc"),
        ('"abc"', None, "abc"),
        ('"abc"', "abc", "abc"),
        (' "abc"\t', None, "abc"),
        (r'"a\"b\\c"', None, 'a"b\\c'),
        ('a"b', None, 'a"b'),
        ("a\\b", None, "a\\b"),
        (None, '"abc"', '"abc"'),
        ("!~", None, "!~"),
        ("k" * 255, None, "k" * 255),
        (f'"{"k" * 255}"', None, "k" * 255),
    ],
)
def test_keys(header: str | None, member: object, key: str | None) -> None:
    assert effective_key(header, member) == key


@pytest.mark.parametrize(
    ("header", "member"),
    [
        ("abc", "abd"),
        ("abc", '"abc"'),
        ("", None),
        ('""', None),
        ('"', None),
        ('"abc', None),
        ('"a"b"', None),
        (r'"a\b"', None),
        (r'"a\"', None),
        ('"a";x=1', None),
        ("a b", None),
        ('"a b"', None),
        ("a\x00b", None),
        ("a\nb", None),
        ("a\x7f", None),
        ("\u00e9", None),
        ("k" * 256, None),
        (None, ""),
        (None, "a b"),
        (None, "abc\n"),
        (None, "\ud800"),
        (None, "k" * 256),
        ("abc", ""),
    ],
)
def test_what_is_no_key_is_refused(header: str | None, member: object) -> None:
    with pytest.raises(IdempotencyKeyInvalid):
        effective_key(header, member)


@pytest.mark.parametrize("member", [1, True, ["a"], {}, JsonNumber("1.5")])
def test_a_member_of_another_type_is_no_key(member: object) -> None:
    assert effective_key(None, member) is None
    assert effective_key("abc", member) == "abc"


def test_a_key_belongs_to_one_subject_customer_and_route() -> None:
    scopes = [
        scope("anonymous", "c1", "POST /orders", "k"),
        scope("ada", "c1", "POST /orders", "k"),
        scope("anonymous", "c2", "POST /orders", "k"),
        scope("anonymous", None, "POST /orders", "k"),
        scope("anonymous", "null", "POST /orders", "k"),
        scope("anonymous", "c1", "POST /orders/import", "k"),
        scope("anonymous", "c1", "POST /orders", "k2"),
        scope("anonymous", "c1POST /orders", "", "k"),
        scope('anonymous","c1', "", "POST /orders", "k"),
    ]
    assert len(set(scopes)) == len(scopes)
    assert scopes[0] == scope("anonymous", "c1", "POST /orders", "k")
    assert len(scopes[0]) == 64


@pytest.mark.parametrize("customer_id", ["\ud800", 5, ["a", {"b": None}], JsonNumber("1e400"), True])
def test_any_customer_id_has_a_scope(customer_id: object) -> None:
    assert len(scope("anonymous", customer_id, "POST /orders", "k")) == 64


SAME = [
    (b'{"a": 1, "b": [1, 2]}', b'{"b":[1,2],"a":1}'),
    (b'{"a": {"x": 1, "y": 2}}', b'{"a": {"y": 2, "x": 1}}'),
    (b'{"a": 1, "idempotency_key": "k"}', b'{"a": 1}'),
    (b'{"a": "\\u00e9"}', '{"a": "\u00e9"}'.encode()),
    (b'{"price": 9.99}', b'{"price": "9.99"}'),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_bodies_that_say_the_same(one: bytes, other: bytes) -> None:
    assert fingerprint(parse_json(one)) == fingerprint(parse_json(other))


DIFFERENT = [
    (b'{"a": 1}', b'{"a": 2}'),
    (b'{"a": 1}', b'{"b": 1}'),
    (b'{"a": [1, 2]}', b'{"a": [2, 1]}'),
    (b'{"a": 9.99}', b'{"a": 9.990}'),
    (b'{"a": 1}', b'{"a": true}'),
    (b'{"a": 1}', b'{"a": 1.0}'),
    (b'{"a": 1}', b'{"a": "1"}'),
    (b'{"a": null}', b"{}"),
    (b'{"a": "\\u00e9"}', b'{"a": "e\\u0301"}'),
    (b'{"a": "\\ud800"}', b'{"a": "\\ud801"}'),
    (b'{"a": {"idempotency_key": "k"}}', b'{"a": {}}'),
    (b"[]", b"{}"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_bodies_that_differ(one: bytes, other: bytes) -> None:
    assert fingerprint(parse_json(one)) != fingerprint(parse_json(other))


def test_the_body_is_left_as_it_was() -> None:
    body = {"a": 1, "idempotency_key": "k"}
    fingerprint(body)
    assert body == {"a": 1, "idempotency_key": "k"}


MEMBERS = st.dictionaries(
    st.text(st.characters(), max_size=5),
    st.none() | st.booleans() | st.integers() | st.text(st.characters()) | st.lists(st.integers()),
    min_size=2,
)


@given(MEMBERS, st.randoms(use_true_random=False))
def test_order_and_white_space_make_no_difference(members: dict[str, object], random: Random) -> None:
    names = list(members)
    random.shuffle(names)
    raw = json.dumps({name: members[name] for name in names}, indent=3).encode()
    assert fingerprint(parse_json(raw)) == fingerprint(parse_json(json.dumps(members).encode()))
