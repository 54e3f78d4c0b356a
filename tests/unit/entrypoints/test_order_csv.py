"""Orders as CSV: what a reader gets out is what was ordered, and no spreadsheet computes with it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ordermill.domain.order import Line, Order, Reason, Status, Step, advance
from ordermill.entrypoints.order_csv import cell, csv_header, csv_rows

MakeOrder = Callable[..., Order]

HARMLESS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "${jndi:ldap://x}",
    "%s%n",
    "",
    "'",
    "Ada",
    "1+1",
    "a=b",
    'say "hello", Ada',
    "two\nlines",
    "cut\rhere",
    ";x",
    " =1",
    "\u200d👩\u200d🚀",
    "Ελένη",
    "n\0ul",
]
FORMULAS = [
    "=1+1",
    '=HYPERLINK("http://x","y")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\0=1",
    "=cmd|' /C calc'!A0",
    "-",
    "==",
]


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(data.decode("utf-8"), newline=""), strict=True))


def named(order: Order, text: str | None) -> Order:
    line = replace(order.items[0], product=text, sku=text)
    return replace(order, customer_name=text, email=text, items=(line,))


@pytest.mark.parametrize("text", HARMLESS)
def test_text_comes_back_as_it_was(text: str, make_order: MakeOrder) -> None:
    (row,) = read(csv_rows([named(make_order(), text)]))
    assert row[2:6] == [text] * 4


@pytest.mark.parametrize("text", FORMULAS)
def test_what_could_begin_a_formula_has_an_apostrophe_before_it(text: str, make_order: MakeOrder) -> None:
    (row,) = read(csv_rows([named(make_order(), text)]))
    assert row[2:6] == ["'" + text] * 4


@given(st.text(st.characters(codec="utf-8")))
def test_no_cell_begins_a_formula_and_none_is_lost(text: str) -> None:
    shown = cell(text) or ""
    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r", "\0"))
    assert text in (shown, shown.removeprefix("'"))


def test_the_columns_are_the_contracts() -> None:
    expected = "orderId,timestamp,customerName,email,product,sku,quantity,unitPrice,currency,total,status,reason\r\n"
    assert csv_header() == expected.encode()


def test_an_order_has_a_row_for_each_line(make_order: MakeOrder) -> None:
    order = replace(
        make_order("ord_1"),
        items=(Line("Widget", None, 2, 999), Line(None, "MUG", 1_000_000, 5)),
        total=5_001_998,
        customer_name=None,
    )
    order = advance(order, [Step(Status.REJECTED, Reason.OUT_OF_STOCK)], at=order.created_at + 1, by="process_order")
    head = ["ord_1", "2025-11-20T12:00:00.000Z", "", "ada@example.org"]
    tail = ["USD", "50019.98", "REJECTED", "OUT_OF_STOCK"]
    assert read(csv_rows([order, make_order("ord_2")])) == [
        [*head, "Widget", "", "2", "9.99", *tail],
        [*head, "", "MUG", "1000000", "0.05", *tail],
        [
            *("ord_2", "2025-11-20T12:00:00.000Z", "Ada", "ada@example.org"),
            *("Widget", "", "2", "9.99", "USD", "19.98", "PENDING", ""),
        ],
    ]


def test_no_order_no_row() -> None:
    assert csv_rows([]) == b""
