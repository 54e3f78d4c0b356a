"""What the API's description says about subscriptions."""

from __future__ import annotations

from typing import Any, Final

from ordermill.entrypoints.openapi_parts import HTML, JSON, JSON_BODY, READ, WRITE, Answer, Body, Operation
from ordermill.entrypoints.wire_subscriptions import STATUSES

Json = dict[str, Any]

SUBSCRIBE_TEXT: Final = (
    "Asks to be told by mail of deleted orders. The answer is always the same, whatever is known of the address: "
    "nothing is subscribed before somebody confirms by the link that is mailed to it. That is mailed again after an "
    "hour at the soonest."
)
CONFIRM_TEXT: Final = (
    "Confirms a subscription by the token of the mailed link, which is good for 48 hours; again changes nothing. Also "
    "taken as a form with `confirm=yes`, the token then being in the query."
)
UNSUBSCRIBE_TEXT: Final = (
    "Ends a subscription by the token of its mails, and deletes the address; again changes nothing. Also taken as the "
    "one click of mail programs (RFC 8058): a form with `List-Unsubscribe=One-Click`, the token being in the query."
)
LIST_TEXT: Final = (
    "Lists who asked to be told of deleted orders, newest first, page by page: all, or those of one status."
)

SUBSCRIPTION_SCHEMAS: Final[dict[str, Json]] = {
    "SubscriptionRequest": {
        "type": "object",
        "properties": {"email": {"type": "string", "maxLength": 254, "format": "email"}},
        "required": ["email"],
        "additionalProperties": False,
    },
    "SubscriptionToken": {
        "type": "object",
        "properties": {"token": {"type": "string", "description": "That of the mailed link."}},
        "required": ["token"],
        "additionalProperties": False,
    },
}

SUBSCRIPTION_PARAMETERS: Final[dict[str, Json]] = {
    "SubscriptionStatus": {
        "name": "status",
        "in": "query",
        "description": "Only subscriptions with this status.",
        "schema": {"enum": [*STATUSES]},
    },
    "LinkToken": {
        "name": "token",
        "in": "query",
        "required": True,
        "description": "That of the mailed link.",
        "schema": {"type": "string"},
    },
}

SUBSCRIBE_EXAMPLES: Final[dict[str, Json]] = {
    "address": {"summary": "An address", "value": {"email": "ada@example.org"}}
}
TOKEN_EXAMPLES: Final[dict[str, Json]] = {"token": {"summary": "A token", "value": {"token": "sub_….0.…"}}}

SUBSCRIPTION_OPERATIONS: Final[dict[str, Operation]] = {
    "POST /subscriptions": Operation(
        "subscribe",
        "Subscriptions",
        SUBSCRIBE_TEXT,
        {202: Answer("Taken note of.", "AskedView")},
        body=Body(JSON, "SubscriptionRequest", SUBSCRIBE_EXAMPLES),
        problems=(*JSON_BODY, "invalid-subscription", *WRITE),
    ),
    "GET /subscriptions": Operation(
        "listSubscriptions",
        "Subscriptions",
        LIST_TEXT,
        {200: Answer("A page.", "SubscriptionsView", headers=("Link",))},
        parameters=("SubscriptionStatus", "Limit", "Cursor"),
        problems=("invalid-cursor", "forbidden", *READ),
    ),
    "DELETE /subscriptions/{subscriptionId}": Operation(
        "removeSubscription",
        "Subscriptions",
        "Ends a subscription, and deletes the address.",
        {204: Answer("It is gone.", media=None)},
        problems=("not-found", *WRITE),
    ),
    "GET /subscriptions/confirm": Operation(
        "showConfirmation",
        "Subscriptions",
        "What the mailed link opens: a page that asks whether to subscribe. Opening it changes nothing.",
        {200: Answer("The page.", media=HTML)},
        parameters=("LinkToken",),
        problems=READ,
    ),
    "POST /subscriptions/confirm": Operation(
        "confirmSubscription",
        "Subscriptions",
        CONFIRM_TEXT,
        {200: Answer("It is confirmed.", "OutcomeView", also=(HTML,))},
        body=Body(JSON, "SubscriptionToken", TOKEN_EXAMPLES),
        problems=(*JSON_BODY, "invalid-subscription", "not-found", *WRITE),
    ),
    "GET /subscriptions/unsubscribe": Operation(
        "showUnsubscribing",
        "Subscriptions",
        "What the link of each mail opens: a page that asks whether to unsubscribe. Opening it changes nothing.",
        {200: Answer("The page.", media=HTML)},
        parameters=("LinkToken",),
        problems=READ,
    ),
    "POST /subscriptions/unsubscribe": Operation(
        "unsubscribe",
        "Subscriptions",
        UNSUBSCRIBE_TEXT,
        {200: Answer("It has ended.", "OutcomeView", also=(HTML,))},
        body=Body(JSON, "SubscriptionToken", TOKEN_EXAMPLES),
        problems=(*JSON_BODY, "invalid-subscription", "not-found", *WRITE),
    ),
}
