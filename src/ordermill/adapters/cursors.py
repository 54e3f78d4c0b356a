"""Cursors: positions in a list, that only we can make and that fit only the list they were made for."""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256
from typing import Final

from ordermill.domain.errors import InvalidCursor

_PREFIX: Final = b"cursor:"
_MAC_BYTES: Final = 16
_LONGEST: Final = 512
_INVALID: Final = "send the cursor as it was given, with the same filters, or none"


class HmacCursors:
    """A position behind the first 16 bytes of an HMAC-SHA256 over `cursor:`, what is listed and the position."""

    def __init__(self, key: bytes) -> None:
        """Raises ValueError on an empty key, under which anybody could sign."""
        if not key:
            raise ValueError("the key of the cursors is empty")
        self._keyed = hmac.new(key, _PREFIX, sha256)

    def sign(self, listed: bytes, position: str) -> str:
        """The cursor, in unpadded base64url; `listed` names the list and its filters."""
        mac, raw = self._keyed.copy(), position.encode()
        # The length keeps the two apart.
        mac.update(b"%d:" % len(listed) + listed + raw)
        return base64.urlsafe_b64encode(mac.digest()[:_MAC_BYTES] + raw).rstrip(b"=").decode("ascii")

    def open(self, listed: bytes, cursor: str) -> str:
        """The position. Raises InvalidCursor unless `sign` made exactly this text for the same `listed`."""
        try:
            if len(cursor) > _LONGEST:
                raise InvalidCursor(_INVALID)
            raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
            position = raw[_MAC_BYTES:].decode()
        except ValueError as error:
            raise InvalidCursor(_INVALID) from error
        if not hmac.compare_digest(self.sign(listed, position), cursor):
            raise InvalidCursor(_INVALID)
        return position
