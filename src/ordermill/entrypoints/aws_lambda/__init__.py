"""The one handler of all Lambdas: `ORDERMILL_FUNCTION` says which function of the topology it is.

`handler(event, context)` is made when it is first asked for, which Lambda does while it starts the process; importing
this package alone reads no environment.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    if name != "handler":
        raise AttributeError(name)
    from ordermill.entrypoints.aws_lambda.start import handler_from_environment

    made = globals()["handler"] = handler_from_environment()
    return made
