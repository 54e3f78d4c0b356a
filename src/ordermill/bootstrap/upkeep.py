"""What keeps the store small, each job a line; and what must go through once in a while."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ordermill.adapters.local.object_sweep import ObjectSweeper
from ordermill.adapters.local.store import LocalStore
from ordermill.adapters.local.upkeep import (
    ExpiredClaimedOrders,
    ExpiredClaims,
    ExpiredStubs,
    ExpiredSubscriptions,
    OldAttempts,
)
from ordermill.bootstrap.local_services import LocalServices
from ordermill.ports.ambient import Clock
from ordermill.runtime.cycle import Source
from ordermill.runtime.guard import Guard
from ordermill.runtime.maintenance import Job, Maintenance
from ordermill.runtime.periodic import Periodics
from ordermill.runtime.schedule_source import ScheduleSource
from ordermill.topology.model import Topology

_HOUR_MS: Final = 3_600_000


def maintenance_of(store: LocalStore, clock: Clock, even: Clock, guard: Guard) -> Maintenance:
    """All jobs there are. `even` never jumps: what only a jump of `clock` would make old is left alone."""

    def now_ms() -> int:
        return min(clock.now_ms(), even.now_ms())

    jobs = [
        Job("expired_claims", _HOUR_MS, ExpiredClaims(store, now_ms).step),
        Job("expired_claimed_orders", _HOUR_MS, ExpiredClaimedOrders(store, now_ms).step),
        Job("expired_stubs", _HOUR_MS, ExpiredStubs(store, now_ms).step),
        Job("old_attempts", _HOUR_MS, OldAttempts(store, now_ms).step),
        Job("expired_subscriptions", _HOUR_MS, ExpiredSubscriptions(store, now_ms).step),
    ]
    return Maintenance(jobs, store, now_ms=even.now_ms, guard=guard)


def sweeper_of(services: LocalServices, topology: Topology, clock: Clock, even: Clock) -> ObjectSweeper:
    """What removes the objects of buckets that do not keep them for ever; the clocks as above. It is not started."""
    expiring = {
        services.buckets[name]: bucket.expire_days
        for name, bucket in topology.buckets.items()
        if bucket.expire_days is not None
    }
    return ObjectSweeper(expiring, lambda: min(clock.now_ms(), even.now_ms()))


def periodics_of(maintenance: Maintenance, sources: Sequence[Source], now_ms: Callable[[], int]) -> Periodics:
    """The jobs, and the functions that a schedule triggers."""
    return Periodics([*maintenance.jobs, *(each for each in sources if isinstance(each, ScheduleSource))], now_ms)
