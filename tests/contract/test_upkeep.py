"""What expires is removed in small steps, and whoever takes an expired key meanwhile has it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from ordermill.adapters.ids import first_order_id
from ordermill.adapters.local.sql import queries
from ordermill.adapters.local.upkeep import ROWS, ExpiredClaimedOrders, ExpiredClaims, ExpiredStubs
from ordermill.domain.deletion import STUB_KEPT_MS, deleted
from ordermill.domain.errors import AlreadyClaimed
from ordermill.domain.idempotency import KEY_LIFETIME_MS
from ordermill.ports.journal import Swept
from ordermill.ports.stores import Claim
from tests.contract.stores_kit import MakeOrder, Ports

HOUR = 3_600_000
START = 100 * HOUR


def sweep(ports: Ports, job: ExpiredClaims | ExpiredStubs | None = None) -> int:
    """A whole pass through the keys; how many rows went."""
    job, rows = job or ExpiredClaims(ports.store, ports.time.now_ms), 0
    for _ in range(10):
        with ports.write():
            swept = job.step()
        rows += swept.rows
        if not swept.more:
            return rows
    raise AssertionError("a pass does not end")


def keys(ports: Ports) -> list[object]:
    return [key for (key,) in ports.rows("SELECT claim_key FROM idempotency ORDER BY claim_key")]


def order_id(at: int, number: int = 0) -> str:
    return f"{first_order_id(at)}-7000-8000-{number:012x}"


def test_keys_go_when_their_time_is_over_and_not_before(ports: Ports, settle: Callable[[], None]) -> None:
    with ports.write():
        for number in range(6):
            ports.claims.take(Claim(f"k{number}", "print", f"o{number}", 5000 + number % 3))
    settle()
    ports.time.ms = 4999
    assert sweep(ports) == 0
    ports.time.ms = 5001
    assert sweep(ports) == 4
    assert keys(ports) == ["k2", "k5"]
    ports.fresh()
    assert [ports.claims.read(f"k{number}") is None for number in range(6)] == [True, True, False, True, True, False]


def test_a_step_looks_at_few_and_a_pass_at_all_of_them(ports: Ports) -> None:
    total = 2 * ROWS + ROWS // 2
    with ports.write():
        for number in range(total):
            ports.claims.take(Claim(f"{number:08d}", "print", "o", 5000 if number % 2 else 9000))
    ports.time.ms = 5000
    job, steps = ExpiredClaims(ports.store, ports.time.now_ms), []
    for _ in range(3):
        with ports.write():
            steps.append(job.step())
    assert [(step.rows, step.more) for step in steps] == [(ROWS // 2, True), (ROWS // 2, True), (ROWS // 4, False)]
    assert len(keys(ports)) == total // 2
    ports.time.ms = 9000
    assert sweep(ports, job) == total // 2, "the next pass begins anew"


def test_an_expired_key_that_is_taken_anew_and_one_that_is_swept_do_not_disturb_each_other(
    ports: Ports, settle: Callable[[], None], make_order: MakeOrder
) -> None:
    """Whether it is taken before, in the same transaction, or after: with what is in memory then, and without."""
    with ports.write():
        for name in ("before", "with", "after"):
            ports.claims.take(Claim(name, "old", f"o-{name}", 5000, make_order(f"o-{name}")))
    settle()
    ports.time.ms = 6000
    taken = {
        name: Claim(name, "new", f"n-{name}", 9000, make_order(f"n-{name}")) for name in ("before", "with", "after")
    }
    with ports.write():
        ports.claims.take(taken["before"])
    settle()
    job = ExpiredClaims(ports.store, ports.time.now_ms)
    with ports.write():
        ports.claims.take(taken["with"])
        # Of "before", only the new claim is there; the old ones of the others go, and one of them has an heir.
        assert job.step().rows == 2
    settle()
    with ports.write():
        ports.claims.take(taken["after"])
    for _ in range(2):
        settle()
        assert [ports.claims.read(name) for name in taken] == list(taken.values())
        for name, claim in taken.items():
            with pytest.raises(AlreadyClaimed) as found, ports.write():
                ports.claims.take(Claim(name, "third", "x", 9999))
            assert found.value.order_id == claim.order_id
        assert sweep(ports) == 0


def test_an_order_with_a_new_key_is_stored_in_the_transaction_that_sweeps_the_old_one(
    ports: Ports, settle: Callable[[], None], make_order: MakeOrder
) -> None:
    with ports.write():
        ports.orders.create(make_order("o1"), ports.claims.claim("k", "old", "o1", 5000))
    settle()
    ports.time.ms = 5000
    with ports.write():
        assert ExpiredClaims(ports.store, ports.time.now_ms).step().rows == 1
        ports.orders.create(make_order("o2"), ports.claims.claim("k", "new", "o2", 9000))
    settle()
    assert ports.claims.read("k") == Claim("k", "new", "o2", 9000)


def test_orders_kept_with_their_keys_go_some_time_after_them(
    ports: Ports, settle: Callable[[], None], make_order: MakeOrder
) -> None:
    times = [START, START + HOUR, START + 2 * HOUR]
    orders = [make_order(order_id(at)) for at in times]
    with ports.write():
        for at, order in zip(times, orders, strict=True):
            ports.claims.take(Claim(f"k{at}", "print", order.order_id, at + KEY_LIFETIME_MS, order))
    settle()
    job = ExpiredClaimedOrders(ports.store, ports.time.now_ms)
    ports.time.ms = START + HOUR + KEY_LIFETIME_MS
    with ports.write():
        assert job.step().rows == 0
    ports.time.ms += 1
    with ports.write():
        assert job.step().rows == 1
    # Two keys have expired by then. The third holds, and still knows its order.
    assert sweep(ports) == 2
    settle()
    with pytest.raises(AlreadyClaimed) as taken, ports.write():
        ports.claims.take(Claim(f"k{times[2]}", "print", "x", ports.time.ms + 1))
    assert taken.value.order == orders[2]
    assert ports.rows("SELECT count(*) FROM claimed_orders") == [(2,)]


def test_no_more_orders_go_in_a_step_than_it_may_take(ports: Ports, make_order: MakeOrder) -> None:
    order = make_order()
    with ports.write():
        for number in range(ROWS + 1):
            id_ = order_id(START, number)
            ports.store.tables.claimed_orders.insert(id_, replace(order, order_id=id_))
    ports.time.ms = START + KEY_LIFETIME_MS + 2 * HOUR
    job = ExpiredClaimedOrders(ports.store, ports.time.now_ms)
    with ports.write():
        assert (job.step(), job.step()) == (Swept(ROWS, more=True), Swept(1, more=False))


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("claim_after", ("", 9)),
        ("expire_claims", ("", "x", 1)),
        ("expire_last_claims", ("", 1)),
        ("expire_claimed_orders", ("x", 9)),
    ],
)
def test_each_statement_goes_by_ranges_of_the_key(ports: Ports, name: str, parameters: tuple[object, ...]) -> None:
    plan = [row[3] for row in ports.store.connection.execute("EXPLAIN QUERY PLAN " + queries()[name], parameters)]
    steps = [step for step in plan if "SEARCH" in step or "SCAN" in step]
    assert steps
    assert all("SEARCH" in step and "PRIMARY KEY" in step for step in steps), plan
    assert not any("TEMP B-TREE FOR ORDER" in step for step in plan)


def test_stubs_go_when_no_message_can_come_any_more_and_tombstones_stay(ports: Ports, make_order: MakeOrder) -> None:
    orders = [make_order(f"o{number}") for number in range(4)]
    gone = [deleted(order, at=5, by="staff") for order in orders[:3]]
    with ports.write():
        for order in orders:
            ports.orders.create(order)
        for tombstone in gone:
            ports.orders.update(tombstone, expect=1)
    for tombstone in gone[:2]:
        with ports.write():
            ports.orders.forget(tombstone.order_id, expect=tombstone.version)
        ports.time.ms += 10
    job = ExpiredStubs(ports.store, ports.time.now_ms)
    begin = 1000 + STUB_KEPT_MS
    for at, left in ((begin - 1, 4), (begin, 3), (begin + 9, 3), (begin + 10, 2), (2**62, 2)):
        ports.time.ms = at
        sweep(ports, job)
        assert ports.rows("SELECT count(*) FROM orders") == [(left,)]
    ports.fresh()
    assert [ports.orders.read(order.order_id) for order in orders] == [None, None, gone[2], orders[3]]
