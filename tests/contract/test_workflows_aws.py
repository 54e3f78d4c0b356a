"""How an execution on Step Functions is started, and what each answer means.

What a state machine does is held to in `workflow/`; here its end is played by botocore's stubber, in AWS's shapes.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from botocore.stub import Stubber

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.workflows import StepFunctionsIntake
from ordermill.domain.commands import ExecutionOutcome, StartExecution, execution_id
from ordermill.domain.errors import FieldError, IntakeFailed, InvalidOrder, OrdermillError, Overloaded
from ordermill.domain.json_body import read_json
from ordermill.domain.task_errors import message_of, refusal
from tests.contract import aws_services_kit as aws

ID = execution_id("ord_01a1fa83-f391-7347-855c-78457e271710")
BODY = read_json('{"note": "grüß"}'.encode())
"""A text of a kind of its own, as the function has it."""
START = StartExecution(ID, {"orderId": "ord_1", "body": BODY, "headerKey": None, "subject": "anonymous"})
AT = datetime(2025, 11, 20, tzinfo=UTC)


@pytest.fixture
def deployment() -> Iterator[Deployment]:
    with aws.deployed() as deployment:
        yield deployment


def started(deployment: Deployment, status: str, **members: str) -> ExecutionOutcome:
    arn = deployment.state_machine_arn("order-intake")
    with Stubber(deployment.client("stepfunctions")) as stub:
        stub.add_response(
            "start_sync_execution",
            {"executionArn": "arn:" + ID, "startDate": AT, "stopDate": AT, "status": status, **members},
            {
                "stateMachineArn": arn,
                "name": ID,
                "input": '{"orderId":"ord_1","body":"{\\"note\\": \\"grüß\\"}","headerKey":null,"subject":"anonymous"}',
            },
        )
        outcome = StepFunctionsIntake(deployment, "order-intake").start(START)
        stub.assert_no_pending_responses()
    return outcome


def test_one_that_went_well_gives_its_output(deployment: Deployment) -> None:
    outcome = started(deployment, "SUCCEEDED", output='{"orderId": "ord_1", "replayed": false}')
    assert outcome == ExecutionOutcome(ID, "SUCCEEDED", {"orderId": "ord_1", "replayed": False})


def test_one_that_failed_tells_its_error_and_cause(deployment: Deployment) -> None:
    outcome = started(deployment, "FAILED", error="IntakeFailed", cause="the table is away")
    assert outcome == ExecutionOutcome(ID, "FAILED", None, "IntakeFailed", "the table is away")


def test_one_that_took_too_long_tells_so(deployment: Deployment) -> None:
    assert started(deployment, "TIMED_OUT").status == "TIMED_OUT"


def test_a_refusal_by_a_lambda_is_understood(deployment: Deployment) -> None:
    """The cause has members that our own runtime's has not, and escapes what is not ASCII."""
    error = InvalidOrder([FieldError("/größe", "unknown-field", "no such member here")])
    cause = {
        "errorMessage": message_of(error),
        "errorType": "InvalidOrder",
        "requestId": "8d6b8a3e-6f0c-4a68-9d4b-54d1f0a3a5a0",
        "stackTrace": ['  File "/var/task/module.py", line 3, in handler\n    raise error\n'],
    }
    outcome = started(deployment, "FAILED", error="InvalidOrder", cause=json.dumps(cause))
    refused = refusal(outcome.error, outcome.cause)
    assert refused is not None
    assert isinstance(refused.error, InvalidOrder)
    assert (refused.error.errors, refused.whole) == (error.errors, True)


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("ThrottlingException", Overloaded),
        ("ExecutionLimitExceeded", Overloaded),
        ("AccessDeniedException", IntakeFailed),
        ("StateMachineDoesNotExist", IntakeFailed),
        ("InternalServerError", IntakeFailed),
    ],
)
def test_a_call_that_is_refused_says_whether_anything_began(
    deployment: Deployment, code: str, meant: type[OrdermillError], caplog: pytest.LogCaptureFixture
) -> None:
    with Stubber(deployment.client("stepfunctions")) as stub, caplog.at_level(logging.ERROR):
        stub.add_client_error("start_sync_execution", code)
        with pytest.raises(meant) as raised:
            StepFunctionsIntake(deployment).start(START)
    assert raised.value.execution_id == ID
    assert code in caplog.text
    assert code not in raised.value.detail


@pytest.mark.parametrize(
    "error", [ReadTimeoutError(endpoint_url="https://x"), EndpointConnectionError(endpoint_url="https://x")]
)
def test_a_call_without_an_answer_leaves_it_open(deployment: Deployment, error: Exception) -> None:
    with (
        aws.failing(deployment.client("stepfunctions"), "StartSyncExecution", error),
        pytest.raises(IntakeFailed, match="the same idempotency key finds out") as raised,
    ):
        StepFunctionsIntake(deployment).start(START)
    assert raised.value.execution_id == ID


@pytest.mark.parametrize("members", [{"status": "SUCCEEDED", "output": "{"}, {"status": "ABORTED"}])
def test_an_answer_that_is_none_leaves_it_open(deployment: Deployment, members: dict[str, Any]) -> None:
    with pytest.raises(IntakeFailed):
        started(deployment, **members)
