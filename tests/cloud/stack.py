"""The deployment at work: requests to its API, and its mappings, which are turned by hand until nothing moves."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from ordermill.bootstrap.aws import Ambient, LambdaFunction
from ordermill.bootstrap.aws_ports import Choices
from ordermill.entrypoints.aws_lambda.dispatch import Dispatcher
from ordermill.entrypoints.aws_lambda.staff import SignIn
from ordermill.entrypoints.aws_lambda.start import settings_of
from ordermill.entrypoints.routing import Router
from ordermill.topology import names
from ordermill.topology.loader import load
from ordermill.topology.model import StreamPattern, Topology
from ordermill.topology.views import enabled, routes
from tests.cloud import envelopes, resources
from tests.cloud.machines import answered

BATCH: Final = 10
_TURNS: Final = 400
STAFF: Final = {"cognito:groups": "[staff]", "token_use": "access"}


@dataclass(frozen=True)
class Called:
    """One call of the SDK, by one function: service and operation as IAM and the SDK name them, and its parameters."""

    function: str
    service: str
    operation: str
    parameters: Mapping[str, Any]


@dataclass
class Answer:
    """What the API answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


@dataclass
class Context:
    """Lambda's context, as far as anything asks it."""

    left_ms: int = 30_000

    def get_remaining_time_in_millis(self) -> int:
        """What the call has left."""
        return self.left_ms


@dataclass
class Stack:
    """Everything of one pipeline; make it within moto's mock. `ports` stand in the place of ours, by resource."""

    pipeline: str
    topology: Topology = field(default_factory=load)
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, object] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    at_once: bool = False
    """Whether what is sent for later comes at once, so that nobody has to wait for it."""
    calls: list[Called] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._running: list[str] = []
        _watch().stack = self
        resources.create(self.topology, self.pipeline, self.secrets)
        self.deployment = resources.deployment()
        self.routes = [route for route in routes(self.topology, self.pipeline) if route.function is not None]
        self._router = Router(self.routes)
        self._handlers: dict[str, Dispatcher] = {}
        self._taken: Counter[str] = Counter()
        self.functions = enabled(self.topology, self.pipeline)

    def handler(self, name: str) -> Dispatcher:
        """The Lambda of a function, started when it is first called."""
        if name not in self._handlers:
            env = {"ORDERMILL_RETRY_BASE_MS": "1", **self.environment}
            function = LambdaFunction(
                name,
                self.topology,
                self.pipeline,
                self.deployment,
                lambda of: settings_of(env, of),
                Choices(labels="rekognition"),
                Ambient(chance=lambda: 0.0, pause=lambda _: None),
                self.ports,
            )
            self._handlers[name] = Dispatcher(function, SignIn("https://pool.example.org", "console"))
        return self._handlers[name]

    def invoke(self, name: str, event: Any, context: Context | None = None) -> Any:
        """Call a Lambda."""
        handler = self.handler(name)
        with self.running(name):
            return handler(event, context or Context())

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        """Whose calls are made in the body."""
        self._running.append(name)
        try:
            yield
        finally:
            self._running.pop()

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        query: str = "",
        staff: bool = False,
    ) -> Answer:
        """A request to the API; as `staff`, with a token that the gateway has verified where the route wants one."""
        match = self._router.match(method, path)
        assert match.function is not None, path
        sent = {} if body is None else {"content-type": "application/json"}
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        claims = STAFF if staff and match.access == "staff" else None
        event = envelopes.http(
            match.route, path, match.path, query=query, headers={**sent, **(headers or {})}, body=data, claims=claims
        )
        answer = self.invoke(match.function, event)
        return Answer(answer["statusCode"], answer["headers"], answer["body"].encode())

    def settle(self) -> None:
        """Turn all mappings until nothing moves."""
        for _ in range(_TURNS):
            if not self.turn():
                return
        about = len(self.calls)
        self.turn()
        moving = Counter((call.function, call.operation) for call in self.calls[about:])
        raise AssertionError(f"the stack does not come to rest: in its last turn {dict(moving)}")

    def turn(self) -> bool:
        """One round of all mappings; whether anything moved."""
        moved = False
        for name, spec in self.functions.items():
            if spec.trigger.kind == "stream":
                moved |= self._turn_stream(name)
        for queue, name in names.consumers(self.topology, self.pipeline).items():
            moved |= self._turn_queue(queue, name)
        for place, queue in names.retry_queues(self.topology, self.pipeline).items():
            moved |= self._turn_queue(queue, place.rpartition(">")[2])
        for name, spec in self.functions.items():
            if spec.trigger.kind == "dead_letters":
                moved |= self._turn_queue(names.DEAD_LETTERS, name)
        return moved

    def waiting(self, queue: str) -> int:
        """How many messages are in a queue, those in flight included."""
        attributes = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        sqs = self.deployment.client("sqs")
        url = self.deployment.queue_url(queue)
        said = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=attributes)["Attributes"]
        return sum(int(said[name]) for name in attributes)

    def _turn_queue(self, queue: str, name: str) -> bool:
        sqs, url = self.deployment.client("sqs"), self.deployment.queue_url(queue)
        messages = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=BATCH,
            MessageSystemAttributeNames=["All"],
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if not messages:
            return False
        answer = self.invoke(name, envelopes.sqs(queue, messages))
        failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
        for message in messages:
            if message["MessageId"] not in failed:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return True

    def _turn_stream(self, name: str) -> bool:
        trigger = self.functions[name].trigger
        records = [r for r in self._changes(name, trigger.source) if _passes(r, trigger.filter)]
        if not records:
            return False
        answer = self.invoke(name, envelopes.stream(trigger.source, records))
        assert answer == {"batchItemFailures": []}, answer
        return True

    def _changes(self, name: str, table: str) -> list[dict[str, Any]]:
        """What came since it was last asked.

        By place: once a transaction was cancelled the mock goes on with copies of its tables, which no older iterator
        knows.
        """
        streams = self.deployment.client("dynamodbstreams")
        described = self.deployment.client("dynamodb").describe_table(TableName=self.deployment.name(table))
        arn = described["Table"]["LatestStreamArn"]
        (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        place = int(shard["SequenceNumberRange"]["StartingSequenceNumber"]) + self._taken[name]
        iterator = streams.get_shard_iterator(
            StreamArn=arn,
            ShardId=shard["ShardId"],
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=str(place),
        )
        records = list(streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"])
        self._taken[name] += len(records)
        return records

    def asked(self, params: dict[str, Any], model: Any) -> None:
        """A call of the SDK is about to be made."""
        if self.at_once and model.name == "SendMessageBatch":
            for entry in params["Entries"]:
                entry.pop("DelaySeconds", None)
        if self.at_once and model.name == "ChangeMessageVisibility":
            params["VisibilityTimeout"] = 0
        if self._running:
            self.calls.append(Called(self._running[-1], model.service_model.service_name, model.name, dict(params)))


class _Watch:
    """Tells the stack at work of each call; there is one at a time."""

    stack: Stack | None = None

    def __init__(self) -> None:
        session = resources.session()
        session.register("before-parameter-build", self._asked)
        # Of writes at once, one that is cancelled makes the mock forget the others: it puts back all its tables.
        self._one_at_a_time = threading.RLock()
        session.register("before-call.dynamodb", lambda **_: self._one_at_a_time.acquire() and None)
        for over in ("after-call.dynamodb", "after-call-error.dynamodb"):
            session.register(over, lambda **_: self._one_at_a_time.release())
        # The mock has no such executions: they are run here, and the mock is not asked.
        session.register("before-call.sfn.StartSyncExecution", self._started)

    def _asked(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        assert self.stack is not None
        self.stack.asked(params, model)

    def _started(self, params: dict[str, Any], **_: Any) -> Any:
        assert self.stack is not None
        return answered(self.stack, params)


@cache
def _watch() -> _Watch:
    return _Watch()


def _passes(record: Mapping[str, Any], patterns: tuple[StreamPattern, ...] | None) -> bool:
    """Whether the mapping's filter lets the record through."""
    if patterns is None:
        return True
    return any(
        (pattern.event is None or record["eventName"] in pattern.event)
        and _matches(record["dynamodb"].get("OldImage", {}), pattern.old)
        and _matches(record["dynamodb"].get("NewImage", {}), pattern.new)
        for pattern in patterns
    )


def _matches(image: Mapping[str, Any], wanted: Mapping[str, tuple[str, ...]] | None) -> bool:
    return all(image.get(name, {}).get("S") in values for name, values in (wanted or {}).items())
