"""Server-sent events as bytes: written, and read as the HTML standard says."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

RETRY_MS: Final = 1000


def event(name: str, data: bytes, id_: int) -> bytes:
    """One event; `data` is JSON, so without line ends."""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (id_, name.encode(), data)


def opening(id_: int) -> bytes:
    """How a stream begins: when to come back, and with which id, even if nothing else is sent."""
    return b"retry: %d\nid: %d\n\n" % (RETRY_MS, id_)


def heartbeat(id_: int) -> bytes:
    """A sign of life. The id dispatches no event, but whoever comes back comes back with it."""
    return b":\nid: %d\n\n" % id_


@dataclass(frozen=True, slots=True)
class Event:
    """One event that was received; `id` is the last one that was named, by this event or before it."""

    id: str
    name: str
    data: str


@dataclass(slots=True)
class EventParser:
    """Turns the bytes of a stream into its events. `last_id` and `retry_ms` are what the stream said last."""

    last_id: str = ""
    retry_ms: int = RETRY_MS
    _decode: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8-sig"), init=False)
    _rest: str = field(default="", init=False)
    _id: str = field(default="", init=False)
    _name: str = field(default="", init=False)
    _data: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._decode.errors = "replace"
        self._id = self.last_id

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that `chunk` completes. A stream that ends within an event doesn't dispatch it."""
        text = self._rest + self._decode.decode(chunk)
        # A CR at the very end may be half of a CRLF.
        held = text.endswith("\r")
        *lines, self._rest = (text[:-1] if held else text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if held:
            self._rest += "\r"
        for line in lines:
            if line:
                self._take(line)
            elif (found := self._dispatch()) is not None:
                yield found

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._name = value
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry_ms = int(value)

    def _dispatch(self) -> Event | None:
        self.last_id = self._id
        found = Event(self._id, self._name or "message", "\n".join(self._data)) if self._data else None
        self._name, self._data = "", []
        return found
