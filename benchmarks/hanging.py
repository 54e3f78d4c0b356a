"""How long placing an order takes while what follows hangs: a server with a fault and one without, in one run."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from contextlib import ExitStack, closing
from statistics import median, quantiles
from time import perf_counter
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import msgspec

from benchmarks.processes import Unmeasured
from benchmarks.stats import Spread, spread

Faults = Mapping[str, Mapping[str, Any]]

BODY: Final = json.dumps({"customerName": "Ada", "email": "ada@example.org", "product": "Laptop", "quantity": 1})
HANGS: Final = {"mode": "delay", "delayMs": 5000}
HANGING: Final[Mapping[str, Faults]] = {
    "nothing": {},
    "process_order": {"process_order": HANGS},
    "mail": {"mail": HANGS},
}
"""By what hangs for five seconds at each call."""


class Slower(msgspec.Struct, frozen=True):
    """The 95th percentiles of both servers' rounds in milliseconds, and the ratio of their medians."""

    waiting: Spread
    plain: Spread

    @property
    def ratio(self) -> float:
        """More than 1: the server for which something hangs answers later."""
        return median(self.waiting.rounds) / median(self.plain.rounds)


def set_faults(url: str, token: str, faults: Faults) -> None:
    """Set these and no others. Raises Unmeasured where they are refused."""
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx2.put(f"{url}/faults", json=faults, headers=headers, timeout=10, trust_env=False)
    if answer.status_code != 200:
        raise Unmeasured(f"the faults were refused: {answer.text}")


def slower(waiting: str, plain: str, *, rounds: int, orders: int, patience_s: float = 60) -> Slower:
    """Place so many orders a round at each of two addresses, one after another.

    Raises Unmeasured, TimeoutError where one takes longer than `patience_s`.
    """
    found: tuple[list[float], list[float]] = ([], [])
    with ExitStack() as stack:
        clients = [stack.enter_context(closing(_client(url, patience_s))) for url in (waiting, plain)]
        for number in range(rounds):
            for which in (0, 1) if number % 2 == 0 else (1, 0):
                took = [_place(clients[which]) for _ in range(orders)]
                found[which].append(quantiles(took, n=20)[-1])
    return Slower(spread(found[0]), spread(found[1]))


def _client(url: str, timeout_s: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    assert parts.hostname is not None
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout_s)


def _place(client: http.client.HTTPConnection) -> float:
    """How many milliseconds the answer took."""
    began = perf_counter()
    client.request("POST", "/orders", BODY, {"Content-Type": "application/json"})
    answer = client.getresponse()
    body = answer.read()
    took_ms = (perf_counter() - began) * 1000
    if answer.status != 202:
        raise Unmeasured(f"an order was answered with {answer.status}: {body!r}")
    return took_ms
