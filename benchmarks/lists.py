"""How fast orders are listed and exported when there are many: `python -m benchmarks.lists --orders 1000000`."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import accumulate, islice
from pathlib import Path
from random import Random
from typing import Any, Final

import click
import httpx2
from rich.console import Console
from rich.table import Table

from benchmarks.processes import ordermill
from ordermill.adapters.local.store import LocalStore
from ordermill.domain.order import Line, Order, OrderDraft, Reason, Status, Step, advance, place
from ordermill.domain.times import rfc3339

CUSTOMERS: Final = 10_000
PAGE: Final = 50
DEEP: Final = 1000
"""How many pages down the deep ones are."""

_TIMES: Final = 60
_BATCH: Final = 4096
_LAST_MS: Final = 1_795_000_000_000
_YEAR_MS: Final = 365 * 86_400_000
_ON_THE_WAY: Final = [Status.CONFIRMED, Status.PAID, Status.PROCESSED, Status.SHIPPED, Status.DELIVERED]
_SHARES: Final[dict[Status, tuple[int, list[Step]]]] = {
    Status.PROCESSED: (600, [Step(status) for status in _ON_THE_WAY[:3]]),
    Status.DELIVERED: (200, [Step(status) for status in _ON_THE_WAY]),
    Status.SHIPPED: (80, [Step(status) for status in _ON_THE_WAY[:4]]),
    Status.REJECTED: (60, [Step(Status.REJECTED, Reason.PAYMENT_DECLINED)]),
    Status.CANCELLED: (40, [Step(Status.CANCELLED)]),
    Status.FAILED: (10, [Step(Status.FAILED, Reason.PAYMENT_ERROR)]),
    Status.PENDING: (6, []),
    Status.CONFIRMED: (2, [Step(Status.CONFIRMED)]),
    Status.PAID: (2, [Step(status) for status in _ON_THE_WAY[:2]]),
}
"""Per thousand, and the way there."""


def run(orders: int) -> dict[str, Any]:
    """Build a file with so many orders in this folder, serve it, and measure.

    `pages` maps what is asked for to milliseconds a request, client included, as p50 and p99; `csv` is the whole
    export: seconds, rows a second, MB a second, and by how many MB the server's memory grew at most.
    """
    with tempfile.TemporaryDirectory(prefix="ordermill-bench-", dir=Path.cwd()) as folder:
        data = Path(folder) / "data"
        data.mkdir()
        began = time.monotonic()
        build(data / "ordermill.db", orders)
        built_s = time.monotonic() - began
        size_mb = (data / "ordermill.db").stat().st_size / 1e6
        with ordermill(data, "stream") as server:
            url = server.url
            token = (data / "staff-token").read_text(encoding="ascii").strip()
            with httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
                pages = {what: _timed(client, query) for what, query in _queries(client, orders)}
                csv = _export(client, data)
    return {"orders": orders, "built_s": built_s, "file_mb": size_mb, "pages": pages, "csv": csv}


def build(path: Path, orders: int) -> None:
    """A store with so many orders, placed evenly over a year by 10,000 customers, as the store itself writes them."""
    store, made = LocalStore(path), _orders(orders)
    store.connection.execute("PRAGMA synchronous = OFF")
    store.connection.execute("PRAGMA cache_size = -524288")
    for _ in range(0, orders, _BATCH):
        store.begin()
        for order in islice(made, _BATCH):
            store.tables.orders.insert(order.order_id, order)
        store.commit()
    store.close()


def _orders(count: int) -> Iterator[Order]:
    random, statuses = Random(1), list(_SHARES)
    weights = list(accumulate(share for share, _ in _SHARES.values()))
    for number in range(count):
        at = _LAST_MS - _YEAR_MS + number * _YEAR_MS // count
        customer = random.randrange(CUSTOMERS)
        lines = tuple(
            Line(f"Product {random.randrange(500)}", None, random.randint(1, 5), 999) for _ in range(1 + customer % 3)
        )
        draft = OrderDraft(
            f"Customer {customer}",
            None if customer % 10 == 0 else f"c{customer}",
            f"Customer.{customer}@example.org",
            None,
            None,
            lines,
            "USD",
            sum(line.total for line in lines),
            "tok_approve",
        )
        name = f"{at:012x}"
        order_id = f"ord_{name[:8]}-{name[8:]}-7{random.getrandbits(12):03x}-8000-{number:012x}"
        steps = _SHARES[random.choices(statuses, cum_weights=weights)[0]][1]
        yield advance(place(draft, order_id=order_id, at=at, by="create_order"), steps, at=at + 40, by="process_order")


def _queries(client: httpx2.Client, orders: int) -> Iterator[tuple[str, dict[str, str]]]:
    """What is asked for, and its query."""
    middle = _LAST_MS - _YEAR_MS // 2
    day = {"from": rfc3339(middle), "to": rfc3339(middle + 86_400_000)}
    processed, page = {"status": "PROCESSED"}, str(min(DEEP, orders // PAGE))
    yield "the first page", {}
    yield f"page {page}", _deep(client, {}, int(page))
    yield "the first page of 200", {"limit": "200"}
    yield "a common status (60%)", processed
    yield f"a common status, page {page}", _deep(client, processed, int(page))
    yield "a rare status (0.2%)", {"status": "PAID"}
    yield "a customer by id", {"customer": "c4711"}
    yield "a customer by e-mail", {"customer": "customer.4711@EXAMPLE.org"}
    yield "a day half a year ago", day
    yield "a rare status in that day", {"status": "PAID", **day}
    yield "a customer in that half year", {"customer": "c4711", "from": day["from"]}


def _deep(client: httpx2.Client, query: dict[str, str], page: int) -> dict[str, str]:
    """The query of a page far down, reached by its cursors."""
    cursor: str | None = None
    for _ in range(page - 1):
        following = client.get("/orders", params=_with(query, cursor)).raise_for_status().json()["nextCursor"]
        if following is None:
            break
        cursor = following
    return _with(query, cursor)


def _with(query: dict[str, str], cursor: str | None) -> dict[str, str]:
    return query if cursor is None else {**query, "cursor": cursor}


def _timed(client: httpx2.Client, query: dict[str, str]) -> dict[str, float]:
    took = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        answer = client.get("/orders", params=query).raise_for_status()
        took.append(1000 * (time.perf_counter() - began))
    cuts = statistics.quantiles(took, n=100)
    return {"orders": len(answer.json()["orders"]), "p50_ms": cuts[49], "p99_ms": cuts[98]}


def _export(client: httpx2.Client, data: Path) -> dict[str, float]:
    before = most = _rss_mb(data)
    began, rows, size = time.monotonic(), 0, 0
    with client.stream("GET", "/orders.csv") as answer:
        answer.raise_for_status()
        for number, chunk in enumerate(answer.iter_bytes(1 << 20)):
            rows, size = rows + chunk.count(b"\n"), size + len(chunk)
            if number % 4 == 0:
                most = max(most, _rss_mb(data))
    took = time.monotonic() - began
    return {
        "seconds": took,
        "rows": rows - 1,
        "rows_per_s": (rows - 1) / took,
        "mb_per_s": size / 1e6 / took,
        "rss_before_mb": before,
        "rss_growth_mb": most - before,
    }


def _rss_mb(data: Path) -> float:
    """The server's resident memory."""
    pid = json.loads((data / "ordermill.db.lock").read_text(encoding="ascii"))["pid"]
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) * 1024 / 1e6


@click.command()
@click.option("--orders", default=1_000_000, show_default=True, help="How many there are.")
def main(orders: int) -> None:
    """Measure lists and the CSV export over many orders."""
    figures = run(orders)
    table = Table(title=f"{orders:,} orders, {figures['file_mb']:,.0f} MB, built in {figures['built_s']:.0f} s")
    for heading in (f"GET /orders, {PAGE} a page", "orders", "p50 ms", "p99 ms"):
        table.add_column(heading, justify="right" if heading.endswith(("ms", "orders")) else "left")
    for what, page in figures["pages"].items():
        table.add_row(what, f"{page['orders']:.0f}", f"{page['p50_ms']:.2f}", f"{page['p99_ms']:.2f}")
    Console(width=max(100, Console().width)).print(table)
    csv = figures["csv"]
    click.echo(
        f"GET /orders.csv: {csv['rows']:,.0f} rows in {csv['seconds']:.1f} s, {csv['rows_per_s']:,.0f} rows/s,"
        f" {csv['mb_per_s']:.1f} MB/s; memory {csv['rss_before_mb']:.0f} MB, grew by {csv['rss_growth_mb']:.1f} MB"
    )


if __name__ == "__main__":
    main()
