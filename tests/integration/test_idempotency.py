"""One key, one order: whatever is sent twice, at once, late, or after a refusal."""

from __future__ import annotations

import pytest

from ordermill.domain.errors import IdempotencyKeyReused, InvalidOrder
from ordermill.domain.order import Status
from ordermill.topology.loader import load
from tests.integration.system_kit import Mill, SettableClock, StartMill, widgets

DAY_MS = 24 * 60 * 60 * 1000


@pytest.fixture
def mill(any_mill: Mill) -> Mill:
    """What holds here holds in every pipeline."""
    return any_mill


def orders(mill: Mill) -> int:
    mill.settle(mill.quiet)
    count: int = mill.rows("SELECT count(*) FROM orders")[0][0]
    return count


def test_a_replay_answers_the_same_order_as_it_stands_now(mill: Mill) -> None:
    first = mill.place(widgets(), "k1")
    mill.finished(first.order.order_id)
    again = mill.place(widgets(), "k1")
    assert again.replayed
    assert (again.order.order_id, again.token, again.order.status) == (
        first.order.order_id,
        first.token,
        Status.PROCESSED,
    )
    assert orders(mill) == 1


def test_the_same_key_with_another_body_is_refused_and_changes_nothing(mill: Mill) -> None:
    first = mill.place(widgets(2), "k1")
    with pytest.raises(IdempotencyKeyReused):
        mill.place(widgets(3), "k1")
    assert orders(mill) == 1
    assert mill.place(widgets(2), "k1").order.order_id == first.order.order_id


def test_another_customer_has_keys_of_their_own(mill: Mill) -> None:
    ids = {mill.place(widgets(customerId=customer), "k1").order.order_id for customer in ("c1", "c2")}
    assert len(ids) == 2


def test_a_refused_order_does_not_burn_its_key(mill: Mill) -> None:
    with pytest.raises(InvalidOrder):
        mill.place(widgets(0), "k1")
    assert not mill.place(widgets(), "k1").replayed


def test_fifty_at_once_with_one_key_make_one_order(start_mill: StartMill, pipeline: str) -> None:
    mill = start_mill(pipeline=pipeline, start=False)
    futures = [mill.submit(widgets(), "k1") for _ in range(25)]
    mill.system.start()
    futures += [mill.submit(widgets(), "k1") for _ in range(25)]
    answers = [future.result(10) for future in futures]
    assert len({answer.order.order_id for answer in answers}) == 1
    assert sum(not answer.replayed for answer in answers) == 1
    assert orders(mill) == 1


def test_a_key_is_free_again_after_a_day_by_the_clock(start_mill: StartMill, pipeline: str) -> None:
    clock = SettableClock()
    mill = start_mill(pipeline=pipeline, clock=clock)
    first = mill.place(widgets(), "k1")
    clock.ahead_ms = DAY_MS - 60_000
    assert mill.place(widgets(), "k1").replayed
    clock.ahead_ms = DAY_MS + 60_000
    later = mill.place(widgets(), "k1")
    assert not later.replayed
    assert later.order.order_id != first.order.order_id
    assert mill.place(widgets(), "k1").order.order_id == later.order.order_id


@pytest.mark.parametrize("next_pipeline", sorted(load().pipelines))
def test_a_key_holds_after_a_restart_in_whichever_pipeline(
    start_mill: StartMill, pipeline: str, next_pipeline: str
) -> None:
    mill = start_mill(pipeline=pipeline)
    first = mill.place(widgets(), "k1")
    mill.close()
    again = start_mill(mill.data, pipeline=next_pipeline).place(widgets(), "k1")
    assert (again.replayed, again.order.order_id) == (True, first.order.order_id)
