"""`POST /reports`: which period is asked for, and where the report can be fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from ordermill.domain.json_body import parse_json
from ordermill.domain.money import format as money
from ordermill.domain.report import ORDERS_MAX, Figures, read_report
from ordermill.domain.times import rfc3339
from ordermill.entrypoints.bindings import Binding
from ordermill.entrypoints.web import NO_STORE, Request, Response
from ordermill.entrypoints.wire import Currency, Money, Time

if TYPE_CHECKING:
    from ordermill.functions.generate_pdf_report import LinkedReport

_encode = msgspec.json.Encoder().encode


class TotalView(msgspec.Struct, frozen=True, gc=False):
    """The orders of one currency: how many, what they came to, and what of it was given back."""

    currency: Currency
    orders: int
    total: Money
    refunded: Money


class ReportView(msgspec.Struct, frozen=True, rename="camel"):
    """A report: whoever has the `url` can fetch it until then. `total` is null where there are several currencies."""

    url: Annotated[str, msgspec.Meta(extra_json_schema={"format": "uri"})]
    expires_at: Time
    orders: Annotated[int, msgspec.Meta(ge=0, le=ORDERS_MAX)]
    total: Money | None
    totals: tuple[TotalView, ...]


def _made(_: Request, linked: LinkedReport) -> Response:
    report = linked.report
    totals = tuple(_total(figures) for figures in report.figures)
    view = ReportView(linked.url, rfc3339(linked.expires_at), len(report.rows), report.total, totals)
    return Response(201, _encode(view), headers=[("location", linked.url), NO_STORE])


def _total(figures: Figures) -> TotalView:
    currency = figures.currency
    return TotalView(currency, figures.orders, money(figures.total, currency), money(figures.refunded, currency))


REPORTS: Final = Binding("application/json", lambda request: read_report(parse_json(request.body)), _made)
