"""What the API's description says about deleting orders, and about their archive."""

from __future__ import annotations

from typing import Any, Final

from ordermill.entrypoints.openapi_lists import moment, parameter
from ordermill.entrypoints.openapi_parts import READ, WRITE, Answer, Operation
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
        "Reads an order that was deleted, whole, as it was archived.",
        {200: Answer("The order.", "ArchivedOrderView")},
        problems=("not-found", "forbidden", *READ),
    ),
}
