"""What a million orders cost on AWS: what each pipeline asks of AWS for an order, counted, times prices.

The functions run in a deployment in this process; each of their calls is counted in the units that AWS bills. An order
is placed, paid, processed, announced and confirmed by a stored mail. `quiet`: each order comes alone. `busy`: all at
once, so that queues are read in tens.
"""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal, get_args

import click

from benchmarks.aws_meter import Metered
from ordermill.entrypoints.aws_lambda.telemetry import set_up
from ordermill.topology.loader import load
from tests.cloud.resources import REGION

Load = Literal["quiet", "busy"]

PRICED: Final = "us-east-1, list prices as of 2025, beyond what is free, in US dollars"
PRICES: Final = {
    "API Gateway requests": 1.00e-6,
    "CloudFront requests": 1.00e-6,
    "Lambda requests": 0.20e-6,
    "Lambda GB-s (arm64)": 13.3334e-6,
    "Step Functions requests": 1.00e-6,
    "Step Functions GB-s": 16.67e-6,
    "DynamoDB write units": 0.625e-6,
    "DynamoDB read units": 0.125e-6,
    "SQS requests": 0.40e-6,
    "SNS requests": 0.50e-6,
    "S3 writes": 5.00e-6,
    "Log GB": 0.50,
}
"""Unit to the price of one. Lambda's streams are read for nothing, SNS delivers to SQS for nothing."""

MILLION: Final = 1_000_000


def counted(pipeline: str, load_: Load, orders: int) -> dict[str, float]:
    """Unit to how many of it one order takes. Needs moto's mock around it."""
    stack = Metered(pipeline)
    body = {"items": [{"product": "Widget", "quantity": 2, "unitPrice": "9.99"}], "email": "ada@example.org"}
    # What the first one needs, such as secrets, others do not.
    _place(stack, body)
    stack.settle()
    stack.forget()
    with _logged() as lines:
        for _ in range(orders):
            _place(stack, body)
            if load_ == "quiet":
                stack.settle()
        stack.settle()
    stack.count("Log GB", len(lines.getvalue()) / 1e9)
    return {unit: stack.units.get(unit, 0.0) / orders for unit in PRICES}


@contextmanager
def _logged() -> Iterator[io.StringIO]:
    """What a Lambda's log has of the body."""
    root, lines = logging.getLogger(), io.StringIO()
    handlers, level = list(root.handlers), root.level
    root.handlers[:] = [logging.StreamHandler(lines)]
    try:
        set_up()
        yield lines
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def _place(stack: Metered, body: object) -> None:
    answer = stack.request("POST", "/orders", body)
    assert answer.status == 202, answer.body


def costs(units: dict[str, float]) -> dict[str, float]:
    """Unit to what a million orders cost of it, where one takes so many."""
    return {unit: number * PRICES[unit] * MILLION for unit, number in units.items()}


@click.command()
@click.option("--orders", default=50, show_default=True, help="How many are placed for each figure.")
def main(orders: int) -> None:
    """Count, and print tables in Markdown."""
    from moto import mock_aws

    os.environ.update(
        AWS_ACCESS_KEY_ID="none",
        AWS_SECRET_ACCESS_KEY="none",
        AWS_DEFAULT_REGION=REGION,
        AWS_ACCOUNT_ID_ENDPOINT_MODE="disabled",
    )
    columns = [(pipeline, load_) for pipeline in load().pipelines for load_ in get_args(Load)]
    units = {}
    for column in columns:
        with mock_aws():
            units[column] = counted(*column, orders)
    paid = {column: costs(found) for column, found in units.items()}
    head = "".join(f" {pipeline}, {load_} |" for pipeline, load_ in columns)
    click.echo(f"| of one order |{head}\n|---|{'---:|' * len(columns)}")
    for unit in PRICES:
        click.echo(f"| {unit} |" + "".join(f" {units[column][unit]:.3g} |" for column in columns))
    click.echo(f"\n{PRICED}:\n\n| of a million |{head}\n|---|{'---:|' * len(columns)}")
    for unit in PRICES:
        click.echo(f"| {unit} |" + "".join(f" {paid[column][unit]:.2f} |" for column in columns))
    click.echo("| together |" + "".join(f" {sum(paid[column].values()):.2f} |" for column in columns))


if __name__ == "__main__":
    main()
