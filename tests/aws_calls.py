"""Which calls of AWS were made: what a function asks for is compared with what its role allows."""

from __future__ import annotations

from typing import Any, NamedTuple

from botocore.session import Session


class Call(NamedTuple):
    """One call as it was made, and not how often the SDK tried it, with its parameters as they were passed.

    `service` and `operation` are the SDK's names, such as `dynamodb` and `GetItem`.
    """

    service: str
    operation: str
    parameters: dict[str, Any]


def recorded(session: Session) -> list[Call]:
    """The calls of all clients that the session makes from now on, in their order; the list grows as they are made.

    A presigned request counts as a call, because whoever presents it does so with the signer's rights.
    """
    calls: list[Call] = []

    def record(params: dict[str, Any], model: Any, **_: Any) -> None:
        calls.append(Call(model.service_model.service_name, model.name, dict(params)))

    session.register("before-parameter-build", record)
    return calls
