"""Orders as CSV: what a row asks for, where what is wrong is told, and that an export's text comes back."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordermill.domain.errors import InvalidImport, InvalidOrder
from ordermill.domain.intake import read_order
from ordermill.domain.order import Line, OrderDraft
from ordermill.domain.order_import import COLUMNS, ROWS_MAX, Row, placed_at, read_table, request_of, unescaped
from ordermill.entrypoints.order_csv import cell
from tests.unit.domain.intake_kit import find


def table_of(*rows: list[str]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue()


def draft(columns: str, *cells: str) -> OrderDraft:
    table = read_table(table_of(columns.split(), list(cells)))
    return read_order(request_of(table.columns, table.rows[0]).body, find, strict=False)


def errors(columns: str, *cells: str) -> list[tuple[str, str]]:
    """Of one row."""
    table = read_table(table_of(columns.split(), list(cells)))
    with pytest.raises(InvalidOrder) as refused:
        read_order(request_of(table.columns, table.rows[0]).body, find, strict=False)
    placed = placed_at(refused.value, table.columns, table.rows[0])
    return [(error.pointer, error.code) for error in placed.errors]


def places(text: str, **options: int) -> list[tuple[str, str]]:
    """What is wrong with a file as a whole."""
    with pytest.raises(InvalidImport) as refused:
        read_table(text, **options)
    assert all(error.detail for error in refused.value.errors)
    return [(error.pointer, error.code) for error in refused.value.errors]


def test_a_row_is_an_order() -> None:
    columns = "email customerName customerId currency description note paymentToken product sku quantity unitPrice"
    cells = ["a@b.org", "Ada", "c1", "EUR", "a\nb", "n", "tok_decline", "Thing", "T-1", "2", "9.99"]
    assert draft(columns, *cells) == OrderDraft(
        "Ada", "c1", "a@b.org", "a\nb", "n", (Line("Thing", "T-1", 2, 999),), "EUR", 1998, "tok_decline"
    )


@pytest.mark.parametrize(
    ("columns", "cells", "line"),
    [
        ("product quantity", ["laptop", "1"], Line("laptop", "LAPTOP-14", 1, 119900)),
        ("sku quantity price", ["X", "3", "0.5"], Line(None, "X", 3, 50)),
        ("product quantity price unitPrice", ["X", "3", "", "1"], Line("X", None, 3, 100)),
        ("amount product", ["5", ""], Line("Order", None, 1, 500)),
        ("description price", ["Bell", "5"], Line("Bell", None, 1, 500)),
        ("description unitPrice product", ["Bell", "5", ""], Line("Bell", None, 1, 500)),
    ],
)
def test_the_ways_to_say_what_is_ordered(columns: str, cells: list[str], line: Line) -> None:
    assert draft(columns, *cells).items == (line,)


@pytest.mark.parametrize(
    ("columns", "cells", "wrong"),
    [
        ("product quantity", ["", ""], []),
        ("product quantity note", ["", "", "x"], [("/product", "required"), ("/quantity", "required")]),
        ("product quantity", ["X", "1"], [("/unitPrice", "price-required")]),
        ("product quantity price", ["X", "1", "x"], [("/price", "invalid-price")]),
        ("product quantity unitPrice", ["X", "1", "1e3"], [("/unitPrice", "invalid-price")]),
        ("product quantity unitPrice price", ["X", "1", "1", "1"], [("/price", "unknown-field")]),
        ("product quantity", ["Laptop", "0"], [("/quantity", "out-of-range")]),
        ("product quantity", ["Laptop", "1.0"], [("/quantity", "wrong-type")]),
        ("product quantity", ["Laptop", "٣"], [("/quantity", "wrong-type")]),
        ("product quantity", ["Laptop", "99999999999"], [("/quantity", "wrong-type")]),
        ("sku quantity", ["TEA-JP", "1"], [("/sku", "currency-mismatch")]),
        ("amount quantity", ["5", "1"], [("/quantity", "unknown-field")]),
        ("description unitPrice quantity", ["Bell", "-5", ""], [("/unitPrice", "invalid-price")]),
        ("amount email currency", ["5", "x", "XXX"], [("/email", "invalid-email"), ("/currency", "unknown-currency")]),
        ("amount imageId", ["5", "img_1"], [("/imageId", "unknown-image")]),
        ("amount confirmMismatch", ["5", "yes"], [("/confirmMismatch", "wrong-type")]),
        ("amount note", ["5"], [("", "malformed")]),
        ("amount note", ["5", "", ""], [("", "malformed")]),
    ],
)
def test_what_is_wrong_is_told_at_its_column(columns: str, cells: list[str], wrong: list[tuple[str, str]]) -> None:
    if wrong:
        assert errors(columns, *cells) == wrong
    else:
        assert read_table(table_of(columns.split(), cells)).rows == []


def test_confirmations_are_true_or_false_as_spreadsheets_write_them() -> None:
    row = Row(2, ["5", "TRUE"])
    assert request_of(["amount", "confirmMismatch"], row).body["confirmMismatch"] is True
    assert request_of(["amount", "confirmMismatch"], Row(2, ["5", "false"])).body["confirmMismatch"] is False


def test_a_rows_key_is_no_part_of_its_request() -> None:
    assert request_of(["amount", "idempotency_key"], Row(2, ["5", "k"])) == ({"amount": "5"}, "k")
    assert request_of(["amount", "idempotency_key"], Row(2, ["5", ""])) == ({"amount": "5"}, None)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_are_numbered_as_a_spreadsheet_shows_them(end: str) -> None:
    lines = ["\ufeffamount,note", '1,"two', 'lines"', "", "2,", ",", '3,"x,""y"""']
    table = read_table(end.join(lines) + end)
    assert [(row.number, row.cells[0]) for row in table.rows] == [(2, "1"), (4, "2"), (6, "3")]
    assert table.rows[2].cells[1] == 'x,"y"'
    assert [row.number for row in read_table(end.join(lines), first_row=102).rows] == [102, 104, 106]
    note = request_of(table.columns, table.rows[0]).body["note"]
    assert note == ("two\rlines" if end == "\r" else "two\nlines")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", [("/1", "required")]),
        ("\n", [("/1", "required")]),
        ("email,note\na@b.org,x\n", [("/1", "required")]),
        ("amount,total,Amount\n", [("/1", "unknown-field"), ("/1", "unknown-field")]),
        ("amount,note,amount\n", [("/1/amount", "duplicate")]),
        ("product;quantity\nMug;1\n", [("/1", "malformed")]),
        ("product\tquantity\n", [("/1", "malformed")]),
        ('"amount\n1\n', [("/1", "malformed")]),
        ('amount\n1\n"2"x\n3\n', [("/3", "malformed")]),
        ('amount,note\n1,"x\n', [("/2", "malformed")]),
        ("amount\n" + "1\n" * (ROWS_MAX + 1), [("", "out-of-range")]),
    ],
)
def test_a_file_that_is_wrong_as_a_whole(text: str, wrong: list[tuple[str, str]]) -> None:
    assert places(text) == wrong


def test_where_it_breaks_in_a_part_of_a_larger_file() -> None:
    assert places('amount\n1\n"2"x\n', first_row=700) == [("/701", "malformed")]


def test_as_many_rows_as_fit() -> None:
    text = "amount\n" + "1\n\n" * ROWS_MAX
    assert len(read_table(text).rows) == ROWS_MAX
    assert len(read_table(text + "1\n", most=None).rows) == ROWS_MAX + 1


def test_a_quote_that_nobody_closes_is_told_with_the_limit_it_runs_into() -> None:
    with pytest.raises(InvalidImport) as refused:
        read_table('amount,note\n1,"' + "x" * 140_000)
    assert [(each.pointer, "131,072" in each.detail) for each in refused.value.errors] == [("/2", True)]


def test_separators_are_told_by_name() -> None:
    with pytest.raises(InvalidImport) as refused:
        read_table("product;quantity\n")
    assert "semicolons" in refused.value.errors[0].detail


@given(st.text("='+-@\t\r\0ab", min_size=1) | st.text(min_size=1))
def test_an_exports_text_comes_back(text: str) -> None:
    exported = cell(text)
    assert exported is not None
    assert unescaped(exported) == text.replace("\r\n", "\n")


@pytest.mark.parametrize(("sent", "read"), [("'=1", "=1"), ("''=1", "'=1"), ("'x", "'x"), ("=1", "=1"), ("'", "'")])
def test_an_apostrophe_is_left_out_where_an_export_puts_one(sent: str, read: str) -> None:
    assert unescaped(sent) == read


def test_no_column_is_named_twice() -> None:
    assert len(set(COLUMNS)) == len(COLUMNS)
