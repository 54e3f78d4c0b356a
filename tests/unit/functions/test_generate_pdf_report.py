"""`generate_pdf_report`: from the archive to a link."""

from __future__ import annotations

import pytest

from ordermill.domain.archive import ArchivedOrder, ArchiveFilter, ArchivePage
from ordermill.domain.commands import GenerateReport
from ordermill.domain.order import Status
from ordermill.domain.report import ORDERS_MAX, InvalidReport, Report
from ordermill.functions.generate_pdf_report import LinkedReport, call, prepare, settle
from ordermill.ports.objects import BucketUnavailable, ObjectCorrupt
from tests.unit.domain.test_report import SINCE, UNTIL, document
from tests.unit.functions.archive_kit import Bucket

ASKED = GenerateReport(SINCE, UNTIL, 60)
NOW_MS = UNTIL + 5_123


class StillClock:
    def now_ms(self) -> int:
        return NOW_MS


class Index:
    """Rows, the last deletion first, in pages."""

    def __init__(self, count: int) -> None:
        self.rows = [
            ArchivedOrder(f"ord_{n}", SINCE + n, "staff", Status.CANCELLED, "USD", 100 + n, None, None)
            for n in reversed(range(count))
        ]

    def put(self, row: ArchivedOrder) -> None:
        raise AssertionError

    def read(self, order_id: str) -> ArchivedOrder | None:
        raise AssertionError

    def list(self, filter_: ArchiveFilter, limit: int, after: str | None = None) -> ArchivePage:
        raise AssertionError

    def of_customer(self, customer: str, limit: int, after: str | None = None) -> ArchivePage:
        raise AssertionError

    def within(self, since: int, until: int, limit: int, after: str | None = None) -> ArchivePage:
        assert (since, until) == (SINCE, UNTIL)
        begin = int(after or 0)
        page = tuple(self.rows[begin : begin + limit])
        return ArchivePage(page, str(begin + limit) if begin + limit < len(self.rows) else None)


class Renderer:
    """Says how many rows it was given."""

    def render(self, report: Report) -> bytes:
        return f"%PDF {len(report.rows)}".encode()


def archive_of(index: Index) -> Bucket:
    archive = Bucket()
    for row in index.rows:
        archive.put(
            f"{row.order_id}.json", document(payment={"captured": "1.00", "refunded": "0.50"}), "application/json"
        )
    return archive


def made(index: Index, archive: Bucket, reports: Bucket) -> LinkedReport:
    asked = prepare(ASKED)
    linked = call(asked, archive=archive, archived_orders=index, pdf=Renderer(), reports=reports, clock=StillClock())
    return settle(ASKED, linked)


@pytest.mark.parametrize("count", [0, 1, 500, 501, 1234])
def test_every_order_of_the_period_is_in_it_whatever_the_pages(count: int) -> None:
    index, reports = Index(count), Bucket()
    linked = made(index, archive_of(index), reports)
    assert len(linked.report.rows) == count
    assert sum(figures.total for figures in linked.report.figures) == sum(100 + n for n in range(count))
    assert sum(figures.refunded for figures in linked.report.figures) == 50 * count
    (key,) = reports.objects
    assert reports.objects[key].body == f"%PDF {count}".encode()
    assert reports.objects[key].content_type == "application/pdf"
    assert linked.url == f"https://objects.example/{key}"
    assert linked.expires_at == NOW_MS // 1000 * 1000 + 60_000


def test_a_repeat_puts_the_same() -> None:
    index, reports = Index(3), Bucket()
    first, second = (made(index, archive_of(index), reports) for _ in range(2))
    assert first == second
    assert list(reports.puts.values()) == [2]


def test_the_most_is_a_bound() -> None:
    index = Index(ORDERS_MAX)
    assert len(made(index, Bucket(), Bucket()).report.rows) == ORDERS_MAX
    with pytest.raises(InvalidReport, match="1 member") as raised:
        made(Index(ORDERS_MAX + 1), Bucket(), Bucket())
    (error,) = raised.value.errors
    assert (error.pointer, error.code) == ("/to", "too-many")
    assert "5,000" in error.detail


def test_an_order_without_its_object_counts_all_the_same() -> None:
    linked = made(Index(2), Bucket(), Bucket())
    assert [(each.total, each.refunded) for each in linked.report.rows] == [(100, None), (101, None)]
    assert linked.report.total == "2.01"


@pytest.mark.parametrize("error", [BucketUnavailable("away"), ObjectCorrupt("spoilt")])
def test_an_archive_that_cannot_be_read_makes_no_report(error: Exception) -> None:
    archive, reports = Bucket(), Bucket()
    archive.down = error
    with pytest.raises(type(error)):
        made(Index(1), archive, reports)
    assert reports.objects == {}
