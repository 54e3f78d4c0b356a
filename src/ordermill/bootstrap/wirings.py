"""What the functions of the local runtime are bound to: those in the engine, and those that only read."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ordermill.adapters.local.readers import Readers
from ordermill.adapters.local.store import LocalStore
from ordermill.bootstrap import machines
from ordermill.bootstrap.binding import Wiring
from ordermill.bootstrap.callables import message_type_of
from ordermill.bootstrap.local_ports import engine_ports, prefetches, reading_ports
from ordermill.bootstrap.local_services import LocalServices
from ordermill.ports.ambient import Clock
from ordermill.topology.model import Topology


def writing(
    store: LocalStore,
    services: LocalServices,
    ambient: Mapping[str, object],
    replaced: Mapping[str, object],
    topology: Topology,
    pipeline: str,
    *,
    clock: Clock,
    steady_ms: Callable[[], int],
    chance: Callable[[], float],
) -> Wiring:
    """For functions in the engine; `replaced` are ports in the place of ours, by resource."""
    ports = {**engine_ports(store, topology, pipeline, clock, steady_ms), **services.ports, **replaced}
    batches = services.batches(replaced)
    wiring = Wiring(topology, ports, ambient, batches, prefetches(store), services.calling)
    wiring.workflows = machines.workflows(topology, wiring, message_type_of, chance)
    return wiring


def reading(
    readers: Readers,
    services: LocalServices,
    ambient: Mapping[str, object],
    replaced: Mapping[str, object],
    *,
    topology: Topology,
    clock: Clock,
) -> Wiring:
    """For what changes no table, and so runs outside the engine; `replaced` are services in the place of ours."""
    outside = {name: port for name, port in replaced.items() if name in topology.services or name in topology.buckets}
    return Wiring(topology, {**reading_ports(readers, clock), **services.ports, **outside}, ambient)
