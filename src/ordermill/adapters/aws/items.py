"""Items as DynamoDB takes and gives them: attribute values, keys, updates, and the shards that spread what is listed.

An index of a list has as its partition key what is listed and a shard, `PENDING#7`, and as its sort key when the item
was made and which it is, so that a place in the list is a key: see ADR 11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from zlib import crc32

Item = dict[str, Any]
"""Attributes by name, each as DynamoDB has it: `{"S": "text"}`."""

ALL: Final = "all"
"""What the list of everything is called in its partitions."""

FEW_SHARDS: Final = 4
"""Of lists that nobody writes to thousands of times a second."""

_KEY_BYTES: Final = 2048
_LAST_MS: Final = 10**13 - 1


def text(value: str) -> Item:
    """The attribute value of a text."""
    return {"S": value}


def number(value: int) -> Item:
    """The attribute value of a whole number."""
    return {"N": str(value)}


def is_key(value: str) -> bool:
    """Whether an item could have this key: what could not is not even asked for, as that would be an error."""
    try:
        return 0 < len(value.encode()) <= _KEY_BYTES
    except UnicodeEncodeError:
        return False


def moment(at: int) -> str:
    """A time (epoch ms) so that texts sort as times do: 13 digits, which last until the year 2286."""
    return f"{min(max(at, 0), _LAST_MS):013d}"


def creation_key(at: int, id_: str) -> str:
    """The sort key of what was made at `at`: no other item has it."""
    return f"{moment(at)}#{id_}"


def shard_key(listed: str, id_: str, shards: int) -> str:
    """The partition key of an item in the list of `listed`: always the same shard for the same id."""
    return f"{listed}#{crc32(id_.encode()) % shards}"


def shard_keys(listed: str, shards: int) -> list[str]:
    """The partition keys of the whole list."""
    return [f"{listed}#{shard}" for shard in range(shards)]


def updating(
    values: Mapping[str, Item],
    *,
    once: Mapping[str, Item] | None = None,
    without: Sequence[str] = (),
    added: Mapping[str, Item] | None = None,
) -> dict[str, Any]:
    """The expression of an update: sets `values`, sets `once` where there is none yet, removes `without`, and adds the
    members of sets.
    """
    once, added = once or {}, added or {}
    sets = [f"#{name} = :{name}" for name in values]
    sets += [f"#{name} = if_not_exists(#{name}, :{name})" for name in once]
    clauses = {
        "SET": sets,
        "REMOVE": [f"#{name}" for name in without],
        "ADD": [f"#{name} :{name}" for name in added],
    }
    given = {**values, **once, **added}
    update: dict[str, Any] = {
        "UpdateExpression": " ".join(f"{verb} {', '.join(each)}" for verb, each in clauses.items() if each),
        "ExpressionAttributeNames": {f"#{name}": name for name in (*given, *without)},
    }
    if given:
        update["ExpressionAttributeValues"] = {f":{name}": value for name, value in given.items()}
    return update
