"""Flags that several commands share."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import click

DEFAULT_URL = "http://127.0.0.1:8420"

option = partial(click.option, show_default=True, show_envvar=True)
"""`click.option` whose help shows the default and the variable."""


def _http_url(ctx: click.Context, param: click.Parameter, value: str) -> str:
    try:
        parts = urlsplit(value)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or not value.isprintable():
        raise click.BadParameter(f"{value!r} is not an address such as {DEFAULT_URL}", ctx, param)
    return value.rstrip("/")


url_option = option(
    "--url",
    envvar="ORDERMILL_URL",
    default=DEFAULT_URL,
    callback=_http_url,
    help="Where Ordermill answers.",
)

data_option = option(
    "--data",
    envvar="ORDERMILL_DATA",
    type=click.Path(path_type=Path),
    default="./ordermill-data",
    help="The server's data directory.",
)

json_option = option("--json", is_flag=True, show_default=False, help="Print JSON, for machines.")
