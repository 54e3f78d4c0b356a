"""Orders as CSV, to be placed: a row for each, with the members of a request as columns.

Rows are numbered as spreadsheets show them: the header is 1, and what is quoted over several lines is one row.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from msgspec.structs import replace

from ordermill.domain.errors import FieldError, InvalidImport, InvalidOrder

COLUMNS: Final = (
    *("customerName", "customerId", "email", "currency", "description", "note"),
    *("product", "sku", "quantity", "unitPrice", "price", "amount"),
    *("paymentToken", "imageId", "confirmMismatch", "idempotency_key"),
)
ROWS_MAX: Final = 500
"""Of one request, beside the header."""
LAST_ROW: Final = 10_000_000

_NAMING: Final = frozenset({"product", "sku", "description", "amount"})
"""Columns that say what is ordered."""
_LINE: Final = frozenset({"product", "sku", "quantity", "unitPrice", "price"})
_INTEGER: Final = re.compile(r"0|[1-9][0-9]{0,9}")
_ESCAPED: Final = re.compile("'+[=+\\-@\t\r\0]")
_SEPARATORS: Final = {";": "semicolons", "\t": "tabs", "|": "bars"}
_CSV: Final = "cells separated by commas, quoted with double quotes"
_LONG: Final = f", of at most {csv.field_size_limit():,} characters"


class Row(NamedTuple):
    """A row that is not empty, by its number, and its cells."""

    number: int
    cells: list[str]


class Table(NamedTuple):
    """The columns in the order of the file, and the rows."""

    columns: list[str]
    rows: list[Row]


class Request(NamedTuple):
    """What a row asks for, as the body of a request, and the row's own idempotency key."""

    body: dict[str, object]
    key: str | None


def unescaped(cell: str) -> str:
    """What the cell says: without the apostrophe that an export puts before what a spreadsheet takes for a formula.

    The end of a line within it is the file's way to end lines.
    """
    return (cell[1:] if _ESCAPED.match(cell) else cell).replace("\r\n", "\n")


def is_formula(text: str) -> bool:
    """Whether an export puts an apostrophe before the text: it could be taken for a formula, or for one escaped."""
    return _ESCAPED.match("'" + text) is not None


def read_table(text: str, first_row: int = 2, *, most: int | None = ROWS_MAX) -> Table:
    """The rows, of which the first has the number `first_row`, at most `most`.

    Raises InvalidImport with an error for each place, `/row` or none: where the text is no CSV, and where its header is
    wrong. A row of another length than the header is let pass: it alone is wrong.
    """
    errors: list[FieldError] = []
    rows = _rows(text.removeprefix("\ufeff"), first_row, errors)
    header = next(rows, None)
    if header is not None or not errors:
        _check_header(Row(1, []) if header is None else header, errors)
    found: list[Row] = []
    if not errors:
        for row in rows:
            if len(found) == most:
                errors.append(FieldError("", "out-of-range", f"at most {most} rows beside the header"))
                break
            found.append(row)
    if errors or header is None:
        raise InvalidImport(errors)
    return Table(header.cells, found)


def request_of(columns: list[str], row: Row) -> Request:
    """What the row asks for. Raises InvalidOrder where it has not as many cells as the header."""
    if len(row.cells) != len(columns):
        expected = f"{len(columns)} cells, as in the header; there are {len(row.cells)}"
        raise InvalidOrder([FieldError("", "malformed", expected)])
    cells = {name: unescaped(cell) for name, cell in zip(columns, row.cells, strict=True) if cell}
    key = cells.pop("idempotency_key", None)
    said = {name: _value(name, cell) for name, cell in cells.items()}
    if "product" in said or "sku" in said:
        return Request(_with_line(said), key)
    if "unitPrice" in said and "price" not in said and "amount" not in said and "description" in said:
        said["price"] = said.pop("unitPrice")
    by_itself = "amount" in said or ("description" in said and "price" in said)
    return Request(said if by_itself else _with_line(said), key)


def placed_at(error: InvalidOrder, columns: list[str], row: Row) -> InvalidOrder:
    """The same errors at the columns of the row, which `read_order` found at the members of its request."""
    filled = {name for name, cell in zip(columns, row.cells, strict=False) if cell}
    price = "price" if "price" in filled and "unitPrice" not in filled else "unitPrice"
    names = {"/items": "", "/items/0": "", "/items/0/unitPrice": f"/{price}"}
    if "unitPrice" in filled and "price" not in filled:
        names["/price"] = "/unitPrice"
    placed = []
    for each in error.errors:
        pointer = names.get(each.pointer, each.pointer.removeprefix("/items/0"))
        placed.append(replace(each, pointer=pointer))
    return InvalidOrder(placed)


def _with_line(said: dict[str, object]) -> dict[str, object]:
    """With one line of `items`, whose price is in either column."""
    line = {name: value for name, value in said.items() if name in _LINE}
    body = {name: value for name, value in said.items() if name not in _LINE}
    if "price" in line:
        if "unitPrice" in line:
            body["price"] = line.pop("price")
        else:
            line["unitPrice"] = line.pop("price")
    return {**body, "items": [line]}


def _value(name: str, cell: str) -> object:
    """The cell as JSON would have it; what is nothing of that kind stays text, which its rule refuses."""
    if name == "quantity" and _INTEGER.fullmatch(cell):
        return int(cell)
    if name == "confirmMismatch" and cell.lower() in ("true", "false"):
        return cell.lower() == "true"
    return cell


def _rows(text: str, first_row: int, errors: list[FieldError]) -> Iterator[Row]:
    """The header, then the rows that are not empty; text that is no CSV is an error and ends them."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            # The module has a limit for what might be the rest of the file, behind a quote that nobody closed.
            too_long = "limit" in str(error)
            errors.append(FieldError(f"/{number}", "malformed", _CSV + _LONG if too_long else _CSV))
            return
        if cells is None:
            return
        if number == 1 or any(cells):
            yield Row(number, cells)
        number = first_row if number == 1 else number + 1


def _check_header(header: Row, errors: list[FieldError]) -> None:
    cells = header.cells
    if len(cells) == 1 and (found := next((each for each in _SEPARATORS if each in cells[0]), None)):
        errors.append(FieldError("/1", "malformed", f"cells separated by commas, not by {_SEPARATORS[found]}"))
        return
    for index, column in enumerate(cells, 1):
        if column not in COLUMNS:
            detail = f"column {index} is none of {', '.join(COLUMNS)}"
            errors.append(FieldError("/1", "unknown-field", detail))
        elif column in cells[: index - 1]:
            errors.append(FieldError(f"/1/{column}", "duplicate", "each column once"))
    if not errors and not _NAMING & set(cells):
        errors.append(FieldError("/1", "required", "a column product, sku, description or amount"))
