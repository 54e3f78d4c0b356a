"""Runs cases on ministack's Step Functions: a program for the Python of ministack's own environment.

Reads {"cases": [...]} as JSON from standard input and writes a list of what became of each. Tasks with a script are
answered from it, in place of the Lambda call (ministack's own mock configuration gives each retry the same answer);
all others go to ministack's SQS, SNS and Lambda. There `lambda_handler.py` runs under AWS's own runtime client, since
ministack's Python runtime loses the class of an error. Nothing waits.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
import os
import sys
import tempfile
import time
import zipfile
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

ROLE = "arn:aws:iam::123456789012:role/case"
BOOTSTRAP = zipfile.ZipInfo("bootstrap")
BOOTSTRAP.external_attr = 0o755 << 16
ENTERED = "stateEnteredEventDetails"
UNEXPECTED = {"Throw": {"Error": "Unexpected", "Cause": "the Task is asked more often than the script has it"}}


def answer_from(scripts: dict[str, dict[str, list[dict[str, Any]]]]) -> None:
    """Makes ministack answer the Tasks of a machine from its script, by state and attempt."""
    service: Any = import_module("ministack.services.stepfunctions")
    execute, invoke = service._execute_task, service._invoke_resource
    answers: ContextVar[Any] = ContextVar("answers")

    def scripted(state: Any, given: Any, execution: Any, context: Any) -> Any:
        outcomes = scripts[context["StateMachine"]["Name"]].get(context["State"]["Name"])
        answers.set(None if outcomes is None else iter(outcomes))
        return execute(state, given, execution, context)

    def answered(resource: str, payload: Any) -> Any:
        outcomes = answers.get()
        if outcomes is None:
            return invoke(resource, payload)
        answer = next(outcomes, UNEXPECTED)
        if "Return" in answer:
            return answer["Return"]
        raise service._ExecutionError(answer["Throw"]["Error"], answer["Throw"]["Cause"])

    service._execute_task, service._invoke_resource = scripted, answered
    # It begins each execution by sleeping, which SFN_WAIT_SCALE is not for.
    service.time = SimpleNamespace(**{**vars(time), "sleep": lambda seconds: None})


def call(service: str, target: str, **members: Any) -> Any:
    """One request to a service of ministack, as its server would hand it on."""
    handle = import_module(f"ministack.services.{service}").handle_request
    headers = {"x-amz-target": target, "content-type": "application/x-amz-json-1.0"}
    status, _, body = asyncio.run(handle("POST", "/", headers, json.dumps(members).encode(), {}))
    answer = json.loads(body) if body else {}
    return {**answer, "refused": status >= 400}


def ask_states(action: str, **members: Any) -> Any:
    """One request to Step Functions."""
    return call("stepfunctions", f"AWSStepFunctions.{action}", **members)


def ask_sns(action: str, **members: Any) -> str:
    """One request to SNS, which speaks forms and XML; the ARN in its answer."""
    handle = import_module("ministack.services.sns").handle_request
    headers = {"content-type": "application/x-www-form-urlencoded"}
    body = urlencode({"Action": action, **members}).encode()
    _, _, answer = asyncio.run(handle("POST", "/", headers, body, {}))
    text = answer.decode() if isinstance(answer, bytes) else str(answer)
    return text.partition("Arn>")[2].partition("<")[0]


def create_function(name: str) -> None:
    """A function of ministack's Lambda."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        client = f"{sys.executable} -m awslambdaric h.handle"
        archive.writestr(BOOTSTRAP, f'#!/bin/sh\ncd "$LAMBDA_TASK_ROOT"\nexec {client}\n')
        archive.writestr("h.py", Path(__file__).with_name("lambda_handler.py").read_bytes())
    code = base64.b64encode(written.getvalue()).decode()
    function = {"FunctionName": name, "Runtime": "provided.al2023", "Role": ROLE, "Handler": "h.handle", "Timeout": 5}
    body = json.dumps({**function, "Code": {"ZipFile": code}}).encode()
    headers = {"content-type": "application/json"}
    handle = import_module("ministack.services.lambda_svc").handle_request
    status, _, answer = asyncio.run(handle("POST", "/2015-03-31/functions", headers, body, {}))
    assert status == 201, answer


class Ministack:
    """One ministack, with a queue, and a topic that the queue's twin subscribes to."""

    def __init__(self) -> None:
        self._queue = call("sqs", "AmazonSQS.CreateQueue", QueueName="q")["QueueUrl"]
        self._published = call("sqs", "AmazonSQS.CreateQueue", QueueName="published")["QueueUrl"]
        self._topic = ask_sns("CreateTopic", Name="t")
        known = call("sqs", "AmazonSQS.GetQueueAttributes", QueueUrl=self._published, AttributeNames=["QueueArn"])
        ask_sns(
            "Subscribe",
            TopicArn=self._topic,
            Protocol="sqs",
            Endpoint=known["Attributes"]["QueueArn"],
            **{"Attributes.entry.1.key": "RawMessageDelivery", "Attributes.entry.1.value": "true"},
        )

    def run(self, case: dict[str, Any]) -> dict[str, Any]:
        """What became of a case."""
        text = case["definition"].replace("${q}", self._queue).replace("${t}", self._topic)
        machine = ask_states("CreateStateMachine", name=case["key"], definition=text, roleArn=ROLE)
        if machine["refused"]:
            return {"status": "REFUSED", "error": machine.get("__type")}
        arn, given = machine["stateMachineArn"], json.dumps(case["input"])
        end = ask_states("StartSyncExecution", stateMachineArn=arn, name="ex-1", input=given)
        history = ask_states("GetExecutionHistory", executionArn=end["executionArn"], maxResults=1000)["events"]
        entered = [event[ENTERED]["name"] for event in history if ENTERED in event]
        return {
            "status": end["status"],
            "output": json.loads(end["output"]) if end["status"] == "SUCCEEDED" else None,
            "error": end.get("error"),
            "cause": end.get("cause"),
            "states": entered,
            "sent": self._received(self._queue) if "${q}" in case["definition"] else [],
            "published": self._received(self._published) if "${t}" in case["definition"] else [],
        }

    @staticmethod
    def _received(queue: str) -> list[str]:
        answer = call("sqs", "AmazonSQS.ReceiveMessage", QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=0)
        for message in answer.get("Messages", []):
            call("sqs", "AmazonSQS.DeleteMessage", QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in answer.get("Messages", [])]


def main() -> None:
    """Answers the cases on standard input."""
    logging.disable()
    cases = json.load(sys.stdin)["cases"]
    with TemporaryDirectory() as scratch:
        # Before it is imported: it unpacks functions there, where a second one of it would tidy up.
        os.environ.update(SFN_WAIT_SCALE="0", TMPDIR=scratch)
        tempfile.tempdir = scratch
        json.dump(answers_to(cases), sys.stdout)


def answers_to(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What becomes of each case."""
    ministack = Ministack()
    answer_from({case["key"]: case["script"] for case in cases})
    for name in {name for case in cases for name in case["functions"]}:
        create_function(name)
    try:
        return [ministack.run(case) for case in cases]
    finally:
        # Ends the functions' processes.
        import_module("ministack.services.lambda_svc").reset()


if __name__ == "__main__":
    main()
