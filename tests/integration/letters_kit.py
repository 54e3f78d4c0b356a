"""What breaks as often as it is told, and what tests ask of dead letters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from ordermill.adapters.clock import SystemClock
from ordermill.adapters.local.stores import LocalOrders
from ordermill.bootstrap.local_ports import engine_ports
from ordermill.domain.alerts import Alert
from ordermill.domain.commands import RedriveDeadLetters
from ordermill.domain.dead_letters import Redriven
from ordermill.domain.exits import compensated
from ordermill.domain.redrive import MOST_AT_ONCE
from ordermill.runtime.handlers import Plain
from ordermill.runtime.inbox import Intake
from tests.integration.system_kit import Mill, StartMill


class Alerts:
    """Topic `alerts`: keeps what is published, committed or not."""

    def __init__(self) -> None:
        self.published: list[Alert] = []

    def publish(self, alerts: Sequence[Alert]) -> None:
        self.published += alerts


class Breaking:
    """A port of which one verb raises while `broken`, after it did its work; `inner` is set once there is a store."""

    def __init__(self, verb: str) -> None:
        self.inner: Any = None
        self.verb, self.broken, self.calls = verb, True, 0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            result = getattr(self.inner, name)(*args, **named)
            if name == self.verb:
                self.calls += 1
                if self.broken:
                    raise OSError(f"{name} does not work")
            return result

        return call


def start_breaking(
    start_mill: StartMill, resource: str, verb: str, data: Path | None = None, **options: Any
) -> tuple[Mill, Breaking]:
    """A running system one of whose ports is broken."""
    port = Breaking(verb)
    options["ports"] = {**options.get("ports", {}), resource: port}
    mill = start_mill(data, start=False, **options)
    system = mill.system
    clock = SystemClock()
    port.inner = engine_ports(system.store, system.topology, system.pipeline, clock, clock.now_ms)[resource]
    mill.system.start()
    return mill, port


def letters(mill: Mill, count: int = 1) -> list[dict[str, Any]]:
    """So many open letters, once they are there and nothing else goes on; oldest first."""
    mill.settle(lambda: len(mill.dead()) >= count)
    mill.settle(mill.quiet)
    assert len(mill.dead()) == count
    return mill.dead()


def history(mill: Mill, order_id: str) -> list[tuple[int, str, str]]:
    """What happened to the order, by whom."""
    return [(entry.seq, entry.status.value, entry.by) for entry in mill.order(order_id).history]


def redrive(
    mill: Mill, *ids: str, queue: str | None = None, dry_run: bool = False, most: int = MOST_AT_ONCE
) -> Redriven:
    """Ask for it, as the API does."""
    message = RedriveDeadLetters(ids or None, queue, most, dry_run)
    result: Redriven = mill.submit(message, function="redrive_dead_letters").result(10)
    return result


def within(mill: Mill, run: Callable[[], Any]) -> Any:
    """Run something in the engine's transaction, as a function does; what it returned, once it is committed."""
    future: Future[Any] = Future()

    def reply(result: Any, error: BaseException | None) -> None:
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    mill.system.engine.inbox.put(Intake(Plain("test", 10, False, lambda _: run()), None, reply))
    return future.result(10)


def settle_refund(mill: Mill, order_id: str) -> None:
    """What `compensate_order` does once its voids have come back."""
    orders = LocalOrders(mill.system.store, SystemClock())

    def run() -> None:
        order = orders.read(order_id)
        assert order is not None
        orders.update(compensated(order, 0, at=order.updated_at, by="compensate_order"), expect=order.version)

    within(mill, run)
