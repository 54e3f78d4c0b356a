"""The catalogue: products with a price and, where counted, a stock; as CSV with one product a line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

import msgspec

from ordermill.domain import money
from ordermill.domain.errors import FieldError, InvalidCatalogue
from ordermill.domain.text import NAME, text_fault

COLUMNS = ("sku", "name", "price", "currency", "stock")
MAX_PRODUCTS = 10_000
MAX_STOCK = 10**9

_STOCK = re.compile(r"0|[1-9][0-9]{0,9}")

Row = tuple[int, list[str]]
"""The line of the file where a row starts, from 1, and its cells."""


class Product(msgspec.Struct, frozen=True, gc=False):
    """One product; `price` in minor units of `currency`, `stock` None where uncounted."""

    sku: str
    name: str
    price: int
    currency: str
    stock: int | None


def name_key(name: str) -> str:
    """What two names that differ only in case have in common."""
    return name.casefold()


def read_catalogue(text: str) -> list[Product]:
    """The products of a CSV whose header has `COLUMNS` in any order; in the order of the file.

    Skus are unique, names in any case too; an empty stock is uncounted. Raises InvalidCatalogue with one error for
    every wrong cell, at `/line/column` with the line of the file counted from 1: `/3/price`.
    """
    errors: list[FieldError] = []
    rows = _rows(text.removeprefix("\ufeff"), errors)
    columns = _read_header(next(rows, None), errors)
    reader = _Reader(columns, errors)
    for count, row in enumerate(rows, 1):
        if count > MAX_PRODUCTS:
            errors.append(FieldError("", "out-of-range", f"at most {MAX_PRODUCTS:,} products"))
            break
        reader.read(row)
    if errors:
        raise InvalidCatalogue(errors)
    return reader.products


def write_catalogue(products: Iterable[Product]) -> str:
    """The CSV that `read_catalogue` reads back as the same products."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for product in products:
        price = money.format(product.price, product.currency)
        stock = "" if product.stock is None else product.stock
        writer.writerow((product.sku, product.name, price, product.currency, stock))
    return out.getvalue()


def _rows(text: str, errors: list[FieldError]) -> Iterator[Row]:
    """The rows that are not empty; text that is no CSV is an error and ends them."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            errors.append(FieldError(f"/{start}", "malformed", "cells separated by commas, quoted with double quotes"))
            return
        if cells is None:
            return
        if cells:
            yield start, cells


def _read_header(row: Row | None, errors: list[FieldError]) -> list[str]:
    """The columns in the file's order. Raises InvalidCatalogue, for without them no row can be read."""
    if errors:
        raise InvalidCatalogue(errors)
    line, header = (1, []) if row is None else row
    errors.extend(
        FieldError(f"/{line}/{column}", "required", "a column of this name")
        for column in COLUMNS
        if column not in header
    )
    for index, column in enumerate(header, 1):
        if column not in COLUMNS:
            errors.append(FieldError(f"/{line}", "unknown-field", f"column {index} is none of {', '.join(COLUMNS)}"))
        elif column in header[: index - 1]:
            errors.append(FieldError(f"/{line}/{column}", "duplicate", "each column once"))
    if errors:
        raise InvalidCatalogue(errors)
    return header


class _Reader:
    """Turns rows into products and remembers which skus and names it has seen."""

    def __init__(self, columns: list[str], errors: list[FieldError]) -> None:
        self.products: list[Product] = []
        self._columns = columns
        self._errors = errors
        self._seen: set[tuple[str, str]] = set()

    def read(self, row: Row) -> None:
        line, cells = row
        if len(cells) != len(COLUMNS):
            self._errors.append(FieldError(f"/{line}", "malformed", f"{len(COLUMNS)} cells, as in the header"))
            return
        cell = dict(zip(self._columns, cells, strict=True))
        before = len(self._errors)
        self._check_text(cell["sku"], cell["sku"], f"/{line}/sku", "sku")
        self._check_text(cell["name"], name_key(cell["name"]), f"/{line}/name", "name")
        fraction_digits = money.digits(cell["currency"])
        if fraction_digits is None:
            self._add(f"/{line}/currency", "unknown-currency", "a currency code of ISO 4217, such as USD")
            fraction_digits = money.MOST_DIGITS
        price = self._read_price(cell["price"], fraction_digits, f"/{line}/price")
        stock = self._read_stock(cell["stock"], f"/{line}/stock")
        if len(self._errors) == before:
            self.products.append(Product(cell["sku"], cell["name"], price, cell["currency"], stock))

    def _add(self, pointer: str, code: str, detail: str) -> None:
        self._errors.append(FieldError(pointer, code, detail))

    def _check_text(self, text: str, key: str, pointer: str, column: str) -> None:
        fault = text_fault(text, NAME)
        if fault is not None:
            self._add(pointer, *fault)
        elif (column, key) in self._seen:
            self._add(pointer, "duplicate", f"a {column} that no line above has")
        else:
            self._seen.add((column, key))

    def _read_price(self, text: str, fraction_digits: int, pointer: str) -> int:
        try:
            price = money.minor(text, fraction_digits)
        except money.InvalidAmount as error:
            self._add(pointer, "invalid-price", str(error))
            return 0
        if price > money.MAX_TOTAL:
            self._add(pointer, "out-of-range", f"at most {money.MAX_TOTAL:,} minor units")
        return price

    def _read_stock(self, text: str, pointer: str) -> int | None:
        if text == "":
            return None
        stock = int(text) if _STOCK.fullmatch(text) else -1
        if not 0 <= stock <= MAX_STOCK:
            self._add(pointer, "out-of-range", f"a whole number from 0 to {MAX_STOCK:,}, or nothing if uncounted")
        return stock
