"""Which request is a repeat of which: the key, whose key it is, and what the body said."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Final

from ordermill.domain.commands import PlaceOrder
from ordermill.domain.errors import IdempotencyKeyInvalid, IdempotencyKeyReused

KEY_LIFETIME_MS: Final = 24 * 60 * 60 * 1000
"""How long a key holds, by comparing times."""

_ROUTE: Final = "POST /orders"
_IMPORT: Final = "POST /orders/import"
_IMPORT_ROW: Final = f"{_IMPORT} row"
_KEY = re.compile(r"[!-~]{1,255}")
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_ESCAPE = re.compile(r'\\(["\\])')

# Escapes everything outside ASCII, so that lone surrogates can be hashed too.
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), check_circular=False)


def claim_of(message: PlaceOrder) -> tuple[str, str] | None:
    """The claim's key and the body's fingerprint, or None without an idempotency key.

    A member of a wrong type is no key but an error that validation names, whatever the header says. Raises
    IdempotencyKeyInvalid.
    """
    members: dict[str, Any] = message.body if isinstance(message.body, dict) else {}
    member = members.get("idempotency_key")
    if member is None and message.header_key is None:
        return None
    key = effective_key(message.header_key, member)
    if key is None or not (member is None or isinstance(member, str)):
        return None
    customer = members.get("customerId") or members.get("customer_id")
    return scope(message.subject, customer, _ROUTE, key), fingerprint(message.body)


def claim_of_row(body: dict[str, Any], member: str | None, header: str | None, row: int) -> tuple[str, str] | None:
    """The same of one row of an import, whose request is `body`.

    The key is the row's own, or the header's with the row's number, which is for this file alone: with it the row is
    the same whichever customer it names. Raises IdempotencyKeyInvalid.
    """
    if member is not None:
        return scope("staff", body.get("customerId"), _IMPORT, _checked(member)), fingerprint(body)
    return None if header is None else (scope("staff", None, _IMPORT_ROW, f"{header}/{row}"), fingerprint(body))


def check_same(taken: str, sent: str) -> None:
    """Raises IdempotencyKeyReused unless what was sent has the fingerprint that the key was taken with."""
    if taken != sent:
        raise IdempotencyKeyReused("this key came with another body before; use a new key for a new order")


def effective_key(header: str | None, member: object) -> str | None:
    """The key of a request, from the `Idempotency-Key` header (bare or quoted) and the body's `idempotency_key`.

    None if neither is there; a member that is no string isn't, and `read_order` refuses it with all else that is
    wrong. Raises IdempotencyKeyInvalid unless each key is 1 to 255 visible ASCII characters and both are the same.
    """
    from_header = None if header is None else _checked(_unquoted(header.strip(" \t")))
    from_member = _checked(member) if type(member) is str else None
    if from_header is not None and from_member is not None and from_header != from_member:
        raise IdempotencyKeyInvalid("the header and the member differ: send one of them")
    return from_header if from_member is None else from_member


def scope(subject: str, customer_id: object, route: str, key: str) -> str:
    """The name under which `key` is claimed: one per subject, customer and route; 64 hexadecimal digits."""
    return _sha256([subject, customer_id, route, key])


def fingerprint(body: object) -> str:
    """What a body parsed by `parse_json` says, apart from its `idempotency_key`; 64 hexadecimal digits.

    White space and the order of members make no difference; the text of a number does: 9.99 and 9.990 differ.
    The number 9.99 and the string "9.99" are the same, as they are in a price; the integer 9 and "9" are not.
    """
    if isinstance(body, dict) and "idempotency_key" in body:
        body = {name: value for name, value in body.items() if name != "idempotency_key"}
    return _sha256(body)


def _sha256(value: object) -> str:
    return hashlib.sha256(_CANONICAL.encode(value).encode()).hexdigest()


def _unquoted(header: str) -> str:
    """The content of a structured-field string, or the bare header as it is."""
    if not header.startswith('"'):
        return header
    match = _QUOTED.fullmatch(header)
    if match is None:
        raise IdempotencyKeyInvalid("a quoted key ends with its quote and escapes only quotes and backslashes")
    return _ESCAPE.sub(r"\1", match[1])


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyInvalid("a key is 1 to 255 visible ASCII characters")
    return key
