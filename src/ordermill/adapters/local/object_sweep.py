"""What expires in buckets is removed, in a thread of its own: files are no affair of the engine's transactions."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Final

from ordermill.adapters.local.objects import LocalBucket
from ordermill.ports.journal import StorageFull
from ordermill.ports.objects import BucketUnavailable, ObjectCorrupt

log = logging.getLogger(__name__)

SETTLE_S: Final = 60
"""After a start, nothing is removed for so long."""
EVERY_S: Final = 3600
_PAGE: Final = 1000
_DAY_MS: Final = 86_400_000


class ObjectSweeper:
    """Removes what is older than its bucket keeps it; `now_ms` is a clock that does not jump ahead."""

    def __init__(self, expiring: Mapping[LocalBucket, int], now_ms: Callable[[], int]) -> None:
        """`expiring` says of buckets how many days they keep an object."""
        self._expiring, self._now = dict(expiring), now_ms
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="object-sweeper", daemon=True)

    def start(self) -> None:
        """From now on, once an hour."""
        if self._expiring:
            self._thread.start()

    def close(self) -> None:
        """Begin nothing more, and wait for what is under way."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def sweep(self) -> int:
        """One pass through all buckets; how many objects it removed."""
        removed = 0
        for bucket, days in self._expiring.items():
            try:
                removed += self._sweep(bucket, self._now() - days * _DAY_MS)
            except (BucketUnavailable, StorageFull, OSError) as error:
                log.warning("what has expired in bucket %s could not be removed: %s", bucket.name, error)
        return removed

    def _sweep(self, bucket: LocalBucket, before: int) -> int:
        removed, after = 0, None
        while not self._over.is_set():
            page = bucket.list(_PAGE, after)
            for key in page.keys:
                if _put_before(bucket, key, before):
                    bucket.delete(key)
                    removed += 1
            if page.after is None:
                break
            after = page.after
        if removed:
            log.info("%d objects of bucket %s had expired and were removed", removed, bucket.name)
        return removed

    def _run(self) -> None:
        wait_s = SETTLE_S
        while not self._over.wait(wait_s):
            wait_s = EVERY_S
            try:
                self.sweep()
            except Exception:
                log.exception("what has expired in buckets could not be removed")


def _put_before(bucket: LocalBucket, key: str, before: int) -> bool:
    try:
        with bucket.opened(key) as found:
            return found is not None and found.trailer.at < before
    except ObjectCorrupt as error:
        # Nobody knows how old it is: it stays for people.
        log.warning("an object stays, though it may have expired: %s", error)
        return False
