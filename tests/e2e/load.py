"""Clients that place orders until they are told to stop, and remember what they sent and what they were answered."""

from __future__ import annotations

import http.client
import json
import random
import threading
from contextlib import suppress
from dataclasses import dataclass, field

from tests.e2e.server import Json

NO_ANSWER = (429, 503)


@dataclass
class Sent:
    """What the clients did: each key's body, the order id of each key that was answered, and what was unexpected."""

    bodies: dict[str, Json] = field(default_factory=dict)
    accepted: dict[str, str] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)

    @property
    def unanswered(self) -> set[str]:
        """The keys that were sent and never answered."""
        return self.bodies.keys() - self.accepted.keys()


class Load:
    """`clients` threads that place orders at `port`; use as a context manager."""

    def __init__(self, port: int, seed: int, *, clients: int = 4) -> None:
        self.sent = Sent()
        self._port, self._stopped = port, threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(random.Random(f"{seed}/{number}"), f"client-{number}"))
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
            self.sent.bodies[key] = _body(rng, key)
            while not (answered := self._place(connection, key)) and rng.random() < 0.7 and not self._stopped.is_set():
                self._stopped.wait(rng.uniform(0.01, 0.1))
            self._stopped.wait(rng.uniform(0, 0.008) if answered else 0.05)
        connection.close()

    def _place(self, connection: http.client.HTTPConnection, key: str) -> bool:
        """Send the order once: whether it was answered."""
        try:
            status, answer = place(connection, key, self.sent.bodies[key])
        except (OSError, http.client.HTTPException):
            connection.close()
            return False
        if status in NO_ANSWER:
            return False
        known = self.sent.accepted.get(key)
        if status != 202 or (known is not None and known != answer["orderId"]):
            self.sent.unexpected.append(f"{key}: {status} {answer}, before {known}")
            return True
        self.sent.accepted[key] = answer["orderId"]
        return True


def place(connection: http.client.HTTPConnection, key: str, body: Json) -> tuple[int, Json]:
    """POST the order under the key. Raises OSError, HTTPException where no answer comes."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    try:
        connection.request("POST", "/orders", json.dumps(body), headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    except BaseException:
        with suppress(OSError):
            connection.close()
        raise


def _body(rng: random.Random, key: str) -> Json:
    lines = [
        {
            "product": f"Thing {rng.randrange(1000)}",
            "quantity": rng.randint(1, 9),
            "unitPrice": f"{rng.randint(1, 99)}.50",
        }
        for _ in range(rng.randint(1, 3))
    ]
    return {"customerName": key, "email": f"{key}@example.org", "note": "ü" * rng.randrange(1, 200), "items": lines}
