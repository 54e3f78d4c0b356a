"""What the API's description says about changing orders: edits, actions on one and on many, import, counts."""

from __future__ import annotations

from typing import Any, Final

from ordermill.domain.actions import ACTIONS, ORDERS_MAX
from ordermill.domain.edits import REASON
from ordermill.domain.order_import import COLUMNS, LAST_ROW, ROWS_MAX
from ordermill.domain.text import NAME
from ordermill.entrypoints.openapi_bodies import MEMBERS, REASON_TEXT, text
from ordermill.entrypoints.openapi_parts import BODY, CSV, JSON, JSON_BODY, READ, WRITE, Answer, Body, Operation

Json = dict[str, Any]

_CARRIER: Final[Json] = {
    "carrier": text(NAME.limit, "With `ship`: who carries it."),
    "trackingNumber": text(NAME.limit, "With `ship`: the carrier's number of it."),
}
_ASKED: Final[Json] = {"action": {"enum": [*ACTIONS]}, "reason": REASON_TEXT, **_CARRIER}
_ONLY_SHIP: Final[Json] = {
    "if": {"properties": {"action": {"not": {"const": "ship"}}}},
    "then": {"properties": {"carrier": False, "trackingNumber": False}},
}

MANAGING_SCHEMAS: Final[dict[str, Json]] = {
    "ActionRequest": {
        "description": "What to do about the order, and why, if that is to be in its history.",
        "type": "object",
        "properties": _ASKED,
        "required": ["action"],
        "additionalProperties": False,
        **_ONLY_SHIP,
    },
    "ActionsRequest": {
        "description": "What to do about each of these orders.",
        "type": "object",
        "properties": {
            "orderIds": {
                "type": "array",
                "items": {"type": "string", "minLength": 1, "maxLength": NAME.limit},
                "minItems": 1,
                "maxItems": ORDERS_MAX,
            },
            **_ASKED,
        },
        "required": ["orderIds", "action"],
        "additionalProperties": False,
        **_ONLY_SHIP,
    },
    "OrderPatch": {
        "description": "A JSON merge patch (RFC 7396): members that are named are replaced, null removes. `items` are "
        "replaced as a whole, and priced as in a new order.",
        "type": "object",
        "properties": {
            **{member: MEMBERS[member] for member in ("customerName", "email", "note")},
            "items": MEMBERS["items"],
        },
        "additionalProperties": False,
    },
}

MANAGING_PARAMETERS: Final[dict[str, Json]] = {
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "required": True,
        "description": "The ETag that the order was read with, several, or `*` for whatever it is now.",
        "schema": {"type": "string", "examples": ['"4"']},
    },
    "ChangeReason": {
        "name": "reason",
        "in": "query",
        "description": "Why, for the history.",
        "schema": {"type": "string", "minLength": 1, "maxLength": REASON.limit},
    },
    "FirstRow": {
        "name": "firstRow",
        "in": "query",
        "description": "Which row of a larger file the first one after the header is, for the report and the keys.",
        "schema": {"type": "integer", "minimum": 2, "maximum": LAST_ROW, "default": 2},
    },
}

_ACTION_EXAMPLES: Final[dict[str, Json]] = {
    "ship": {"summary": "Ship", "value": {"action": "ship", "carrier": "UPS", "trackingNumber": "1Z999AA10123456784"}},
    "deliver": {"summary": "It has arrived", "value": {"action": "deliver"}},
    "retry": {"summary": "Try a failed order again", "value": {"action": "retry", "reason": "The gateway is back"}},
    "cancel": {"summary": "Cancel", "value": {"action": "cancel"}},
}
_ACTIONS_EXAMPLES: Final[dict[str, Json]] = {
    "deliver": {
        "summary": "Both have arrived",
        "value": {
            "orderIds": ["ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b", "ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1c"],
            "action": "deliver",
        },
    },
}
_PATCH_EXAMPLES: Final[dict[str, Json]] = {
    "email": {"summary": "Another address, and no note any more", "value": {"email": "ada@example.org", "note": None}},
    "items": {
        "summary": "Other items, while it is PENDING",
        "value": {"items": [{"product": "Widget", "quantity": 3, "unitPrice": "9.99"}]},
    },
}
_IMPORT_EXAMPLE: Final = "customerName,email,product,quantity,unitPrice\nAda,ada@example.org,Widget,2,9.99\n"

MANAGING_OPERATIONS: Final[dict[str, Operation]] = {
    "PATCH /orders/{orderId}": Operation(
        "updateOrder",
        "Orders",
        "Edits an order for staff: name, e-mail and note until it is delivered or has left its way for good, items "
        "while it is PENDING. It is refused where the order has changed since it was read, so nobody's change is "
        "overwritten. Each edit is an entry of the history, with the members that differ; where none does, there is "
        "none.",
        {200: Answer("The order after it.", "OrderView", headers=("ETag",))},
        parameters=("IfMatch", "ChangeReason"),
        body=Body("application/merge-patch+json", "OrderPatch", _PATCH_EXAMPLES, also=(JSON,)),
        problems=(*JSON_BODY, "invalid-order", "if-match-required", "stale", "not-editable", "not-found", *WRITE),
    ),
    "POST /orders/{orderId}/actions": Operation(
        "actOnOrder",
        "Orders",
        "Acts on an order for staff. `ship` and `deliver`: what is PROCESSED goes out, what is SHIPPED has arrived; "
        "the customer is told. `cancel`: as the holder may, and until it is shipped. `delete`: as DELETE does. "
        "`retry`: has an order that is FAILED processed again, as its next attempt, once the refund of the last one is "
        "settled. Where the order stands there already, nothing changes.",
        {200: Answer("The order after it.", "OrderView", headers=("ETag",))},
        body=Body(JSON, "ActionRequest", _ACTION_EXAMPLES),
        problems=(*JSON_BODY, "invalid-order", "invalid-transition", "not-found", *WRITE),
    ),
    "POST /orders/actions": Operation(
        "actOnOrders",
        "Orders",
        f"Does the same to each of up to {ORDERS_MAX} orders, which are changed one by one: what one is refused keeps "
        "no other from it. Sent again it changes nothing more, except that a `retry` may have failed again meanwhile.",
        {200: Answer("What came of each, in the order sent.", "ActionResultsView")},
        body=Body(JSON, "ActionsRequest", _ACTIONS_EXAMPLES),
        problems=(*JSON_BODY, "invalid-order", *WRITE),
    ),
    "POST /orders/import": Operation(
        "importOrders",
        "Orders",
        f"Places an order for each row of a CSV of at most {ROWS_MAX} rows, with the rules of POST /orders. Columns, "
        f"in any order: {', '.join(COLUMNS)}. An empty cell counts as absent. A row that is refused keeps no other "
        "from being placed; a file that cannot be read as such is refused as a whole. With `Idempotency-Key` each row "
        "has the key `<key>/<row>`, unless its column `idempotency_key` has one: sent again within 24 hours it makes "
        "no order twice. One apostrophe before what a spreadsheet could take for a formula is left out, as the export "
        "puts it there.",
        {200: Answer("What came of each row.", "ImportReportView")},
        parameters=("IdempotencyKey", "FirstRow"),
        body=Body(CSV, None, {"one": {"summary": "One order", "value": _IMPORT_EXAMPLE}}),
        problems=(*BODY, "invalid-import", "idempotency-key-invalid", *WRITE),
    ),
    "GET /orders/counts": Operation(
        "countOrders",
        "Orders",
        "Counts the orders by status.",
        {200: Answer("How many have each status.", "CountsView")},
        problems=("forbidden", *READ),
    ),
}
