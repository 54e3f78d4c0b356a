"""The table ports on DynamoDB, which moto plays within the process."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from itertools import count
from typing import Any, Final

import msgspec
from botocore.config import Config
from botocore.session import Session

from ordermill.adapters.aws.alerts import DynamoAlerts
from ordermill.adapters.aws.archive import DynamoArchive
from ordermill.adapters.aws.changes import change_of
from ordermill.adapters.aws.claims import DynamoClaims
from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.events import DynamoEvents
from ordermill.adapters.aws.images import DynamoImages
from ordermill.adapters.aws.letters import DynamoLetters
from ordermill.adapters.aws.mails import DynamoMails
from ordermill.adapters.aws.orders import DynamoOrders
from ordermill.adapters.aws.patience import Patience
from ordermill.adapters.aws.products import DynamoProducts
from ordermill.adapters.aws.subscriptions import DynamoSubscriptions
from ordermill.domain.events import OrderChange, OrderEvent
from ordermill.ports.archive import ArchiveIndex
from ordermill.ports.images import ImageStore
from ordermill.ports.stores import (
    AlertLog,
    ClaimStore,
    DeadLetterStore,
    EventLog,
    MailStore,
    OldOrders,
    OrderStore,
    ProductStore,
)
from ordermill.ports.subscriptions import SubscriptionStore
from ordermill.topology.loader import load
from ordermill.topology.model import Table
from tests.aws_calls import Call, recorded
from tests.contract.stores_kit import Time

REGION: Final = "eu-central-1"
ACCOUNT: Final = "123456789012"
SHARDS: Final = 3
"""Fewer than are deployed: each is a call, and moto takes milliseconds for one."""

_numbers = count()


@cache
def aws_session() -> Session:
    """One for all tests: what it knows of the services takes long to load."""
    return Session()


@cache
def recorded_session() -> tuple[Session, list[Call]]:
    """Another, and the calls of all its clients; whoever looks at them clears them first."""
    session = Session()
    return session, recorded(session)


def create_tables(deployment: Deployment) -> None:
    """Every table of the topology, as Terraform makes it."""
    client = deployment.client("dynamodb")
    for name, table in _tables().items():
        client.create_table(TableName=deployment.name(name), BillingMode="PAY_PER_REQUEST", **_described(table))
        if table.ttl is not None:
            ttl = {"AttributeName": table.ttl, "Enabled": True}
            client.update_time_to_live(TableName=deployment.name(name), TimeToLiveSpecification=ttl)


@cache
def _tables() -> dict[str, Table]:
    return load().tables


def _described(table: Table) -> dict[str, Any]:
    keys = {(table.key, table.range), *((index.key, index.range) for index in table.indexes.values())}
    names = sorted({name for pair in keys for name in pair if name is not None})
    described: dict[str, Any] = {
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in names],
        "KeySchema": _schema(table.key, table.range),
    }
    if table.indexes:
        described["GlobalSecondaryIndexes"] = [
            {
                "IndexName": name,
                "KeySchema": _schema(index.key, index.range),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for name, index in table.indexes.items()
        ]
    if table.stream:
        described["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    return described


def _schema(key: str, range_: str | None) -> list[dict[str, str]]:
    both = [(key, "HASH")] if range_ is None else [(key, "HASH"), (range_, "RANGE")]
    return [{"AttributeName": name, "KeyType": kind} for name, kind in both]


class DynamoPorts:
    """The table ports over tables of their own. `waits` has how long each wait between two tries would have been."""

    def __init__(self, *, shards: int = SHARDS, session: Session | None = None) -> None:
        self.time, self._shards, self.waits = Time(), shards, list[float]()
        self._session = session or aws_session()
        self._prefix = f"test{next(_numbers)}"
        self.fresh()
        create_tables(self.deployment)

    def fresh(self) -> None:
        """As in another process."""
        self.deployment = deployment = Deployment(self._prefix, REGION, ACCOUNT, session=self._session)
        patience = Patience(lambda: 1.0, self.waits.append)
        orders = DynamoOrders(deployment, self.time, patience=patience, shards=self._shards)
        self.orders: OrderStore = orders
        self.old_orders: OldOrders = orders
        self.claims: ClaimStore = DynamoClaims(deployment, self.time, patience=patience)
        self.products: ProductStore = DynamoProducts(deployment, clock=self.time, patience=patience)
        self.events: EventLog = DynamoEvents(deployment, patience=patience)
        self.mails: MailStore = DynamoMails(deployment, self.time, patience=patience)
        self.letters: DeadLetterStore = DynamoLetters(deployment, self.time, patience=patience)
        self.alerts: AlertLog = DynamoAlerts(deployment, self.time, patience=patience)
        self.archive: ArchiveIndex = DynamoArchive(deployment, patience=patience)
        self.subscriptions: SubscriptionStore = DynamoSubscriptions(deployment, self.time, patience=patience)
        self.images: ImageStore = DynamoImages(deployment, self.time, patience=patience)

    @property
    def client(self) -> Any:
        return self.deployment.client("dynamodb")

    def write(self) -> AbstractContextManager[None]:
        """Each call is a write by itself."""
        return nullcontext()

    def changes(self) -> list[OrderChange]:
        # Moto knows the streams by the host that is not the account's.
        plain = Config(account_id_endpoint_mode="disabled")
        streams = aws_session().create_client("dynamodbstreams", region_name=REGION, config=plain)
        name = self.deployment.name("orders")
        arn = self.client.describe_table(TableName=name)["Table"]["LatestStreamArn"]
        (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        begin = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
        return [change_of(record) for record in streams.get_records(ShardIterator=begin["ShardIterator"])["Records"]]

    def logged(self, order_id: str) -> list[OrderEvent]:
        items = self.client.query(
            TableName=self.deployment.name("events"),
            KeyConditionExpression="orderId = :order",
            ExpressionAttributeValues={":order": {"S": order_id}},
        )["Items"]
        return [msgspec.json.decode(item["body"]["S"], type=OrderEvent) for item in items]

    def delete(self, order_id: str) -> None:
        self.client.delete_item(TableName=self.deployment.name("orders"), Key={"orderId": {"S": order_id}})

    def item(self, table: str, key: str, id_: str) -> Any:
        """The item as it is stored."""
        return self.client.get_item(TableName=self.deployment.name(table), Key={key: {"S": id_}}).get("Item")

    def close(self) -> None:
        """Nothing is open."""
