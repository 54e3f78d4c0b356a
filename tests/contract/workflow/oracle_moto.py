"""Runs cases on moto's Step Functions: a program for the Python of moto's own environment.

Reads {"cases": [...]} as JSON from standard input and writes a list of what became of each. Tasks with a script are
answered from it, where moto would look up its own mock configuration; all others go to moto's SQS and SNS. Retries do
not wait.
"""

from __future__ import annotations

import json
import logging
import sys
from functools import cache
from importlib import import_module
from types import SimpleNamespace
from typing import Any

PARSER = "moto.stepfunctions.parser"
COMMON = f"{PARSER}.asl.component.common"
REGION = "us-east-1"
ROLE = "arn:aws:iam::123456789012:role/case"
ENTERED = "stateEnteredEventDetails"
UNEXPECTED = {"Throw": {"Error": "Unexpected", "Cause": "the Task is asked more often than the script has it"}}


def answer_from(scripts: dict[str, dict[str, list[dict[str, Any]]]]) -> None:
    """Makes moto answer the Tasks of a machine from its script, by state and attempt."""
    environment = import_module(f"{PARSER}.asl.eval.environment").Environment
    mocking = import_module(f"{PARSER}.mocking.mock_config")
    evaluating: Any = import_module(f"{PARSER}.asl.component.state.exec.state_task.mock_eval_utils")
    custom = import_module(f"{COMMON}.error_name.custom_error_name").CustomErrorName
    reserved = import_module(f"{COMMON}.error_name.states_error_name").StatesErrorName
    known = import_module(f"{COMMON}.error_name.states_error_name_type").StatesErrorNameType

    def outcomes(env: Any) -> list[dict[str, Any]] | None:
        machine = env.states.context_object.context_object_data["StateMachine"]["Name"]
        return scripts[machine].get(env.next_state_name)

    def outcome(env: Any) -> Any:
        attempt = env.states.context_object.context_object_data["State"]["RetryCount"]
        answers = outcomes(env) or []
        answer = answers[attempt] if attempt < len(answers) else UNEXPECTED
        if "Return" in answer:
            return mocking.MockedResponseReturn(0, 0, answer["Return"])
        return mocking.MockedResponseThrow(0, 0, answer["Throw"]["Error"], answer["Throw"]["Cause"])

    def named(error: str) -> Any:
        return reserved(known.from_name(error)) if error.startswith("States.") else custom(error)

    # Executions end before they are answered for, as they do where moto starts them synchronously.
    workers: Any = import_module(f"{PARSER}.backend.execution_worker")
    workers.ExecutionWorker.start = workers.SyncExecutionWorker.start
    # It would parse each definition when it is created and again when it is started.
    parser = import_module(f"{PARSER}.asl.parse.asl_parser").AmazonStateLanguageParser
    parser.parse = staticmethod(cache(parser.parse))
    environment.is_mocked_mode = lambda env: outcomes(env) is not None
    environment.get_current_mocked_response = outcome
    evaluating.CustomErrorName = named
    retrying: Any = import_module(f"{COMMON}.retry.retrier_decl")
    retrying.time = SimpleNamespace(sleep=lambda seconds: None)


def client(service: str) -> Any:
    """A client of moto's."""
    return import_module("boto3").client(
        service, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test"
    )


def decoded(output: str | None) -> Any:
    """What an execution gave; moto writes a text without its quotes, and null not at all."""
    try:
        return json.loads(output or "null")
    except ValueError:
        return output


class Moto:
    """One moto, with a queue, and a topic that the queue's twin subscribes to."""

    def __init__(self) -> None:
        self._states, self._sqs, sns = client("stepfunctions"), client("sqs"), client("sns")
        self._queue = self._sqs.create_queue(QueueName="q")["QueueUrl"]
        self._published = self._sqs.create_queue(QueueName="published")["QueueUrl"]
        self._topic = sns.create_topic(Name="t")["TopicArn"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._published, AttributeNames=["QueueArn"])
        endpoint = arn["Attributes"]["QueueArn"]
        sns.subscribe(
            TopicArn=self._topic, Protocol="sqs", Endpoint=endpoint, Attributes={"RawMessageDelivery": "true"}
        )

    def run(self, case: dict[str, Any]) -> dict[str, Any]:
        """What became of a case."""
        text = case["definition"].replace("${q}", self._queue).replace("${t}", self._topic)
        try:
            machine = self._states.create_state_machine(name=case["key"], definition=text, roleArn=ROLE)
        except import_module("botocore.exceptions").ClientError as error:
            return {"status": "REFUSED", "error": error.response["Error"]["Code"]}
        given = json.dumps(case["input"])
        arn = self._states.start_execution(stateMachineArn=machine["stateMachineArn"], name="ex-1", input=given)
        end = self._states.describe_execution(executionArn=arn["executionArn"])
        history = self._states.get_execution_history(executionArn=arn["executionArn"], maxResults=1000)["events"]
        entered = [event[ENTERED]["name"] for event in history if ENTERED in event]
        return {
            "status": end["status"],
            "output": decoded(end.get("output")) if end["status"] == "SUCCEEDED" else None,
            "error": end.get("error"),
            "cause": end.get("cause"),
            "states": entered,
            "sent": self._received(self._queue) if "${q}" in case["definition"] else [],
            "published": self._received(self._published) if "${t}" in case["definition"] else [],
        }

    def _received(self, queue: str) -> list[str]:
        messages = self._sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            self._sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in messages]


def main() -> None:
    """Answers the cases on standard input."""
    logging.disable()
    cases = json.load(sys.stdin)["cases"]
    with import_module("moto").mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        moto = Moto()
        answer_from({case["key"]: case["script"] for case in cases})
        results = [moto.run(case) for case in cases]
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
