"""Heads of requests that are not the usual: what is wrong with them, and what to make of a wish to upgrade."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ordermill.domain.errors import OrdermillError
from ordermill.entrypoints.hosts import MalformedRequest
from ordermill.entrypoints.refusals import (
    METHODS,
    ExpectationFailed,
    NotImplementedHere,
    VersionNotSupported,
)

UNUSUAL: Final = frozenset({b"expect", b"transfer-encoding", b"upgrade"})
"""Headers whose requests `fault_of` must see."""

Headers = Sequence[tuple[bytes, bytes]]
"""Names in lower case."""


def fault_of(method: bytes, url: bytes, version: str, headers: Headers) -> OrdermillError | None:
    """Why no request may begin so; None if one may. It must be asked too where Host is missing or sent twice,
    the version is not 1.1, or `url` is no path or has a fragment.
    """
    hosts = len(_values(headers, b"host"))
    expectations = {value.lower() for value in _values(headers, b"expect")}
    if version not in ("1.0", "1.1"):
        return VersionNotSupported("use HTTP/1.1")
    if hosts > 1 or (hosts == 0 and version == "1.1"):
        return MalformedRequest("send Host once")
    if b"#" in url:
        return MalformedRequest("its target has a fragment")
    if method == b"CONNECT":
        return NotImplementedHere(f"the methods are {METHODS}")
    if version == "1.1" and expectations - {b"100-continue"}:
        return ExpectationFailed("leave Expect out")
    return _fault_of_codings([value.strip().lower() for value in _values(headers, b"transfer-encoding")], version)


def _fault_of_codings(codings: list[bytes], version: str) -> OrdermillError | None:
    if codings and version == "1.0":
        return MalformedRequest("HTTP/1.0 has no Transfer-Encoding")
    if codings and codings != [b"chunked"]:
        return NotImplementedHere("the only transfer coding is chunked")
    return None


def without_upgrade(method: bytes, url: bytes, version: str, headers: Headers) -> bytes:
    """The same head for a parser that is not to stop at an upgrade."""
    lines = [b"%s %s HTTP/%s" % (method, url, version.encode())]
    lines += [b"%s: %s" % header for header in headers if header[0] != b"upgrade"]
    return b"\r\n".join([*lines, b"", b""])


def _values(headers: Headers, wanted: bytes) -> list[bytes]:
    return [value for name, value in headers if name == wanted]
