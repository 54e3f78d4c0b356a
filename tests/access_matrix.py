"""Who may call which route: the decision, written down once for each, beside the topology that must agree with it.

A route that is missing here fails `tests/unit/entrypoints/test_access.py`: add its row, and mean it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from ordermill.topology.model import Access

PIXEL: Final = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
"""A picture, as base64."""

OK: Final = "ok"
"""Served: with anything but a refusal."""

Outcome = Literal["ok", 401, 403]


class Row(NamedTuple):
    """What comes of a request to one route.

    `nobody` sends no token. Of order tokens, `holder` sends that of the order in the path (any order's where the path
    has none), `another` that of another order, `forged` one that nobody was given. `guesser` sends a wrong staff token.
    """

    access: Access
    nobody: Outcome
    holder: Outcome
    another: Outcome
    forged: Outcome
    staff: Outcome
    guesser: Outcome


class Ask(NamedTuple):
    """A request that is served to whoever may send it; `{orderId}` stands for the order's id.

    `served` are its answers that are no success and no refusal of the caller either: where the order stands decides.
    `missing`: what its path names is not there, so that 404 is how it is served.
    """

    query: str = ""
    media: str = ""
    body: str = ""
    served: tuple[int, ...] = ()
    missing: bool = False
    headers: Mapping[str, str] = {}


#                                         access    nobody holder another forged staff guesser
ROWS: Final[dict[str, Row]] = {
    "GET /": Row("anyone", OK, 401, 401, 401, OK, 401),
    "GET /assets/{name}": Row("anyone", OK, 401, 401, 401, OK, 401),
    "GET /docs": Row("anyone", OK, 401, 401, 401, OK, 401),
    "DELETE /orders/{orderId}": Row("staff", 401, 403, 401, 401, OK, 401),
    "POST /erasures": Row("staff", 401, 401, 401, 401, OK, 401),
    "GET /archive": Row("staff", 401, 401, 401, 401, OK, 401),
    "GET /archive/{orderId}": Row("staff", 401, 403, 401, 401, OK, 401),
    "GET /dead-letters": Row("staff", 401, 401, 401, 401, OK, 401),
    "GET /health": Row("anyone", OK, 401, 401, 401, OK, 401),
    "GET /openapi.json": Row("anyone", OK, 401, 401, 401, OK, 401),
    "GET /orders/{orderId}": Row("anyone", OK, OK, 401, 401, OK, 401),
    "GET /orders/{orderId}/execution": Row("staff", 401, 403, 401, 401, OK, 401),
    "GET /orders/{orderId}/history": Row("holder", 401, OK, 401, 401, OK, 401),
    "POST /orders/{orderId}/cancel": Row("holder", 401, OK, 401, 401, OK, 401),
    "POST /orders/{orderId}/actions": Row("staff", 401, 403, 401, 401, OK, 401),
    "PATCH /orders/{orderId}": Row("staff", 401, 403, 401, 401, OK, 401),
    "POST /orders/actions": Row("staff", 401, 401, 401, 401, OK, 401),
    "POST /orders/import": Row("staff", 401, 401, 401, 401, OK, 401),
    "GET /orders/counts": Row("staff", 401, 401, 401, 401, OK, 401),
    "GET /alerts": Row("staff", 401, 401, 401, 401, OK, 401),
    "POST /alerts/{alertId}/redeliver": Row("staff", 401, 401, 401, 401, OK, 401),
    "GET /payments": Row("staff", 401, 401, 401, 401, OK, 401),
    "GET /faults": Row("staff", 401, 401, 401, 401, OK, 401),
    "PUT /faults": Row("staff", 401, 401, 401, 401, OK, 401),
    "GET /executions/{executionId}": Row("staff", 401, 401, 401, 401, OK, 401),
    "GET /live": Row("staff", 401, 401, 401, 401, OK, 401),
    "GET /logs": Row("staff", 401, 401, 401, 401, OK, 401),
    "GET /metrics": Row("staff", 401, 401, 401, 401, OK, 401),
    "GET /queues": Row("staff", 401, 401, 401, 401, OK, 401),
    "GET /objects/{bucket}/{key}": Row("anyone", OK, 401, 401, 401, OK, 401),
    "POST /reports": Row("staff", 401, 401, 401, 401, OK, 401),
    "GET /orders": Row("staff", 401, 401, 401, 401, OK, 401),
    "GET /orders.csv": Row("staff", 401, 401, 401, 401, OK, 401),
    "GET /mails": Row("staff", 401, 401, 401, 401, OK, 401),
    "GET /mails/{mailId}": Row("staff", 401, 401, 401, 401, OK, 401),
    "POST /mails/{mailId}/resend": Row("staff", 401, 401, 401, 401, OK, 401),
    "GET /problems/{slug}": Row("anyone", OK, 401, 401, 401, OK, 401),
    "GET /products": Row("anyone", OK, 401, 401, 401, OK, 401),
    **dict.fromkeys(
        ("GET /console", "GET /console/{view}", "GET /console/{view}/{id}"), Row("staff", 401, 401, 401, 401, OK, 401)
    ),
    "GET /sign-in": Row("anyone", OK, 401, 401, 401, OK, 401),
    "POST /sign-in/links": Row("staff", 401, 401, 401, 401, OK, 401),
    "POST /sign-out": Row("staff", 401, 401, 401, 401, OK, 401),
    "POST /sign-out/everywhere": Row("staff", 401, 401, 401, 401, OK, 401),
    "GET /session": Row("staff", 401, 401, 401, 401, OK, 401),
    "GET /sessions": Row("staff", 401, 401, 401, 401, OK, 401),
    "GET /topology": Row("staff", 401, 401, 401, 401, OK, 401),
    "POST /dead-letters/redrive": Row("staff", 401, 401, 401, 401, OK, 401),
    "POST /orders": Row("anyone", OK, 401, 401, 401, OK, 401),
    "POST /images": Row("anyone", OK, 401, 401, 401, OK, 401),
    "GET /images/{imageId}": Row("staff", 401, 401, 401, 401, OK, 401),
    "POST /subscriptions": Row("anyone", OK, 401, 401, 401, OK, 401),
    "GET /subscriptions": Row("staff", 401, 401, 401, 401, OK, 401),
    "DELETE /subscriptions/{subscriptionId}": Row("staff", 401, 401, 401, 401, OK, 401),
    "GET /subscriptions/confirm": Row("anyone", OK, 401, 401, 401, OK, 401),
    "POST /subscriptions/confirm": Row("anyone", OK, 401, 401, 401, OK, 401),
    "GET /subscriptions/unsubscribe": Row("anyone", OK, 401, 401, 401, OK, 401),
    "POST /subscriptions/unsubscribe": Row("anyone", OK, 401, 401, 401, OK, 401),
    "PUT /catalogue": Row("staff", 401, 401, 401, 401, OK, 401),
}

ONLY_BY_TOKEN: Final = frozenset({"POST /sign-in/links"})
"""What staff may do by their token, and not by a session."""

ASKS: Final[dict[str, Ask]] = {
    "GET /payments": Ask(query="orderId={orderId}"),
    # The link is what counts, and none of these has one.
    "GET /objects/{bucket}/{key}": Ask(served=(403,)),
    "POST /orders/{orderId}/cancel": Ask(media="application/json", body="{}", served=(409,)),
    "POST /orders/{orderId}/actions": Ask(media="application/json", body='{"action": "cancel"}'),
    "PATCH /orders/{orderId}": Ask(media="application/json", body="{}", served=(412,), headers={"If-Match": '"0"'}),
    "POST /orders/actions": Ask(media="application/json", body='{"orderIds": ["none"], "action": "ship"}'),
    "POST /orders/import": Ask(media="text/csv", body="product,quantity\nLaptop,1\n"),
    "POST /dead-letters/redrive": Ask(media="application/json", body='{"ids": ["none"], "dryRun": true}'),
    "POST /alerts/{alertId}/redeliver": Ask(missing=True),
    "POST /erasures": Ask(media="application/json", body='{"customer": "nobody"}'),
    "GET /archive/{orderId}": Ask(missing=True),
    "DELETE /orders/{orderId}": Ask(served=(412,), headers={"If-Match": '"0"'}),
    "POST /orders": Ask(media="application/json", body='{"product": "Laptop", "quantity": 1}'),
    "POST /images": Ask(media="application/json", body=json.dumps({"image": PIXEL, "description": "a red car"})),
    "GET /images/{imageId}": Ask(missing=True),
    "POST /reports": Ask(media="application/json", body='{"from": "2026-11-01", "to": "2026-11-02"}'),
    "POST /subscriptions": Ask(media="application/json", body='{"email": "ada@example.org"}'),
    "DELETE /subscriptions/{subscriptionId}": Ask(missing=True),
    "GET /subscriptions/confirm": Ask(query="token=t"),
    "POST /subscriptions/confirm": Ask(media="application/json", body='{"token": "t"}', missing=True),
    "GET /subscriptions/unsubscribe": Ask(query="token=t"),
    "POST /subscriptions/unsubscribe": Ask(media="application/json", body='{"token": "t"}', missing=True),
    "PUT /faults": Ask(media="application/json", body="{}"),
    "PUT /catalogue": Ask(media="text/csv", body="sku,name,price,currency,stock\nLAPTOP-14,Laptop,1199.00,USD,\n"),
}
"""For the routes that need more than their path."""

ROLES: Final = Row._fields[1:]
