"""Keys, shards and updates of items."""

from __future__ import annotations

from collections import Counter

import pytest

from ordermill.adapters.aws.items import creation_key, is_key, moment, number, shard_key, shard_keys, text, updating


def test_moments_sort_as_texts() -> None:
    times = [0, 1, 9, 10, 999, 1_763_640_000_000, 9_999_999_999_999]
    assert sorted(map(moment, reversed(times))) == [moment(at) for at in times]
    assert [moment(-5), moment(10**15)] == [moment(0), "9999999999999"]


def test_what_was_made_in_a_millisecond_is_between_it_and_the_next() -> None:
    assert moment(5) < creation_key(5, "a") < creation_key(5, "b") < moment(6)


def test_a_shard_is_of_the_id_alone_and_always_the_same() -> None:
    # What is stored is found by this for ever.
    assert [shard_key("PENDING", id_, 32) for id_ in ("ord_1", "é")] == ["PENDING#11", "PENDING#30"]
    assert shard_key("all", "ord_1", 32) == "all#11"


def test_ids_are_spread_evenly() -> None:
    counts = Counter(shard_key("all", f"ord_{n:08x}-7000-8000-{n * 7919:012x}", 32) for n in range(32_000))
    assert counts.keys() == set(shard_keys("all", 32))
    assert min(counts.values()) > 850
    assert max(counts.values()) < 1150


@pytest.mark.parametrize(
    ("value", "is_one"),
    [("", False), ("x", True), ("x" * 2048, True), ("x" * 2049, False), ("é" * 1025, False), ("\ud800", False)],
    ids=ascii,
)
def test_what_can_be_a_key(value: str, is_one: bool) -> None:
    assert is_key(value) is is_one


def test_an_update_names_everything_by_placeholders() -> None:
    update = updating(
        {"status": text("PAID")}, once={"at": number(5)}, without=("size",), added={"names": {"SS": ["a"]}}
    )
    assert update == {
        "UpdateExpression": "SET #status = :status, #at = if_not_exists(#at, :at) REMOVE #size ADD #names :names",
        "ExpressionAttributeNames": {"#status": "status", "#at": "at", "#names": "names", "#size": "size"},
        "ExpressionAttributeValues": {":status": {"S": "PAID"}, ":at": {"N": "5"}, ":names": {"SS": ["a"]}},
    }


def test_an_update_that_only_removes_has_no_values() -> None:
    assert updating({}, without=("a", "b")) == {
        "UpdateExpression": "REMOVE #a, #b",
        "ExpressionAttributeNames": {"#a": "a", "#b": "b"},
    }
