"""`ordermill import`: places an order for each row of a CSV, and shows what came of each."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import click
import msgspec

from ordermill.domain.errors import InvalidImport
from ordermill.domain.order_import import ROWS_MAX, Row, read_table
from ordermill.entrypoints.cli.answers import ImportedRow, ImportReport
from ordermill.entrypoints.cli.client import Client, staff_token, told_lines
from ordermill.entrypoints.cli.failures import Failure, Misuse
from ordermill.entrypoints.cli.options import data_option, json_option, option, url_option
from ordermill.entrypoints.cli.order import idempotency_key
from ordermill.entrypoints.cli.render import print_body

BYTES_MAX: Final = 240 * 1024
"""Of one request: a server takes 256 KiB."""
TIMEOUT_S: Final = 60
"""For one request: hundreds of orders may take half a minute on AWS."""


class Part(msgspec.Struct, frozen=True):
    """Rows that go in one request, with the header: the number of the first, and the CSV."""

    first_row: int
    csv: bytes


@click.command("import", short_help="Place an order for each row of a CSV.")
@click.argument("file", type=click.File("rb"))
@url_option
@data_option
@option("--key", callback=idempotency_key, help="Names this import: with it, no row is placed twice within 24 hours.")
@json_option
@click.pass_context
def import_orders(ctx: click.Context, /, file: BinaryIO, url: str, data: Path, key: str | None, json: bool) -> None:
    """Place an order for each row of a CSV FILE (- is stdin), with the members of a request as columns.

    Rows that are refused are shown, by their numbers as a spreadsheet shows them; the others are placed all the same.
    The same file again places nothing twice. To place corrected rows, keep each in its row and repeat with the key that
    is shown. Needs the staff token: ORDERMILL_STAFF_TOKEN, else the file staff-token in the data directory.

    \b
    Example:
      ordermill import orders.csv

    \b
    Exit codes:
      0  all rows were placed
      1  some were refused; the reasons are shown
      2  wrong usage, no staff token, or a file that is no such CSV
      3  no server there, or gone on the way; start one with: ordermill up
      4  the server refused the request
    """
    token, content = staff_token(data), file.read()
    parts, key = _parts(content), key or f"import-{hashlib.sha256(content).hexdigest()[:32]}"
    rows: list[ImportedRow] = []
    with Client(url, timeout=TIMEOUT_S) as client:
        try:
            for part in parts:
                report, _ = client.import_orders(part.csv, part.first_row, key, token)
                rows += report.rows
        except Failure:
            if rows:
                _show(rows, json=json)
                click.echo(f"Not all was sent. The same again goes on: ordermill import FILE --key {key}", err=True)
            raise
    _show(rows, json=json)
    if any(row.problem is not None for row in rows):
        if not json:
            again = f"ordermill import FILE --key {key}"
            click.echo(f"Correct them in their rows, and repeat within 24 hours: {again}", err=True)
        ctx.exit(1)


def _parts(content: bytes) -> list[Part]:
    """The file in requests that a server takes. Raises Misuse where it is no CSV of orders."""
    try:
        table = read_table(content.decode("utf-8"), most=None)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Misuse(f"The file is not UTF-8: byte {error.start + 1}, in line {line}.") from None
    except InvalidImport as error:
        wrong = [
            f"  {f'row {each.pointer[1:]}' if each.pointer else 'the file'}: {each.detail}" for each in error.errors
        ]
        raise Misuse("\n".join([f"{error.title}: {error.detail}", *wrong])) from None
    return [_part(table.columns, rows) for rows in _groups(table.rows)]


def _groups(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Rows that are next to each other, as many as one request takes: of a group nothing is left out in between."""
    group: list[Row] = []
    size = 0
    for row in rows:
        # As CSV a cell is at most twice its text, which is quotes alone, and its own quotes and comma.
        length = sum(2 * len(cell.encode()) + 3 for cell in row.cells)
        apart = bool(group) and row.number != group[-1].number + 1
        if group and (apart or len(group) == ROWS_MAX or size + length > BYTES_MAX):
            yield group
            group, size = [], 0
        group.append(row)
        size += length
    if group:
        yield group


def _part(columns: list[str], rows: Sequence[Row]) -> Part:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([columns, *(row.cells for row in rows)])
    return Part(rows[0].number, out.getvalue().encode())


def _show(rows: Sequence[ImportedRow], *, json: bool) -> None:
    """How many were placed on stdout, what is wrong with the others on stderr."""
    wrong = [(row.row, row.problem) for row in rows if row.problem is not None]
    placed = len(rows) - len(wrong)
    if json:
        print_body(msgspec.json.encode(ImportReport(placed, len(wrong), tuple(rows))))
        return
    for number, problem in wrong:
        click.echo(f"row {number}: " + "\n".join(told_lines(problem, "the row")), err=True)
    told = f"{placed} {'order' if placed == 1 else 'orders'} placed"
    click.echo(f"{told}, {len(wrong)} {'row' if len(wrong) == 1 else 'rows'} refused" if wrong else told)
