"""Serves ministack: a program for the Python of ministack's own environment.

Its argument is the port. It ends, and all that it started, when its standard input does: then whoever started it is
gone. What it is told otherwise is in the environment, see `emulator.py`.

What ministack does otherwise than AWS, where it matters here, is mended; see `MENDS`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import sys
import threading
from collections import OrderedDict
from importlib import import_module
from typing import Any

ADDRESS = "127.0.0.1"
KEPT = 500
"""Answers at most."""


def tell_where_redriven_from() -> None:
    """A queue's consumer is told which queue a message was redriven from."""
    mappings: Any = import_module("ministack.services.lambda_svc")
    run_batch = mappings._run_sqs_batch

    def with_origin(esm: Any, function: Any, event: Any, batch: Any, *queue: Any) -> None:
        sources = {each["id"]: each.get("sys", {}).get("DeadLetterQueueSourceArn") for each in batch}
        for record in event["Records"]:
            if sources.get(record["messageId"]):
                record["attributes"]["DeadLetterQueueSourceArn"] = sources[record["messageId"]]
        run_batch(esm, function, event, batch, *queue)

    mappings._run_sqs_batch = with_origin


def come_again_with_records_that_failed() -> None:
    """Change records that a stream's consumer answers as failed come again: with their whole batch, but they come."""
    mappings: Any = import_module("ministack.services.lambda_svc")
    execute = mappings._execute_function

    def heeded(function: Any, event: Any) -> Any:
        result = execute(function, event)
        body, records = result.get("body"), event.get("Records", []) if isinstance(event, dict) else []
        streamed = any(record.get("eventSource") == "aws:dynamodb" for record in records)
        if streamed and isinstance(body, dict) and body.get("batchItemFailures"):
            return {**result, "error": True}
        return result

    mappings._execute_function = heeded


def invite_with_longer_passwords() -> None:
    """The password that a user is invited with is as long as a pool may want it."""
    users: Any = import_module("ministack.services.cognito")
    password = users._generate_temp_password
    users._generate_temp_password = lambda: password() + password()


def allow_batches_as_single_requests() -> None:
    """IAM has no actions for batches of messages: who may send one may send ten."""
    actions: Any = import_module("ministack.core.iam_actions")
    action_of = actions.extract_iam_action

    def single(service: str, *request: Any) -> Any:
        action = action_of(service, *request)
        return action.removesuffix("Batch") if action and service in ("sqs", "sns") else action

    actions.extract_iam_action = single


def reach_the_api_behind_cloudfront() -> None:
    """Its name here has a scheme and a port, and is one that only browsers and curl know for this machine's."""
    edge: Any = import_module("ministack.services.cloudfront")
    target_of = edge._origin_connect_target

    def here(origin: Any, viewer_is_https: bool) -> Any:
        name, _, port = origin["domain_name"].removeprefix("http://").partition(":")
        if not name.endswith(".localhost"):
            return target_of(origin, viewer_is_https)
        # What it is asked by.
        origin["domain_name"] = f"{name}:{port}"
        return ADDRESS, int(port), False

    edge._origin_connect_target = here


MENDS = (
    reach_the_api_behind_cloudfront,
    tell_where_redriven_from,
    come_again_with_records_that_failed,
    invite_with_longer_passwords,
    allow_batches_as_single_requests,
)
"""What ministack 1.5.33 is taught of AWS."""


class Answers:
    """What Terraform was answered, for when it asks again as an answer did not get through, which happens under load.

    To ask again is another request here: what was made by the first is there already.
    """

    def __init__(self, application: Any) -> None:
        self._application = application
        self._given: OrderedDict[bytes, list[Any]] = OrderedDict()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Policies want requests encrypted. These do not leave this machine, and so pass as if they were."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        headers = dict(scope["headers"])
        asked = headers.get(b"amz-sdk-invocation-id") if b"Terraform" in headers.get(b"user-agent", b"") else None
        given = self._given.get(asked) if asked else None
        if given is not None:
            while (await receive()).get("more_body"):
                pass
            for message in given:
                await send(message)
            return
        answer: list[Any] = []

        async def kept(message: Any) -> None:
            answer.append(message)
            if asked and message["type"] == "http.response.body" and not message.get("more_body"):
                self._keep(asked, answer)
            await send(message)

        await self._application({**scope, "scheme": "https"}, receive, kept)

    def _keep(self, asked: bytes, answer: list[Any]) -> None:
        if answer[0]["status"] < 500:
            self._given[asked] = answer
            if len(self._given) > KEPT:
                self._given.popitem(last=False)


def end_with_parent() -> None:
    """Kill this process group, the functions' processes with it, once standard input ends."""

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1024):
                pass
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    """Serves until it is told to stop."""
    end_with_parent()
    # Every function is a process with three pipes and a socket.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    config = import_module("hypercorn.config").Config()
    config.bind, config.keep_alive_timeout, config.loglevel = [f"{ADDRESS}:{sys.argv[1]}"], 75, "WARNING"
    application = import_module("ministack.app").app
    for mend in MENDS:
        mend()

    asyncio.run(import_module("hypercorn.asyncio").serve(Answers(application), config))


if __name__ == "__main__":
    main()
