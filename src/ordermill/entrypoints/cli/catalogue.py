"""`ordermill catalogue`: shows and imports the products."""

from __future__ import annotations

import csv as csv_format
import io
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import click

from ordermill.entrypoints.cli.answers import Product
from ordermill.entrypoints.cli.client import Client, staff_token
from ordermill.entrypoints.cli.group import Group
from ordermill.entrypoints.cli.options import data_option, json_option, option, url_option
from ordermill.entrypoints.cli.render import print_body, table

COLUMNS = ("sku", "name", "price", "currency", "stock")


@click.group(cls=Group)
def catalogue() -> None:
    """Show the catalogue, or import one from CSV.

    \b
    Example, to edit it:
      ordermill catalogue show --csv > catalogue.csv
      ordermill catalogue import catalogue.csv
    """


@catalogue.command(short_help="List the products.")
@url_option
@option("--csv", is_flag=True, show_default=False, help="Print CSV, as `catalogue import` takes it.")
@json_option
def show(url: str, csv: bool, json: bool) -> None:
    """List the products with price and stock.

    \b
    Example:
      ordermill catalogue show --csv > catalogue.csv
    """
    if csv and json:
        raise click.UsageError("--csv and --json exclude each other.")
    with Client(url) as client:
        found, reply = client.products()
    if json:
        print_body(reply.body)
    elif csv:
        click.echo(_csv(found.products), nl=False)
    else:
        rows = [_row(product, uncounted="uncounted") for product in found.products]
        table(COLUMNS, rows, right=(2, 4))


@catalogue.command("import", short_help="Import products from CSV.")
@click.argument("file", type=click.File("rb"))
@url_option
@data_option
def import_(file: BinaryIO, url: str, data: Path) -> None:
    """Add or update products from a CSV FILE (- is stdin) with the columns sku,name,price,currency,stock.

    Products are matched by sku; an empty stock is uncounted. Either all rows are imported or, with every wrong cell
    shown, none. Needs the staff token: ORDERMILL_STAFF_TOKEN, else the file staff-token in the data directory.

    \b
    Example:
      ordermill catalogue import catalogue.csv
    """
    token = staff_token(data)
    text = file.read()
    with Client(url) as client:
        count = client.import_catalogue(text, token)
    click.echo(f"{count} {'product' if count == 1 else 'products'} imported")


def _row(product: Product, *, uncounted: str) -> tuple[str, ...]:
    stock = uncounted if product.stock is None else str(product.stock)
    return product.sku, product.name, product.price, product.currency, stock


def _csv(products: Sequence[Product]) -> str:
    out = io.StringIO()
    writer = csv_format.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(product, uncounted="") for product in products)
    return out.getvalue()
