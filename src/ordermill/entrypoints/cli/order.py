"""`ordermill order`: places one order and shows each step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from ordermill.entrypoints.cli.answers import Entry, OrderSeen, Placed
from ordermill.entrypoints.cli.client import Client
from ordermill.entrypoints.cli.failures import Failure, Misuse
from ordermill.entrypoints.cli.follow import DONE, ENDED, Pace, follow
from ordermill.entrypoints.cli.options import json_option, option, url_option
from ordermill.entrypoints.cli.render import clean, coloured, print_body

_STATUS_WIDTH = len("CONFIRMED")


def idempotency_key(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """The flag's value, if it can be a key. Raises BadParameter."""
    if value is not None and not (1 <= len(value) <= 255 and all("!" <= char <= "~" for char in value)):
        raise click.BadParameter("1 to 255 visible ASCII characters", ctx, param)
    return value


@click.command(short_help="Place one order and watch each step.")
@url_option
@option("--product", default="Laptop", help="A product of the catalogue, or any other with --price.")
@option("--quantity", type=int, default=1, help="How many.")
@option("--price", metavar="DECIMAL", help="The price of one, for a product that the catalogue does not have.")
@option("--name", help="The customer's name.")
@option("--email", help="Where the confirmation goes.")
@option("--currency", metavar="CODE", help="Such as EUR; the server's default is USD.")
@option("--note", help="A note to the order.")
@option("--description", help="What is wanted, in words; a picture is judged by it.")
@option("--image", type=click.Path(path_type=Path), metavar="FILE", help="A picture of it: PNG, JPEG or WebP.")
@option("--confirm-mismatch", is_flag=True, show_default=False, help="Order although the picture shows something else.")
@option("--payment-token", default="tok_approve", help="How the payment goes: tok_approve, tok_decline, tok_flaky, …")
@option("--key", callback=idempotency_key, help="An idempotency key: the same key and order again is the same order.")
@option("--no-wait", is_flag=True, show_default=False, help="Do not follow the order once it is accepted.")
@option("--timeout", type=click.FloatRange(min=0), default=10.0, help="How many seconds to follow it.")
@json_option
@click.pass_context
def order(
    ctx: click.Context, /, url: str, no_wait: bool, timeout: float, json: bool, key: str | None, **what: Any
) -> None:
    """Place one real order and show each step as it happens.

    \b
    Example:
      ordermill order --product Mug --quantity 3 --email ada@example.org
      ordermill order --product Mug --image mug.jpg

    \b
    Exit codes:
      0  the order was processed (with --no-wait: accepted)
      1  it ended otherwise, or not in time
      2  wrong usage
      3  no server there; start one with: ordermill up
      4  the server refused the request
    """
    pace = ctx.obj or Pace()
    with Client(url) as client:
        body = _body(what)
        if what["image"] is not None:
            body["imageId"] = _upload(client, what["image"], what["description"] or what["product"], quiet=json)
        placed, reply = client.place(body, key)
        if not json:
            _show_placed(placed, replayed=reply.headers.get("idempotent-replayed") == "true")
        if no_wait:
            if json:
                print_body(reply.body)
            return
        steps = _Steps(quiet=json)
        seen = follow(client, placed, pace, timeout, steps.show)
    if seen is None:
        raise Failure(f"{placed.order_id} was accepted, but there was nothing to see of it within {timeout:g} s.")
    if json:
        print_body(seen[1].body)
    _conclude(ctx, seen[0], timeout, quiet=json)


def _body(what: Mapping[str, Any]) -> dict[str, Any]:
    line = {"product": what["product"], "quantity": what["quantity"], "unitPrice": what["price"]}
    body = {
        "customerName": what["name"],
        "email": what["email"],
        "currency": what["currency"],
        "note": what["note"],
        "description": what["description"],
        "confirmMismatch": what["confirm_mismatch"] or None,
        "paymentToken": what["payment_token"],
        "items": [{member: value for member, value in line.items() if value is not None}],
    }
    return {member: value for member, value in body.items() if value is not None}


def _upload(client: Client, file: Path, text: str, *, quiet: bool) -> str:
    """Upload the picture and show what is said of it; its id. Raises Misuse where there is no such file."""
    try:
        picture = file.read_bytes()
    except OSError as error:
        raise Misuse(f"{file} cannot be read: {error.strerror}") from error
    image = client.upload(picture, text)
    if not quiet:
        click.echo(f"{clean(image.image_id)}  {coloured(clean(image.verdict))}")
    if image.warning:
        click.echo(clean(image.warning), err=True)
    return image.image_id


def _show_placed(placed: Placed, *, replayed: bool) -> None:
    click.echo(f"{clean(placed.order_id)}  {clean(placed.total)} {clean(placed.currency)}")
    if replayed:
        click.echo("This key was used before: it is the same order, not another one.", err=True)


class _Steps:
    """Prints history entries with their time and how long after the first one they came."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet, self._start = quiet, ""

    def show(self, entry: Entry) -> None:
        self._start = self._start or entry.at
        if not self._quiet:
            after = f"+{_seconds(self._start, entry.at):.3f} s".rjust(11)
            reason = f"  {clean(entry.reason)}" if entry.reason else ""
            status = coloured(clean(entry.status), _STATUS_WIDTH)
            changed = f"  changed {clean(', '.join(entry.changed))}" if entry.changed else ""
            click.echo(f"  {clean(entry.at)[11:]} {after}  {status}  {clean(entry.by)}{changed}{reason}")


def _conclude(ctx: click.Context, order: OrderSeen, timeout: float, *, quiet: bool) -> None:
    money = f"{clean(order.total)} {clean(order.currency)}"
    if order.status not in ENDED:
        raise Failure(f"{order.order_id} is still {clean(order.status)} after {timeout:g} s.")
    if not quiet:
        words = [f"{coloured(order.status)}: {money}"]
        if order.status in DONE and order.history:
            words.append(f"{_seconds(order.history[0].at, order.history[-1].at):.3f} s after it came in")
        words += [clean(text) for text in (order.reason, order.reason_detail) if text]
        click.echo(", ".join(words))
    if order.status not in DONE:
        ctx.exit(1)


def _seconds(start: str, end: str) -> float:
    try:
        return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
    except (ValueError, TypeError):
        return 0.0
