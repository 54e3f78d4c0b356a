"""Whether a server that has something to wait for answers as fast as one that has not: in turn, in one run."""

from __future__ import annotations

import http.client
import json
from statistics import median, quantiles
from time import perf_counter
from typing import Final

from tests.e2e.server import Json, Server

BODY: Final[Json] = {"customerName": "Ada", "email": "ada@example.org", "product": "Laptop", "quantity": 1}


def set_faults(server: Server, faults: Json) -> None:
    """Set these and no others. Raises AssertionError where they are refused."""
    with server.client() as client:
        answer = client.put("/faults", json=faults, headers=server.staff)
        assert answer.status_code == 200, answer.text


class Poster:
    """One client that places one order after another, over one connection."""

    def __init__(self, server: Server) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        self.orders: list[Json] = []

    def p95_ms(self, count: int) -> float:
        """The 95th percentile of so many answers."""
        return quantiles([self._place() for _ in range(count)], n=20)[-1]

    def _place(self) -> float:
        began = perf_counter()
        self._connection.request("POST", "/orders", json.dumps(BODY), {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        body = answer.read()
        took_ms = (perf_counter() - began) * 1000
        assert answer.status == 202, body
        self.orders.append(json.loads(body))
        return took_ms

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def slower(waiting: Server, plain: Server, *, rounds: int, count: int) -> float:
    """By how much the answers of `waiting` come later: the ratio of the medians of the rounds' 95th percentiles."""
    posters = [Poster(waiting), Poster(plain)]
    found: list[list[float]] = [[], []]
    for number in range(rounds):
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            found[which].append(posters[which].p95_ms(count))
    for poster in posters:
        poster.close()
    return median(found[0]) / median(found[1])
