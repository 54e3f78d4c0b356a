"""The events that Lambda's triggers hand over, in the shapes that AWS documents."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.cloud.resources import ACCOUNT, PREFIX, REGION


def http(
    route: str,
    path: str,
    parameters: Mapping[str, str],
    *,
    query: str = "",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    claims: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A request to an HTTP API, payload 2.0; `claims` are those that its authorizer has verified."""
    method = route.partition(" ")[0]
    context: dict[str, Any] = {
        "accountId": ACCOUNT,
        "apiId": "a1b2c3d4e5",
        "domainName": f"a1b2c3d4e5.execute-api.{REGION}.amazonaws.com",
        "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test"},
        "requestId": "JKJaXmPLvHcESHA=",
        "routeKey": route,
        "stage": "$default",
        "time": "21/Nov/2026:12:00:00 +0000",
        "timeEpoch": 1795262400000,
    }
    if claims is not None:
        context["authorizer"] = {"jwt": {"claims": dict(claims), "scopes": None}}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": context["domainName"], **(headers or {})},
        "requestContext": context,
        "isBase64Encoded": False,
    }
    if parameters:
        event["pathParameters"] = dict(parameters)
    if body:
        event["body"] = body.decode()
    return event


def sqs(queue: str, messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Messages of a queue, as ReceiveMessage gave them with all attributes."""
    return {"Records": [_sqs_record(queue, message) for message in messages]}


def _sqs_record(queue: str, message: Mapping[str, Any]) -> dict[str, Any]:
    attributes = {name: _lambda_value(value) for name, value in message.get("MessageAttributes", {}).items()}
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message["Attributes"]),
        "messageAttributes": attributes,
        "md5OfBody": message.get("MD5OfBody", ""),
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{PREFIX}-{queue}",
        "awsRegion": REGION,
    }


def _lambda_value(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "stringValue": value["StringValue"],
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value["DataType"],
    }


def stream(table: str, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Change records of a table, as GetRecords gave them."""
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{PREFIX}-{table}/stream/2026-11-21T00:00:00.000"
    return {"Records": [_stream_record(arn, record) for record in records]}


def _stream_record(arn: str, record: Mapping[str, Any]) -> dict[str, Any]:
    change = dict(record["dynamodb"])
    change["ApproximateCreationDateTime"] = 1795262400
    return {
        "eventID": record["eventID"],
        "eventName": record["eventName"],
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": change,
        "eventSourceARN": arn,
    }


def scheduled(time: str) -> dict[str, Any]:
    """A schedule's turn, at this time."""
    return {
        "version": "0",
        "id": "3ab0e2f1-0e5c-4b56-9d2e-5f9a0f5f5f5f",
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": ACCOUNT,
        "time": time,
        "region": REGION,
        "resources": [f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/{PREFIX}/sweep_orders"],
        "detail": "{}",
    }


def written(bucket: str, key: str) -> str:
    """The body of the message that tells of an object in a bucket."""
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": REGION,
        "eventTime": "2026-11-21T12:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "s3": {"s3SchemaVersion": "1.0", "bucket": {"name": bucket}, "object": {"key": key, "size": 1}},
    }
    return json.dumps({"Records": [record]})


def stream_failure(function: str, records: Sequence[Mapping[str, Any]]) -> bytes:
    """The object that a stream's mapping writes for a batch that it gave up."""
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{PREFIX}-{function}"
    said = {
        "requestContext": {
            "requestId": "c2f1b0a0-3f6e-4d7e-8a6b-0d5a3c1e9f00",
            "functionArn": arn,
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 11,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": "2026-11-21T12:00:00.000Z",
        "DDBStreamBatchInfo": {"shardId": "shardId-00000001", "batchSize": len(records)},
        "payload": json.dumps({"Records": list(records)}),
    }
    return json.dumps(said).encode()


def failed_invocation(function: str, payload: Any) -> str:
    """The body of the message about an asynchronous invocation that failed each time."""
    return json.dumps(
        {
            "version": "1.0",
            "timestamp": "2026-11-21T12:00:00.000Z",
            "requestContext": {
                "requestId": "e4b46cbf-b738-xmpl-8880-a18cdf61200e",
                "functionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{PREFIX}-{function}:$LATEST",
                "condition": "RetriesExhausted",
                "approximateInvokeCount": 3,
            },
            "requestPayload": payload,
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "responsePayload": {"errorMessage": "it went wrong", "errorType": "RuntimeError", "stackTrace": []},
        }
    )
