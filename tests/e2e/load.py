"""Clients that place orders until they are told to stop, and remember what they sent and what they were answered."""

from __future__ import annotations

import http.client
import json
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from tests.audit.attempts import Attempt, unanswered
from tests.audit.bodies import any_body, refused_body
from tests.e2e.server import Json

NO_ANSWER = (429, 503)


@dataclass
class Sent:
    """What the clients did, and what was not to be expected."""

    attempts: list[Attempt] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)

    @property
    def accepted(self) -> dict[str, str]:
        """The order id of each key that was answered."""
        attempts = [attempt for attempt in self.attempts.copy() if attempt.outcome == "ok"]
        return {attempt.key: attempt.order_id for attempt in attempts if attempt.key and attempt.order_id}

    @property
    def unanswered(self) -> list[Attempt]:
        """One attempt for each key that was sent and never answered."""
        return unanswered(self.attempts)

    def place(self, connection: http.client.HTTPConnection, body: Json, key: str | None) -> int | None:
        """Send an order and note what came of it; the status, None without an answer."""
        attempt = Attempt(body, key)
        self.attempts.append(attempt)
        try:
            status, answer = place(connection, key, body)
        except (OSError, http.client.HTTPException):
            connection.close()
            return None
        if status == 202:
            attempt.order_id, attempt.token, attempt.outcome = answer["orderId"], answer["orderToken"], "ok"
        elif status not in NO_ANSWER:
            attempt.outcome = "refused"
            if "refused" not in attempt.marker:
                self.unexpected.append(f"{key}: {status} {answer}")
        elif status == 503 and answer["type"] not in ("/problems/storage-unavailable", "/problems/overloaded"):
            self.unexpected.append(f"{key}: {status} {answer}")
        return status

    def replay(self, port: int) -> int:
        """Send whatever was not answered again, and each once more; how many there were."""
        again = self.unanswered
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for attempt in again * 2:
            assert self.place(connection, attempt.body, attempt.key) == 202, attempt
        connection.close()
        return len(again)


class Load:
    """`clients` threads that place orders of every kind at `port`; use as a context manager.

    Half of the orders without an answer are sent again. `make` gives the body for a marker, `name` sets the keys apart
    from those of another load.
    """

    def __init__(
        self,
        port: int,
        seed: int,
        *,
        clients: int = 4,
        name: str = "client",
        sent: Sent | None = None,
        make: Callable[[random.Random, str], Json] = any_body,
    ) -> None:
        self.sent = sent or Sent()
        self._port, self._make, self._stopped = port, make, threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(random.Random(f"{seed}/{number}"), f"{name}-{number}"))
            for number in range(clients)
        ]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _run(self, rng: random.Random, name: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        count = 0
        while not self._stopped.is_set():
            count += 1
            key = f"{name}-{count}"
            if rng.random() < 0.05:
                self.sent.place(connection, refused_body(rng, f"{key}-refused"), key)
            body = self._make(rng, key)
            while not (answered := self._answered(connection, body, key)) and rng.random() < 0.7:
                if self._stopped.wait(rng.uniform(0.01, 0.1)):
                    break
            self._stopped.wait(rng.uniform(0, 0.008) if answered else 0.05)
        connection.close()

    def _answered(self, connection: http.client.HTTPConnection, body: Json, key: str) -> bool:
        return self.sent.place(connection, body, key) not in (None, *NO_ANSWER)


def place(connection: http.client.HTTPConnection, key: str | None, body: Json) -> tuple[int, Json]:
    """POST the order under the key. Raises OSError, HTTPException where no answer comes."""
    headers = {"Content-Type": "application/json"} | ({} if key is None else {"Idempotency-Key": key})
    try:
        connection.request("POST", "/orders", json.dumps(body), headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    except BaseException:
        with suppress(OSError):
            connection.close()
        raise
