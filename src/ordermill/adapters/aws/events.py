"""Table `events`: the permanent log of what happened to orders."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import msgspec

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.items import text
from ordermill.adapters.aws.patience import Patience
from ordermill.adapters.aws.tables import Tables
from ordermill.adapters.aws.writing import Part, Unmet, write_alone
from ordermill.domain.events import OrderEvent

_TABLE: Final = "events"
_KEY: Final = "orderId"
_SEQ_DIGITS: Final = 10

_encode = msgspec.json.Encoder().encode


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
