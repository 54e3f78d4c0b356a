"""How results look: JSON for machines, plain columns in pipes, colour and rules on a terminal only."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import click

_COLOURS = {
    "PROCESSED": "green",
    "SHIPPED": "green",
    "DELIVERED": "green",
    "REJECTED": "red",
    "FAILED": "red",
    "CANCELLED": "yellow",
    "SUCCEEDED": "green",
    "RUNNING": "yellow",
    "ok": "green",
    "warn": "yellow",
    "fail": "red",
}


def clean(text: str) -> str:
    """`text` without anything that could steer a terminal: unprintable characters become U+FFFD."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def coloured(word: str, width: int = 0) -> str:
    """A status, padded to `width`, in its colour where colours are shown."""
    return click.style(word.ljust(width), fg=_COLOURS.get(word.split(" ")[0]))


def print_json(document: object) -> None:
    """`document` on stdout, as ASCII, so that no locale can break it."""
    click.echo(json.dumps(document, indent=2))


def print_body(body: bytes) -> None:
    """A JSON body from the server on stdout, all members as they were sent."""
    print_json(json.loads(body, parse_float=str))


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
    """A table on stdout; `right` are the columns to align right."""
    cells = [[clean(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _rich_table(head, cells, right)
        return
    widths = [max(len(row[column]) for row in [head, *cells]) for column in range(len(head))]
    for row in [head, *cells]:
        line = "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        click.echo(line.rstrip())


def _rich_table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=SIMPLE_HEAD)
    for column, title in enumerate(head):
        grid.add_column(title, justify="right" if column in right else "left")
    for row in rows:
        grid.add_row(*map(Text, row))
    Console(highlight=False).print(grid)
