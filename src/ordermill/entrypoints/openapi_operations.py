"""What the API's description says about each route, in words and names; `openapi` makes the document of it."""

from __future__ import annotations

from typing import Final

from ordermill.entrypoints.openapi_archive import ARCHIVE_OPERATIONS
from ordermill.entrypoints.openapi_bodies import (
    CANCEL_EXAMPLES,
    CATALOGUE_EXAMPLE,
    FAULT_EXAMPLES,
    ORDER_EXAMPLES,
)
from ordermill.entrypoints.openapi_images import IMAGE_OPERATIONS
from ordermill.entrypoints.openapi_letters import LETTERS_TEXT, REDRIVE_EXAMPLES, REDRIVE_TEXT
from ordermill.entrypoints.openapi_live import LIVE_PARAMETERS, LIVE_TEXT, LOG_PARAMETERS, LOGS_TEXT
from ordermill.entrypoints.openapi_managing import MANAGING_OPERATIONS
from ordermill.entrypoints.openapi_parts import ANY as _ANY
from ordermill.entrypoints.openapi_parts import BODY as _BODY
from ordermill.entrypoints.openapi_parts import CSV, HTML, JSON, Answer, Body, Operation
from ordermill.entrypoints.openapi_parts import JSON_BODY as _JSON_BODY
from ordermill.entrypoints.openapi_parts import READ as _READ
from ordermill.entrypoints.openapi_parts import WRITE as _WRITE
from ordermill.entrypoints.openapi_reports import REPORT_OPERATIONS
from ordermill.entrypoints.openapi_subscriptions import SUBSCRIPTION_OPERATIONS
from ordermill.entrypoints.site import CONSOLE

PAGES: Final = frozenset({"GET /", "GET /assets/{name}", "GET /docs", "GET /sign-in", *CONSOLE})
"""Routes for browsers, which the API's description leaves out."""

EVERYWHERE: Final = (
    "malformed-request",
    "request-timeout",
    "uri-too-long",
    "expectation-failed",
    "headers-too-large",
    "misdirected-request",
    "rate-limited",
    "overloaded",
)
"""Problems that any request may be answered with, before it reaches its route."""

_FILTERS: Final = ("Status", "Customer", "From", "To")
_UNCHANGED: Final = Answer("Unchanged since that version.", media=None, headers=("ETag",))

OPERATIONS: Final[dict[str, Operation]] = {
    **SUBSCRIPTION_OPERATIONS,
    "POST /orders": Operation(
        "placeOrder",
        "Orders",
        "Places an order. What can be known before is checked before: a 422 lists every wrong member. What shows only "
        "when tried, like stock and payment, is a 202 whose order then becomes REJECTED. With an idempotency key a "
        "repeat within 24 hours answers 202 with the same order and makes no other. A 422 or 503 names the "
        "`executionId` of what was tried. In pipeline `queue` the order is queued before its record is made: reading "
        "it may answer 404 for a moment after the 202.",
        {202: Answer("Accepted, and not to be lost.", "PlacedView", headers=("Location", "Idempotent-Replayed"))},
        parameters=("IdempotencyKey",),
        body=Body(JSON, "OrderRequest", ORDER_EXAMPLES),
        problems=(
            *_JSON_BODY,
            "idempotency-key-invalid",
            "idempotency-in-progress",
            "invalid-order",
            "idempotency-key-reused",
            "image-mismatch",
            *_WRITE,
            "intake-failed",
        ),
    ),
    "GET /orders": Operation(
        "listOrders",
        "Orders",
        "Lists orders, newest first, page by page: all, those of one status or those of one customer, each of a period "
        "or of all time. Whoever follows the cursors meets every order that was there at the start once, whatever is "
        "placed meanwhile.",
        {200: Answer("A page.", "OrdersView", headers=("Link",))},
        parameters=(*_FILTERS, "Limit", "Cursor"),
        problems=("invalid-cursor", "forbidden", *_READ),
    ),
    "GET /orders.csv": Operation(
        "exportOrders",
        "Orders",
        "Exports the same orders, all of them: a row for each line of an order, in which `unitPrice` is the line's and "
        "`total` the order's. Text that a spreadsheet could take for a formula has an apostrophe before it. An export "
        "that cannot go on ends without the last chunk.",
        {200: Answer("The rows, after one that names the columns.", media=CSV, headers=("Content-Disposition",))},
        parameters=_FILTERS,
        problems=("forbidden", *_READ),
    ),
    "GET /orders/{orderId}": Operation(
        "getOrder",
        "Orders",
        "Reads one order. The id alone shows status, lines and total; the order's token or a staff token shows all.",
        {200: Answer("The order.", "OrderView|PublicOrderView", headers=("ETag",)), 304: _UNCHANGED},
        parameters=("IfNoneMatch",),
        problems=("not-found", *_READ),
        tokens_help=True,
    ),
    "GET /orders/{orderId}/history": Operation(
        "getOrderHistory",
        "Orders",
        "Reads what happened to one order: one entry per status taken and per edit.",
        {200: Answer("The history.", "HistoryView", headers=("ETag",)), 304: _UNCHANGED},
        parameters=("IfNoneMatch",),
        problems=("not-found", *_READ),
    ),
    "POST /orders/{orderId}/cancel": Operation(
        "cancelOrder",
        "Orders",
        "Cancels an order: its holder until it is processed, staff until it is shipped. Its stock goes back at once; "
        "what was paid is refunded after it, which `compensation` and `payment` show. Cancelled again, it stays as it "
        "is.",
        {200: Answer("The order, cancelled.", "OrderView", headers=("ETag",))},
        body=Body(JSON, "CancelRequest", CANCEL_EXAMPLES),
        problems=(*_JSON_BODY, "invalid-order", "invalid-transition", "not-found", *_WRITE),
    ),
    **MANAGING_OPERATIONS,
    **ARCHIVE_OPERATIONS,
    **REPORT_OPERATIONS,
    **IMAGE_OPERATIONS,
    "GET /orders/{orderId}/execution": Operation(
        "getOrderExecution",
        "Orders",
        "Reads what was done for one order, step by step, from its intake to its notifications: each attempt with its "
        "input and output, or its error. It is FAILED where the order is, and SUCCEEDED also where the order was "
        "rejected or cancelled, for that is a decision and no failure. Of attempts that failed the newest 200 of an "
        "order are kept, for 90 days.",
        {200: Answer("The steps, in order of time.", "OrderExecutionView")},
        problems=("not-found", "forbidden", *_READ),
    ),
    "GET /products": Operation(
        "getProducts",
        "Catalogue",
        "Lists the catalogue, by sku.",
        {200: Answer("The catalogue.", "ProductsView")},
        problems=_READ,
    ),
    "PUT /catalogue": Operation(
        "putCatalogue",
        "Catalogue",
        "Imports products by sku, all rows or none. An empty stock means that it is not counted.",
        {200: Answer("Imported.", "ImportedView")},
        body=Body(CSV, None, {"two": {"summary": "Two products", "value": CATALOGUE_EXAMPLE}}),
        problems=("malformed-json", *_BODY, "invalid-catalogue", *_WRITE),
    ),
    "GET /queues": Operation(
        "getQueues",
        "Operation",
        "Reads what waits: of each queue how many messages are ready, in flight, delayed or dead, with the oldest ten "
        "that wait; of each consumer of a change stream how far it is behind.",
        {200: Answer("Every queue and every consumer of a stream.", "QueuesView")},
        problems=_READ,
    ),
    "GET /dead-letters": Operation(
        "listDeadLetters",
        "Operation",
        LETTERS_TEXT,
        {200: Answer("A page.", "DeadLettersView", headers=("Link",))},
        parameters=("LetterQueue", "LetterOrder", "Limit", "Cursor"),
        problems=("invalid-cursor", "forbidden", *_READ),
    ),
    "POST /dead-letters/redrive": Operation(
        "redriveDeadLetters",
        "Operation",
        REDRIVE_TEXT,
        {200: Answer("What was sent on, and what was refused.", "RedrivenView")},
        body=Body(JSON, "RedriveRequest", REDRIVE_EXAMPLES),
        problems=(*_JSON_BODY, "invalid-redrive", *_WRITE),
    ),
    "GET /alerts": Operation(
        "listAlerts",
        "Operation",
        "Lists alerts, newest first, with what became of their posts. One entry stands for all alerts of one function, "
        "reason, severity and minute: `orderId` and `detail` are the first one's, `count` is how many there were.",
        {200: Answer("A page.", "AlertsView", headers=("Link",))},
        parameters=("AlertOrder", "Limit", "Cursor"),
        problems=("invalid-cursor", "forbidden", *_READ),
    ),
    "POST /alerts/{alertId}/redeliver": Operation(
        "redeliverAlert",
        "Operation",
        "Tells those targets of an alert again that could not be told, and are still configured.",
        {
            200: Answer("There was none: the alert as it stands.", "AlertView"),
            202: Answer("They are told again: the alert, their deliveries PENDING.", "AlertView"),
        },
        problems=("not-found", *_WRITE),
    ),
    "GET /mails": Operation(
        "listMails",
        "Operation",
        "Lists mails, newest first, page by page: of one order or of all. A mail is listed once sending it has begun; "
        "what waits before that, `GET /queues` counts.",
        {200: Answer("A page.", "MailsView", headers=("Link",))},
        parameters=("MailsOfOrder", "Limit", "Cursor"),
        problems=("invalid-cursor", "forbidden", *_READ),
    ),
    "GET /mails/{mailId}": Operation(
        "getMail",
        "Operation",
        "Reads one mail with what it says; where `Accept` names `message/rfc822`, as the message itself.",
        {200: Answer("The mail.", "MailMessageView", also=("message/rfc822",))},
        problems=("not-found", "forbidden", *_READ),
    ),
    "POST /mails/{mailId}/resend": Operation(
        "resendMail",
        "Operation",
        "Sends a mail again, as a message of its own. One that still waits to be sent is not sent twice for it.",
        {202: Answer("Queued.", "MailView")},
        problems=("not-found", "not-sendable", *_WRITE),
    ),
    "GET /executions/{executionId}": Operation(
        "getExecution",
        "Operation",
        "Reads how an order was taken in: each state with its tries. Kept are executions that wait, and the newest "
        "10,000 that were refused, failed or needed a second try; what went well at once leaves none.",
        {200: Answer("The execution.", "ExecutionView")},
        problems=("not-found", *_READ),
    ),
    "GET /payments": Operation(
        "getPayments",
        "Operation",
        "Reads the payment gateway's own ledger of one order: what really moved.",
        {200: Answer("The ledger's entries.", "PaymentsView")},
        parameters=("OrderIdQuery",),
        problems=_READ,
    ),
    "GET /faults": Operation(
        "getFaults",
        "Operation",
        "Reads which faults are set to rehearse failures, and how often each has struck. 403 where the server is not "
        "on loopback, unless its operator allows it.",
        {200: Answer("The faults.", "FaultsView")},
        problems=(*_ANY, "forbidden"),
    ),
    "PUT /faults": Operation(
        "putFaults",
        "Operation",
        "Sets faults, instead of all that were set. A fault lets a function, or the calls to a service, fail, run into "
        "a time-out, come later, or end the process, which is then started again. They outlive restarts. 403 as above.",
        {200: Answer("The faults that are set now.", "FaultsView")},
        body=Body(JSON, "FaultsRequest", FAULT_EXAMPLES),
        problems=(*_JSON_BODY, *_ANY, "forbidden", "invalid-faults", "storage-unavailable", "overloaded"),
    ),
    "GET /topology": Operation(
        "getTopology",
        "Operation",
        "Reads which functions, queues, topics and tables there are, as they run.",
        {200: Answer("The topology.")},
        problems=_ANY,
    ),
    "GET /metrics": Operation(
        "getMetrics",
        "Operation",
        "Reads counters, histograms and depths for Prometheus; as OpenMetrics where `Accept` asks for it.",
        {200: Answer("The metrics.", media="text/plain")},
        problems=_READ,
    ),
    "GET /live": Operation(
        "watchLive",
        "Operation",
        LIVE_TEXT,
        {200: Answer("The stream.", media="text/event-stream")},
        parameters=tuple(LIVE_PARAMETERS),
        problems=(*_READ, "overloaded"),
    ),
    "GET /logs": Operation(
        "watchLogs",
        "Operation",
        LOGS_TEXT,
        {200: Answer("The stream.", media="text/event-stream")},
        parameters=("LastEventId", "LiveLastEventId", *LOG_PARAMETERS),
        problems=(*_READ, "overloaded"),
    ),
    "GET /health": Operation(
        "getHealth",
        "Operation",
        "Says whether orders are accepted: 503 until they are.",
        {
            200: Answer("Orders are accepted.", "HealthView"),
            503: Answer("They are not, or not yet; `status` says so.", headers=("Retry-After",)),
        },
        problems=_ANY,
    ),
    "GET /openapi.json": Operation(
        "getDescription", "Operation", "Reads this description.", {200: Answer("OpenAPI 3.1.")}, problems=_ANY
    ),
    "GET /problems/{slug}": Operation(
        "getProblemType",
        "Operation",
        "Explains a problem type to people; a problem's `type` leads here.",
        {200: Answer("The page.", media=HTML)},
        problems=("not-found", *_ANY),
    ),
}
"""Every route of the API but `PAGES`, by method and path."""
