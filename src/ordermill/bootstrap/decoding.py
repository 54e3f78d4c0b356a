"""How what a queue or a change stream brings becomes a function's message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ordermill.bootstrap.callables import message_type_of, module_of
from ordermill.domain.events import OrderChange, OrderEvent


class _Peek(msgspec.Struct):
    """What tells a CloudEvent from the function's own messages."""

    specversion: str | None = None


def decoder_of(function: str) -> Callable[[bytes], Any]:
    """How a queue's bodies are read: in the function's own way, as its messages, or as events where it takes those."""
    own: Callable[[bytes], Any] | None = getattr(module_of(function), "from_json", None)
    decode = own or msgspec.json.Decoder(message_type_of(function)).decode
    if not hasattr(module_of(function), "from_event"):
        return decode
    decode_event = msgspec.json.Decoder(OrderEvent).decode

    def either(body: bytes) -> Any:
        try:
            return decode(body)
        except msgspec.ValidationError:
            # An event has none of the members that a message must have.
            if msgspec.json.decode(body, type=_Peek).specversion is None:
                raise
        return decode_event(body)

    return either


def adapter_of(function: str) -> Callable[[Any], Any] | None:
    """What makes the function's message of an event, if it takes such."""
    from_event: Callable[[OrderEvent], Any] | None = getattr(module_of(function), "from_event", None)
    if from_event is None:
        return None
    return lambda message: from_event(message) if isinstance(message, OrderEvent) else message


def change_decoder_of(function: str) -> Callable[[OrderChange], Any]:
    """What makes the function's message of a change record."""
    from_change: Callable[[OrderChange], Any] | None = getattr(module_of(function), "from_change", None)
    return from_change or _as_it_is


def _as_it_is(change: OrderChange) -> OrderChange:
    return change
