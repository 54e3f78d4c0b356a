"""Variants of the server, to measure what one choice costs: `python -m benchmarks.server --variant NAME`.

Standard input is that of `ordermill.entrypoints.serve`: the configuration as a line of JSON, then open until the end.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from ordermill.entrypoints.serve import main as serve

VARIANTS: dict[str, Callable[[], int]] = {
    "shipped": serve,
    "asyncio-loop": lambda: serve(loop_factory=lambda: None),
    "unwatched": lambda: serve(watched=False),
}
"""Each serves until it is told to stop, and gives the exit status."""


@click.command()
@click.option("--variant", type=click.Choice(sorted(VARIANTS)), required=True)
def main(variant: str) -> None:
    """Serve the variant."""
    sys.exit(VARIANTS[variant]())


if __name__ == "__main__":
    main()
