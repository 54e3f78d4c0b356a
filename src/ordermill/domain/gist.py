"""What a message is about, in a few words: enough to tell it from the others of its order, and nothing of a person."""

from __future__ import annotations

from ordermill.domain.commands import ProcessOrder, SendMail
from ordermill.domain.events import OrderChange, OrderEvent

Gist = dict[str, str | int]
"""Names as in the API, such as `{"orderId": "ord_…", "attempt": 1}`."""


def gist_of(message: object, order_id: str) -> Gist:
    """The gist of a function's message about the order; of one that could not be read, the order alone."""
    match message:
        case ProcessOrder():
            return {"orderId": order_id, "attempt": message.attempt}
        case OrderChange():
            return {"orderId": order_id, "version": message.order.version}
        case OrderEvent():
            return {"orderId": order_id, "event": message.type.value, "seq": message.data.seq}
        case SendMail():
            return {"orderId": order_id, "mailId": message.mail_id}
        case _:
            return {"orderId": order_id}
