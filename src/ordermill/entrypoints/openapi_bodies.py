"""The request bodies, for the API's description: the forms of POST /orders as JSON Schema 2020-12, with examples."""

from __future__ import annotations

from typing import Any, Final, get_args

from ordermill.domain.fields import MAX_QUANTITY, PAYMENT_TOKENS
from ordermill.domain.lines import MAX_LINES
from ordermill.domain.text import DESCRIPTION, NAME, NOTE
from ordermill.entrypoints.fault_rules import DELAY_MAX_MS, MATCH_MAX, TIMES_MAX
from ordermill.runtime.faults import Mode, Place

Json = dict[str, Any]


def text(limit: int, description: str, **more: object) -> Json:
    """The schema of a text of at most so many characters, or null."""
    return {"type": ["string", "null"], "minLength": 1, "maxLength": limit, "description": description, **more}


def _required(schema: Json) -> Json:
    """The same schema without null."""
    return {**schema, "type": [kind for kind in schema["type"] if kind != "null"]}


_PRODUCT: Final = text(NAME.limit, "The product's name; a catalogue product's in any case.")
_SKU: Final = text(NAME.limit, "The catalogue product's sku.")
_QUANTITY: Final[Json] = {"type": "integer", "minimum": 1, "maximum": MAX_QUANTITY, "description": "How many."}
_PRICE: Final[Json] = {
    "type": ["string", "number", "null"],
    "exclusiveMinimum": 0,
    "pattern": r"^(?=.*[1-9])(0|[1-9][0-9]{0,29})(\.[0-9]+)?$",
    "examples": ["9.99", 9.99],
    "description": "More than 0, without exponent, with no more digits than the currency has; read from its text, "
    "never through a float. Needed where the catalogue has no price; where it has one, that wins.",
}

REASON_TEXT: Final = text(NOTE.limit, "The reason, for the history; may span lines.")

_COMMON: Final[Json] = {
    "customerName": text(NAME.limit, "Who orders."),
    "customerId": text(NAME.limit, "The customer's id with you; it also scopes the idempotency key."),
    "customer_id": text(NAME.limit, "The same as `customerId`; send one of them."),
    "email": {"type": ["string", "null"], "maxLength": 254, "format": "email", "description": "Where mails go."},
    "currency": {"type": ["string", "null"], "pattern": "^[A-Z]{3}$", "default": "USD", "description": "ISO 4217."},
    "description": text(DESCRIPTION.limit, "What is wanted, in words; may span lines."),
    "note": text(NOTE.limit, "A note; may span lines."),
    "imageId": {
        "type": ["string", "null"],
        "description": "An image uploaded in the last 24 hours, or that an order has: it is judged by this order's "
        "description or, where that names nothing, by its products.",
    },
    "confirmMismatch": {
        "type": ["boolean", "null"],
        "default": False,
        "description": "Order although the image shows something else. Only a `MISMATCH` needs it.",
    },
    "paymentToken": {
        "enum": [*PAYMENT_TOKENS, None],
        "default": PAYMENT_TOKENS[0],
        "description": "How to pay. The test gateway's tokens say what it shall do.",
    },
    "idempotency_key": {
        "type": ["string", "null"],
        "minLength": 1,
        "maxLength": 255,
        "pattern": "^[!-~]+$",
        "description": "Instead of the header Idempotency-Key.",
    },
}


_ITEMS: Final[Json] = {
    "type": "array",
    "items": {"$ref": "#/components/schemas/OrderLine"},
    "minItems": 1,
    "maxItems": MAX_LINES,
}

MEMBERS: Final[Json] = {**_COMMON, "items": _ITEMS}
"""The members of an order's request that every form has, and its lines."""


def _form(title: str, properties: Json, required: list[str]) -> Json:
    """One closed form: what only the others have is refused."""
    return {
        "title": title,
        "type": "object",
        "properties": {
            **_COMMON,
            "customer_id": {**_COMMON["customerId"], "description": "= customerId."},
            **properties,
        },
        "required": required,
        "additionalProperties": False,
        "not": {
            "required": ["customerId", "customer_id"],
            "properties": {"customerId": {"type": "string"}, "customer_id": {"type": "string"}},
        },
    }


ORDER_LINE: Final[Json] = {
    "type": "object",
    "properties": {"product": _PRODUCT, "sku": _SKU, "quantity": _QUANTITY, "unitPrice": _PRICE},
    "required": ["quantity"],
    "anyOf": [
        {"required": ["product"], "properties": {"product": {"type": "string"}}},
        {"required": ["sku"], "properties": {"sku": {"type": "string"}}},
    ],
    "additionalProperties": False,
    "description": "One line, naming its product by `product` or by `sku`.",
}

FAULTS: Final[Json] = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "properties": {
            "mode": {"enum": list(get_args(Mode)), "description": "What happens."},
            "times": {
                "type": ["integer", "null"],
                "minimum": 1,
                "maximum": TIMES_MAX,
                "default": None,
                "description": "How often; null is always.",
            },
            "at": {
                "enum": list(get_args(Place)),
                "default": "start",
                "description": "Where; `after-charge` for services and for functions that call one.",
            },
            "match": {
                "type": ["string", "null"],
                "minLength": 1,
                "maxLength": MATCH_MAX,
                "default": None,
                "description": "Only messages with this text in them, as JSON.",
            },
            "delayMs": {"type": "integer", "minimum": 0, "maximum": DELAY_MAX_MS, "default": 0},
            "fired": {
                "type": "integer",
                "minimum": 0,
                "maximum": TIMES_MAX,
                "default": 0,
                "description": "How often it has struck before, as GET says; it counts on from there.",
            },
        },
        "required": ["mode"],
        "additionalProperties": False,
    },
    "description": "Faults by the name of a function, or of a service that functions call: mail, payments, archive, "
    "webhooks.",
}

REQUEST_SCHEMAS: Final[dict[str, Json]] = {
    "OrderLine": ORDER_LINE,
    "OrderByItems": _form(
        "Lines",
        {"items": _ITEMS},
        ["items"],
    ),
    "OrderByProduct": _form(
        "One product", {"product": _required(_PRODUCT), "quantity": _QUANTITY, "price": _PRICE}, ["product", "quantity"]
    ),
    "OrderByProductName": _form(
        "One product, named productName",
        {"productName": _required(_PRODUCT), "quantity": _QUANTITY, "price": _PRICE},
        ["productName", "quantity"],
    ),
    "OrderByDescription": _form(
        "One piece, described",
        {"description": _required(_COMMON["description"]), "price": _required(_PRICE)},
        ["description", "price"],
    ),
    "OrderByAmount": _form("An amount", {"amount": _required(_PRICE)}, ["amount"]),
    "OrderRequest": {
        "description": "Lines, or one of the one-line shorthands. A member that is null counts as absent, except "
        "`quantity`. Text comes back byte for byte.",
        "oneOf": [
            {"$ref": f"#/components/schemas/{name}"}
            for name in (
                "OrderByItems",
                "OrderByProduct",
                "OrderByProductName",
                "OrderByDescription",
                "OrderByAmount",
            )
        ],
    },
    "CancelRequest": {
        "description": "Why, if that is to be in the history.",
        "type": "object",
        "properties": {"reason": REASON_TEXT},
        "additionalProperties": False,
    },
    "FaultsRequest": FAULTS,
}
"""The schemas of requests, by their names under `#/components/schemas`."""

ORDER_EXAMPLES: Final[dict[str, Json]] = {
    "lines": {
        "summary": "Lines",
        "value": {
            "customerName": "Ada",
            "email": "ada@example.org",
            "currency": "USD",
            "items": [{"product": "Widget", "quantity": 2, "unitPrice": "9.99"}],
        },
    },
    "product": {
        "summary": "One product at its price",
        "value": {"product": "Gift card", "quantity": 1, "price": "25.00"},
    },
    "productName": {
        "summary": "One product, named productName",
        "value": {"productName": "Gift card", "quantity": 3, "price": 9.99},
    },
    "description": {
        "summary": "One piece, described",
        "value": {"description": "A blue bicycle bell", "price": "12.50"},
    },
    "amount": {"summary": "An amount", "value": {"customerName": "Ada", "amount": "49.00"}},
    "declined": {
        "summary": "A payment that is declined",
        "value": {"product": "Gift card", "quantity": 1, "price": "25.00", "paymentToken": "tok_decline"},
    },
}
"""Bodies to try, one per form and one that ends REJECTED."""

CANCEL_EXAMPLES: Final[dict[str, Json]] = {
    "reason": {"summary": "With a reason", "value": {"reason": "Ordered twice"}},
    "none": {"summary": "Without", "value": {}},
}
FAULT_EXAMPLES: Final[dict[str, Json]] = {
    "three": {
        "summary": "Processing fails three times",
        "value": {"process_order": {"mode": "fail", "times": 3}},
    },
    "hanging": {
        "summary": "Mail takes five seconds",
        "value": {"mail": {"mode": "delay", "delayMs": 5000}},
    },
    "none": {"summary": "No faults any more", "value": {}},
}

CATALOGUE_EXAMPLE: Final = "sku,name,price,currency,stock\nmug,Mug,12.50,USD,\nlamp,Desk lamp,39.00,USD,25\n"
"""A catalogue to import: the mug uncounted, 25 lamps."""
