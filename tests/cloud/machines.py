"""State machines of the deployment, run to their end: Tasks are its Lambdas, queues and topics."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from ordermill.domain.commands import ExecutionOutcome, StartExecution
from ordermill.runtime.workflow.execution import Elapsed, Failed, Invoke, Raised, Returned, Succeeded, WaitUntil
from ordermill.runtime.workflow.interpreter import Interpreter
from ordermill.runtime.workflow.loader import load
from ordermill.runtime.workflow.placeholders import standing_for
from ordermill.topology.loader import shipped

if TYPE_CHECKING:
    from tests.cloud.stack import Stack


class Http(NamedTuple):
    """What the SDK looks at of an HTTP answer."""

    status_code: int


def answered(stack: Stack, params: dict[str, Any]) -> tuple[Http, dict[str, Any]]:
    """The service's answer to StartSyncExecution, once the machine has run."""
    asked = json.loads(params["body"])
    arn, name = asked["stateMachineArn"], asked["name"]
    workflow = arn.rpartition(":")[2].removeprefix(f"{stack.deployment.prefix}-")
    outcome = run_machine(stack, workflow, StartExecution(name, json.loads(asked["input"])))
    at = datetime(2026, 11, 21, tzinfo=UTC)
    said: dict[str, Any] = {
        "executionArn": f"{arn.replace(':stateMachine:', ':express:')}:{name}:1",
        "startDate": at,
        "stopDate": at,
        "status": outcome.status,
    }
    if outcome.status == "SUCCEEDED":
        said["output"] = json.dumps(outcome.output)
    else:
        said |= {"error": outcome.error, "cause": outcome.cause}
    return Http(200), said


def run_machine(stack: Stack, workflow: str, start: StartExecution) -> ExecutionOutcome:
    """Run it, as StartSyncExecution does. Time passes only where it waits."""
    definition = shipped(stack.topology.workflows[workflow].definition).read_bytes()
    interpreter = Interpreter(load(workflow, definition, standing_for(stack.topology)), lambda: 0.0)
    now, name = 1_795_262_400_000, start.execution_id
    execution, action = interpreter.start(name, start.input, now)
    while not isinstance(action, Succeeded | Failed):
        if isinstance(action, WaitUntil):
            assert action.at is not None
            now = action.at
            execution, action = interpreter.advance(execution, Elapsed(), now)
        else:
            execution, action = interpreter.advance(execution, _asked(stack, action), now)
    if isinstance(action, Succeeded):
        return ExecutionOutcome(name, "SUCCEEDED", output=action.output)
    return ExecutionOutcome(name, "FAILED", error=action.error, cause=action.cause)


def _asked(stack: Stack, invoke: Invoke) -> Returned | Raised:
    on = stack.deployment
    try:
        if invoke.kind == "function":
            return Returned(invoke.step, json.loads(json.dumps(stack.invoke(invoke.resource, invoke.payload))))
        text = json.dumps(invoke.payload)
        # It is the machine that calls here, by its own role.
        with stack.running(f"workflow {invoke.state}"):
            if invoke.kind == "queue":
                on.client("sqs").send_message(QueueUrl=on.queue_url(invoke.resource), MessageBody=text)
            else:
                on.client("sns").publish(TopicArn=on.topic_arn(invoke.resource), Message=text)
    except Exception as error:
        cause = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": []}
        return Raised(invoke.step, type(error).__name__, json.dumps(cause))
    said: dict[str, Any] = {}
    return Returned(invoke.step, said)
