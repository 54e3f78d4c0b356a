"""What comes into the queue of dead letters, as letters: from our consumers, from queues and mappings, from schedules.

| who sent it | what tells where it comes from |
|---|---|
| a consumer, after its last receive | message attributes: queue, function, error, receives, redrives, letterId |
| a queue's redrive, after its consumer died each time | system attribute DeadLetterQueueSourceArn |
| a stream's mapping, after its consumer died each time | a notification of the object it wrote |
| an asynchronous invocation that failed each time | `requestContext.functionArn` in the body |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote_plus

import msgspec

from ordermill.adapters.aws.changes import change_of
from ordermill.bootstrap.aws import LambdaFunction
from ordermill.domain.dead_letters import ENDED, DeadLetter, payload_of
from ordermill.topology.names import STREAM_FAILURES, consumers, retry_queues

Record = Mapping[str, Any]

UNKNOWN: Final = "unknown"
"""Where a message comes from that nobody knows of: it is kept, but cannot be redriven."""

_encode = msgspec.json.Encoder().encode


class _About(msgspec.Struct, rename="camel"):
    """What messages about an order have, one way or another."""

    order_id: str | None = None
    subject: str | None = None
    order: Any = None


class _Notified(msgspec.Struct, rename="camel"):
    """An object that was written."""

    event_source: str = ""
    s3: dict[str, Any] = {}


class _Invocation(msgspec.Struct, rename="camel"):
    function_arn: str
    condition: str = ""


class _Envelope(msgspec.Struct, rename={"records": "Records", "event": "Event"}):
    """What AWS itself writes: notifications, its test of them, and invocations that failed."""

    records: list[_Notified] | None = None
    event: str | None = None
    request_context: _Invocation | None = msgspec.field(default=None, name="requestContext")
    request_payload: Any = msgspec.field(default=None, name="requestPayload")
    response_payload: Any = msgspec.field(default=None, name="responsePayload")


def letters_of(record: Record, function: LambdaFunction) -> Sequence[DeadLetter]:
    """The letters that a message of the queue stands for; usually one. Raises StorageUnavailable."""
    attributes = {name: each.get("stringValue", "") for name, each in record.get("messageAttributes", {}).items()}
    if "queue" in attributes:
        return [_told(record, attributes)]
    source = record["attributes"].get("DeadLetterQueueSourceArn")
    if source:
        return [_redriven(record, source, attributes, function)]
    envelope = _envelope_of(record["body"])
    if envelope is None:
        return [
            _letter(
                record, UNKNOWN, UNKNOWN, attributes.get("ERROR_MESSAGE") or attributes.get("ErrorMessage") or ENDED
            )
        ]
    if envelope.records is not None or envelope.event is not None:
        return _left_behind(record, envelope.records or [], function)
    return [_invoked(record, envelope, function)]


def _told(record: Record, attributes: Mapping[str, str]) -> DeadLetter:
    return DeadLetter(
        attributes.get("letterId") or record["messageId"],
        attributes["queue"],
        attributes.get("function", UNKNOWN),
        attributes.get("orderId") or _order_of(record["body"]),
        attributes.get("error", ENDED),
        _number(attributes.get("receives")),
        _number(attributes.get("redrives")),
        _sent_at(record),
        payload_of(_bytes(record)),
    )


def _redriven(record: Record, arn: str, attributes: Mapping[str, str], function: LambdaFunction) -> DeadLetter:
    """A message that SQS moved: all that is known is where it waited."""
    topology, pipeline = function.topology, function.pipeline
    name = arn.rpartition(":")[2].removeprefix(f"{function.deployment.prefix}-")
    places = {queue: place for place, queue in retry_queues(topology, pipeline).items()}
    queue = places.get(name, name)
    consumer = queue.rpartition(">")[2] if name in places else consumers(topology, pipeline).get(name, UNKNOWN)
    receives = topology.queues[name].max_receives if name in topology.queues else 1
    return _letter(record, queue, consumer, ENDED, receives, _number(attributes.get("redrives")))


def _left_behind(record: Record, written: Sequence[_Notified], function: LambdaFunction) -> list[DeadLetter]:
    """One letter for each change record in the objects."""
    from ordermill.adapters.aws.failures import StreamFailures

    letters = []
    for each in written:
        key = unquote_plus(str(each.s3.get("object", {}).get("key", "")))
        failure = msgspec.json.decode(StreamFailures(function.deployment, STREAM_FAILURES).read(key))
        name = _function_of(failure["requestContext"]["functionArn"], function)
        payload = failure["payload"]
        event = msgspec.json.decode(payload) if isinstance(payload, str) else payload
        why = failure["requestContext"].get("condition", "")
        letters += [_change_letter(record, name, change, why, function) for change in event["Records"]]
    return letters


def _change_letter(
    record: Record, name: str, change: Mapping[str, Any], why: str, function: LambdaFunction
) -> DeadLetter:
    table = function.topology.functions.get(name) or function.topology.pipelines[function.pipeline].functions[name]
    try:
        decoded = change_of(change)
        order_id, body = decoded.order.order_id, _encode(decoded)
    except ValueError:
        order_id, body = None, _encode(change)
    return DeadLetter(
        f"{name}-{change['eventID']}",
        f"{table.trigger.source}>{name}",
        name,
        order_id,
        f"{why or 'RetryAttemptsExhausted'}: {ENDED}",
        1,
        0,
        _sent_at(record),
        payload_of(body),
    )


def _invoked(record: Record, envelope: _Envelope, function: LambdaFunction) -> DeadLetter:
    """An invocation that nobody waited for, and that failed each time."""
    assert envelope.request_context is not None
    name = _function_of(envelope.request_context.function_arn, function)
    said, error = envelope.response_payload, envelope.request_context.condition or ENDED
    if isinstance(said, dict) and "errorType" in said:
        error = f"{said['errorType']}: {said.get('errorMessage', '')}"
    letter = _letter(record, UNKNOWN, name, error)
    return msgspec.structs.replace(letter, payload=msgspec.Raw(_encode(envelope.request_payload)))


def _letter(record: Record, queue: str, function: str, error: str, receives: int = 1, redrives: int = 0) -> DeadLetter:
    order_id, payload = _order_of(record["body"]), payload_of(_bytes(record))
    return DeadLetter(
        record["messageId"], queue, function, order_id, error, receives, redrives, _sent_at(record), payload
    )


def _envelope_of(body: str) -> _Envelope | None:
    try:
        envelope = msgspec.json.decode(body.encode(), type=_Envelope)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None
    known = (envelope.records, envelope.event, envelope.request_context)
    return None if all(each is None for each in known) else envelope


def _order_of(body: str) -> str | None:
    try:
        about = msgspec.json.decode(body.encode(), type=_About)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None
    inside = about.order.get("orderId") if isinstance(about.order, dict) else None
    order_id = about.order_id or about.subject or inside
    return order_id if order_id and order_id.startswith("ord_") else None


def _function_of(arn: str, function: LambdaFunction) -> str:
    name = arn.partition(":function:")[2].partition(":")[0]
    return name.removeprefix(f"{function.deployment.prefix}-")


def _bytes(record: Record) -> bytes:
    body: str = record["body"]
    return body.encode("utf-8", "backslashreplace")


def _sent_at(record: Record) -> int:
    return int(record["attributes"]["SentTimestamp"])


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0
