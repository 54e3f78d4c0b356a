"""`ordermill demo`: places a mix of orders and holds what happens against what should."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import click

from ordermill.entrypoints.cli.client import Client
from ordermill.entrypoints.cli.demo_plan import FEWEST, plan
from ordermill.entrypoints.cli.demo_run import Outcome, run
from ordermill.entrypoints.cli.follow import Pace
from ordermill.entrypoints.cli.options import json_option, option, url_option
from ordermill.entrypoints.cli.render import clean, print_json, table


@click.command(short_help="Place twenty orders, a few bad on purpose.")
@url_option
@option("--orders", type=click.IntRange(FEWEST, 1000), default=20, help="How many.")
@option("--timeout", type=click.FloatRange(min=0), default=30.0, help="How many seconds an order may take.")
@json_option
@click.pass_context
def demo(ctx: click.Context, url: str, orders: int, timeout: float, json: bool) -> None:
    """Place twenty real orders side by side: two invalid, one declined, one with a flaky payment gateway, one sent
    twice under one idempotency key, the rest fine. Every figure shown is measured.

    \b
    Example:
      ordermill demo --orders 100

    \b
    Exit codes:
      0  every order ended as expected
      1  some did not
      2  wrong usage
      3  no server there; start one with: ordermill up
      4  the server refused to list its products
    """
    pace = ctx.obj or Pace()
    with Client(url) as client:
        cases = plan(orders, client.products()[0].products)
        start, outcomes = pace.now(), []
        for outcome in run(client, cases, pace, timeout):
            outcomes.append(outcome)
            if not json:
                _show(len(outcomes), outcome)
        took = pace.now() - start
    if json:
        print_json(_document(outcomes, took))
    else:
        _summarise(outcomes, took)
    if not all(outcome.as_expected for outcome in outcomes):
        ctx.exit(1)


def _show(number: int, outcome: Outcome) -> None:
    mark = click.style("ok", fg="green") if outcome.as_expected else click.style("!!", fg="red")
    money = f"{outcome.total} {outcome.currency}" if outcome.total else ""
    line = f"{outcome.seconds:8.3f} s  {outcome.order_id or '-':40}  {outcome.seen:26} {money:>13}  {outcome.kind}"
    click.echo(f"{number:4} {mark} {clean(line)}")


def _summarise(outcomes: Sequence[Outcome], took: float) -> None:
    rows = []
    for kind, expected in dict.fromkeys((outcome.kind, outcome.expected) for outcome in outcomes):
        seen = Counter(outcome.seen for outcome in outcomes if outcome.kind == kind)
        verdict = "yes" if set(seen) == {expected} else "NO"
        rows.append(
            (kind, str(seen.total()), expected, ", ".join(f"{n} x {what}" for what, n in seen.items()), verdict)
        )
    click.echo()
    table(("case", "requests", "expected", "seen", "as expected"), rows, right=(1,))
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    click.echo()
    click.echo(
        f"{len(outcomes)} requests, {sum(outcome.as_expected for outcome in outcomes)} as expected, in {took:.3f} s;"
        f" the slowest took {slowest.seconds:.3f} s ({slowest.kind})"
    )


def _document(outcomes: Sequence[Outcome], took: float) -> dict[str, Any]:
    return {
        "ok": all(outcome.as_expected for outcome in outcomes),
        "seconds": round(took, 3),
        "requests": [
            {
                "kind": outcome.kind,
                "expected": outcome.expected,
                "seen": outcome.seen,
                "asExpected": outcome.as_expected,
                "orderId": outcome.order_id,
                "total": outcome.total,
                "currency": outcome.currency,
                "seconds": round(outcome.seconds, 3),
            }
            for outcome in outcomes
        ],
    }
