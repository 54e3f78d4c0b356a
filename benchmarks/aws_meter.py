"""A deployment in this process that counts what it asks of AWS, in the units that are billed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from math import ceil
from typing import Any, Final

from botocore.session import Session

from ordermill.topology.model import Index, Table
from tests.cloud.resources import PREFIX, REGION
from tests.cloud.stack import Answer, Stack

CALL_MS: Final = 10
"""How long a call to AWS is taken to last; nothing here can measure it."""
ACCESS_LOG_BYTES: Final = 350
"""Of a request's line in the gateway's log, about."""
START_MS: Final = 5
"""How long an invocation is taken to last beside its calls."""
_MACHINE_GB: Final = 64 / 1024
_KB: Final = 1024

Item = Mapping[str, Any]


@cache
def _uncounted() -> Any:
    return Session().create_client("dynamodb", region_name=REGION)


class Metered(Stack):
    """Counts `units`: unit to number, named as in `aws_costs.PRICES`."""

    def __post_init__(self) -> None:
        """Start at nothing."""
        self.forget()
        super().__post_init__()
        self._tables = {**self.topology.tables, "payments": Table("paymentKey", None, None, stream=False, indexes={})}

    def forget(self) -> None:
        """Start again at nothing."""
        self.units: dict[str, float] = {}
        self._open_ms: list[float] = []
        self._written: list[tuple[Table, dict[str, Any], Item, int]] = []

    def count(self, unit: str, number: float = 1) -> None:
        """So many more."""
        self.units[unit] = self.units.get(unit, 0.0) + number

    def request(self, *args: Any, **given: Any) -> Answer:
        """A request comes by CloudFront to the gateway."""
        self.count("CloudFront requests")
        self.count("API Gateway requests")
        self.count("Log GB", ACCESS_LOG_BYTES / 1e9)
        return super().request(*args, **given)

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        """An invocation lasts as long as its calls, and what they wait for."""
        if name.startswith("workflow "):
            with super().running(name):
                yield
            return
        self._open_ms.append(0.0)
        self._elapse(START_MS)
        with super().running(name):
            yield
        self._settle_writes()
        lasted = self._open_ms.pop()
        self.count("Lambda requests")
        self.count("Lambda GB-s (arm64)", lasted / 1000 * self.functions[name].memory_mb / _KB)
        if self._open_ms:
            # A Task of a state machine, which lasts as long.
            self.count("Step Functions GB-s", ceil(lasted / 100) / 10 * _MACHINE_GB)

    def _turn_queue(self, queue: str, name: str) -> bool:
        moved = super()._turn_queue(queue, name)
        if moved:
            self.count("SQS requests", 2)
        return moved

    def asked(self, params: dict[str, Any], model: Any) -> None:
        """A call is about to be made."""
        super().asked(params, model)
        if not self._running:
            return
        self._settle_writes()
        self._elapse(CALL_MS)
        service, operation = model.service_model.service_name, model.name
        if service == "dynamodb":
            self._asked_table(operation, params)
        elif service == "stepfunctions":
            self.count("Step Functions requests")
        elif service in ("sqs", "sns", "s3"):
            self.count({"sqs": "SQS requests", "sns": "SNS requests", "s3": "S3 writes"}[service])

    def _elapse(self, milliseconds: float) -> None:
        self._open_ms = [lasted + milliseconds for lasted in self._open_ms]

    def _asked_table(self, operation: str, params: Mapping[str, Any]) -> None:
        if operation == "Query":
            self.count("DynamoDB read units", 0.5)
        elif operation == "GetItem":
            self._count_read(params, params["Key"], consistent=bool(params.get("ConsistentRead")))
        elif operation == "BatchGetItem":
            for name, asked in params["RequestItems"].items():
                for key in asked["Keys"]:
                    self._count_read({"TableName": name}, key, consistent=bool(asked.get("ConsistentRead")))
        elif operation == "TransactWriteItems":
            for part in params["TransactItems"]:
                self._write(next(iter(part.values())), 2)
        else:
            self._write(params, 1)

    def _count_read(self, of: Mapping[str, Any], key: dict[str, Any], *, consistent: bool) -> None:
        item = _uncounted().get_item(TableName=of["TableName"], Key=key).get("Item", {})
        self.count("DynamoDB read units", max(1, ceil(size(item) / (4 * _KB))) * (1 if consistent else 0.5))

    def _write(self, params: Mapping[str, Any], factor: int) -> None:
        table = self._tables[params["TableName"].removeprefix(f"{PREFIX}-")]
        names = [table.key] + ([table.range] if table.range else [])
        key = params.get("Key") or {name: params["Item"][name] for name in names}
        of = {"TableName": params["TableName"], "Key": key}
        self._written.append((table, of, _uncounted().get_item(**of).get("Item", {}), factor))

    def _settle_writes(self) -> None:
        """What was written last, now that it is there."""
        for table, of, before, factor in self._written:
            after = _uncounted().get_item(**of).get("Item", {})
            self.count("DynamoDB write units", write_units(table.indexes, before, after, factor))
        self._written = []


def size(item: Item) -> int:
    """About as many bytes as DynamoDB bills the item at."""
    return sum(len(name) + len(str(next(iter(value.values()))).encode()) for name, value in item.items())


def write_units(indexes: Mapping[str, Index], before: Item, after: Item, factor: int) -> int:
    """Of a write: each KB, `factor` times in a transaction; and of each index, what leaves it and what comes in."""
    units = max(1, ceil(max(size(before), size(after)) / _KB)) * factor
    for index in indexes.values():
        old, new = _entry(index, before), _entry(index, after)
        if old != new:
            units += (old is not None) + (new is not None)
    return units


def _entry(index: Index, item: Item) -> tuple[Any, ...] | None:
    names = [index.key] + ([index.range] if index.range else [])
    return tuple(str(item[name]) for name in names) if all(name in item for name in names) else None
