"""What calls of the SDK need of IAM: the actions that AWS documents for each, and the resources they are about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ordermill.topology.names import STREAM_FAILURES
from tests.cloud.resources import ACCOUNT, REGION
from tests.cloud.stack import Called

Need = tuple[str, str]
"""Action and ARN."""

_PARTS: Final = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
_FREE: Final = frozenset({("cognito-idp", "GetUser")})
"""Calls that need no permission: the token is it."""


def needs_of(called: Called) -> frozenset[Need]:
    """What a call needs. Raises KeyError for one that is not known here."""
    if (called.service, called.operation) in _FREE:
        return frozenset()
    return frozenset(_NEEDS[called.service](called.operation, called.parameters))


def used(calls: Iterable[Called]) -> dict[str, set[Need]]:
    """By function, what it needed."""
    found: dict[str, set[Need]] = {}
    for called in calls:
        found.setdefault(called.function, set()).update(needs_of(called))
    return found


def _table(name: str, index: str | None = None) -> str:
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"
    return arn if index is None else f"{arn}/index/{index}"


def _dynamodb(operation: str, parameters: Mapping[str, Any]) -> Iterator[Need]:
    if operation == "TransactWriteItems":
        for item in parameters["TransactItems"]:
            ((part, said),) = item.items()
            yield f"dynamodb:{_PARTS[part]}", _table(said["TableName"])
    elif operation == "BatchGetItem":
        for name in parameters["RequestItems"]:
            yield "dynamodb:BatchGetItem", _table(name)
    else:
        yield f"dynamodb:{operation}", _table(parameters["TableName"], parameters.get("IndexName"))


def _sqs(operation: str, parameters: Mapping[str, Any]) -> Iterator[Need]:
    queue = parameters["QueueUrl"].rpartition("/")[2]
    yield f"sqs:{operation.removesuffix('Batch')}", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"


def _sns(operation: str, parameters: Mapping[str, Any]) -> Iterator[Need]:
    yield f"sns:{operation.removesuffix('Batch')}", parameters["TopicArn"]


def _s3(operation: str, parameters: Mapping[str, Any]) -> Iterator[Need]:
    bucket = f"arn:aws:s3:::{parameters['Bucket']}"
    if operation == "ListObjectsV2":
        yield "s3:ListBucket", bucket
        return
    yield f"s3:{operation}", f"{bucket}/{parameters['Key']}"
    linked = "ResponseContentType" in parameters
    if operation == "GetObject" and not linked and not parameters["Bucket"].endswith(STREAM_FAILURES):
        # Who may not list is told 403 of what is not there, instead of 404.
        yield "s3:ListBucket", bucket


def _ssm(operation: str, parameters: Mapping[str, Any]) -> Iterator[Need]:
    yield f"ssm:{operation}", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{parameters['Name']}"


def _states(operation: str, parameters: Mapping[str, Any]) -> Iterator[Need]:
    yield f"states:{operation}", parameters["stateMachineArn"]


def _ses(operation: str, parameters: Mapping[str, Any]) -> Iterator[Need]:
    sender = parameters["FromEmailAddress"].rpartition("<")[2].rstrip(">")
    yield f"ses:{operation}", f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{sender.rpartition('@')[2]}"


def _rekognition(operation: str, _: Mapping[str, Any]) -> Iterator[Need]:
    # It knows no resources that labels could be limited to.
    yield f"rekognition:{operation}", "*"


_NEEDS: Final = {
    "dynamodb": _dynamodb,
    "sqs": _sqs,
    "sns": _sns,
    "s3": _s3,
    "ssm": _ssm,
    "stepfunctions": _states,
    "sesv2": _ses,
    "rekognition": _rekognition,
}
