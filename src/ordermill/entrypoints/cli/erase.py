"""`ordermill erase`: erases a person, and shows what that came to."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import click
import msgspec

from ordermill.entrypoints.cli.client import Client, staff_token
from ordermill.entrypoints.cli.options import data_option, json_option, option, url_option
from ordermill.entrypoints.cli.render import clean, print_body

_LABELS: Final = {
    "orders": "orders",
    "archived": "archived orders",
    "mails": "mails",
    "deadLetters": "dead letters",
    "reports": "reports, which can be made anew",
    "subscriptions": "subscriptions",
    "executions": "kept requests",
}


@click.command()
@option("--customer", required=True, metavar="CUSTOMER", help="A customer id, or a whole e-mail in any case.")
@url_option
@data_option
@option("--yes", is_flag=True, show_default=False, help="Do not ask.")
@json_option
@click.pass_context
def erase(ctx: click.Context, customer: str, url: str, data: Path, yes: bool, json: bool) -> None:
    """Erase a person: name, addresses, notes and whatever was typed about them, everywhere.

    What accounts need stays: items, sums, status, times, payments. Orders that are still under way are left, and
    named: finish, cancel or delete them, and repeat. Who gave a customer id and an e-mail is erased by each of them.

    \b
    Example:
      ordermill erase --customer ada@example.org

    \b
    Exit codes:
      0  nothing of them is left
      1  orders are still under way; they are shown
      2  wrong usage, no staff token, or not confirmed
      3  no server there; start one with: ordermill up
      4  the server refused the request

    Needs the staff token: ORDERMILL_STAFF_TOKEN, else the file staff-token in the data directory.
    """
    token = staff_token(data)
    if not yes and not click.confirm(f"Erase {clean(customer)} for good?", err=True):
        ctx.exit(2)
    erased, remaining, cursor = Counter[str](), list[str](), None
    with Client(url, timeout=60) as client:
        while True:
            step = client.erase(customer, cursor, token)
            erased.update(step.erased)
            remaining += step.remaining
            cursor = step.next
            if cursor is None:
                break
    if json:
        print_body(msgspec.json.encode({"erased": erased, "remaining": remaining}))
    else:
        _show(erased)
    if remaining:
        click.echo("Still under way, and left as they are:", err=True)
        for order_id in remaining:
            click.echo(f"  {clean(order_id)}", err=True)
        click.echo("Finish, cancel or delete them, and repeat.", err=True)
        ctx.exit(1)


def _show(erased: Counter[str]) -> None:
    found = [f"{count} {_LABELS.get(name, clean(name))}" for name, count in erased.items() if count]
    click.echo("Erased: " + ", ".join(found) if found else "There was nothing to erase.")
