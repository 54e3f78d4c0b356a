"""Buckets as folders: a file per object, whole and durable when it appears, checked whenever it is read."""

from __future__ import annotations

import errno
import heapq
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from ordermill.adapters.local.files import NO_ROOM, NOT_WRITABLE, full_disk_told, remove_temps, write_temp
from ordermill.adapters.local.object_trailer import LONGEST, Trailer, read_trailer, trailer_of
from ordermill.adapters.local.outage import Outage
from ordermill.ports.ambient import Clock
from ordermill.ports.objects import (
    BucketUnavailable,
    ObjectCorrupt,
    ObjectPage,
    StoredObject,
    checked_expiry,
    checked_key,
    checked_limit,
    is_key,
)

CHUNK: Final = 256 * 1024
_AWAY: Final = NOT_WRITABLE | {errno.EIO, errno.ESTALE, errno.ENODEV, errno.ELOOP}
_NO_FILE: Final = frozenset({errno.ELOOP, errno.ENXIO, errno.EISDIR})
"""What opening something other than a file comes to: a link that somebody planted, a pipe, a folder."""

Linker = Callable[[str, str, int, str, str | None], str]
"""Makes the URL of a bucket's key, for so many seconds, with a content type and perhaps a file name."""


class LocalBucket:
    """The port `Bucket` on the folder `<root>/<name>`. Any thread may call.

    A listing reads the names of the whole folder, and keeps those of one page: some 0.3 s of a hundred thousand.
    """

    def __init__(self, root: Path, name: str, clock: Clock, link: Linker, *, rest_ms: int = 0) -> None:
        """Create the folder if need be and clear what a death left in it: nobody else may be at work there.

        `rest_ms` is how long to rest while it is away. Raises StorageFull if there is no room, OSError.
        """
        self.name, self._root, self._clock, self._link, self._rest_ms = name, root, clock, link, rest_ms
        self._outage = Outage(f"using bucket {name}")
        folder = root / name
        with full_disk_told(NO_ROOM):
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
        # Neither may be a link: whoever could plant one would read what we write.
        with self._opened() as opened:
            if stat.S_IMODE(os.fstat(opened).st_mode) & 0o077:
                os.fchmod(opened, 0o700)
        remove_temps(folder)

    def put(self, key: str, body: bytes, content_type: str) -> None:
        """See `Bucket.put`."""
        file = body + trailer_of(checked_key(key), body, content_type, self._clock.now_ms())
        with self._working() as folder:
            temp = write_temp(Path(), file, opened=folder)
            try:
                os.replace(temp, key, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                os.unlink(temp, dir_fd=folder)
                raise
            os.fsync(folder)

    def read(self, key: str) -> StoredObject | None:
        """See `Bucket.read`."""
        with self.opened(key) as found:
            if found is None:
                return None
            body, trailer = b"".join(found.chunks()), found.trailer
        return StoredObject(body, trailer.content_type, trailer.sha256, trailer.at)

    def read_many(self, keys: Sequence[str]) -> tuple[StoredObject | None, ...]:
        """See `Bucket.read_many`."""
        return tuple(self.read(key) for key in keys)

    @contextmanager
    def opened(self, key: str) -> Iterator[OpenObject | None]:
        """The object while it is open, its bytes not looked at yet; None where there is none.

        Raises ObjectCorrupt, BucketUnavailable.
        """
        with self._working() as folder:
            file = _open_file(folder, checked_key(key))
        if file is None:
            yield None
            return
        try:
            with self._told():
                size = os.fstat(file).st_size
                tail = os.pread(file, LONGEST, max(0, size - LONGEST))
            yield OpenObject(file, read_trailer(tail, key, size))
        finally:
            os.close(file)

    def list(self, limit: int, after: str | None = None, prefix: str = "") -> ObjectPage:
        """See `Bucket.list`."""
        checked_limit(limit)
        with self._working() as folder, os.scandir(folder) as entries:
            names = (
                entry.name
                for entry in entries
                if entry.name.startswith(prefix)
                and (after is None or entry.name > after)
                and is_key(entry.name)
                and entry.is_file(follow_symlinks=False)
            )
            keys = heapq.nsmallest(limit + 1, names)
        return ObjectPage(tuple(keys[:limit]), keys[limit - 1] if len(keys) > limit else None)

    def delete(self, key: str) -> None:
        """See `Bucket.delete`."""
        with self._working() as folder:
            with suppress(FileNotFoundError):
                os.unlink(checked_key(key), dir_fd=folder)
            # Also where it was gone: whoever removed it may have died before that was durable.
            os.fsync(folder)

    def link(self, key: str, *, expires_s: int, content_type: str, filename: str | None = None) -> str:
        """See `Bucket.link`."""
        return self._link(self.name, checked_key(key), checked_expiry(expires_s), content_type, filename)

    @contextmanager
    def _working(self) -> Iterator[int]:
        """The folder's descriptor, while it is used."""
        with self._told(), self._opened() as folder:
            yield folder
        self._outage.is_over()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """A folder that is away is its operator's affair."""
        try:
            with full_disk_told(NO_ROOM):
                yield
        except OSError as error:
            if error.errno not in _AWAY:
                raise
            why = f"bucket {self.name} is away: {self._root / self.name} ({error.strerror})"
            self._outage.goes_on(why)
            raise BucketUnavailable(why, self._rest_ms) from error

    @contextmanager
    def _opened(self) -> Iterator[int]:
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        root = os.open(self._root, flags)
        try:
            folder = os.open(self.name, flags, dir_fd=root)
        finally:
            os.close(root)
        try:
            yield folder
        finally:
            os.close(folder)


class OpenObject:
    """An object whose file is open, and what it says of itself."""

    def __init__(self, file: int, trailer: Trailer) -> None:
        self._file, self.trailer = file, trailer

    def check(self) -> None:
        """Read it through. Raises ObjectCorrupt where it is not what was put, OSError."""
        for _ in self.chunks():
            pass

    def chunks(self) -> Iterator[bytes]:
        """The body in pieces. Raises ObjectCorrupt after the last where they are not what was put, OSError."""
        said, at, size = sha256(), 0, self.trailer.size
        while at < size:
            chunk = os.pread(self._file, min(CHUNK, size - at), at)
            if not chunk:
                break
            said.update(chunk)
            at += len(chunk)
            yield chunk
        if said.hexdigest() != self.trailer.sha256:
            raise ObjectCorrupt(f"object {self.trailer.key} is not what was put: its SHA-256 is another")


def _open_file(folder: int, key: str) -> int | None:
    """The object's file, open; None where there is none. Raises ObjectCorrupt where it is no file, OSError."""
    try:
        # Opening a pipe would wait for somebody to write.
        file = os.open(key, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in _NO_FILE:
            raise ObjectCorrupt(f"object {key} is no file, but something that was put in its place") from error
        raise
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise ObjectCorrupt(f"object {key} is no file, but something that was put in its place")
    return file
