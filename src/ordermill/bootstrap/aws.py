"""One Lambda's composition root: a function of the topology with the ports that it is granted, and no others."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType
from typing import Any, Final, TypeVar

import msgspec

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.secrets import SsmSecrets
from ordermill.adapters.clock import SystemClock
from ordermill.adapters.ids import UuidIds
from ordermill.bootstrap.aws_ports import Choices, port_of, services_of
from ordermill.bootstrap.callables import bound, message_type, module_of
from ordermill.domain.errors import Conflict
from ordermill.ports.ambient import Clock, Settings
from ordermill.ports.staged import Done
from ordermill.topology.model import FunctionSpec, Topology
from ordermill.topology.names import deployed

TRIES: Final = 5
"""How often a step is taken that somebody else's write came before; a single writer has no such thing."""
_PAUSE_S: Final = 0.05

_M = TypeVar("_M")


@dataclass(slots=True)
class Ambient:
    """What functions may have without a grant, and how a conflict is waited out: `chance` gives numbers from 0 to 1."""

    clock: Clock = field(default_factory=SystemClock)
    chance: Callable[[], float] = random.random
    pause: Callable[[float], None] = time.sleep


class LambdaFunction:
    """The function as a Lambda runs it: whole, or stage by stage. Each step is one transaction of its tables."""

    def __init__(
        self,
        name: str,
        topology: Topology,
        pipeline: str,
        deployment: Deployment,
        settings: Callable[[LambdaFunction], Settings],
        choices: Choices,
        ambient: Ambient | None = None,
        ports: Mapping[str, object] | None = None,
    ) -> None:
        """`settings` are not asked for before the first message; `ports` are in the place of ours, by resource.

        Raises KeyError where `pipeline` has no such function.
        """
        self.name, self.topology, self.pipeline, self.deployment = name, topology, pipeline, deployment
        self.spec: FunctionSpec = deployed(topology, pipeline)[name]
        self.module: ModuleType = module_of(name)
        self.ambient = ambient or Ambient()
        self.secrets = SsmSecrets(deployment, self.ambient.clock)
        self._settings, self._choices, self._replaced = settings, choices, ports or {}
        self._ports: dict[str, object] = {}
        self._bound: dict[str, Callable[..., Any]] = {}

    @cached_property
    def settings(self) -> Settings:
        """The operator's settings, with those secrets that this function may read."""
        return self._settings(self)

    def run(self, message: Any) -> Any:
        """Run it for one message. Raises what the function does; Conflict only after several tries."""
        if not hasattr(self.module, "prepare"):
            return self._step(self.name, message)
        call = self._step("prepare", message)
        if isinstance(call, Done):
            return call.value
        outcome = self._callable("call")(call)
        return self._step("settle", message, outcome)

    def task(self, payload: Any) -> Any:
        """Run it as a Task of a workflow, from plain JSON to plain JSON. Raises as `run`, and ValidationError."""
        name = "task" if hasattr(self.module, "task") else self.name
        message = msgspec.convert(payload, message_type(getattr(self.module, name)))
        result = self._step(name, message)
        return None if result is None else msgspec.to_builtins(result)

    def gave_up(self, message: Any, error: str) -> None:
        """Let the function note that its message becomes a dead letter, if it wants to."""
        if hasattr(self.module, "gave_up"):
            self._step("gave_up", message, error)

    def run_each(self, messages: Sequence[_M], work: Callable[[_M], bool]) -> list[bool]:
        """What `work` says of each; side by side where the function waits for the outside, else one after the other."""
        if not hasattr(self.module, "prepare") or len(messages) < 2:
            return [work(message) for message in messages]
        with ThreadPoolExecutor(len(messages)) as side_by_side:
            return list(side_by_side.map(work, messages))

    def open_clients(self) -> None:
        """Make the clients it will need first, while the process starts: then Lambda gives it a whole processor."""
        for service in sorted(services_of(self.spec, self.topology)):
            self.deployment.client(service)

    def port(self, resource: str) -> object:
        """The port of a resource, made when it is first asked for."""
        if resource not in self._ports:
            given = self._replaced.get(resource)
            self._ports[resource] = port_of(resource, self, self._choices) if given is None else given
        return self._ports[resource]

    def _step(self, name: str, *arguments: Any) -> Any:
        step = self._callable(name)
        for attempt in range(1, TRIES + 1):
            try:
                return step(*arguments)
            except Conflict:
                if attempt == TRIES:
                    raise
                self.ambient.pause(_PAUSE_S * 2 ** (attempt - 1) * self.ambient.chance())
        raise AssertionError

    def _callable(self, name: str) -> Callable[..., Any]:
        if name not in self._bound:
            callable_ = getattr(self.module, name)
            self._bound[name] = bound(callable_, self.name, self.spec, self.topology, self.port, self._given)
        return self._bound[name]

    def _given(self, name: str) -> object:
        """What a function may have without a grant."""
        if name == "settings":
            return self.settings
        return self.ambient.clock if name == "clock" else UuidIds(self.ambient.clock)
