"""A whole local system for tests: its host, blocking ports, and a handle to place orders and look at the files."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from ordermill.adapters.local.smtp_server import SmtpServer
from ordermill.adapters.local.stores import LocalOrders
from ordermill.bootstrap.local import Deadlines, LocalSystem, for_local
from ordermill.domain.commands import GetMails, GetOrder, Placed, PlaceOrder, SendMail, UpdateCatalogue
from ordermill.domain.errors import NotFound
from ordermill.domain.json_body import read_json
from ordermill.domain.mail import MailRecord
from ordermill.domain.order import Order
from ordermill.domain.order_list import OrderFilter, OrderPage
from ordermill.ports.ambient import Clock, Settings
from ordermill.ports.hops import Hop, HopSink
from ordermill.ports.services import Charge, ChargeResult
from ordermill.ports.stores import Claim, MailPage
from ordermill.runtime.cycle import Answer
from ordermill.runtime.guard import Guard
from ordermill.runtime.inbox import Intake
from ordermill.topology.model import DEFAULT_PIPELINE, Topology
from ordermill.topology.views import routes

FINAL = frozenset({"PROCESSED", "REJECTED", "FAILED", "CANCELLED"})


class FutureHost:
    """Resolves futures; notes the exit status instead of ending the process."""

    def __init__(self) -> None:
        self.ended: list[int] = []
        self.before_answers: Callable[[Sequence[Answer]], None] = lambda _: None

    def deliver(self, answers: Sequence[Answer]) -> None:
        self.before_answers(answers)
        for reply, result, error in answers:
            reply(result, error)

    def end(self, status: int) -> None:
        self.ended.append(status)


class BlockingPayments:
    """Approves, but not before `release` is set; counts the charges under each key."""

    def __init__(self, *held: str) -> None:
        self.entered, self.release = threading.Event(), threading.Event()
        self.charges: Counter[str] = Counter()
        self._held = held

    def charge(self, charge: Charge) -> ChargeResult:
        self.charges[charge.key] += 1
        if not self._held or charge.token in self._held:
            self.entered.set()
            self.release.wait(20)
        return ChargeResult("approved", charge.amount)

    def void(self, key: str) -> int:
        return 0


class FailingMailer:
    """Fails as often as it is told to; counts the tries for each mail."""

    def __init__(self, failures: int) -> None:
        self._failures = failures
        self.tries: Counter[str] = Counter()

    def send(self, mail: SendMail) -> None:
        self.tries[mail.mail_id] += 1
        if self.tries[mail.mail_id] <= self._failures:
            raise OSError("the mail server is away")


class PassedOn:
    """Port `orders`: what is asked of it, `inner` is asked, which is set once there is a store."""

    inner: LocalOrders

    def read(self, order_id: str) -> Order | None:
        return self.inner.read(order_id)

    def list(self, filter_: OrderFilter, limit: int, after: str | None = None) -> OrderPage:
        return self.inner.list(filter_, limit, after)

    def oldest(self, filter_: OrderFilter, limit: int, after: str | None = None) -> OrderPage:
        return self.inner.oldest(filter_, limit, after)

    def create(self, order: Order, claim: Claim | None = None, **parts: Any) -> None:
        self.inner.create(order, claim, **parts)

    def update(self, order: Order, *, expect: int, **parts: Any) -> None:
        self.inner.update(order, expect=expect, **parts)

    def forget(self, order_id: str, *, expect: int) -> None:
        self.inner.forget(order_id, expect=expect)


class SettableClock:
    """The real time plus what the test adds."""

    def __init__(self) -> None:
        self.ahead_ms = 0

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self.ahead_ms


class Noted:
    """Keeps every hop."""

    def __init__(self) -> None:
        self.hops: list[Hop] = []

    def take(self, hops: Sequence[Hop]) -> None:
        self.hops += hops

    def of(self, edge: str) -> list[Hop]:
        return [hop for hop in self.hops if hop.edge == edge]


def request(body: Any, key: str | None = None) -> PlaceOrder:
    """A request to place an order, as it comes from HTTP."""
    text = read_json(json.dumps(body).encode())
    return PlaceOrder(text.value, key, text=text)


def widgets(quantity: int = 2, token: str = "tok_approve", **members: Any) -> dict[str, Any]:
    """A body for POST /orders, of a product that the catalogue doesn't count."""
    items = [{"product": "Widget", "quantity": quantity, "unitPrice": "9.99"}]
    return {"items": items, "paymentToken": token, "email": "ada@example.org", **members}


def of_sku(sku: str, quantity: int = 1, token: str = "tok_approve") -> dict[str, Any]:
    """The same of a product in the catalogue."""
    return {"items": [{"sku": sku, "quantity": quantity}], "paymentToken": token}


class Mill:
    """One system and what a test asks of it; `close` ends it cleanly."""

    def __init__(self, system: LocalSystem, host: FutureHost, data: Path) -> None:
        self.system, self.host, self.data = system, host, data

    def submit(self, body: Any, key: str | None = None, function: str | None = None) -> Future[Any]:
        """Put a request, an order's unless another function is named; the future has its answer."""
        message = request(body, key) if function is None else body
        return self.send(message, function or self.intake)

    @property
    def intake(self) -> str:
        """The function that takes orders in."""
        return next(
            route.function
            for route in routes(self.system.topology, self.system.pipeline)
            if route.function is not None and (route.method, route.path) == ("POST", "/orders")
        )

    def send(self, message: Any, function: str) -> Future[Any]:
        """Put a request as it is."""
        future: Future[Any] = Future()

        def reply(result: Any, error: BaseException | None) -> None:
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

        self.system.engine.inbox.put(Intake(self.system.writers[function], message, reply))
        return future

    def place(self, body: Any, key: str | None = None) -> Placed[Any]:
        """Place one order and wait for the answer, or raise what came instead."""
        placed: Placed[Any] = self.submit(body, key).result(10)
        return placed

    def stock(self, csv: str) -> None:
        """Import catalogue lines (`sku,name,price,currency,stock`)."""
        text = "sku,name,price,currency,stock\n" + csv
        self.submit(UpdateCatalogue(text), function="update_catalogue").result(10)

    def order(self, order_id: str) -> Order:
        """The order as committed."""
        order: Order = self.system.readers["get_order_by_id"](GetOrder(order_id))
        return order

    def finished(self, order_id: str) -> Order:
        """The order once it has a final status."""
        self.settle(lambda: self.status(order_id) in FINAL)
        return self.order(order_id)

    def status(self, order_id: str) -> str | None:
        """Where the order stands, None before there is a record of it."""
        try:
            return self.order(order_id).status
        except NotFound:
            return None

    def settle(self, condition: Callable[[], bool], within_s: float = 10) -> None:
        """Wait until `condition` holds; fails after `within_s`."""
        until = time.monotonic() + within_s
        while not condition():
            if time.monotonic() > until:
                raise AssertionError(f"did not come about within {within_s} s; {self.state()}")
            time.sleep(0.005)

    def quiet(self) -> bool:
        """Whether nothing is queued, parked, or under way."""
        state = self.state()
        return not (state["messages"] or state["stream_parked"] or state["behind"])

    def state(self) -> dict[str, int]:
        """How much waits where, in the file; at one moment, as what leaves one place appears in the next."""
        tables = ("orders", "messages", "stream_parked", "dead_letters", "dead_messages", "changes", "events")
        counts = [f"(SELECT count(*) FROM {table})" for table in tables]
        last = "(SELECT coalesce(max(seq), 0) FROM changes)"
        counts.append(f"(SELECT count(*) FROM stream_positions WHERE checkpoint < max(claimed_to, {last}))")
        (found,) = self.rows(f"SELECT {', '.join(counts)}")
        return dict(zip((*tables, "behind"), found, strict=True))

    def rows(self, sql: str, *parameters: object) -> list[Any]:
        """What a connection of its own sees: committed data alone."""
        return rows(self.data, sql, *parameters)

    def dead(self) -> list[dict[str, Any]]:
        """The open dead letters, oldest first."""
        return [json.loads(body) for (body,) in self.rows("SELECT body FROM dead_letters WHERE open ORDER BY num")]

    def mails(self) -> list[MailRecord]:
        """The records of mails, newest first."""
        page: MailPage = self.system.readers["get_mails"](GetMails(200))
        return list(page.mails)

    def charges(self, order_id: str) -> list[tuple[str, str]]:
        """Kind and outcome of the gateway's ledger of one order."""
        return [(entry.kind, entry.outcome) for entry in self.system.gateway.payments_of(order_id)]

    def copy_files(self, to: Path) -> Path:
        """What would be on the disk if the process died now; only while the engine is idle."""
        to.mkdir()
        for file in self.data.parent.glob("ordermill.db*"):
            if not file.name.endswith("-shm"):
                shutil.copy(file, to / file.name)
        return to / self.data.name

    def close(self, within_s: float = 5) -> None:
        """Stop cleanly; once only."""
        with suppress(sqlite3.ProgrammingError):
            self.system.close(within_s)


StartMill = Callable[..., Mill]
"""See the fixture `start_mill`."""


def rows(data: Path, sql: str, *parameters: object) -> list[Any]:
    """Run one query on a file, from outside."""
    with closing(sqlite3.connect(data, timeout=5)) as connection:
        return connection.execute(sql, parameters).fetchall()


def open_mill(
    data: Path,
    *,
    settings: Settings | None = None,
    ports: Mapping[str, object] | None = None,
    deadlines: Deadlines | None = None,
    clock: Clock | None = None,
    guard: Callable[[FutureHost], Guard] | None = None,
    sinks: Sequence[HopSink] = (),
    pipeline: str = DEFAULT_PIPELINE,
    topology: Topology | None = None,
    smtp: SmtpServer | None = None,
    faults_allowed: bool = True,
) -> Mill:
    """A system over `data` that is not started yet; failed messages come back fast."""
    host = FutureHost()
    system = for_local(
        data,
        settings or Settings(retry_base_ms=10, payment_timeout_ms=50),
        host,
        ports=ports,
        deadlines=deadlines,
        clock=clock,
        guard=guard(host) if guard else None,
        sinks=sinks,
        pipeline=pipeline,
        topology=topology,
        smtp=smtp,
        faults_allowed=faults_allowed,
    )
    return Mill(system, host, data)
