"""Dead letters as items. A letter is open while it is in the indexes of open ones: closing takes it out of them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from ordermill.adapters.aws.items import ALL, FEW_SHARDS, Item, creation_key, shard_key, text, updating
from ordermill.adapters.aws.pages import SORT
from ordermill.adapters.aws.tables import Range, Tables
from ordermill.adapters.aws.writing import Part, Unmet, write_alone
from ordermill.domain.dead_letters import PROCESSING, DeadLetter

TABLE: Final = "dead-letters"
KEY: Final = "letterId"
OPEN: Final = "openShard"
OPEN_QUEUE: Final = "openQueueShard"
ABOUT: Final = "aboutOrder"
NO_ORDER: Final = "-"
"""What letters that are about no order are found by."""
_OPEN_ORDER: Final = "openOrderId"
_BODY_BYTES: Final = 400_000
"""An item has 409,600 bytes at most, its keys and its attributes' names included."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(DeadLetter).decode


def letter_of(item: Item) -> DeadLetter:
    """The letter that an item holds."""
    return _decode(item["body"]["S"])


def keeping(letter: DeadLetter, now: int) -> Part:
    """The part that keeps a letter, open, unless it was ever kept."""
    id_ = letter.id
    item = {
        KEY: text(id_),
        "body": text(_body(letter)),
        OPEN: text(shard_key(ALL, id_, FEW_SHARDS)),
        OPEN_QUEUE: text(shard_key(letter.queue, id_, FEW_SHARDS)),
        SORT: text(creation_key(now, id_)),
    }
    item[ABOUT] = text(letter.order_id or NO_ORDER)
    order_id = processed_order(letter)
    if order_id:
        item[_OPEN_ORDER] = text(order_id)
    return Part("Put", TABLE, {"Item": item, "ConditionExpression": f"attribute_not_exists({KEY})"}, "letter", id_)


def closing(letter_id: str) -> Part:
    """The part that closes a letter, open or not; there has to be one."""
    request: dict[str, Any] = {"Key": {KEY: text(letter_id)}, **updating({}, without=(OPEN, OPEN_QUEUE, _OPEN_ORDER))}
    request["ConditionExpression"] = f"attribute_exists({KEY})"
    return Part("Update", TABLE, request, "letter", letter_id)


def erasing(letter: DeadLetter) -> Part:
    """The part that leaves no more than this of a letter, and closes it; there has to be one."""
    closed = updating({"body": text(_body(letter))}, without=(OPEN, OPEN_QUEUE, _OPEN_ORDER))
    request: dict[str, Any] = {"Key": {KEY: text(letter.id)}, **closed}
    request["ConditionExpression"] = f"attribute_exists({KEY})"
    return Part("Update", TABLE, request, "letter", letter.id)


def change_letter(tables: Tables, part: Part) -> None:
    """Keep or close one letter by itself; one that was kept before, or that there is none of, stays as it is."""
    with suppress(Unmet):
        write_alone(tables, part)


def processed_order(letter: DeadLetter) -> str | None:
    """The order whose retry closes the letter, if one does."""
    return letter.order_id if letter.function == PROCESSING else None


def open_letters(tables: Tables, order_id: str, kept: Iterable[str]) -> list[str]:
    """The ids of the letters that an order's retry closes: those of the index, and those `kept` with the order."""
    found = tables.entries(Range(TABLE, "of-order", _OPEN_ORDER, order_id))
    return list(dict.fromkeys([*kept, *(item[KEY]["S"] for item in found)]))


def _body(letter: DeadLetter) -> str:
    """As JSON. The message must be whole to be sent on, so where both have no room, what the error said is cut."""
    body = _encode(letter)
    if len(body) > _BODY_BYTES:
        spare = max(0, len(letter.error.encode()) - (len(body) - _BODY_BYTES))
        # JSON may write a character in several bytes, and never in more than six.
        body = _encode(replace(letter, error=letter.error[: spare // 6]))
    return body.decode()
