"""One row of the table: what happens to an order, and what must be true of it afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from tests.scenarios.world import Json, Placed, World

Act = Callable[[World, Placed], None]

PIPELINES: Final = ("workflow", "queue", "stream")
PROCESSED: Final = ("PENDING", "CONFIRMED", "PAID", "PROCESSED")
STOCK: Final = 10


@dataclass(frozen=True, slots=True)
class Scene:
    """`breaks` is broken before the order is placed; `then` acts on it. The rest is what must come of it.

    `path` is every status taken, in order, `note` what the order's note says in the end. `kept` says whether the
    customer's money and goods stay with the order; `refunded` whether a charge went back; `owed` whether a refund could
    not be made; `deleted` whether nobody has the order but the archive. `mails` are the events that were mailed about,
    `alerts` how many alerts there were, `letters` the functions whose dead letters are open.
    """

    name: str
    path: tuple[str, ...]
    token: str = "tok_approve"
    quantity: int = 2
    note: str | None = None
    breaks: Mapping[str, Json] = field(default_factory=dict)
    then: Act | None = None
    reason: str | None = None
    kept: bool = False
    refunded: bool = False
    owed: bool = False
    attempt: int = 1
    mails: tuple[str, ...] = ()
    alerts: int = 0
    letters: tuple[str, ...] = ()
    deleted: bool = False
    pipelines: tuple[str, ...] = PIPELINES

    @property
    def status(self) -> str:
        """The last one."""
        return self.path[-1]


def fault(mode: str, *, times: int | None = None, at: str = "start", delay_ms: int = 0) -> Json:
    """A rule of PUT /faults."""
    return {"mode": mode, "times": times, "at": at, "delayMs": delay_ms}


def play(scene: Scene, world: World) -> None:
    """Let it happen, and check all that must hold. Raises AssertionError."""
    sku = world.product(STOCK)
    told = world.told()
    world.faults(scene.breaks)
    try:
        placed = world.place(sku, quantity=scene.quantity, token=scene.token)
        if scene.then is not None:
            scene.then(world, placed)
        look = world.archived if scene.deleted else world.order
        world.until(lambda: _ended(scene, look(placed)), f"{placed.order_id} ends {scene.status}", 30)
        world.until_quiet()
    finally:
        world.until(world.mended, "what is broken can be mended")
    order = look(placed)
    check_history(order, scene)
    if scene.deleted:
        assert world.order(placed) == {"status": None}, "nobody is shown it"
    check_money(order, world.ledger(placed), placed, scene)
    assert world.stock(sku) == STOCK - scene.quantity * scene.kept, "the stock balances"
    check_told(world, placed, scene)
    assert world.told() - told == scene.alerts, world.alerts()[:3]


def _ended(scene: Scene, order: Json) -> bool:
    """Whether the order has its last status, and what that owes is settled, or known to be stuck."""
    compensation = "STUCK" if scene.owed else ("NONE", "DONE")
    return (
        order["status"] == scene.status and order["attempt"] == scene.attempt and order["compensation"] in compensation
    )


def check_history(order: Json, scene: Scene) -> None:
    """Each status once it was taken, in order, and numbered without gaps."""
    history = order["history"]
    taken = tuple(entry["status"] for entry in history if not entry["changed"])
    assert taken == scene.path
    assert [entry["seq"] for entry in history] == list(range(1, order["version"] + 1))
    # What an edit leaves is the status that was there.
    assert all(later["status"] == earlier["status"] for earlier, later in pairwise(history) if later["changed"])
    assert (order["reason"], order["attempt"], order["note"]) == (scene.reason, scene.attempt, scene.note)


def check_money(order: Json, ledger: list[Json], placed: Placed, scene: Scene) -> None:
    """What really moved, by the gateway's own ledger, and that the order says the same."""
    moved = {"charge": Decimal(), "void": Decimal()}
    keys = []
    for payment in ledger:
        if payment["outcome"] == "approved":
            moved[payment["kind"]] += Decimal(payment["amount"])
            if payment["kind"] == "charge":
                keys.append(payment["key"])
    assert len(keys) == len(set(keys)), "a key is charged once"
    captured, refunded = moved["charge"], moved["void"]
    assert captured - refunded == (placed.total if scene.kept or scene.owed else 0)
    assert (refunded > 0) == scene.refunded
    payment = order["payment"]
    if scene.owed:
        assert payment["status"] == "REFUND_PENDING"
    elif scene.kept:
        assert payment == {"status": "CAPTURED", "captured": str(placed.total), "refunded": "0.00"}
    elif scene.status != "REJECTED":
        assert payment["status"] == ("REFUNDED" if scene.refunded else "NONE")
        assert payment["captured"] == payment["refunded"]


def check_told(world: World, placed: Placed, scene: Scene) -> None:
    """Who was told: the customer by mail, staff by alert; and what waits for staff to send it on."""
    mails = world.mails(placed)
    assert sorted(mail["event"] for mail in mails if mail["status"] == "SENT") == sorted(scene.mails)
    assert sorted(letter["function"] for letter in world.letters(placed)) == sorted(scene.letters)
    if world.shows_executions and not scene.deleted:
        assert (world.execution(placed)["status"] == "FAILED") == (scene.status == "FAILED")


def nothing(world: World, placed: Placed) -> None:
    """Let it go on."""


def cancel(world: World, placed: Placed) -> None:
    """The holder cancels as soon as there is an order, and may."""
    world.until(lambda: world.cancel(placed).status_code == 200, "the holder can cancel")


def when(status: str, act: Act) -> Act:
    """Do it once the order has that status."""

    def acts(world: World, placed: Placed) -> None:
        world.until_status(placed, status)
        act(world, placed)

    return acts


def staff(action: str) -> Act:
    """Staff act as soon as they may."""

    def acts(world: World, placed: Placed) -> None:
        def tried() -> Any:
            return world.act(placed, action).status_code == 200

        world.until(tried, f"staff can {action}")

    return acts


def edited(note: str) -> Act:
    """Staff edit the order's note, trying again when it changed since they read it."""

    def acts(world: World, placed: Placed) -> None:
        world.until(lambda: world.edit(placed, note=note).status_code == 200, "staff can edit")

    return acts


def delete(world: World, placed: Placed) -> None:
    """Staff delete the order, which is there, as soon as they may; then it is not there any more."""
    # An answer may be lost when the process dies meanwhile: the next one says that it is not there.
    world.until(lambda: world.delete(placed).status_code in (202, 404), "staff can delete")
    world.until(lambda: world.delete(placed).status_code == 404, "it is not there any more")


def mended(act: Act) -> Act:
    """Nothing is broken any more; then do it."""

    def acts(world: World, placed: Placed) -> None:
        world.faults()
        act(world, placed)

    return acts


def redrive(world: World, placed: Placed) -> None:
    """Staff send on what the order left in the dead letters, as soon as that can be done."""

    def tried() -> Any:
        letters = world.letters(placed)
        return bool(letters) and world.redrive(letters)["refused"] == []

    world.until(tried, "the dead letters can be redriven")


def once_dead(act: Act) -> Act:
    """Do it once something of the order is in the dead letters."""

    def acts(world: World, placed: Placed) -> None:
        world.until(lambda: world.letters(placed), "it is in the dead letters")
        act(world, placed)

    return acts


def then(*acts: Act) -> Act:
    """One after the other."""

    def all_of_them(world: World, placed: Placed) -> None:
        for act in acts:
            act(world, placed)

    return all_of_them
