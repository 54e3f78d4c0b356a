"""What buckets promise, and how the local one keeps it."""

from __future__ import annotations

import errno
import os
import resource
import stat
import sys
import threading
from pathlib import Path

import pytest

from ordermill.adapters.local.files import write_temp
from ordermill.adapters.local.links import HmacLinks
from ordermill.adapters.local.objects import CHUNK, LocalBucket
from ordermill.ports.journal import StorageFull
from ordermill.ports.objects import BucketUnavailable, ObjectCorrupt
from tests.contract.buckets_kit import BucketContract, Kept, StillClock


def bucket_in(root: Path, name: str = "archive") -> LocalBucket:
    clock = StillClock()
    return LocalBucket(root, name, clock, HmacLinks(b"key", "http://here", clock).url, rest_ms=7)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data" / "objects"


@pytest.fixture
def bucket(root: Path) -> LocalBucket:
    return bucket_in(root)


def flip(path: Path, at: int) -> None:
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1
    path.write_bytes(raw)


class TestLocalBucket(BucketContract):
    @pytest.fixture
    def kept(self, bucket: LocalBucket, root: Path) -> Kept:
        return Kept(bucket, lambda key: flip(root / "archive" / key, 3), bucket_in(root, "reports"))


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class TestFiles:
    def test_the_file_begins_with_the_body_so_that_others_can_open_it(self, bucket: LocalBucket, root: Path) -> None:
        bucket.put("report.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf")
        assert (root / "archive" / "report.pdf").read_bytes().startswith(b"%PDF-1.4\n%%EOF\n")

    def test_every_bit_of_the_file_is_checked(self, bucket: LocalBucket, root: Path) -> None:
        bucket.put("a", b"text", "text/plain")
        path = root / "archive" / "a"
        whole = path.read_bytes()
        for at in range(len(whole)):
            flip(path, at)
            with pytest.raises(ObjectCorrupt):
                bucket.read("a")
            path.write_bytes(whole)
        for cut in range(len(whole)):
            path.write_bytes(whole[:cut])
            with pytest.raises(ObjectCorrupt):
                bucket.read("a")
        path.write_bytes(whole + b"\n")
        with pytest.raises(ObjectCorrupt):
            bucket.read("a")

    def test_what_was_put_under_another_key_is_corrupt(self, bucket: LocalBucket, root: Path) -> None:
        bucket.put("a", b"text", "text/plain")
        (root / "archive" / "a").rename(root / "archive" / "b")
        with pytest.raises(ObjectCorrupt, match="put as a"):
            bucket.read("b")

    def test_a_planted_link_is_neither_read_nor_written_through(
        self, bucket: LocalBucket, root: Path, tmp_path: Path
    ) -> None:
        bucket.put("real", b"text", "text/plain")
        secret = tmp_path / "secret"
        secret.write_bytes((root / "archive" / "real").read_bytes())
        (root / "archive" / "planted").symlink_to(secret)
        before = secret.read_bytes()
        with pytest.raises(ObjectCorrupt, match="no file"):
            bucket.read("planted")
        assert bucket.list(10).keys == ("real",)
        bucket.put("planted", b"ours", "text/plain")
        assert secret.read_bytes() == before
        assert not (root / "archive" / "planted").is_symlink()

    @pytest.mark.parametrize("plant", ["fifo", "folder"])
    def test_nor_is_anything_else_that_is_no_file(self, bucket: LocalBucket, root: Path, plant: str) -> None:
        path = root / "archive" / "odd"
        os.mkfifo(path) if plant == "fifo" else path.mkdir()
        with pytest.raises(ObjectCorrupt, match="no file"):
            bucket.read("odd")
        assert bucket.list(10).keys == ()

    @pytest.mark.parametrize("which", ["objects", "objects/archive"])
    def test_a_folder_that_became_a_link_is_not_followed(
        self, bucket: LocalBucket, root: Path, tmp_path: Path, which: str
    ) -> None:
        folder, elsewhere = root.parent / which, tmp_path / "elsewhere"
        folder.rename(elsewhere)
        folder.symlink_to(elsewhere)
        with pytest.raises(BucketUnavailable):
            bucket.put("a", b"text", "text/plain")
        with pytest.raises(OSError) as raised:
            bucket_in(root)
        assert raised.value.errno in {errno.ELOOP, errno.ENOTDIR}
        assert not any(path.is_file() for path in elsewhere.rglob("*"))

    def test_it_is_on_disk_before_put_returns_and_before_delete_does(self, bucket: LocalBucket) -> None:
        calls: list[object] = []
        sys.setprofile(lambda _frame, event, called: calls.append(called) if event == "c_call" else None)
        try:
            bucket.put("a", b"text", "text/plain")
            bucket.delete("a")
        finally:
            sys.setprofile(None)
        seen = [call for call in calls if call in (os.fsync, os.replace, os.unlink)]
        assert seen == [os.fsync, os.replace, os.fsync, os.unlink, os.fsync]

    def test_what_a_death_left_is_cleared_and_never_listed(self, bucket: LocalBucket, root: Path) -> None:
        bucket.put("a", b"text", "text/plain")
        (root / "archive" / "not a key").write_text("not ours")
        write_temp(root / "archive", b"half")
        assert bucket.list(10).keys == ("a",)
        bucket_in(root)
        assert names_in(root / "archive") == ["a", "not a key"]

    def test_objects_are_for_their_owners_eyes_under_any_umask(self, tmp_path: Path) -> None:
        before = os.umask(0)
        try:
            bucket_in(tmp_path / "new").put("a", b"x", "text/plain")
        finally:
            os.umask(before)
        new = tmp_path / "new"
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (new, new / "archive", new / "archive" / "a")]
        assert modes == [0o700, 0o700, 0o600]

    def test_a_folder_that_was_open_to_others_is_closed(self, tmp_path: Path) -> None:
        (tmp_path / "archive").mkdir(mode=0o755)
        bucket_in(tmp_path)
        assert stat.S_IMODE((tmp_path / "archive").stat().st_mode) == 0o700

    def test_a_folder_that_is_away_comes_back(self, bucket: LocalBucket, root: Path) -> None:
        bucket.put("a", b"x", "text/plain")
        root.rename(root.with_name("away"))
        for act in (lambda: bucket.put("b", b"x", "text/plain"), lambda: bucket.read("a"), lambda: bucket.list(1)):
            with pytest.raises(BucketUnavailable, match="archive is away") as raised:
                act()
            assert raised.value.rest_ms == 7
        with pytest.raises(BucketUnavailable):
            bucket.delete("a")
        root.with_name("away").rename(root)
        assert bucket.read("a") is not None

    def test_without_room_it_says_so_and_leaves_nothing(self, bucket: LocalBucket, root: Path) -> None:
        """A limit on the size of files stands for a full disk: both end a write, this one with another number."""
        bucket.put("a", b"x", "text/plain")
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
        try:
            with pytest.raises((StorageFull, OSError)):
                bucket.put("a", bytes(5000), "text/plain")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert names_in(root / "archive") == ["a"]
        found = bucket.read("a")
        assert found is not None
        assert found.body == b"x"

    def test_a_large_object_is_read_in_pieces(self, bucket: LocalBucket, root: Path) -> None:
        body = os.urandom(2 * CHUNK + 5)
        bucket.put("a", body, "application/octet-stream")
        with bucket.opened("a") as found:
            assert found is not None
            found.check()
            assert [len(chunk) for chunk in found.chunks()] == [CHUNK, CHUNK, 5]
        flip(root / "archive" / "a", CHUNK)
        with bucket.opened("a") as found:
            assert found is not None
            with pytest.raises(ObjectCorrupt, match="SHA-256"):
                found.check()

    def test_puts_of_one_key_at_once_are_seen_whole_and_leave_one(self, bucket: LocalBucket, root: Path) -> None:
        """Of the local one alone: moto's S3 is not made for threads."""
        bodies = [bytes([65 + number]) * 50_000 for number in range(4)]
        bucket.put("a", bodies[0], "text/plain")

        def put_often(body: bytes) -> None:
            for _ in range(5):
                bucket.put("a", body, "text/plain")

        threads = [threading.Thread(target=put_often, args=(body,)) for body in bodies]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            found = bucket.read("a")
            assert found is not None
            assert found.body in bodies
        for thread in threads:
            thread.join()
        assert names_in(root / "archive") == ["a"]

    @pytest.mark.parametrize("content_type", ["", "text/plain\r\nX: y", "é", "x" * 201])
    def test_a_content_type_is_a_header_in_time(self, bucket: LocalBucket, content_type: str) -> None:
        with pytest.raises(ValueError, match="a content type has"):
            bucket.put("a", b"x", content_type)
