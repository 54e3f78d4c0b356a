"""Table `events`: the permanent log of what happened to orders."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import msgspec

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.items import Item, text, updating
from ordermill.adapters.aws.patience import Patience
from ordermill.adapters.aws.tables import Tables
from ordermill.adapters.aws.writing import Part, Unmet, write_alone
from ordermill.domain.erasure import erased_event
from ordermill.domain.events import OrderEvent

_TABLE: Final = "events"
_KEY: Final = "orderId"
_SEQ_DIGITS: Final = 10

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(OrderEvent).decode


class DynamoEvents:
    """Port `events`."""

    def __init__(self, deployment: Deployment, *, patience: Patience | None = None) -> None:
        self._tables = Tables(deployment, patience)

    def append(self, event: OrderEvent) -> None:
        """See `EventLog.append`."""
        item = {
            _KEY: text(event.subject),
            "seq": text(f"{event.data.seq:0{_SEQ_DIGITS}d}"),
            "body": text(_encode(event).decode()),
        }
        request = {"Item": item, "ConditionExpression": f"attribute_not_exists({_KEY})"}
        with suppress(Unmet):
            write_alone(self._tables, Part("Put", _TABLE, request, "event", event.id))

    def redact(self, order_id: str) -> None:
        """See `EventLog.redact`."""
        start: Item | None = None
        while True:
            answer = self._tables.of_key(_TABLE, _KEY, order_id, start)
            for item in answer["Items"]:
                event = _decode(item["body"]["S"])
                erased = erased_event(event)
                if erased is not event:
                    key = {_KEY: item[_KEY], "seq": item["seq"]}
                    request = {"Key": key, **updating({"body": text(_encode(erased).decode())})}
                    write_alone(self._tables, Part("Update", _TABLE, request, "event", event.id))
            start = answer.get("LastEvaluatedKey")
            if start is None:
                return
