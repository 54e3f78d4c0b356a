"""Order tokens: proof of being the holder of an order."""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256

_PREFIX = b"order-token:"


class HmacTokens:
    """HMAC-SHA256 over `order-token:` and the order id, as 43 characters of unpadded base64url."""

    def __init__(self, key: bytes) -> None:
        """Raises ValueError on an empty key, under which anybody could sign."""
        if not key:
            raise ValueError("the key of the order tokens is empty")
        self._keyed = hmac.new(key, _PREFIX, sha256)

    def sign(self, order_id: str) -> str:
        """The token of the order's holder, the same at every call."""
        return self._expected(order_id).decode("ascii")

    def verify(self, order_id: str, token: str) -> bool:
        """Whether `token` is that order's, compared in constant time; never raises, whatever the text."""
        return hmac.compare_digest(self._expected(order_id), token.encode("utf-8", "surrogatepass"))

    def _expected(self, order_id: str) -> bytes:
        # A copy spares setting up the key for each token.
        mac = self._keyed.copy()
        mac.update(order_id.encode("utf-8", "surrogatepass"))
        return base64.urlsafe_b64encode(mac.digest()).rstrip(b"=")
