"""One-time links: who opens one is signed in. They are kept in memory alone, and die with the server."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from hashlib import sha256
from typing import Final

LIFE_MS: Final = 15 * 60 * 1000
LINKS_MAX: Final = 100
"""Beyond these the oldest is forgotten."""
_BYTES: Final = 24
"""192 random bits; with them a link to this machine fits into a line of 80 columns, and is copied whole."""


class Links:
    """Unused links by the hash of their token: a look-up by hash tells nothing through its duration."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now, self._expiries = now_ms, dict[bytes, int]()

    def __len__(self) -> int:
        return len(self._expiries)

    def make(self) -> tuple[str, int]:
        """A new token, and until when it works, epoch milliseconds."""
        token, expires_at = secrets.token_urlsafe(_BYTES), self._now() + LIFE_MS
        if len(self._expiries) >= LINKS_MAX:
            del self._expiries[next(iter(self._expiries))]
        self._expiries[_hashed(token)] = expires_at
        return token, expires_at

    def take(self, token: str) -> int | None:
        """Use the token up; until when it would have worked, None where it does not work."""
        expires_at = self._expiries.pop(_hashed(token), None)
        return expires_at if expires_at is not None and self._now() < expires_at else None

    def give_back(self, token: str, expires_at: int) -> None:
        """Its use came to nothing."""
        self._expiries[_hashed(token)] = expires_at

    def forget(self) -> None:
        """No link works any more."""
        self._expiries.clear()


def _hashed(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogateescape")).digest()
