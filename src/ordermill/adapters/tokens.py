"""Tokens: proof of being the holder of an order, or of having been sent a link that is for one purpose."""

from __future__ import annotations

import base64
import hmac
import re
from hashlib import sha256
from typing import Final

_PREFIX: Final = b"order-token:"
_PURPOSE_PREFIX: Final = b"purpose-token:"
"""Neither begins with the other, so that no order's id makes a token of the other kind."""

_SUBJECT: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
_TOKEN: Final = re.compile(r"([A-Za-z0-9_-]{1,100})\.(0|[1-9][0-9]{0,11})\.([A-Za-z0-9_-]{43})")


class HmacTokens:
    """HMAC-SHA256 under one key, as 43 characters of unpadded base64url.

    That of an order is over `order-token:` and its id. One for a purpose is `subject.expiry.HMAC`, with the expiry in
    seconds since the epoch, or 0; it is over `purpose-token:` and, each after its length, purpose, subject and expiry.
    """

    def __init__(self, key: bytes) -> None:
        """Raises ValueError on an empty key, under which anybody could sign."""
        if not key:
            raise ValueError("the key of the tokens is empty")
        self._keyed = hmac.new(key, _PREFIX, sha256)
        self._keyed_for = hmac.new(key, _PURPOSE_PREFIX, sha256)

    def sign(self, order_id: str) -> str:
        """The token of the order's holder, the same at every call."""
        return self._expected(order_id).decode("ascii")

    def verify(self, order_id: str, token: str) -> bool:
        """Whether `token` is that order's, compared in constant time; never raises, whatever the text."""
        return hmac.compare_digest(self._expected(order_id), token.encode("utf-8", "surrogatepass"))

    def sign_for(self, purpose: str, subject: str, expires_at: int | None) -> str:
        """See `TokenSigner.sign_for`; the same at every call."""
        if not _SUBJECT.fullmatch(subject):
            raise ValueError("a token's subject has 1 to 100 letters, digits, underscores and hyphens")
        expiry = "0" if expires_at is None else str(max(1, expires_at // 1000))
        return f"{subject}.{expiry}.{self._expected_for(purpose, subject, expiry).decode('ascii')}"

    def verify_for(self, purpose: str, token: str, now: int) -> str | None:
        """See `TokenSigner.verify_for`; never raises, whatever the text."""
        match = _TOKEN.fullmatch(token)
        if match is None:
            return None
        subject, expiry, mac = match.groups()
        if not hmac.compare_digest(self._expected_for(purpose, subject, expiry), mac.encode("ascii")):
            return None
        return subject if expiry == "0" or now < 1000 * int(expiry) else None

    def _expected(self, order_id: str) -> bytes:
        # A copy spares setting up the key for each token.
        mac = self._keyed.copy()
        mac.update(order_id.encode("utf-8", "surrogatepass"))
        return base64.urlsafe_b64encode(mac.digest()).rstrip(b"=")

    def _expected_for(self, *parts: str) -> bytes:
        mac = self._keyed_for.copy()
        for part in parts:
            data = part.encode()
            mac.update(b"%d:" % len(data) + data)
        return base64.urlsafe_b64encode(mac.digest()).rstrip(b"=")
