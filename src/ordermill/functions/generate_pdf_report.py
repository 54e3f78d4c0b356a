"""`generate_pdf_report`: makes a report of the orders that were deleted in a period, and links it. Staged.

It reads the archive and nothing else, so it works whatever state the orders are in. Its one effect is the report's
object, named by what is in it: a repeat puts the same.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import msgspec

from ordermill.domain.archive import ArchivedOrder, archive_key
from ordermill.domain.commands import GenerateReport
from ordermill.domain.errors import FieldError
from ordermill.domain.report import ORDERS_MAX, InvalidReport, Report, report_of, row_of
from ordermill.domain.times import rfc3339
from ordermill.ports.ambient import Clock
from ordermill.ports.archive import ArchiveIndex
from ordermill.ports.objects import Bucket
from ordermill.ports.reports import ReportRenderer

_PDF: Final = "application/pdf"
_PAGE: Final = 500


class LinkedReport(msgspec.Struct, frozen=True):
    """A report, and where it can be fetched until `expires_at`, epoch ms."""

    url: str
    expires_at: int
    report: Report


def prepare(message: GenerateReport) -> GenerateReport:
    """Nothing of ours is to be written."""
    return message


def call(
    asked: GenerateReport,
    *,
    archive: Bucket,
    archived_orders: ArchiveIndex,
    pdf: ReportRenderer,
    reports: Bucket,
    clock: Clock,
) -> LinkedReport:
    """Make and store it. Raises InvalidReport for too many orders, ObjectCorrupt, and as the ports do."""
    rows = _rows(asked, archived_orders)
    documents = archive.read_many([archive_key(row.order_id) for row in rows])
    found = [
        row_of(row, None if document is None else document.body) for row, document in zip(rows, documents, strict=True)
    ]
    report = report_of(asked.since, asked.until, found)
    body = pdf.render(report)
    days = f"{rfc3339(asked.since)[:10]}-{rfc3339(asked.until)[:10]}"
    key = f"deleted-orders-{days}-{sha256(body).hexdigest()[:32]}.pdf"
    reports.put(key, body, _PDF)
    at = clock.now_ms() // 1000 * 1000
    url = reports.link(key, expires_s=asked.expires_s, content_type=_PDF, filename=f"deleted-orders-{days}.pdf")
    return LinkedReport(url, at + 1000 * asked.expires_s, report)


def settle(message: GenerateReport, linked: LinkedReport) -> LinkedReport:
    """The answer."""
    return linked


def _rows(asked: GenerateReport, archived_orders: ArchiveIndex) -> list[ArchivedOrder]:
    """The rows of the period. Raises InvalidReport beyond ORDERS_MAX."""
    rows, after = list[ArchivedOrder](), None
    while True:
        page = archived_orders.within(asked.since, asked.until, _PAGE, after)
        rows += page.orders
        if len(rows) > ORDERS_MAX:
            expected = f"a period with at most {ORDERS_MAX:,} deleted orders: this one has more"
            raise InvalidReport([FieldError("/to", "too-many", expected)])
        if page.after is None:
            return rows
        after = page.after
