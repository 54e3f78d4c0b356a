"""`ordermill orders`: what staff do about orders that are there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from ordermill.domain.actions import ORDERS_MAX
from ordermill.entrypoints.cli.answers import Entry, OrderDetail
from ordermill.entrypoints.cli.client import Client, staff_token, told_lines
from ordermill.entrypoints.cli.group import Group
from ordermill.entrypoints.cli.options import data_option, json_option, option, url_option
from ordermill.entrypoints.cli.render import clean, coloured, print_body

_STATUS_WIDTH: Final = len("CONFIRMED")
_REMOVABLE: Final = {"name": "customerName", "email": "email", "note": "note"}
_EXITS: Final = """

    \b
    Exit codes:
      0  all of them are there now
      1  some are not; the reasons are shown
      2  wrong usage, or no staff token
      3  no server there; start one with: ordermill up
      4  the server refused the request
    """
_ids = partial(click.argument, "ids", nargs=-1, required=True, metavar="ORDER...")
_reason_option = option("--reason", help="Why, for the history.")


@click.group(cls=Group)
def orders() -> None:
    """Show, edit, ship, deliver, cancel, retry or delete orders.

    \b
    Examples:
      ordermill orders ship ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b --carrier UPS --tracking-number 1Z999
      ordermill orders edit ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b --email ada@example.org --reason "She moved"

    Needs the staff token: ORDERMILL_STAFF_TOKEN, else the file staff-token in the data directory.
    """


@orders.command(short_help="Show one, with its history.")
@click.argument("order_id", metavar="ORDER")
@url_option
@data_option
@json_option
def show(order_id: str, url: str, data: Path, json: bool) -> None:
    """Show an ORDER: who wants what, where it stands, and what happened to it.

    \b
    Example:
      ordermill orders show ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b
    """
    token = staff_token(data)
    with Client(url) as client:
        found, reply = client.order_for_staff(order_id, token)
    _print(found, reply.body, json=json)


@orders.command(short_help="Edit name, e-mail or note.")
@click.argument("order_id", metavar="ORDER")
@url_option
@data_option
@option("--name", help="The customer's name.")
@option("--email", help="Where mails go.")
@option("--note", help="The note.")
@option("--remove", multiple=True, type=click.Choice(sorted(_REMOVABLE)), help="What is to be left out. Repeatable.")
@_reason_option
@json_option
def edit(
    order_id: str, url: str, data: Path, remove: tuple[str, ...], reason: str | None, json: bool, **given: str | None
) -> None:
    """Edit an ORDER that is not delivered yet. It is refused if somebody else changes it at the same moment.

    \b
    Example:
      ordermill orders edit ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b --note "Ring twice" --reason "She called"
    """
    patch: dict[str, Any] = {_REMOVABLE[name]: text for name, text in given.items() if text is not None}
    if both := sorted({_REMOVABLE[name] for name in remove} & patch.keys()):
        raise click.UsageError(f"{both[0]} is both given and removed.")
    patch |= {_REMOVABLE[name]: None for name in remove}
    if not patch:
        raise click.UsageError("Give --name, --email or --note, or --remove one of them.")
    token = staff_token(data)
    with Client(url) as client:
        _, read = client.order_for_staff(order_id, token)
        found, reply = client.edit(order_id, patch, read.headers.get("etag", ""), reason, token)
    _print(found, reply.body, json=json)


@orders.command(short_help="Say that they are on their way.")
@_ids()
@url_option
@data_option
@option("--carrier", help="Who carries them.")
@option("--tracking-number", help="The carrier's number.")
@_reason_option
@json_option
@click.pass_context
def ship(ctx: click.Context, /, carrier: str | None, tracking_number: str | None, **asked: Any) -> None:
    """Say that processed ORDERs are on their way; their customers are told.

    \b
    Example:
      ordermill orders ship ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b --carrier UPS --tracking-number 1Z999
    """
    _act(ctx, "ship", carrier=carrier, trackingNumber=tracking_number, **asked)


@orders.command(short_help="Say that they have arrived.")
@_ids()
@url_option
@data_option
@_reason_option
@json_option
@click.pass_context
def deliver(ctx: click.Context, /, **asked: Any) -> None:
    """Say that shipped ORDERs have arrived; their customers are told.

    \b
    Example:
      ordermill orders deliver ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b
    """
    _act(ctx, "deliver", **asked)


@orders.command(short_help="Cancel them; what was paid goes back.")
@_ids()
@url_option
@data_option
@_reason_option
@json_option
@click.pass_context
def cancel(ctx: click.Context, /, **asked: Any) -> None:
    """Cancel ORDERs that are not shipped yet: their stock goes back, and what was paid for them.

    \b
    Example:
      ordermill orders cancel ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b --reason "Out of print"
    """
    _act(ctx, "cancel", **asked)


@orders.command(short_help="Have failed ones tried again.")
@_ids()
@url_option
@data_option
@_reason_option
@json_option
@click.pass_context
def retry(ctx: click.Context, /, **asked: Any) -> None:
    """Have failed ORDERs processed again, once the refunds of their last attempts are settled.

    \b
    Example:
      ordermill orders retry ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b --reason "The gateway is back"
    """
    _act(ctx, "retry", **asked)


@orders.command(short_help="Delete them; the archive keeps them.")
@_ids()
@url_option
@data_option
@_reason_option
@json_option
@click.pass_context
def delete(ctx: click.Context, /, **asked: Any) -> None:
    """Delete ORDERs that are not on their way: cancelled and refunded first if need be, then in the archive alone.

    \b
    Example:
      ordermill orders delete ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b --reason "A test"
    """
    _act(ctx, "delete", **asked)


for _command in (ship, deliver, cancel, retry, delete):
    _command.help = (_command.help or "") + _EXITS


def _act(
    ctx: click.Context, action: str, *, ids: Sequence[str], url: str, data: Path, json: bool, **members: str | None
) -> None:
    """Ask for it, and show what came of each; exit code 1 where one was refused."""
    if len(ids) > ORDERS_MAX:
        raise click.UsageError(f"At most {ORDERS_MAX} orders at once.")
    body = {"orderIds": list(ids), "action": action, **{name: text for name, text in members.items() if text}}
    token = staff_token(data)
    with Client(url, timeout=60) as client:
        found, reply = client.act(body, token)
    if json:
        print_body(reply.body)
    for result in found.results:
        if result.problem is not None:
            click.echo(f"{clean(result.order_id)}: " + "\n".join(told_lines(result.problem)), err=True)
        elif not json:
            click.echo(f"{clean(result.order_id)}: done")
    if any(result.problem is not None for result in found.results):
        ctx.exit(1)


def _print(order: OrderDetail, body: bytes, *, json: bool) -> None:
    if json:
        print_body(body)
        return
    click.echo(
        f"{clean(order.order_id)}  {coloured(clean(order.status))}  {clean(order.total)} {clean(order.currency)}"
    )
    for line in order.items:
        click.echo(f"  {line.quantity} x {clean(line.product or line.sku or '?')}  {clean(line.line_total)}")
    for label, text in _facts(order):
        if text:
            click.echo(f"{label.ljust(16)} {clean(text)}")
    for entry in order.history:
        click.echo(_entry(entry))


def _facts(order: OrderDetail) -> list[tuple[str, str | None]]:
    facts = [("Customer", order.customer_name), ("E-mail", order.email), ("Note", order.note)]
    if order.shipment is not None:
        facts += [("Carrier", order.shipment.carrier), ("Tracking number", order.shipment.tracking_number)]
    return [*facts, ("Reason", ", ".join(filter(None, (order.reason, order.reason_detail))))]


def _entry(entry: Entry) -> str:
    changed = f"  changed {clean(', '.join(entry.changed))}" if entry.changed else ""
    reason = f"  {clean(entry.reason)}" if entry.reason else ""
    return f"  {clean(entry.at)}  {coloured(clean(entry.status), _STATUS_WIDTH)}  {clean(entry.by)}{changed}{reason}"
