"""A Lambda with ports in memory: what is tested is how events become messages, and results answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ordermill.adapters.aws.deployment import Deployment
from ordermill.bootstrap.aws import Ambient, LambdaFunction
from ordermill.bootstrap.aws_ports import Choices
from ordermill.entrypoints.aws_lambda.dispatch import Dispatcher
from ordermill.entrypoints.aws_lambda.staff import SignIn
from ordermill.ports.ambient import Settings
from ordermill.topology.loader import load

TOPOLOGY = load()


@dataclass
class Context:
    """Lambda's context, as far as anything asks it."""

    left_ms: int = 30_000

    def get_remaining_time_in_millis(self) -> int:
        """What the call has left."""
        return self.left_ms


def function(name: str, pipeline: str = "stream", **ports: object) -> LambdaFunction:
    """The function with these ports, by parameter; any other would go to AWS."""
    by_resource = {port.replace("_", "-"): given for port, given in ports.items()}
    nothing_waits = Ambient(chance=lambda: 0.0, pause=lambda _: None)
    where = Deployment("mill", "eu-west-1", "123456789012", emulated=True)
    return LambdaFunction(name, TOPOLOGY, pipeline, where, lambda _: Settings(), Choices(), nothing_waits, by_resource)


def handler(name: str, pipeline: str = "stream", **ports: object) -> Dispatcher:
    """Its handler."""
    return Dispatcher(function(name, pipeline, **ports), SignIn("https://pool.example.org", "console"))


def answered(answer: Mapping[str, Any]) -> tuple[int, str]:
    """Status and media type."""
    return answer["statusCode"], answer["headers"].get("content-type", "")
