"""The messages that functions take: requests from outside and messages between functions."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

import msgspec

from ordermill.domain.json_body import parsed
from ordermill.domain.order import Order, Status
from ordermill.domain.order_list import OrderFilter


class PlaceOrder(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """POST /orders: the parsed body as `parse_json` gives it, the header's key if any, and who sends it.

    `subject` scopes idempotency: the signed-in caller, or "anonymous". `text` is the body as it was sent.
    """

    body: Any
    header_key: str | None = None
    subject: str = "anonymous"
    text: str = ""


class IntakeRequest(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """The input of workflow `order-intake`, and of its functions: a request, and the id that its order is to have.

    `body` is the JSON text as it was sent, the rest as in PlaceOrder.
    """

    order_id: str
    body: str
    header_key: str | None = None
    subject: str = "anonymous"

    def request(self) -> PlaceOrder:
        """The request. Raises what `parse_json` does."""
        return PlaceOrder(parsed(self.body), self.header_key, self.subject, self.body)


class Accepted(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """What workflow `order-intake` gives: of the order that was stored, what its caller is told.

    `total` in minor units of `currency`, `created_at` in epoch milliseconds; `replayed` if it was there before.
    """

    order_id: str
    attempt: int
    status: Status
    total: int
    currency: str
    created_at: int
    replayed: bool


def execution_id(order_id: str) -> str:
    """The id of the execution that makes the order: the same UUID."""
    return f"exec_{order_id.removeprefix('ord_')}"


class StartExecution(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """Start a workflow: under this id, which names nobody, with this input, which is plain JSON."""

    execution_id: str
    input: dict[str, Any]


class ExecutionOutcome(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """How an execution ended: with its output, or with an error's name and its cause."""

    execution_id: str
    status: Literal["SUCCEEDED", "FAILED", "TIMED_OUT"]
    output: Any = None
    error: str | None = None
    cause: str | None = None


OrderT = TypeVar("OrderT", bound=Order | Accepted, covariant=True)


class Placed(msgspec.Struct, Generic[OrderT], frozen=True, gc=False):
    """The answer to PlaceOrder: the order as it stands now, its holder's token, and whether it was there."""

    order: OrderT
    token: str
    replayed: bool


class GetOrder(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """GET /orders/{orderId}."""

    order_id: str


class GetOrders(msgspec.Struct, frozen=True):
    """GET /orders: at most `limit` orders, from the position `after` of the page before, or the newest."""

    filter: OrderFilter
    limit: int
    after: str | None = None


class GetProducts(msgspec.Struct, frozen=True, gc=False):
    """GET /products."""


class UpdateCatalogue(msgspec.Struct, frozen=True, gc=False):
    """PUT /catalogue: the CSV text, columns `sku,name,price,currency,stock`."""

    text: str


class ProcessOrder(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """Drive one attempt of an order to completion. `order` is the order itself where no record was made of it yet."""

    order_id: str
    attempt: int
    order: Order | None = None


class SendMail(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """One mail to one customer about one event; `mail_id` is the same at every repeat."""

    mail_id: str
    order_id: str
    event: str
    to: str | None
    subject: str
    text: str
