"""Buckets: whole objects under flat keys. Their calls take as long as the outside does, so `call` stages make them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from ordermill.domain.errors import StorageUnavailable
from ordermill.ports.services import ServiceUnavailable

LONGEST_LINK_S: Final = 604_800
"""A week: no store signs a URL for longer."""

KEY_PATTERN: Final = "^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$"

_KEY: Final = re.compile(KEY_PATTERN[1:-1])


class StoredObject(msgspec.Struct, frozen=True):
    """An object: its bytes, their content type and SHA-256 in hex, and when it was put, epoch milliseconds."""

    body: bytes
    content_type: str
    sha256: str
    at: int


class ObjectPage(msgspec.Struct, frozen=True):
    """Keys in ascending order; `after` is where the next page begins, None after the last."""

    keys: tuple[str, ...]
    after: str | None


class BucketUnavailable(StorageUnavailable, ServiceUnavailable):
    """The bucket is away as a whole: no message is to blame, and a caller is told to try again shortly.

    What was to be written may be there or not; a repeat of the same makes it so. Whoever calls it rests for `rest_ms`.
    """

    def __init__(self, why: str, rest_ms: int = 0) -> None:
        super().__init__(why)
        # What is shown to callers names no folder and no bucket of ours.
        self.detail, self.rest_ms = self.title, rest_ms


class ObjectCorrupt(Exception):
    """What is stored is not what was put: only people can tell what became of it."""


class Bucket(Protocol):
    """One bucket of the topology. Every verb raises ValueError for a key that `checked_key` refuses."""

    def put(self, key: str, body: bytes, content_type: str) -> None:
        """Store the object, or replace it whole; durable when it returns.

        Raises BucketUnavailable, StorageFull where only room is missing.
        """
        ...

    def read(self, key: str) -> StoredObject | None:
        """The object, None where there is none. Raises ObjectCorrupt, BucketUnavailable."""
        ...

    def read_many(self, keys: Sequence[str]) -> tuple[StoredObject | None, ...]:
        """What `read` says of each, in their order; side by side where each waits for an answer."""
        ...

    def list(self, limit: int, after: str | None = None, prefix: str = "") -> ObjectPage:
        """At most `limit` (1 to 1,000) keys that begin with `prefix`, beyond `after`. Raises BucketUnavailable."""
        ...

    def delete(self, key: str) -> None:
        """Remove the object for good; nothing where there is none. Raises BucketUnavailable, StorageFull."""
        ...

    def link(self, key: str, *, expires_s: int, content_type: str, filename: str | None = None) -> str:
        """A URL under which anyone may GET the object for `expires_s` (1 to LONGEST_LINK_S) from now on.

        It is delivered as `content_type`: to be saved as `filename` where there is one, else to be shown. Nothing is
        asked of the store, not even whether there is such an object.
        """
        ...


def is_key(text: str) -> bool:
    """Whether an object can have that key: 1 to 200 of `A-Za-z0-9._-`, and no dot first."""
    return _KEY.fullmatch(text) is not None


def checked_key(key: str) -> str:
    """The key. Raises ValueError unless `is_key`."""
    if not is_key(key):
        raise ValueError("a key has 1 to 200 letters, digits, dots, underscores and hyphens, and begins with no dot")
    return key


def checked_limit(limit: int) -> int:
    """How many keys. Raises ValueError unless it is 1 to 1,000."""
    if not 1 <= limit <= 1000:
        raise ValueError("a page has 1 to 1,000 keys")
    return limit


def checked_expiry(expires_s: int) -> int:
    """How long a link works. Raises ValueError unless it is 1 to LONGEST_LINK_S."""
    if not 1 <= expires_s <= LONGEST_LINK_S:
        raise ValueError(f"a link works for 1 to {LONGEST_LINK_S} seconds")
    return expires_s
