"""Messages in batches, as queues and topics take them: what of a batch was not taken is sent again, and it alone."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from ordermill.adapters.aws.errors import storage
from ordermill.domain.errors import StorageUnavailable
from ordermill.ports.messaging import MESSAGE_LIMIT, MessageTooLarge

MOST_ENTRIES: Final = 10
ATTEMPTS: Final = 5
"""At what a batch leaves, the first included; the SDK's own tries at a call come beside them."""
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 2.0
_THROTTLED: Final = ("throttl", "toomanyrequests")

Attributes = Mapping[str, str | int]
"""What goes with a message, beside its body. A text that is empty is left out."""
Call = Callable[[list[dict[str, Any]]], Mapping[str, Any]]
"""The client's call with the entries of one batch."""
Pause = Callable[[float], object]
"""Waits that many seconds."""

_random = random.Random()  # noqa: S311 - it spreads tries, and hides nothing


class MessageRefused(Exception):
    """A message will never be taken as it is, or not from us: sending it again would not help."""


class Entry(NamedTuple):
    """One message of a batch: its members but for the id, and how many bytes of the limit it takes."""

    members: Mapping[str, Any]
    size: int


def entry(body: bytes | str, place: str, attributes: Attributes | None = None, **members: Any) -> Entry:
    """The entry with this body in its member `place`. Raises UnicodeDecodeError where the body is no text."""
    text = body if isinstance(body, str) else body.decode()
    sent = {name: _value(value) for name, value in (attributes or {}).items() if value != ""}
    size = len(text.encode()) + sum(
        len(name.encode()) + len(value["DataType"]) + len(value["StringValue"].encode()) for name, value in sent.items()
    )
    members[place] = text
    if sent:
        members["MessageAttributes"] = sent
    return Entry(members, size)


def send_in_batches(to: str, call: Call, entries: Iterable[Entry], pause: Pause = time.sleep) -> None:
    """Send all of them, at most ten and 256 KiB a call; `to` names the target in errors.

    Raises MessageTooLarge before anything is sent; MessageRefused, or StorageUnavailable where tries did not help.
    Either of these may leave some sent.
    """
    for batch in list(_batches(to, entries)):
        _deliver(to, call, batch, pause)


def _batches(to: str, entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    room = MESSAGE_LIMIT
    for each in entries:
        if each.size > MESSAGE_LIMIT:
            raise MessageTooLarge(each.size, to)
        if len(batch) == MOST_ENTRIES or each.size > room:
            yield batch
            batch, room = [], MESSAGE_LIMIT
        batch.append(each)
        room -= each.size
    if batch:
        yield batch


def _deliver(to: str, call: Call, batch: list[Entry], pause: Pause) -> None:
    left = {str(number): {**each.members, "Id": str(number)} for number, each in enumerate(batch)}
    code = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            pause(_random.uniform(0, min(_FIRST_PAUSE_S * 2**attempt, _LONGEST_PAUSE_S)))
        with storage():
            answer = call(list(left.values()))
        for failed in answer.get("Failed", ()):
            code = failed.get("Code", "")
            if failed.get("SenderFault") and not _is_throttled(code):
                raise MessageRefused(f"{to} refused a message: {code} {failed.get('Message', '')}".rstrip())
        # Not those that failed, but all that are not known to be sent: nothing may be lost.
        sent = {taken["Id"] for taken in answer.get("Successful", ())}
        left = {id_: members for id_, members in left.items() if id_ not in sent}
        if not left:
            return
    raise StorageUnavailable(f"{to} did not take {len(left)} of {len(batch)} messages: {code}")


def _is_throttled(code: str) -> bool:
    """Throttling counts as the sender's fault there, and yet passes."""
    return any(part in code.lower() for part in _THROTTLED)


def _value(value: str | int) -> dict[str, str]:
    if isinstance(value, int):
        return {"DataType": "Number", "StringValue": str(value)}
    return {"DataType": "String", "StringValue": "".join(char if _is_allowed(char) else "\ufffd" for char in value)}


def _is_allowed(char: str) -> bool:
    """Of XML 1.0, which is what queues and topics take. An attribute may quote an error, which may quote anything."""
    code = ord(char)
    return code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
