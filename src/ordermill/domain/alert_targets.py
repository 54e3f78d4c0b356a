"""Where alerts go, as an operator writes it: `slack+https://…`, `json+https://…`, `mailto:…`, comma between them."""

from __future__ import annotations

from hashlib import sha256
from typing import Final, Literal

import msgspec

from ordermill.domain.destinations import Destination, Unacceptable
from ordermill.domain.text import email_fault

TargetKind = Literal["slack", "json", "mailto"]

_KINDS: Final[dict[str, TargetKind]] = {
    "slack+https": "slack",
    "slack+http": "slack",
    "https": "slack",
    "http": "slack",
    "json+https": "json",
    "json+http": "json",
    "mailto": "mailto",
}
_FORMS: Final = "slack+https://…, json+https://… or mailto:…"


class AlertTarget(msgspec.Struct, frozen=True):
    """One target. `address` is a URL, which may be a secret, or a mail address.

    `key` names the target without giving the URL away; `label`, what people see, is the URL's host or the address.
    """

    kind: TargetKind
    address: str
    key: str
    label: str

    def __repr__(self) -> str:
        return f"AlertTarget(kind={self.kind!r}, label={self.label!r})"


def parse_targets(text: str, *, allow_local: bool) -> tuple[AlertTarget, ...]:
    """The targets in `text`, none where it is empty.

    Raises ValueError that says which target is wrong and what is expected; it quotes no URL.
    """
    found: list[AlertTarget] = []
    for number, part in enumerate((part.strip() for part in text.split(",")), start=1):
        if not part:
            continue
        try:
            target = _target(part, allow_local=allow_local)
        except ValueError as error:
            raise ValueError(f"target {number} {error}") from error
        if any(target.key == other.key for other in found):
            raise ValueError(f"target {number} ({target.label}) is named twice")
        found.append(target)
    return tuple(found)


def _target(text: str, *, allow_local: bool) -> AlertTarget:
    scheme, colon, rest = text.partition(":")
    kind = _KINDS.get(scheme.lower()) if colon else None
    if kind is None:
        raise ValueError(f"begins with none of the known kinds; write {_FORMS}")
    if kind == "mailto":
        if email_fault(rest) is not None:
            raise ValueError("is no mail address; write mailto:ops@example.org")
        return _made(kind, rest, rest)
    url = scheme.lower().rpartition("+")[2] + ":" + rest
    try:
        destination = Destination.of(url, allow_local=allow_local)
    except Unacceptable as error:
        raise ValueError(f"cannot be posted to: {error}") from error
    return _made(kind, url, destination.host)


def _made(kind: TargetKind, address: str, label: str) -> AlertTarget:
    return AlertTarget(kind, address, sha256(f"{kind}:{address}".encode()).hexdigest()[:16], label)
