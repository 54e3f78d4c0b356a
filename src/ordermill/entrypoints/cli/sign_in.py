"""`ordermill sign-in`: a link that signs a browser in as staff."""

from __future__ import annotations

from pathlib import Path

import click

from ordermill.entrypoints.cli.client import Client, staff_token
from ordermill.entrypoints.cli.options import data_option, json_option, url_option
from ordermill.entrypoints.cli.render import clean, print_body


@click.command(short_help="Print a link that signs a browser in as staff.")
@url_option
@data_option
@json_option
def sign_in(url: str, data: Path, json: bool) -> None:
    """Print a link that signs in the first browser that opens it, within 15 minutes.

    Making one needs the staff token: ORDERMILL_STAFF_TOKEN, else the file staff-token in the data directory.

    \b
    Examples:
      ordermill sign-in
      ordermill sign-in --url https://orders.example.org
    """
    token = staff_token(data)
    with Client(url) as client:
        link, reply = client.sign_in_link(token)
    if json:
        print_body(reply.body)
    else:
        click.echo(clean(link.url))
