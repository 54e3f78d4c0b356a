"""Takes an event for what it is, by its envelope and the function's trigger, and has it answered accordingly."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from time import perf_counter
from typing import Any

from ordermill.bootstrap.aws import LambdaFunction
from ordermill.domain.commands import Tick
from ordermill.domain.errors import OrdermillError
from ordermill.domain.task_errors import message_of
from ordermill.domain.times import epoch_ms
from ordermill.entrypoints.aws_lambda.staff import SignIn
from ordermill.entrypoints.aws_lambda.telemetry import tell
from ordermill.topology.views import interval_ms


class UnknownEvent(Exception):
    """The event is none that the function is triggered by."""


class Dispatcher:
    """The handler of one function."""

    def __init__(self, function: LambdaFunction, sign_in: SignIn | None = None) -> None:
        """`sign_in` is where staff sign in, if anywhere. What its trigger's envelopes need is imported now."""
        self._function, self._sign_in = function, sign_in
        self._kind = function.spec.trigger.kind
        if self._kind == "http":
            _ = self._http
        elif self._kind in ("queue", "stream", "dead_letters"):
            _ = self._queue

    def __call__(self, event: Any, context: Any) -> Any:
        """What Lambda calls. Raises UnknownEvent, and what a Task's function does."""
        if self._kind == "workflow":
            return self._task(event)
        if isinstance(event, Mapping):
            if self._kind == "http" and "http" in event.get("requestContext", ()):
                return self._http.answer(event)
            if self._kind == "schedule" and "time" in event:
                return self._tick(event["time"])
            records = event.get("Records")
            if records and records[0].get("eventSource") == "aws:sqs":
                return self._queue.take(records, context.get_remaining_time_in_millis)
            if records and records[0].get("eventSource") == "aws:dynamodb" and self._kind == "stream":
                return self._stream.take(records, context.get_remaining_time_in_millis)
        raise UnknownEvent(f"{self._function.name} is triggered by {self._function.spec.trigger.source}")

    @cached_property
    def _http(self) -> Any:
        from ordermill.entrypoints.aws_lambda.http_api import HttpApi

        return HttpApi(self._function, self._sign_in)

    @cached_property
    def _queue(self) -> Any:
        from ordermill.entrypoints.aws_lambda.queues import QueueConsumer

        return QueueConsumer(self._function)

    @cached_property
    def _stream(self) -> Any:
        from ordermill.entrypoints.aws_lambda.streams import StreamConsumer

        return StreamConsumer(self._function)

    def _task(self, payload: Any) -> Any:
        """A Task of a workflow. What is raised has the error's name, and as its message what tells of it as JSON."""
        name, since = self._function.name, perf_counter()
        order_id = payload.get("orderId") if isinstance(payload, Mapping) else None
        edge = f"{self._function.spec.trigger.source}>{name}"
        try:
            result = self._function.task(payload)
        except Exception as error:
            tell(edge, name, order_id, "failed", 1, since, error)
            if isinstance(error, OrdermillError):
                raise type(type(error).__name__, (Exception,), {})(message_of(error)) from None
            raise
        tell(edge, name, order_id, "ok", 1, since)
        return result

    def _tick(self, time: str) -> None:
        """A schedule's turn, at the time that it says. What fails is tried again by who called."""
        name, since, source = self._function.name, perf_counter(), self._function.spec.trigger.source
        at = epoch_ms(time)
        try:
            self._function.run(Tick(at, at - interval_ms(source)))
        except Exception as error:
            tell(f"{source}>{name}", name, None, "retry", 1, since, error)
            raise
        tell(f"{source}>{name}", name, None, "ok", 1, since)
