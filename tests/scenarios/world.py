"""The system as a user meets it, over HTTP: places orders, breaks things, and reads what became of them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

import httpx2

Json = dict[str, Any]
T = TypeVar("T")

PRICE = Decimal("9.99")
_skus = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Placed:
    """An order of one row of the table, and the product that it takes from."""

    order_id: str
    token: str
    sku: str
    quantity: int

    @property
    def total(self) -> Decimal:
        """What it costs."""
        return PRICE * self.quantity


class World:
    """One running system; `client` is of its API, `staff` the headers of staff."""

    look_s: ClassVar = 0.02
    """How long between two looks."""
    slower: ClassVar = 1
    """Times as long as is said may things take."""
    shows_executions: ClassVar = True
    """Whether there are routes that show each step."""

    def __init__(self, client: httpx2.Client, staff: Mapping[str, str]) -> None:
        self._client, self._staff = client, dict(staff)

    def product(self, stock: int) -> str:
        """A product of its own, with so many pieces; its sku."""
        sku = f"SCENE-{next(_skus)}"
        text = f"sku,name,price,currency,stock\n{sku},Thing {sku},{PRICE},USD,{stock}\n"
        headers = {**self._staff, "Content-Type": "text/csv"}
        self._expect(200, self._client.put("/catalogue", content=text, headers=headers))
        return sku

    def products(self) -> Json:
        """The catalogue, as anybody sees it."""
        return dict(self._client.get("/products").json())

    def stock(self, sku: str) -> int:
        """How many pieces are left."""
        (found,) = [product for product in self.products()["products"] if product["sku"] == sku]
        left: int = found["stock"]
        return left

    def post(
        self, sku: str, *, quantity: int = 2, token: str = "tok_approve", key: str | None = None
    ) -> httpx2.Response:
        """POST /orders, whatever it answers."""
        body = {
            "items": [{"sku": sku, "quantity": quantity}],
            "email": "ada@example.org",
            "customerName": "Ada",
            "paymentToken": token,
        }
        return self._client.post("/orders", json=body, headers={} if key is None else {"Idempotency-Key": key})

    def place(self, sku: str, *, quantity: int = 2, token: str = "tok_approve", key: str | None = None) -> Placed:
        """An accepted order."""
        answer = self.post(sku, quantity=quantity, token=token, key=key)
        self._expect(202, answer)
        body = answer.json()
        return Placed(body["orderId"], body["orderToken"], sku, quantity)

    def order(self, placed: Placed) -> Json:
        """The order as staff see it; while there is no record, only its status, None."""
        answer = self._client.get(f"/orders/{placed.order_id}", headers=self._staff)
        if answer.status_code == 404:
            return {"status": None}
        self._expect(200, answer)
        return dict(answer.json())

    def cancel(self, placed: Placed) -> httpx2.Response:
        """The holder cancels, whatever that answers."""
        return self._client.post(
            f"/orders/{placed.order_id}/cancel",
            json={"reason": "changed my mind"},
            headers={"Order-Token": placed.token},
        )

    def act(self, placed: Placed, action: str) -> httpx2.Response:
        """Staff act, whatever that answers."""
        body = {"action": action, "reason": "the scene asks for it"}
        return self._client.post(f"/orders/{placed.order_id}/actions", json=body, headers=self._staff)

    def delete(self, placed: Placed) -> httpx2.Response:
        """Staff delete the order, whatever that answers."""
        reason = {"reason": "the scene asks for it"}
        return self._client.delete(f"/orders/{placed.order_id}", params=reason, headers=self._staff)

    def archived(self, placed: Placed) -> Json:
        """The order as its archive has it; before there is one, only its status, None."""
        answer = self._client.get(f"/archive/{placed.order_id}", headers=self._staff)
        if answer.status_code == 404:
            return {"status": None}
        self._expect(200, answer)
        return dict(answer.json())

    def edit(self, placed: Placed, **patch: Any) -> httpx2.Response:
        """Staff edit the order as they have read it, whatever that answers."""
        read = self._client.get(f"/orders/{placed.order_id}", headers=self._staff)
        headers = {**self._staff, "If-Match": read.headers.get("etag", '"0"')}
        return self._client.patch(f"/orders/{placed.order_id}", json=patch, headers=headers)

    def faults(self, rules: Mapping[str, Json] | None = None) -> None:
        """Break these and nothing else; nothing at all without any."""
        self._expect(200, self._client.put("/faults", json=dict(rules or {}), headers=self._staff))

    def mended(self) -> bool:
        """Nothing is broken any more."""
        self.faults()
        return True

    def ledger(self, placed: Placed) -> list[Json]:
        """What the gateway says of the order."""
        answer = self._client.get("/payments", params={"orderId": placed.order_id}, headers=self._staff)
        payments: list[Json] = answer.json()["payments"]
        return payments

    def mails(self, placed: Placed) -> list[Json]:
        """The mails about the order, oldest first."""
        answer = self._client.get("/mails", params={"orderId": placed.order_id}, headers=self._staff)
        return list(reversed(answer.json()["mails"]))

    def alerts(self) -> list[Json]:
        """The alerts, newest first; one entry stands for all of its function, reason and minute."""
        found: list[Json] = self._client.get("/alerts", params={"limit": "200"}, headers=self._staff).json()["alerts"]
        return found

    def told(self) -> int:
        """How many alerts there were."""
        return sum(alert["count"] for alert in self.alerts())

    def letters(self, placed: Placed) -> list[Json]:
        """The open dead letters of the order."""
        answer = self._client.get("/dead-letters", params={"limit": "200"}, headers=self._staff)
        return [letter for letter in answer.json()["deadLetters"] if letter["orderId"] == placed.order_id]

    def redrive(self, letters: Sequence[Json]) -> Json:
        """Send these dead letters on."""
        body = {"ids": [letter["id"] for letter in letters]}
        answer = self._client.post("/dead-letters/redrive", json=body, headers=self._staff)
        self._expect(200, answer)
        return dict(answer.json())

    def execution(self, placed: Placed) -> Json:
        """Each step of the order."""
        answer = self._client.get(f"/orders/{placed.order_id}/execution", headers=self._staff)
        self._expect(200, answer)
        return dict(answer.json())

    def intake(self, execution_id: str) -> Json:
        """How an order was taken in, or not."""
        answer = self._client.get(f"/executions/{execution_id}", headers=self._staff)
        self._expect(200, answer)
        return dict(answer.json())

    def until_status(self, placed: Placed, *statuses: str, within_s: float = 15) -> Json:
        """The order, once it has one of these statuses."""
        return self.until(
            lambda: order if (order := self.order(placed))["status"] in statuses else None,
            f"{placed.order_id} becomes {' or '.join(statuses)}",
            within_s,
        )

    def until_quiet(self, within_s: float = 15) -> None:
        """Until nothing waits anywhere, at several looks: a message on its way between two places may be missed."""
        self.until(lambda: all(self._quiet() for _ in range(4)), "nothing waits any more", within_s)

    def until(self, look: Callable[[], T | None], what: str, within_s: float = 15) -> T:
        """What `look` finds. Raises AssertionError if it finds nothing in time."""
        within_s *= self.slower
        by = time.monotonic() + within_s
        while not (seen := self._seen(look)):
            if time.monotonic() > by:
                raise AssertionError(f"not within {within_s} s: {what}")
            time.sleep(self.look_s)
        return seen

    @staticmethod
    def _seen(look: Callable[[], T | None]) -> T | None:
        """What `look` finds; nothing while the server is being started again."""
        try:
            return look()
        except httpx2.TransportError:
            return None

    def _quiet(self) -> bool:
        waiting = self._client.get("/queues", headers=self._staff).json()
        # What is to come of alerts may take a minute: they are grouped.
        queues = [queue for queue in waiting["queues"] if queue["queue"] != "alert-queue"]
        counts = [queue[name] for queue in queues for name in ("depth", "inFlight", "delayed")]
        counts += [stream[name] for stream in waiting["streams"] for name in ("behind", "inFlight", "parked")]
        return not any(counts)

    @staticmethod
    def _expect(status: int, answer: httpx2.Response) -> None:
        assert answer.status_code == status, f"{answer.request.method} {answer.request.url}: {answer.text}"
