"""Order tokens and cursors, signed with keys that derive from one secret of the deployment."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import cached_property
from hashlib import sha256
from typing import Final

from ordermill.adapters.cursors import HmacCursors
from ordermill.adapters.tokens import HmacTokens

SIGNING_KEY: Final = "signing-key"
"""The secret's name."""


class Missing(Exception):
    """The deployment has no secret to sign with."""


class DerivedTokens:
    """Service `tokens`; `read` gives a secret by its name, and is not asked before the first token is."""

    def __init__(self, read: Callable[[str], str | None]) -> None:
        self._read = read

    def sign(self, order_id: str) -> str:
        """See `TokenSigner.sign`. Raises Missing."""
        return self._tokens.sign(order_id)

    def verify(self, order_id: str, token: str) -> bool:
        """See `TokenSigner.verify`. Raises Missing."""
        return self._tokens.verify(order_id, token)

    def sign_for(self, purpose: str, subject: str, expires_at: int | None) -> str:
        """See `TokenSigner.sign_for`. Raises Missing."""
        return self._tokens.sign_for(purpose, subject, expires_at)

    def verify_for(self, purpose: str, token: str, now: int) -> str | None:
        """See `TokenSigner.verify_for`. Raises Missing."""
        return self._tokens.verify_for(purpose, token, now)

    @cached_property
    def _tokens(self) -> HmacTokens:
        return HmacTokens(derived_key(self._read(SIGNING_KEY), "order-token"))


class DerivedCursors:
    """Cursors as `adapters.cursors` makes them; `read` is not asked before the first one is made or opened."""

    def __init__(self, read: Callable[[str], str | None]) -> None:
        self._read = read

    def sign(self, listed: bytes, position: str) -> str:
        """See `HmacCursors.sign`. Raises Missing."""
        return self._cursors.sign(listed, position)

    def open(self, listed: bytes, cursor: str) -> str:
        """See `HmacCursors.open`. Raises Missing."""
        return self._cursors.open(listed, cursor)

    @cached_property
    def _cursors(self) -> HmacCursors:
        return HmacCursors(derived_key(self._read(SIGNING_KEY), "cursor"))


def derived_key(secret: str | None, purpose: str) -> bytes:
    """The key for one purpose, from which no other purpose's can be found. Raises Missing."""
    if not secret:
        raise Missing(f"the secret {SIGNING_KEY} is not set")
    return hmac.digest(secret.encode(), purpose.encode(), sha256)
