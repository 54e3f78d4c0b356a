"""The session's cookie: its name, how it is read and written, and what proves that our own page sent it."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_TRIED_MAX: Final = 4
"""Of cookies with our name: another server on this machine can set more, under other paths."""


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """The cookie of one server. Browsers send cookies to every port of a host, so the name has the port in it."""

    name: str
    secure: bool

    @classmethod
    def of(cls, public_url: str) -> SessionCookie:
        """The cookie of the server at that address: bound to the host, and secure, where that is https."""
        parts = urlsplit(public_url)
        if parts.scheme == "https":
            return cls("__Host-ordermill", secure=True)
        return cls(f"ordermill-{parts.port or 80}", secure=False)

    def values(self, header: str) -> Iterator[str]:
        """What a `Cookie` header has under our name."""
        found = 0
        for part in header.split(";"):
            name, equals, value = part.strip().partition("=")
            if name == self.name and equals and found < _TRIED_MAX:
                found += 1
                yield value

    def set(self, session_id: str, max_age_s: int) -> tuple[str, str]:
        """The header that hands it out."""
        return self._header(session_id, max_age_s)

    def clear(self) -> tuple[str, str]:
        """The header that takes it back."""
        return self._header("", 0)

    def _header(self, value: str, max_age_s: int) -> tuple[str, str]:
        secure = "; Secure" if self.secure else ""
        return "set-cookie", f"{self.name}={value}; Max-Age={max_age_s}; Path=/; HttpOnly; SameSite=Lax{secure}"


def csrf_token(session_id: str) -> str:
    """What a page of ours sends beside the cookie, in `CSRF-Token`: who cannot read our answers does not know it."""
    mac = hmac.digest(session_id.encode("utf-8", "surrogateescape"), b"csrf-token", "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
