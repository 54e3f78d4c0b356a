"""`ordermill load`: offers orders at a fixed rate and tells how the server kept up."""

from __future__ import annotations

import asyncio
import json as json_codec
import secrets
import signal
from pathlib import Path
from typing import Any

import click
import msgspec

from ordermill.entrypoints.cli.client import Client
from ordermill.entrypoints.cli.durations import Duration
from ordermill.entrypoints.cli.failures import Misuse, Unreachable
from ordermill.entrypoints.cli.follow import Pace
from ordermill.entrypoints.cli.group import INTERRUPTED
from ordermill.entrypoints.cli.options import json_option, option, url_option
from ordermill.entrypoints.cli.render import print_json
from ordermill.entrypoints.load.record import Record
from ordermill.entrypoints.load.report import Report, report_of
from ordermill.entrypoints.load.schedule import Schedule

_MOST_ORDERS = 10_000_000
_DURATION = Duration()


@click.command(short_help="Offer orders at a fixed rate, see how it keeps up.")
@url_option
@option("--rate", type=click.FloatRange(min=0.01, max=1_000_000), default=1000.0, help="Orders a second.")
@option("--for", type=_DURATION, default="10s", help="How long: 20s, 2m, 500ms.")
@option("--connections", type=click.IntRange(1, 10_000), default=256, help="How many orders can be under way at once.")
@option("--keys", is_flag=True, show_default=False, help="Give each order an idempotency key of its own.")
@option("--product", default="Laptop", help="What the orders ask for: one of it each.")
@option(
    "--body",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A JSON file with the order to send instead.",
)
@option("--timeout", type=_DURATION, default="10s", help="When to give up waiting for an answer.")
@option("--settle", type=_DURATION, help="Afterwards wait at most so long until the accepted orders are processed.")
@json_option
@click.pass_context
def load(ctx: click.Context, /, url: str, json: bool, **flags: Any) -> None:
    """Offer real orders at a fixed rate, whatever the server does, and report how it kept up.

    Latency counts from when an order was to start, so a server (or a generator) that falls behind shows as latency
    and as a lower achieved rate. Nothing is sent twice. Ctrl-C ends it with the report so far.

    \b
    Example:
      ordermill load --rate 2000 --for 20s --settle 30s

    \b
    Exit codes:
      0  every order was accepted (with --settle: and processed)
      1  some were refused, had no answer, or could not even be sent; or were not processed in time
      2  wrong usage
      3  no server there; start one with: ordermill up
      4  the server does not take orders now
      130  stopped with Ctrl-C
    """
    schedule = Schedule(flags["rate"], flags["for"])
    if schedule.rate * schedule.seconds > _MOST_ORDERS:
        raise click.UsageError(f"at most {_MOST_ORDERS:,} orders in one run; lower --rate or --for")
    body = _body(flags["body"], flags["product"], keyed=flags["keys"])
    _check_open_files(flags["connections"])
    with Client(url, timeout=flags["timeout"]) as client:
        _check_ready(client)
        report, samples = _generate(url, body, schedule, flags, json=json)
        if flags["settle"] and samples and not report.interrupted:
            report = _settled(client, report, samples, ctx.obj or Pace(), flags["settle"])
    if json:
        print_json(msgspec.to_builtins(report))
    else:
        from ordermill.entrypoints.cli.load_report import print_report

        print_report(report)
    ctx.exit(_exit_code(report))


def _settled(client: Client, report: Report, samples: list[bytes], pace: Pace, within_s: float) -> Report:
    """The report, with what became of the sampled orders unless Ctrl-C ends the wait."""
    from ordermill.entrypoints.cli.load_settle import settle

    click.echo(f"waiting until accepted orders are processed, at most {within_s:g} s", err=True)
    try:
        processed = settle(client, samples, report.accepted, pace, within_s)
    except KeyboardInterrupt:
        return msgspec.structs.replace(report, interrupted=True)
    return msgspec.structs.replace(report, processed=processed)


def _exit_code(report: Report) -> int:
    if report.interrupted:
        return INTERRUPTED
    settled = report.processed is None or report.processed.unsettled == 0
    return 0 if report.all_accepted and settled else 1


def _body(file: Path | None, product: str, *, keyed: bool) -> bytes:
    """The order to send. Raises Misuse where the file is no JSON object, or would make the same order over and over."""
    if file is None:
        customer = {"customerName": "Load Test", "email": "load@example.org"}
        return json_codec.dumps({**customer, "product": product, "quantity": 1}).encode()
    try:
        body = file.read_bytes()
        order = json_codec.loads(body)
    except OSError as error:
        raise Misuse(f"{file}: {error.strerror}") from None
    except ValueError as error:
        raise Misuse(f"{file}: not valid JSON: {error}") from None
    if not isinstance(order, dict):
        raise Misuse(f"{file}: an order is a JSON object")
    if order.get("idempotency_key") is not None:
        instead = "remove it: --keys gives each order its own" if keyed else "remove it, or use --keys instead"
        raise Misuse(f"{file}: with this idempotency_key every order would be the same one; {instead}")
    return body


def _check_open_files(connections: int) -> None:
    """Raises Misuse where this process may not open so many connections."""
    try:
        import resource
    except ImportError:
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit != resource.RLIM_INFINITY and connections + 64 > limit:
        raise Misuse(
            f"{connections} connections are too many for this shell's limit of {limit} open files;"
            " raise it with ulimit -n, or lower --connections"
        )


def _check_ready(client: Client) -> None:
    """Raises Unreachable where no Ordermill answers, Refused where it takes no orders now."""
    from ordermill.entrypoints.cli.answers import Health

    client.send("GET", "/health").read(Health)


def _generate(
    url: str, body: bytes, schedule: Schedule, flags: dict[str, Any], *, json: bool
) -> tuple[Report, list[bytes]]:
    """Run it: the report, and answers of accepted orders to follow. Raises Unreachable."""
    from ordermill.entrypoints.cli.load_progress import progress
    from ordermill.entrypoints.load.generator import Generator
    from ordermill.entrypoints.load.target import Target
    from ordermill.entrypoints.loop import new_loop

    record, connections = Record(schedule), min(flags["connections"], schedule.total)
    target = Target(url, body, key_prefix=f"load-{secrets.token_hex(6)}" if flags["keys"] else None)

    async def run() -> Generator:
        loop = asyncio.get_running_loop()

        def begun() -> None:
            # Until now Ctrl-C means that there is nothing to report.
            loop.add_signal_handler(signal.SIGINT, generator.stop)

        with progress(schedule) as show:
            generator = Generator(
                target,
                record,
                connections=connections,
                timeout=flags["timeout"],
                begun=begun,
                observe=lambda at: show(record.sample(at)),
            )
            try:
                await generator.run()
            finally:
                loop.remove_signal_handler(signal.SIGINT)
        return generator

    try:
        with asyncio.Runner(loop_factory=new_loop()) as runner:
            generator = runner.run(run())
    except OSError as error:
        why = str(error) or type(error).__name__
        raise Unreachable(f"{url} stopped listening ({why}).\nStart it with: ordermill up") from None
    report = report_of(
        record, connections=connections, interrupted=generator.interrupted, cpu_share=generator.cpu_share
    )
    return report, record.samples()
