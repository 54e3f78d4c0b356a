"""Links to objects of the local runtime: URLs that anyone may GET until they expire, and that only we can make."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Final
from urllib.parse import quote, unquote

import msgspec

from ordermill.domain.errors import Forbidden
from ordermill.ports.ambient import Clock
from ordermill.ports.objects import is_key

_PREFIX: Final = b"object-link:GET:"
_SIGNATURE: Final = "&signature="
_EXPIRED: Final = "the link has expired; ask for another"
_ALTERED: Final = "the link is not as it was given; use it unaltered, or ask for another"


class Link(msgspec.Struct, frozen=True):
    """What a link is to: an object, how it is delivered, and until when, in seconds since the epoch."""

    bucket: str
    key: str
    expires: int
    content_type: str
    filename: str | None


class HmacLinks:
    """Signs the text of path and query with HMAC-SHA256, and takes nothing but exactly that text."""

    def __init__(self, key: bytes, public_url: str, clock: Clock) -> None:
        """Raises ValueError on an empty key, under which anybody could sign."""
        if not key:
            raise ValueError("the key of the links is empty")
        self._keyed = hmac.new(key, _PREFIX, sha256)
        self._public_url, self._clock = public_url, clock

    def url(self, bucket: str, key: str, expires_s: int, content_type: str, filename: str | None) -> str:
        """The link, for so many seconds from now on."""
        expires = self._clock.now_ms() // 1000 + expires_s
        text = _text(Link(bucket, key, expires, content_type, filename))
        return f"{self._public_url}{text}{_SIGNATURE}{self._signature(text)}"

    def open(self, target: str) -> Link:
        """What the link is to, given the request's path and query as they were sent.

        Raises Forbidden unless `url` made exactly this text, and it has not expired.
        """
        signed, _, signature = target.rpartition(_SIGNATURE)
        if not hmac.compare_digest(self._signature(signed).encode(), signature.encode("utf-8", "replace")):
            raise Forbidden(_ALTERED)
        link = _read(signed)
        if self._clock.now_ms() >= link.expires * 1000:
            raise Forbidden(_EXPIRED)
        return link

    def _signature(self, text: str) -> str:
        mac = self._keyed.copy()
        mac.update(text.encode("utf-8", "replace"))
        return base64.urlsafe_b64encode(mac.digest()).rstrip(b"=").decode("ascii")


def _text(link: Link) -> str:
    query = {"expires": str(link.expires), "type": link.content_type}
    if link.filename is not None:
        query["name"] = link.filename
    said = "&".join(f"{name}={quote(value.encode('utf-8', 'replace'), safe='')}" for name, value in query.items())
    return f"/objects/{link.bucket}/{link.key}?{said}"


def _read(text: str) -> Link:
    """What `_text` made, and nobody else, for it was signed."""
    path, _, query = text.partition("?")
    _, _, bucket, key = path.split("/")
    said: Mapping[str, str] = {
        name: unquote(value) for name, _, value in (pair.partition("=") for pair in query.split("&"))
    }
    assert is_key(key)
    return Link(bucket, key, int(said["expires"]), said["type"], said.get("name"))
