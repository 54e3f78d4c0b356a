"""What every bucket is held to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

import pytest

from ordermill.ports.objects import Bucket, ObjectCorrupt

AT_MS = 1_763_640_000_123
NO_KEYS = ["", ".", "..", ".hidden", "a/b", "../x", "a\\b", "a b", "a\0", "é", "a\n", "a%2Fb", "x" * 201]


class StillClock:
    """Says what it is told."""

    def __init__(self, at_ms: int = AT_MS) -> None:
        self.at_ms = at_ms

    def now_ms(self) -> int:
        return self.at_ms


@dataclass(frozen=True)
class Kept:
    """A bucket, how its bytes are spoilt where they are, and another bucket beside it."""

    bucket: Bucket
    spoil: Callable[[str], None]
    other: Bucket


class BucketContract:
    """Holds any adapter of the port `Bucket` to it: subclass, and give the fixture `kept`."""

    @pytest.mark.parametrize("body", [b"", b"x", b"\n{}\n", bytes(range(256)) * 4096])
    def test_what_was_put_is_read(self, kept: Kept, body: bytes) -> None:
        kept.bucket.put("ord_1.json", body, "application/json; charset=utf-8")
        found = kept.bucket.read("ord_1.json")
        assert found is not None
        assert (found.body, found.content_type, found.at) == (body, "application/json; charset=utf-8", AT_MS)
        assert found.sha256 == sha256(body).hexdigest()

    def test_another_put_replaces_it_whole(self, kept: Kept) -> None:
        kept.bucket.put("a", b"a longer body", "text/plain")
        kept.bucket.put("a", b"short", "text/html")
        found = kept.bucket.read("a")
        assert found is not None
        assert (found.body, found.content_type) == (b"short", "text/html")

    def test_what_is_not_there_is_none_and_may_be_deleted(self, kept: Kept) -> None:
        kept.bucket.delete("a")
        assert kept.bucket.read("a") is None
        kept.bucket.put("a", b"x", "text/plain")
        kept.bucket.delete("a")
        kept.bucket.delete("a")
        assert kept.bucket.read("a") is None
        assert kept.bucket.list(10).keys == ()

    def test_buckets_are_apart(self, kept: Kept) -> None:
        kept.bucket.put("a", b"x", "text/plain")
        assert kept.other.read("a") is None
        assert kept.other.list(10).keys == ()

    @pytest.mark.parametrize("key", NO_KEYS)
    def test_what_is_no_key_is_refused_by_every_verb(self, kept: Kept, key: str) -> None:
        bucket = kept.bucket
        with pytest.raises(ValueError, match="a key has"):
            bucket.put(key, b"x", "text/plain")
        with pytest.raises(ValueError, match="a key has"):
            bucket.read(key)
        with pytest.raises(ValueError, match="a key has"):
            bucket.delete(key)
        with pytest.raises(ValueError, match="a key has"):
            bucket.link(key, expires_s=60, content_type="text/plain")
        assert bucket.list(10).keys == ()

    @pytest.mark.parametrize("key", ["x" * 200, "-", "_", "a..b", "A.B_C-1", "0"])
    def test_what_is_one_works(self, kept: Kept, key: str) -> None:
        kept.bucket.put(key, b"x", "text/plain")
        found = kept.bucket.read(key)
        assert found is not None
        assert kept.bucket.list(10).keys == (key,)

    def test_lists_are_ascending_and_come_in_pages(self, kept: Kept) -> None:
        keys = ["B", "a", "a-1", "a.b", "a_1", "b1", "b10", "b2"]
        for key in reversed(keys):
            kept.bucket.put(key, b"x", "text/plain")
        found, after = list[str](), None
        while True:
            page = kept.bucket.list(3, after)
            found += page.keys
            assert page.after == (page.keys[-1] if page.after else None)
            if page.after is None:
                break
            after = page.after
        assert found == sorted(keys)
        assert kept.bucket.list(10, prefix="a").keys == ("a", "a-1", "a.b", "a_1")
        assert kept.bucket.list(10, "a-1", "a").keys == ("a.b", "a_1")
        assert kept.bucket.list(8).after is None
        with pytest.raises(ValueError, match="1 to 1,000"):
            kept.bucket.list(0)
        with pytest.raises(ValueError, match="1 to 1,000"):
            kept.bucket.list(1001)

    def test_what_was_spoilt_where_it_lies_is_told_loudly(self, kept: Kept) -> None:
        kept.bucket.put("a", b"twenty bytes of text", "text/plain")
        kept.spoil("a")
        with pytest.raises(ObjectCorrupt, match="a"):
            kept.bucket.read("a")
        kept.bucket.put("a", b"again", "text/plain")
        found = kept.bucket.read("a")
        assert found is not None
        assert found.body == b"again"

    @pytest.mark.parametrize("expires_s", [0, -1, 604_801])
    def test_a_link_works_for_a_week_at_most(self, kept: Kept, expires_s: int) -> None:
        with pytest.raises(ValueError, match="a link works"):
            kept.bucket.link("a", expires_s=expires_s, content_type="text/plain")
