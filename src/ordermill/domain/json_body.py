"""JSON as the contract reads it: strict, shallow, without floats, and never anything but a 400 for what is not JSON.

A parsed body is made of dict, list, str, int, bool, None and `JsonNumber`. Strings may still hold lone surrogates.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from ordermill.domain.errors import DuplicateKey, MalformedJson, TooDeep

MAX_DEPTH = 32
"""How many arrays and objects may stand inside each other."""


class JsonNumber(str):
    """A number with a point or an exponent, as the text that was sent: no float ever stands for it."""

    __slots__ = ()


class JsonText(str):
    """JSON text with what it says beside it, so that one process parses it once; without that, a text like any other.

    `value` is what `parse_json` made of it. `draft` is for who reads an order from it; see `intake.read_order_text`.
    """

    __slots__ = ("draft", "value")
    value: object
    draft: Any


def read_json(raw: bytes) -> JsonText:
    """The text of `raw`, parsed. Raises what `parse_json` does."""
    value = parse_json(raw)
    text = JsonText(raw.decode())
    text.value, text.draft = value, None
    return text


def parsed(text: str) -> object:
    """What the text says; parsed where that was not done before. Raises what `parse_json` does."""
    return text.value if type(text) is JsonText else parse_json(text.encode())


def compact(value: object) -> str:
    """The shortest text that `parse_json` makes the same value of: no white space, and few escapes."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{compact(name)}:{compact(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(compact, value)) + "]"
    if isinstance(value, JsonNumber):
        return str(value)
    text = json.dumps(value, ensure_ascii=False)
    # Half of a surrogate pair has no UTF-8.
    return json.dumps(value) if _LONE.search(text) else text


_LONE = re.compile("[\ud800-\udfff]")


def parse_json(raw: bytes) -> object:
    """The value that `raw` (UTF-8, no byte order mark) stands for.

    Raises MalformedJson for anything RFC 8259 does not allow and for integers of more than 4,300 digits,
    DuplicateKey for an object that names a member twice, TooDeep beyond `MAX_DEPTH`.
    """
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _too_deep(raw):
        raise TooDeep(f"at most {MAX_DEPTH} arrays and objects inside each other")
    try:
        return _DECODER.decode(raw.decode())
    except UnicodeDecodeError as error:
        raise MalformedJson(f"byte {error.start + 1} is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise MalformedJson(f"not JSON from line {error.lineno}, column {error.colno}") from None
    except ValueError:
        raise MalformedJson("an integer has too many digits") from None


_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_OPENING = frozenset(b"[{")
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")


def _too_deep(raw: bytes) -> bool:
    # Before parsing, because the parser's recursion takes C stack, of which a thread may have little.
    depth = 0
    for byte in _STRING.sub(b"", raw).translate(None, _NOT_BRACKETS):
        if byte in _OPENING:
            depth += 1
            if depth > MAX_DEPTH:
                return True
        else:
            depth -= 1
    return False


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise DuplicateKey("a member is named twice in one object")
    return members


def _refuse(_constant: str) -> NoReturn:
    raise MalformedJson("NaN and Infinity are not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=JsonNumber, parse_constant=_refuse)
