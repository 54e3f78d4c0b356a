"""The deployed system as a user meets it, over its HTTP API; what has no route there is asked of AWS itself."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

import httpx2

from tests.aws_local.stack import Stack
from tests.aws_local.stand_ins import Faults
from tests.scenarios.world import Json, Placed, World

_UNREAD: Final = frozenset({"alert-queue"})
"""What is to come of alerts may take a minute: they are grouped."""
_DEPTHS: Final = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class Cloud:
    """A stack's AWS services and Terraform outputs."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    @property
    def outputs(self) -> dict[str, Any]:
        """Terraform's, as of the last apply."""
        return self._stack.outputs

    def client(self, service: str) -> Any:
        """A client of an AWS service, with every right."""
        return self._stack.emulator.client(service)

    def items(self, table: str, **request: Any) -> Iterator[dict[str, Any]]:
        """All items of a table."""
        pages = self.client("dynamodb").get_paginator("scan")
        for page in pages.paginate(TableName=self.outputs["tables"][table], ConsistentRead=True, **request):
            yield from page["Items"]

    def waiting(self, queue: str) -> int:
        """How many messages a queue holds: seen, in flight, or put off."""
        asked = self.client("sqs").get_queue_attributes(
            QueueUrl=self.outputs["queues"][queue], AttributeNames=list(_DEPTHS)
        )
        return sum(int(count) for count in asked["Attributes"].values())


class DeployedWorld(World):
    """See `World`; `client` is of the deployed API."""

    look_s = 0.1
    # Functions begin as processes, on a machine that does much else.
    slower = 6
    shows_executions = False

    def __init__(self, stack: Stack, client: httpx2.Client) -> None:
        super().__init__(client, stack.staff())
        self.cloud = Cloud(stack)
        self._faults = Faults(self.cloud)

    def place(self, sku: str, *, quantity: int = 2, token: str = "tok_approve", key: str | None = None) -> Placed:
        """An accepted order; a 503 is repeated under its key, as whoever gets one is told to."""
        chosen = key or uuid4().hex
        by = time.monotonic() + 60
        while (answer := self.post(sku, quantity=quantity, token=token, key=chosen)).status_code == 503:
            assert time.monotonic() < by, answer.text
            time.sleep(int(answer.headers["retry-after"]))
        self._expect(202, answer)
        body = answer.json()
        return Placed(body["orderId"], body["orderToken"], sku, quantity)

    def faults(self, rules: Mapping[str, Json] | None = None) -> None:
        """Break these and nothing else, by what stands in for them."""
        self._faults.set(rules or {})

    def ledger(self, placed: Placed) -> list[Json]:
        """The gateway's own table."""
        found = []
        for item in self.cloud.items("payments"):
            for row in json.loads(item.get("body", {}).get("S", "[]")):
                key, _, _, order_id, kind, amount, _, outcome, *_ = row
                if order_id == placed.order_id:
                    found.append(
                        {"key": key, "kind": kind, "amount": f"{Decimal(amount) / 100:.2f}", "outcome": outcome}
                    )
        return found

    def _quiet(self) -> bool:
        """No message waits, and each status that any order took is in the event log: nothing is left in the stream."""
        queues = [queue for queue in self.cloud.outputs["queues"] if queue not in _UNREAD]
        if any(self.cloud.waiting(queue) for queue in queues):
            return False
        names = {"ProjectionExpression": "#v", "ExpressionAttributeNames": {"#v": "version"}}
        taken = sum(int(item["version"]["N"]) for item in self.cloud.items("orders", **names))
        return taken == sum(1 for _ in self.cloud.items("events", ProjectionExpression="seq"))
