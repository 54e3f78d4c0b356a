"""`ordermill report`: makes a report of deleted orders, and saves it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import click

from ordermill.adapters.local.files import write_atomically
from ordermill.entrypoints.cli.client import Client, staff_token
from ordermill.entrypoints.cli.failures import Failure
from ordermill.entrypoints.cli.options import data_option, json_option, option, url_option
from ordermill.entrypoints.cli.render import print_body

TIMEOUT_S: Final = 60
_MONTH: Final = re.compile("([0-9]{4})-(0[1-9]|1[0-2])")
_YEAR_END: Final = 12
_STDOUT: Final = "-"


def _month(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, str] | None:
    """The first day of the month and of the next one."""
    if value is None:
        return None
    match = _MONTH.fullmatch(value)
    if match is None or int(match[1]) not in range(1, 9999):
        raise click.BadParameter(f"{value!r} is not a month such as 2026-11", ctx, param)
    year, month = int(match[1]), int(match[2])
    following = (year + 1, 1) if month == _YEAR_END else (year, month + 1)
    return f"{year:04}-{month:02}-01", f"{following[0]:04}-{following[1]:02}-01"


@click.command("report", short_help="Save a PDF report of deleted orders.")
@option("--from", "since", metavar="TIME", help="Deleted then or later: a date (midnight in UTC), or a time.")
@option("--to", "until", metavar="TIME", help="Deleted before then.")
@option("--month", callback=_month, metavar="YYYY-MM", help="A whole month, instead of --from and --to.")
@option("--output", "-o", metavar="FILE", help="Where to save it; - is stdout.  [default: named by the period]")
@url_option
@data_option
@json_option
def report(
    since: str | None,
    until: str | None,
    month: tuple[str, str] | None,
    output: str | None,
    url: str,
    data: Path,
    json: bool,
) -> None:
    """Save a PDF with the figures of all orders that were deleted in a period, a chart, and every order.

    With --json, what the server says of it is printed, the link among it, and it is saved only where --output says.
    Needs the staff token: ORDERMILL_STAFF_TOKEN, else the file staff-token in the data directory.

    \b
    Example:
      ordermill report --month 2026-11 -o november.pdf

    \b
    Exit codes:
      0  it was made and saved
      1  it could not be saved
      2  wrong usage, or no staff token
      3  no server there; start one with: ordermill up
      4  the server refused the request
    """
    if month is not None and (since or until):
        raise click.UsageError("--month stands for --from and --to: send it, or these.")
    if month is None and not (since and until):
        raise click.UsageError("Say which period: --from and --to, or --month.")
    if json and output == _STDOUT:
        raise click.UsageError("--json and the PDF cannot both go to stdout.")
    first, end = month or (since or "", until or "")
    token = staff_token(data)
    with Client(url, timeout=TIMEOUT_S) as client:
        made, reply = client.create_report(first, end, token)
        path = output or (None if json else f"deleted-orders-{_named(first)}-{_named(end)}.pdf")
        if path is not None:
            _save(path, client.fetch(made.url))
    if json:
        print_body(reply.body)
    elif path != _STDOUT:
        count = f"{made.orders} {'order' if made.orders == 1 else 'orders'}"
        totals = ", ".join(f"{each.total} {each.currency}" for each in made.totals)
        click.echo(f"{path}: {count}{f', {totals}' if totals else ''}")


def _named(moment: str) -> str:
    return re.sub("[^0-9A-Za-z-]", "", moment)


def _save(path: str, body: bytes) -> None:
    if path == _STDOUT:
        click.echo(body, nl=False)
        return
    try:
        write_atomically(Path(path).absolute(), body, 0o666)
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}") from None
