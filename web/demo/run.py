"""Makes the recording that the static demo plays: a real server, real orders, real failures and their mending.

`python web/demo/run.py FILE` starts a server of its own in a temporary folder, with mails as files and the mock
gateway, records it with `ordermill record`, and leaves the recording in FILE.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

from ordermill.adapters.local.data_dir import STAFF_FILE
from ordermill.entrypoints.cli.answers import Placed, Product
from ordermill.entrypoints.cli.client import Client
from ordermill.entrypoints.cli.failures import Refused, Unreachable
from ordermill.runtime.faults import RuleState

ORDERMILL: Final = (sys.executable, "-m", "ordermill.entrypoints.cli")
START_S: Final = 30.0
SETTLE_S: Final = 30.0
SPEED: Final = {"ORDERMILL_RETRY_BASE_MS": "150", "ORDERMILL_LOG_LEVEL": "critical"}
"""What fails is tried again a little sooner than by default: nobody watches a demo for minutes."""
GIVEN_UP: Final = 24
"""So many orders are placed while process_order is broken."""
NAMES: Final = ("Ada", "Grace", "Hedy", "Katherine", "Mary", "Radia")


class Run:
    """What is done to the server while it is recorded, step by step."""

    def __init__(self, client: Client, token: str) -> None:
        self._client, self._token = client, token
        self._headers = {"Authorization": f"Bearer {token}"}
        self._products = [each for each in client.products()[0].products if each.stock is None or each.stock > 50]
        self._numbers = count()

    def play(self) -> None:
        """All of it; a minute at most."""
        done = self.orders(10, every_s=0.35)
        self.refused(2)
        self.orders(2, every_s=0.3, payment="tok_decline")
        self.orders(2, every_s=0.3, payment="tok_flaky")
        done += self.burst(120)
        self.settle(2.0)
        self.faults(process_order=RuleState("fail"))
        self.orders(4, every_s=0.4)
        self.burst(GIVEN_UP - 4)
        self.settle(SETTLE_S, self.all_given_up)
        self.faults(mail=RuleState("delay", delay_ms=2500))
        self.redrive()
        self.settle(2.0)
        done += self.orders(6, every_s=0.3)
        self.settle(SETTLE_S, lambda: self.waiting() == 0)
        self.faults()
        self.act("ship", done[:6])
        self.act("cancel", done[6:9])
        self.delete(done[9:13])
        self.orders(4, every_s=0.5)
        self.settle(4.0)

    def orders(self, number: int, *, every_s: float, payment: str = "tok_approve") -> list[Placed]:
        """Place so many, one after the other."""
        found = []
        for _ in range(number):
            found.append(self._client.place(self.body(payment))[0])
            time.sleep(every_s)
        return found

    def burst(self, number: int) -> list[Placed]:
        """So many at once."""
        with ThreadPoolExecutor(8) as pool:
            return [placed for placed, _ in pool.map(self._client.place, [self.body() for _ in range(number)])]

    def refused(self, number: int) -> None:
        """So many that are no orders."""
        for _ in range(number):
            try:
                self._client.place({**self.body(), "items": []})
            except Refused as refused:
                if refused.status != 422:
                    raise
            time.sleep(0.3)

    def faults(self, **rules: RuleState) -> None:
        """These, and no others."""
        self._client.put_faults(rules, self._token)

    def redrive(self) -> None:
        """Send on everything that was given up."""
        self._client.redrive({"all": True}, self._token)

    def act(self, action: str, orders: list[Placed]) -> None:
        """Do something to these orders; refusals are part of life."""
        self._client.act({"orderIds": [each.order_id for each in orders], "action": action}, self._token)

    def delete(self, orders: list[Placed]) -> None:
        for order in orders:
            self._client.send("DELETE", f"/orders/{order.order_id}", headers=self._headers)
            time.sleep(0.3)

    def settle(self, within_s: float, done: Callable[[], bool] = lambda: False) -> None:
        """Let it work for so long, or until it is `done`."""
        until = time.monotonic() + within_s
        while time.monotonic() < until and not done():
            time.sleep(0.2)

    def all_given_up(self) -> bool:
        """Whether every order that process_order cannot take is a dead letter."""
        return self.queues("dead") >= GIVEN_UP

    def waiting(self) -> int:
        """How many messages wait, back off or are worked on."""
        return self.queues("depth", "delayed", "inFlight")

    def queues(self, *counts: str) -> int:
        """The sum of these counts over all queues. Asking leaves no hop, so the recording has none of it."""
        found: dict[str, Any] = self._client.send("GET", "/queues", headers=self._headers).read(dict[str, Any])
        return sum(each[name] for each in found["queues"] for name in counts)

    def body(self, payment: str = "tok_approve") -> dict[str, Any]:
        """One more order's."""
        number = next(self._numbers)
        product: Product = self._products[number % len(self._products)]
        name = NAMES[number % len(NAMES)]
        return {
            "customerName": name,
            "email": f"{name.lower()}@example.org",
            "currency": product.currency,
            "paymentToken": payment,
            "items": [{"sku": product.sku, "quantity": 1 + number % 3}],
        }


@contextmanager
def server(data: Path) -> Iterator[str]:
    """A server of its own; where it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: text for name, text in os.environ.items() if not name.startswith("ORDERMILL_")}
    command = [*ORDERMILL, "up", "--data", str(data), "--port", str(port)]
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, env={**kept, **SPEED}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        with Client(url) as client:
            until = time.monotonic() + START_S
            while not _answers(client):
                if process.poll() is not None or time.monotonic() > until:
                    raise SystemExit("the server for the recording did not start")
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def _answers(client: Client) -> bool:
    try:
        client.send("GET", "/health")
    except (Unreachable, Refused):
        return False
    return True


def main(output: Path) -> None:
    """The command."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ordermill-demo-") as folder, server(Path(folder) / "data") as url:
        token = (Path(folder) / "data" / STAFF_FILE).read_text(encoding="ascii").strip()
        environment = {**os.environ, "ORDERMILL_STAFF_TOKEN": token}
        beside = output.with_name(f"{output.name}.{secrets.token_hex(4)}")
        command = [*ORDERMILL, "record", "--url", url, "--for", "600", "--output", str(beside)]
        recorder = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)  # noqa: S603 - the same
        try:
            # It says that it begins; a moment later it is there.
            assert recorder.stderr is not None
            recorder.stderr.readline()
            time.sleep(2)
            with Client(url, timeout=30) as client:
                Run(client, token).play()
        finally:
            recorder.send_signal(2)
            recorder.wait()
        os.replace(beside, output)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
