"""The resources of a deployment, made in moto from the topology by the rules that Terraform follows."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

from botocore.session import Session

from ordermill.adapters.aws.deployment import Deployment
from ordermill.topology import names
from ordermill.topology.model import Table, Topology
from ordermill.topology.views import subscriptions

PREFIX: Final = "ordermill"
REGION: Final = "us-east-1"
ACCOUNT: Final = "123456789012"
SECRETS: Final = {"signing-key": "test-signing-key", "alert-targets": "-", "webhook-secret": "-", "stripe-key": "-"}


@cache
def session() -> Session:
    """The SDK's session of all deployments: to make its clients takes longer than most of what they are asked."""
    return Session()


@cache
def deployment() -> Deployment:
    """The deployment that all of these are of."""
    return Deployment(PREFIX, REGION, ACCOUNT, emulated=True, session=session())


def create(topology: Topology, pipeline: str, secrets: dict[str, str] | None = None) -> None:
    """All of them."""
    on = deployment()
    for name, table in topology.tables.items():
        create_table(on, name, table)
    payments = Table(key="paymentKey", range=None, ttl=None, stream=False, indexes={})
    create_table(on, "payments", payments)
    _create_queues(on, topology, pipeline)
    _create_topics(on, topology, pipeline)
    for bucket in ("mail", names.STREAM_FAILURES, *topology.buckets):
        on.client("s3").create_bucket(Bucket=on.bucket(bucket))
    for secret, value in {**SECRETS, **(secrets or {})}.items():
        on.client("ssm").put_parameter(Name=on.parameter(secret), Value=value, Type="SecureString")


def create_table(on: Deployment, name: str, table: Table) -> None:
    """One table, with its indexes and its stream."""
    indexes = [
        {"IndexName": index, "KeySchema": _keys(of.key, of.range), "Projection": {"ProjectionType": "KEYS_ONLY"}}
        for index, of in table.indexes.items()
    ]
    attributes = {table.key, table.range, *(i.key for i in table.indexes.values())}
    attributes |= {i.range for i in table.indexes.values()}
    given: dict[str, Any] = {"GlobalSecondaryIndexes": indexes} if indexes else {}
    if table.stream:
        given["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    on.client("dynamodb").create_table(
        TableName=on.name(name),
        KeySchema=_keys(table.key, table.range),
        AttributeDefinitions=[{"AttributeName": a, "AttributeType": "S"} for a in sorted(filter(None, attributes))],
        BillingMode="PAY_PER_REQUEST",
        **given,
    )


def _keys(key: str, range_: str | None) -> list[dict[str, str]]:
    keys = [{"AttributeName": key, "KeyType": "HASH"}]
    return keys if range_ is None else [*keys, {"AttributeName": range_, "KeyType": "RANGE"}]


def _create_queues(on: Deployment, topology: Topology, pipeline: str) -> None:
    sqs = on.client("sqs")
    sqs.create_queue(QueueName=on.name(names.DEAD_MESSAGES))
    wanted = {names.DEAD_LETTERS: (names.DEAD_MESSAGES, names.LETTER_RECEIVES, 60)}
    for queue in names.consumers(topology, pipeline):
        said = topology.queues[queue]
        wanted[queue] = (names.DEAD_LETTERS, said.max_receives, said.visibility_s)
    for queue in names.retry_queues(topology, pipeline).values():
        wanted[queue] = (names.DEAD_LETTERS, names.STREAM_RECEIVES, 180)
    for queue, (dead, receives, visibility_s) in wanted.items():
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{on.name(dead)}"
        sqs.create_queue(
            QueueName=on.name(queue),
            Attributes={
                "VisibilityTimeout": str(visibility_s),
                "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": receives}),
            },
        )


def _create_topics(on: Deployment, topology: Topology, pipeline: str) -> None:
    sns, own = on.client("sns"), _own_consumers(topology, pipeline)
    for topic in topology.topics:
        arn = sns.create_topic(Name=on.name(topic))["TopicArn"]
        for queue, filter_ in subscriptions(topology, topic).items():
            if queue not in own:
                continue
            attributes = {"RawMessageDelivery": "true"}
            if filter_ is not None:
                attributes["FilterPolicy"] = json.dumps(filter_)
            endpoint = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{on.name(queue)}"
            sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=endpoint, Attributes=attributes)


def _own_consumers(topology: Topology, pipeline: str) -> set[str]:
    """The queues that the pipeline itself consumes: what another one left gets nothing new."""
    from ordermill.topology.views import enabled

    return {s.trigger.source for s in enabled(topology, pipeline).values() if s.trigger.kind == "queue"}
