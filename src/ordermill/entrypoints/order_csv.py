"""Orders as CSV: a row for each line of an order, fit to be opened in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Final

from ordermill.domain.money import format as money
from ordermill.domain.order import Order
from ordermill.domain.order_import import is_formula
from ordermill.domain.times import rfc3339

MEDIA: Final = "text/csv; charset=utf-8; header=present"

COLUMNS: Final = (
    *("orderId", "timestamp", "customerName", "email", "product", "sku"),
    *("quantity", "unitPrice", "currency", "total", "status", "reason"),
)


def csv_header() -> bytes:
    """The first row, which names the columns."""
    return (",".join(COLUMNS) + "\r\n").encode()


def csv_rows(orders: Iterable[Order]) -> bytes:
    """The orders' rows; `unitPrice` is the line's, `total` the order's."""
    text = StringIO(newline="")
    write = csv.writer(text, lineterminator="\r\n").writerow
    for order in orders:
        currency = order.currency
        head = (order.order_id, rfc3339(order.created_at), cell(order.customer_name), cell(order.email))
        tail = (currency, money(order.total, currency), order.status.value, order.reason and order.reason.value)
        for line in order.items:
            price = money(line.unit_price, currency)
            write((*head, cell(line.product), cell(line.sku), line.quantity, price, *tail))
    return text.getvalue().encode()


def cell(text: str | None) -> str | None:
    """Text that no spreadsheet takes for a formula: an apostrophe goes before what could begin one.

    So it does before text that looks as if one had been put there: an import leaves out one, and has what was here.
    """
    return "'" + text if text and is_formula(text) else text
