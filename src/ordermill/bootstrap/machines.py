"""The state machines of workflows: read from their files, and bound to what their Tasks turn to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from ordermill.runtime.handlers import Plain, Workflow
from ordermill.runtime.workflow.interpreter import Interpreter
from ordermill.runtime.workflow.loader import MachineInvalid, load
from ordermill.runtime.workflow.model import Kind, Machine, Task
from ordermill.runtime.workflow.placeholders import standing_for
from ordermill.topology.findings import Finding, pointer
from ordermill.topology.loader import shipped
from ordermill.topology.model import FunctionSpec, Topology
from ordermill.topology.views import enabled

if TYPE_CHECKING:
    from ordermill.bootstrap.binding import Wiring


def asked(topology: Topology) -> tuple[frozenset[str], list[Finding]]:
    """What the machines of all workflows turn to, by name, and what is wrong with them."""
    found: set[str] = set()
    findings: list[Finding] = []
    for name in topology.workflows:
        at = pointer("workflows", name)
        try:
            machine = _machine(topology, name)
        except FileNotFoundError:
            findings.append(Finding(at + "/definition", "is no file beside topology.json", "name one that is there"))
            continue
        except MachineInvalid as invalid:
            definition = topology.workflows[name].definition
            findings += [
                Finding(at, f"{fault.pointer} {fault.problem}", f"{definition}: {fault.cure}")
                for fault in invalid.findings
            ]
            continue
        tasks = [task.resource for task in _tasks(machine)]
        found |= {resource.name for resource in tasks}
        functions = {name for name, _ in _functions(topology, name)}
        for resource in tasks:
            if resource.kind == "function" and resource.name not in functions:
                cure = f"trigger it by workflow '{name}' in the pipeline that starts it"
                findings.append(Finding(at, f"its function '{resource.name}' is not its own", cure))
    return frozenset(found), findings


def workflows(
    topology: Topology, wiring: Wiring, message_type: Callable[[str], Any], chance: Callable[[], float]
) -> dict[str, Workflow]:
    """Every workflow, ready to run, with jitter by `chance`: what is parked is finished in whichever pipeline."""
    return {name: _workflow(topology, name, wiring, message_type, chance) for name in topology.workflows}


def _workflow(
    topology: Topology, name: str, wiring: Wiring, message_type: Callable[[str], Any], chance: Callable[[], float]
) -> Workflow:
    """Raises MachineInvalid."""
    machine, functions = _machine(topology, name), dict(_functions(topology, name))
    timeout_s = _caller_timeout_s(topology, name) or 0
    bound: dict[tuple[Kind, str], Plain] = {}
    for task in _tasks(machine):
        kind, resource = task.resource.kind, task.resource.name
        if kind == "function":
            bound[kind, resource] = wiring.task(name, resource, functions[resource])
        elif kind == "queue":
            consumer = _consumer(topology, resource)
            send = _sender(wiring.ports[resource], message_type(consumer))
            bound[kind, resource] = Plain(resource, timeout_s, reads=False, run=send)
        else:
            bound[kind, resource] = Plain(resource, timeout_s, reads=False, run=_publisher(wiring.ports[resource]))
    return Workflow(name, Interpreter(machine, chance), bound)


def _machine(topology: Topology, name: str) -> Machine:
    data = shipped(topology.workflows[name].definition).read_bytes()
    return load(name, data, standing_for(topology), caller_timeout_s=_caller_timeout_s(topology, name))


def _tasks(machine: Machine) -> list[Task]:
    return [state for state in machine.states.values() if isinstance(state, Task)]


def _pipelines(topology: Topology, workflow: str) -> Iterator[dict[str, FunctionSpec]]:
    """What is enabled in each pipeline that starts the workflow."""
    for pipeline in topology.pipelines:
        functions = enabled(topology, pipeline)
        if any(workflow in spec.grants for spec in functions.values()):
            yield functions


def _functions(topology: Topology, workflow: str) -> list[tuple[str, FunctionSpec]]:
    """The functions that the workflow triggers."""
    return [
        (name, spec)
        for functions in _pipelines(topology, workflow)
        for name, spec in functions.items()
        if spec.trigger.kind == "workflow" and spec.trigger.source == workflow
    ]


def _caller_timeout_s(topology: Topology, workflow: str) -> int | None:
    """How long the most impatient function that starts it waits."""
    specs = [spec for functions in _pipelines(topology, workflow) for spec in functions.values()]
    return min((spec.timeout_s for spec in specs if workflow in spec.grants), default=None)


def _consumer(topology: Topology, queue: str) -> str:
    """The function that takes the queue's messages; in every pipeline it is the same."""
    pipelines: Sequence[dict[str, FunctionSpec]] = [enabled(topology, pipeline) for pipeline in topology.pipelines]
    return next(
        name
        for functions in pipelines
        for name, spec in functions.items()
        if (spec.trigger.kind, spec.trigger.source) == ("queue", queue)
    )


def _sender(port: Any, type_: Any) -> Callable[[Any], Any]:
    """Sends what a Task hands it, as the integration `sqs:sendMessage` does."""

    def send(payload: Any) -> dict[str, Any]:
        port.send([msgspec.convert(payload, type_)])
        return {}

    return send


def _publisher(port: Any) -> Callable[[Any], Any]:
    """Publishes what a Task hands it, as the integration `sns:publish` does."""

    def publish(payload: Any) -> dict[str, Any]:
        port.publish_json(payload, payload.get("orderId") if isinstance(payload, dict) else None)
        return {}

    return publish
