"""What the API's description says about deleting orders, about their archive, and about erasing people."""

from __future__ import annotations

from typing import Any, Final

from ordermill.domain.erasure import CUSTOMER
from ordermill.entrypoints.openapi_lists import moment, parameter
from ordermill.entrypoints.openapi_parts import JSON, JSON_BODY, READ, WRITE, Answer, Body, Operation
from ordermill.entrypoints.order_query import CUSTOMER_MAX

Json = dict[str, Any]

ARCHIVE_PARAMETERS: Final[dict[str, Json]] = {
    "IfMatchAny": {
        "name": "If-Match",
        "in": "header",
        "description": "The ETag that the order was read with, several, or `*`; without it, whatever it is now.",
        "schema": {"type": "string", "examples": ['"4"']},
    },
    "ArchivedCustomer": parameter(
        "customer",
        "Only orders with this customer id, or with this e-mail in any case.",
        {"type": "string", "minLength": 1, "maxLength": CUSTOMER_MAX},
    ),
    "DeletedFrom": moment("from", "Only orders deleted then or later"),
    "DeletedTo": moment("to", "Only orders deleted before then"),
}

ERASURE_SCHEMAS: Final[dict[str, Json]] = {
    "ErasureRequest": {
        "description": "Whom to erase, and where to go on. A member that is null counts as absent.",
        "type": "object",
        "properties": {
            "customer": {
                "type": "string",
                "minLength": 1,
                "maxLength": CUSTOMER.limit,
                "description": "A customer id, or a whole e-mail in any case.",
            },
            "cursor": {
                "type": ["string", "null"],
                "description": "`next` of the answer before, for the same customer.",
            },
        },
        "required": ["customer"],
        "additionalProperties": False,
    },
}

_ERASURE_EXAMPLES: Final = {"email": {"summary": "By e-mail", "value": {"customer": "ada@example.org"}}}

ARCHIVE_OPERATIONS: Final[dict[str, Operation]] = {
    "DELETE /orders/{orderId}": Operation(
        "deleteOrder",
        "Orders",
        "Deletes an order: from now on nobody is shown it. One under way is cancelled, its stock goes back, and what "
        "was paid is refunded. Once nothing is owed, the whole order goes into the archive. One that is SHIPPED is "
        "refused until it is DELIVERED.",
        {202: Answer("Deleted; what is owed for it is still refunded.", "DeletedView")},
        parameters=("IfMatchAny", "ChangeReason"),
        problems=("stale", "invalid-transition", "not-found", *WRITE),
    ),
    "GET /archive": Operation(
        "listArchive",
        "Archive",
        "Lists the orders that were deleted and archived, the last deletion first: all, or those of one customer, of a "
        "period or of all time.",
        {200: Answer("A page.", "ArchiveView", headers=("Link",))},
        parameters=("ArchivedCustomer", "DeletedFrom", "DeletedTo", "Limit", "Cursor"),
        problems=("invalid-cursor", "forbidden", *READ),
    ),
    "GET /archive/{orderId}": Operation(
        "getArchivedOrder",
        "Archive",
        "Reads an order that was deleted, whole, as it was archived, with when it was deleted, by whom and why.",
        {200: Answer("The order.", "ArchivedOrderView")},
        problems=("not-found", "forbidden", *READ),
    ),
    "POST /erasures": Operation(
        "eraseCustomer",
        "Archive",
        "Erases a person, a bounded part with each request: repeat it with `cursor` set to `next` until that is null. "
        "Names, addresses, notes and typed reasons go from orders, archive, events, dead letters and mails; so do "
        "reports, which can be made anew, and a subscription of the address. Items, sums, status, times and payments "
        "stay, and so do the totals of reports. Orders still under way are `remaining`: finish, cancel or delete them, "
        "and repeat. Repeated, it erases nothing twice.",
        {200: Answer("What this step erased.", "ErasureView")},
        body=Body(
            JSON, "ErasureRequest", {"email": {"summary": "By e-mail", "value": {"customer": "ada@example.org"}}}
        ),
        problems=(*JSON_BODY, "invalid-erasure", "invalid-cursor", *WRITE),
    ),
}
