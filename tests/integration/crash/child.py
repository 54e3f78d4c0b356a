"""One life of a system: it starts over a directory, takes orders, settles and closes, or dies on the way."""

from __future__ import annotations

import functools
import json
import logging
import os
import random
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec

from ordermill.adapters.local.mail import FileMailer
from ordermill.adapters.local.messaging import LocalQueue
from ordermill.adapters.local.stores import LocalOrders
from ordermill.bootstrap.local import Deadlines, LocalSystem, for_local
from ordermill.domain.commands import CancelOrder, PlaceOrder, ProcessOrder, SendMail
from ordermill.domain.errors import IntakeFailed, OrdermillError, StorageUnavailable
from ordermill.domain.json_body import read_json
from ordermill.ports.ambient import Settings
from ordermill.ports.hops import Hop
from ordermill.runtime.cycle import Answer
from ordermill.runtime.inbox import Intake
from ordermill.runtime.workflow import interpreter
from ordermill.topology.views import routes
from tests.audit.attempts import Json, unanswered
from tests.audit.bodies import any_body, refused_body
from tests.integration.crash import journal
from tests.integration.crash.points import Failpoints

ANSWERED_S: Final = 10
SETTLED_S: Final = 15
_LEFT: Final = (
    "SELECT (SELECT count(*) FROM executions WHERE status = 'RUNNING')"
    " + (SELECT count(*) FROM messages) + (SELECT count(*) FROM stream_parked) + (SELECT count(*)"
    " FROM stream_positions WHERE checkpoint < max(claimed_to, (SELECT coalesce(max(seq), 0) FROM changes)))"
)


class Job(msgspec.Struct, frozen=True):
    """What a life is to do: `orders` new ones and, if `replays`, once more whatever was not answered.

    With `armed`, it dies when that point is passed for the `nth` time, or with `stops` is stopped there. With
    `mail_fails`, a third of the mails fail once; with `intake_fails`, a third of the orders are not stored at the first
    try, and a third not sent.
    """

    data: str
    log: str
    seed: str
    orders: int = 20
    replays: bool = True
    armed: str | None = None
    nth: int = 1
    mail_fails: bool = False
    visibility_s: int | None = None
    stops: bool = False
    pipeline: str = "stream"
    intake_fails: bool = False


class Client:
    """The engine's host and its only client: what an answer says is noted the moment it comes."""

    def __init__(self, log: int) -> None:
        self._log = log
        self.ended = threading.Event()

    def deliver(self, answers: Sequence[Answer]) -> None:
        """Half of the answers, and the rest."""
        half = len(answers) // 2
        for reply, result, error in answers[:half]:
            reply(result, error)
        self.half_answered()
        for reply, result, error in answers[half:]:
            reply(result, error)

    def half_answered(self) -> None:
        """A moment with a name."""

    def end(self, status: int) -> None:
        """As the server does."""
        os._exit(status)

    def note(self, **line: Any) -> None:
        """One line that outlives this process."""
        os.write(self._log, json.dumps(line).encode() + b"\n")


class Load:
    """Places orders of every kind in bursts, and notes each attempt before it is made; cancels some of them."""

    def __init__(self, system: LocalSystem, client: Client, rng: random.Random, run: int) -> None:
        self._system, self._client, self._rng, self._run = system, client, rng, run
        self._first = self._count = self._waiting = 0
        self._answered = threading.Semaphore(0)
        self._taken: list[str] = []
        table = routes(system.topology, system.pipeline)
        self._intake = next(each.function or "" for each in table if (each.method, each.path) == ("POST", "/orders"))

    def replay(self, path: Path) -> None:
        """What is unknown, and some of what is known, under the same keys."""
        before = journal.read(path).attempts
        again = unanswered(before)
        known = [attempt for attempt in before if attempt.outcome == "ok" and attempt.key is not None]
        for attempt in again + self._rng.sample(known, min(3, len(known))):
            self._send(attempt.body, attempt.key)
        self._wait()

    def place(self, orders: int) -> None:
        """So many, in bursts, not each of which waits for the one before."""
        self._first = self._count
        while self._count < self._first + orders:
            for _ in range(self._rng.randint(1, 12)):
                self._any()
            if self._rng.random() < 0.7:
                self._wait()
        self._wait()

    def cancel(self, most: int) -> None:
        """Some of this run's orders, wherever they are by then."""
        for order_id in self._rng.sample(self._taken, min(most, len(self._taken))):
            self._waiting += 1
            message = CancelOrder(order_id, "staff", "not wanted")
            system = self._system
            system.engine.inbox.put(Intake(system.writers["cancel_order"], message, self._cancelled(order_id)))
        self._wait()

    def _cancelled(self, order_id: str) -> Callable[[Any, BaseException | None], None]:
        def reply(_: Any, error: BaseException | None) -> None:
            if error is None:
                self._client.note(cancelled=order_id)
            elif not isinstance(error, OrdermillError):
                self._client.note(unexpected=f"cancelling {order_id}: {error!r}")
            self._answered.release()

        return reply

    def _any(self) -> None:
        rng, marker = self._rng, f"r{self._run}-{self._count}"
        body = any_body(rng, marker)
        if self._count == self._first:
            # In every life a message is given up.
            body["paymentToken"] = "tok_error"
        kind = rng.random()
        if kind < 0.08 and self._count > self._first:
            self._send(refused_body(rng, marker), marker if rng.random() < 0.5 else None)
        elif kind < 0.4:
            self._send(body, None)
        elif kind < 0.9:
            self._send(body, marker)
        elif kind < 0.95:
            self._send(body, marker)
            self._send(body, marker)
        else:
            self._send(body, marker)
            self._send(any_body(rng, f"{marker}-other"), marker)

    def _send(self, body: Json, key: str | None) -> None:
        number = f"{self._run}/{self._count}"
        self._count += 1
        self._waiting += 1
        self._client.note(sent=number, key=key, body=body)
        system = self._system
        text = read_json(json.dumps(body).encode())
        message = PlaceOrder(text.value, key, text=text)
        system.engine.inbox.put(Intake(system.writers[self._intake], message, self._reply(number)))

    def _reply(self, number: str) -> Callable[[Any, BaseException | None], None]:
        def reply(placed: Any, error: BaseException | None) -> None:
            if error is None:
                self._client.note(ok=number, orderId=placed.order.order_id, token=placed.token)
                self._taken.append(placed.order.order_id)
            elif isinstance(error, StorageUnavailable | IntakeFailed):
                self._client.note(unavailable=number)
            elif isinstance(error, OrdermillError):
                self._client.note(refused=number, error=repr(error))
            else:
                self._client.note(unexpected=f"{number}: {error!r}")
            self._answered.release()

        return reply

    def _wait(self) -> None:
        for _ in range(self._waiting):
            if not self._answered.acquire(timeout=ANSWERED_S):
                raise TimeoutError("an order was not answered")
        self._waiting = 0


class Failures:
    """Logs the hops that went wrong."""

    def take(self, hops: Sequence[Hop]) -> None:
        """See `HopSink`."""
        for hop in hops:
            if hop.outcome != "ok":
                logging.warning("%s %s: %s", hop.edge, hop.outcome, hop.detail)


def live(job: Job) -> None:
    """One life; returns if nothing ends it."""
    log = os.open(job.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    points = Failpoints(job.armed, job.nth, log, stops=job.stops)
    points.install()
    if job.mail_fails:
        _fail_some_mail()
    if job.intake_fails:
        _fail_some_intakes()
    client, rng = Client(log), random.Random(job.seed)
    data = Path(job.data) / "ordermill.db"
    run = journal.read(Path(job.log)).runs
    client.note(run=run)
    settings, deadlines = Settings(retry_base_ms=1, payment_timeout_ms=20), Deadlines(visibility_s=job.visibility_s)
    system = for_local(data, settings, client, deadlines=deadlines, sinks=[Failures()], pipeline=job.pipeline)
    # The write-ahead log goes back into the file often, at moments that a point can fall on.
    system.store.connection.execute(f"PRAGMA wal_autocheckpoint = {rng.choice((2, 8, 1000))}")
    system.start()
    load = Load(system, client, rng, run)
    if job.replays:
        load.replay(Path(job.log))
    load.place(job.orders)
    load.cancel(2)
    _settle(data)
    load.cancel(4)
    _settle(data)
    system.close()
    client.note(passed=dict(points.passed))


def _settle(data: Path) -> None:
    tick = threading.Event()
    with closing(sqlite3.connect(data, timeout=5)) as db:
        for _ in range(SETTLED_S * 200):
            if db.execute(_LEFT).fetchone() == (0,):
                return
            tick.wait(0.005)
    raise TimeoutError("something is left to do")


def _fail_some_intakes() -> None:
    """A third of the orders cannot be stored at the first try, another third not be sent; they are tried again soon.

    Those of an earlier life had their failure: two would be more than the machine tries again.
    """
    began_ms = time.time_ns() // 1_000_000

    def new(order_id: str) -> bool:
        return int(order_id[4:].replace("-", "")[:12], 16) >= began_ms

    def failing(really: Callable[..., Any], of: Callable[[Any], str | None], remainder: int) -> Callable[..., Any]:
        tried = set[str | None]()

        @functools.wraps(really)
        def call(self: Any, first: Any, *rest: Any, **named: Any) -> Any:
            order_id = of(first)
            due = order_id is not None and zlib.crc32(order_id.encode()) % 3 == remainder and new(order_id)
            if due and order_id not in tried:
                tried.add(order_id)
                raise OSError("the table is away")
            return really(self, first, *rest, **named)

        return call

    def sent(messages: Sequence[Any]) -> str | None:
        return messages[0].order_id if messages and isinstance(messages[0], ProcessOrder) else None

    LocalOrders.create = failing(LocalOrders.create, lambda order: order.order_id, 0)  # type: ignore[method-assign]
    LocalQueue.send = failing(LocalQueue.send, sent, 1)  # type: ignore[method-assign]
    interpreter.delay_ms = lambda *_: 5  # type: ignore[attr-defined]


def _fail_some_mail() -> None:
    """A third of the mails fail at their first try."""
    really, tried = FileMailer.send, set[str]()

    def send(self: FileMailer, mail: SendMail) -> None:
        if zlib.crc32(mail.mail_id.encode()) % 3 == 0 and mail.mail_id not in tried:
            tried.add(mail.mail_id)
            raise OSError("the mail server is away")
        really(self, mail)

    FileMailer.send = send  # type: ignore[method-assign]
