"""A bucket and the archive's table in memory, with the promises of the real ones that the functions count on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from ordermill.domain.archive import ArchivedOrder, ArchiveFilter, ArchivePage
from ordermill.ports.objects import ObjectPage, StoredObject
from tests.unit.functions.functions_kit import NOW


class Archive:
    """Port `archived-orders`."""

    def __init__(self) -> None:
        self.rows: dict[str, ArchivedOrder] = {}

    def put(self, row: ArchivedOrder) -> None:
        self.rows[row.order_id] = row

    def read(self, order_id: str) -> ArchivedOrder | None:
        return self.rows.get(order_id)

    def within(self, since: int, until: int, limit: int, after: str | None = None) -> ArchivePage:
        return self.list(ArchiveFilter(since=since, until=until), limit, after)

    def of_customer(self, customer: str, limit: int, after: str | None = None) -> ArchivePage:
        return self.list(ArchiveFilter(customer), limit, after)

    def list(self, filter_: ArchiveFilter, limit: int, after: str | None = None) -> ArchivePage:
        """All there is, or a customer's; a position counts what came before it."""
        wanted = [each for each in self.rows.values() if filter_.customer in (None, each.customer_id, each.email)]
        begin = int(after or 0)
        end = begin + limit
        return ArchivePage(tuple(wanted[begin:end]), str(end) if end < len(wanted) else None)


class Bucket:
    """Any bucket; with `down` set, everything raises it. `puts` counts them by key."""

    def __init__(self) -> None:
        self.objects: dict[str, StoredObject] = {}
        self.puts: Counter[str] = Counter()
        self.down: Exception | None = None

    def put(self, key: str, body: bytes, content_type: str) -> None:
        self._meet()
        self.puts[key] += 1
        self.objects[key] = StoredObject(body, content_type, sha256(body).hexdigest(), NOW)

    def read(self, key: str) -> StoredObject | None:
        self._meet()
        return self.objects.get(key)

    def read_many(self, keys: Sequence[str]) -> tuple[StoredObject | None, ...]:
        return tuple(map(self.read, keys))

    def list(self, limit: int, after: str | None = None, prefix: str = "") -> ObjectPage:
        self._meet()
        keys = sorted(key for key in self.objects if key.startswith(prefix) and key > (after or ""))
        return ObjectPage(tuple(keys[:limit]), keys[limit - 1] if len(keys) > limit else None)

    def delete(self, key: str) -> None:
        self._meet()
        self.objects.pop(key, None)

    def link(self, key: str, *, expires_s: int, content_type: str, filename: str | None = None) -> str:
        return f"https://objects.example/{key}"

    def _meet(self) -> None:
        if self.down is not None:
            raise self.down
