"""Batches of the shipped gateway: one transaction each, whole or not at all."""

from __future__ import annotations

import resource
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordermill.adapters.local.payments import Gateway
from ordermill.adapters.payment_tokens import TOKENS
from ordermill.ports.journal import StorageBroken, StorageFull
from ordermill.ports.services import PaymentError
from tests.contract.payments_kit import (
    APPROVED,
    SteppingClock,
    answer_of,
    charge_of,
    charge_together,
    moved,
    told,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a folder with % and ?.payments"


@pytest.fixture
def gateway(path: Path) -> Iterator[Gateway]:
    with closing(Gateway(path, SteppingClock(), timeout_ms=700)) as gateway:
        yield gateway


def test_a_batch_shows_when_it_is_committed(gateway: Gateway) -> None:
    with gateway.batch():
        gateway.charge(charge_of())
        assert gateway.payments_of("ord_1") == []
    assert moved(gateway.payments_of("ord_1")) == 1998


def test_another_thread_waits_for_the_batch(gateway: Gateway) -> None:
    calling = threading.Event()
    refunds: list[int] = []

    def void() -> None:
        calling.set()
        refunds.append(gateway.void("ord_1/1"))

    thread = threading.Thread(target=void)
    with gateway.batch():
        thread.start()
        calling.wait()
        for number in range(200):
            gateway.charge(charge_of(key=f"ord_2/{number}"))
        assert gateway.charge(charge_of()) == APPROVED
    thread.join()
    assert refunds == [1998]


def test_a_batch_may_be_large_and_use_keys_it_did_not_name(gateway: Gateway) -> None:
    keys = [f"ord_1/{number}" for number in range(300)]
    with gateway.batch(keys[:200]):
        for key in keys:
            gateway.charge(charge_of(key=key, amount=1))
    with gateway.batch(keys[100:]):
        assert [gateway.void(key) for key in keys] == [1] * 300
    assert moved(gateway.payments_of("ord_1")) == 0
    assert Counter(told(gateway.payments_of("ord_1"))) == {
        ("charge", 1, "approved"): 300,
        ("void", 1, "approved"): 300,
    }


def test_a_batch_takes_few_statements(gateway: Gateway) -> None:
    keys = [f"ord_1/{number}" for number in range(100)]
    statements: list[str] = []
    gateway._db.set_trace_callback(statements.append)
    with gateway.batch(keys):
        for key in keys:
            gateway.charge(charge_of(key=key))
    assert [statement.split()[0] for statement in statements] == ["BEGIN", "SELECT", "INSERT", "COMMIT"]


def test_a_payment_error_that_leaves_a_batch_keeps_its_work(gateway: Gateway) -> None:
    with pytest.raises(PaymentError):
        charge_together(gateway, charge_of("tok_approve", "ord_1/1"), charge_of("tok_flaky", "ord_1/2"))
    assert told(gateway.payments_of("ord_1")) == [("charge", 1998, "approved"), ("charge", 1998, "error")]


def test_any_other_exception_undoes_the_batch(gateway: Gateway) -> None:
    with pytest.raises(ZeroDivisionError):
        charge_together(gateway, charge_of(), and_then=lambda: 1 // 0)
    assert gateway.payments_of("ord_1") == []
    assert gateway.void("ord_1/1") == 0


@pytest.mark.parametrize("amount", [-1, 2**63])
def test_an_amount_that_is_none_spoils_no_batch(gateway: Gateway, amount: int) -> None:
    with gateway.batch():
        gateway.charge(charge_of())
        with pytest.raises(ValueError, match="cannot charge"):
            gateway.charge(charge_of(key="ord_2/1", amount=amount))
    assert moved(gateway.payments_of("ord_1")) == 1998
    assert gateway.payments_of("ord_2") == []


def test_batches_do_not_nest(gateway: Gateway) -> None:
    with gateway.batch():
        with pytest.raises(RuntimeError), gateway.batch():
            pass
        gateway.charge(charge_of())
    assert moved(gateway.payments_of("ord_1")) == 1998


@contextmanager
def full_disk(path: Path) -> Iterator[None]:
    """No file of this process grows beyond the gateway's log as it is."""
    size = path.with_name(f"{path.name}-wal").stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_batch_whose_commit_fails_leaves_nothing(gateway: Gateway, path: Path) -> None:
    gateway.charge(charge_of(key="ord_1/1", amount=5))
    refunds: list[int] = []
    with full_disk(path), pytest.raises(StorageBroken):
        charge_together(gateway, charge_of(key="ord_1/2"), and_then=lambda: refunds.append(gateway.void("ord_1/1")))
    assert refunds == [5]
    assert told(gateway.payments_of("ord_1")) == [("charge", 5, "approved")]
    assert gateway.charge(charge_of(key="ord_1/2")) == APPROVED
    assert moved(gateway.payments_of("ord_1")) == 5 + 1998


def test_a_charge_whose_commit_fails_moves_nothing(gateway: Gateway, path: Path) -> None:
    gateway.charge(charge_of(key="ord_1/1", amount=5))
    with full_disk(path), pytest.raises(StorageBroken):
        gateway.charge(charge_of(key="ord_1/2"))
    assert told(gateway.payments_of("ord_1")) == [("charge", 5, "approved")]
    assert gateway.void("ord_1/2") == 0


def test_a_batch_that_fits_only_in_part_leaves_nothing(gateway: Gateway) -> None:
    (pages,) = gateway._db.execute("PRAGMA page_count").fetchone()
    gateway._db.execute(f"PRAGMA max_page_count = {pages + 10}")
    with pytest.raises(StorageFull, match="full"):
        charge_together(gateway, *(charge_of(key=f"ord_1/{number}") for number in range(500)))
    assert gateway.payments_of("ord_1") == []
    assert gateway.charge(charge_of(key="ord_1/1")) == APPROVED
    assert len(gateway.payments_of("ord_1")) == 1


def test_a_locked_file_fails_the_batch_before_it_does_anything(gateway: Gateway, path: Path) -> None:
    gateway._db.execute("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageFull), gateway.batch():
            pytest.fail("the batch was opened")
    assert gateway.charge(charge_of()) == APPROVED


def test_a_batch_that_outlives_its_connection_leaves_nothing(gateway: Gateway, path: Path) -> None:
    with pytest.raises(sqlite3.ProgrammingError):
        charge_together(gateway, charge_of(), and_then=gateway.close)
    with closing(Gateway(path, SteppingClock(), 700)) as reopened:
        assert reopened.payments_of("ord_1") == []


def test_the_file_is_written_as_durably_as_promised(gateway: Gateway) -> None:
    assert gateway._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert gateway._db.execute("PRAGMA synchronous").fetchone() == (2,)


Step = tuple[str, str, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from([*TOKENS, "void", "void"]),
        st.sampled_from(["ord_1/1", "ord_1/2", "ord_2/1"]),
        st.integers(0, 3),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, sizes=st.lists(st.integers(1, 6), min_size=25, max_size=25))
def test_batches_change_nothing_but_the_number_of_commits(steps: list[Step], sizes: list[int]) -> None:
    with TemporaryDirectory() as folder:
        one_by_one = play(Path(folder) / "single", [[step] for step in steps], batched=False)
        groups = iter(steps)
        chunks = [[step for _, step in zip(range(size), groups, strict=False)] for size in sizes]
        batched = play(Path(folder) / "batched", chunks, batched=True)
    assert batched == one_by_one
    assert_consistent(batched[1])


def play(path: Path, groups: list[list[Step]], *, batched: bool) -> tuple[list[object], list[dict[str, Any]]]:
    """All answers, and the ledger without what differs between runs."""
    seen: list[object] = []
    with closing(Gateway(path, SteppingClock(), 700)) as gateway:
        for group in groups:
            if batched:
                with gateway.batch([key for _, key, _ in group[::2]]):
                    seen += [take(gateway, step) for step in group]
            else:
                seen += [take(gateway, step) for step in group]
        ledger = [msgspec.to_builtins(entry) for order in ("ord_1", "ord_2") for entry in gateway.payments_of(order)]
    return seen, [{name: value for name, value in entry.items() if name != "paymentId"} for entry in ledger]


def take(gateway: Gateway, step: Step) -> object:
    what, key, amount = step
    return answer_of(lambda: gateway.void(key) if what == "void" else gateway.charge(charge_of(what, key, amount)))


def assert_consistent(ledger: list[dict[str, Any]]) -> None:
    """Per key: one answered charge, one void, and the void gives back what was captured."""
    for key in {entry["key"] for entry in ledger}:
        rows = [entry for entry in ledger if entry["key"] == key]
        charges = [row for row in rows if row["kind"] == "charge" and row["outcome"] != "error"]
        voids = [row for row in rows if row["kind"] == "void" and row["outcome"] != "error"]
        captured = sum(row["amount"] for row in charges if row["outcome"] == "approved")
        assert len(charges) <= 1
        assert len(voids) <= 1
        assert all(void["amount"] == captured for void in voids)
