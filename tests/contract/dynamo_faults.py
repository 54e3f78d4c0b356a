"""What may happen to a call on its way to DynamoDB and back, done to the client's own events."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ConnectionClosedError
from moto.core.models import botocore_stubber

Act = Callable[[], object]


class Faults:
    """Faults of one client. Each strikes `times` calls of an operation, or tries of the SDK, and then is over."""

    def __init__(self, client: Any) -> None:
        self._events = client.meta.events

    def lose_answer(self, operation: str, times: int = 1, meanwhile: Act | None = None) -> None:
        """The service does it, and the connection ends before it says so; `meanwhile` others do something."""
        self._events.register_first(f"before-send.dynamodb.{operation}", _Ends(times, meanwhile, heard=True))

    def lose_request(self, operation: str, times: int = 1, meanwhile: Act | None = None) -> None:
        """The connection ends before the service hears of it."""
        self._events.register_first(f"before-send.dynamodb.{operation}", _Ends(times, meanwhile, heard=False))

    def refuse(self, operation: str, code: str, times: int = 1, **more: Any) -> None:
        """The service does nothing and answers with an error, which the SDK does not try again, or did often enough."""
        left = [times]

        def answer(**_: Any) -> Any:
            if left[0] == 0:
                return None
            left[0] -= 1
            parsed = {"Error": {"Code": code, "Message": f"{code} for a test"}, **more}
            return SimpleNamespace(status_code=400), {**parsed, "ResponseMetadata": {"RetryAttempts": 0}}

        self._events.register(f"before-call.dynamodb.{operation}", answer)

    def cancel(self, *reasons: str, times: int = 1) -> None:
        """A transaction is cancelled, for a reason of each of its parts."""
        self.refuse(
            "TransactWriteItems",
            "TransactionCanceledException",
            times,
            CancellationReasons=[{"Code": reason, "Message": f"{reason} for a test"} for reason in reasons],
        )

    def before(self, operation: str, act: Act, times: int = 1) -> None:
        """Others do something just before the call."""
        left = [times]

        def interfere(**_: Any) -> None:
            if left[0] > 0:
                left[0] -= 1
                act()

        self._events.register(f"before-parameter-build.dynamodb.{operation}", interfere)

    def ask(self, operation: str, **parameters: Any) -> None:
        """Each call has these parameters too."""
        self._events.register(
            f"before-parameter-build.dynamodb.{operation}", lambda params, **_: params.update(parameters)
        )

    def amend(self, operation: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Each answer is changed before it comes."""
        self._events.register(f"after-call.dynamodb.{operation}", lambda parsed, **_: change(parsed))


class _Ends:
    """A connection that ends, after the service `heard` what was sent, or before."""

    def __init__(self, times: int, meanwhile: Act | None, *, heard: bool) -> None:
        self._left, self._meanwhile, self._heard = times, meanwhile, heard

    def __call__(self, event_name: str, request: Any, **_: Any) -> None:
        if self._left == 0:
            return
        self._left -= 1
        if self._heard:
            botocore_stubber(event_name, request)
        if self._meanwhile is not None:
            self._meanwhile()
        raise ConnectionClosedError(endpoint_url=request.url)
