"""Workflow `order-intake` on Step Functions, as a synchronous Express execution."""

from __future__ import annotations

import logging
from typing import Any, Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.errors import code_of
from ordermill.domain.commands import ExecutionOutcome, StartExecution
from ordermill.domain.errors import IntakeFailed, OrdermillError, Overloaded

log = logging.getLogger(__name__)

_NOT_STARTED: Final = frozenset({"ThrottlingException", "ExecutionLimitExceeded", "TooManyRequestsException"})

_UNKNOWN: Final = "it may or may not be stored: the same idempotency key finds out"

# A body is a text of a kind of its own.
_encode = msgspec.json.Encoder(enc_hook=str).encode


class StepFunctionsIntake:
    """Port `OrderIntake`."""

    def __init__(self, deployment: Deployment, workflow: str = "order-intake") -> None:
        """`workflow` is a key of the topology."""
        self._deployment, self._workflow = deployment, workflow

    def start(self, start: StartExecution) -> ExecutionOutcome:
        """See `OrderIntake.start`; the execution is named by its id there, and shows under it in the log.

        Raises Overloaded where none was started for want of room, IntakeFailed where nobody knows how one ended. It is
        not tried again: that would be another execution. Both say which it is.
        """
        try:
            answer = self._deployment.client("stepfunctions").start_sync_execution(
                stateMachineArn=self._deployment.state_machine_arn(self._workflow),
                name=start.execution_id,
                input=_encode(start.input).decode(),
            )
            return _outcome(start.execution_id, answer)
        except ClientError as error:
            code = code_of(error)
            raise _unknown(start, code, Overloaded() if code in _NOT_STARTED else IntakeFailed(_UNKNOWN)) from error
        except (BotoCoreError, msgspec.MsgspecError) as error:
            raise _unknown(start, type(error).__name__, IntakeFailed(_UNKNOWN)) from error


def _outcome(execution_id: str, answer: dict[str, Any]) -> ExecutionOutcome:
    """Raises MsgspecError where the output is no JSON, or there is no such status."""
    status = answer["status"]
    output = answer.get("output")
    return msgspec.convert(
        {
            "executionId": execution_id,
            "status": status,
            "output": None if status != "SUCCEEDED" or output is None else msgspec.json.decode(output),
            "error": answer.get("error"),
            "cause": answer.get("cause"),
        },
        ExecutionOutcome,
    )


def _unknown(start: StartExecution, why: str, error: OrdermillError) -> OrdermillError:
    log.error("an execution has no outcome: %s", why, extra={"executionId": start.execution_id})
    error.execution_id = start.execution_id
    return error
