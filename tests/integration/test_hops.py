"""Each edge that an order travels is one hop, offered once its commit is through."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ordermill.domain.errors import InvalidOrder
from ordermill.ports.hops import Hop
from tests.integration.system_kit import FailingMailer, Noted, StartMill, widgets

ACCEPTED = "POST /orders>start_workflow"
TASKS = ["order-intake>validate_order", "order-intake>create_order"]
CHARGED = "process_order>payments"


class Faulty:
    """A sink that fails."""

    def take(self, hops: Sequence[Hop]) -> None:
        raise OSError("nobody listens")


WAYS = {
    "workflow": [*TASKS, ACCEPTED, "order-queue>process_order"],
    "stream": ["POST /orders>create_order", "orders>process_order"],
}


@pytest.mark.parametrize("way", WAYS)
def test_one_order_travels_every_edge_once(start_mill: StartMill, way: str) -> None:
    noted = Noted()
    mill = start_mill(sinks=[noted], pipeline=way)
    order_id = mill.place(widgets()).order.order_id
    mill.settle(mill.quiet)
    mill.close()
    edges = sorted(hop.edge for hop in noted.hops)
    assert edges == sorted(
        [
            *WAYS[way],
            CHARGED,
            *["orders>publish_order_event"] * 3,
            *["record-order-event>record_order_event"] * 4,
            "notify-customer>notify_customer",
            "mail-queue>send_email",
            "send_email>mail",
        ]
    )
    assert {hop.order_id for hop in noted.hops} == {order_id}
    assert {hop.outcome for hop in noted.hops} == {"ok"}
    assert {hop.attempt for hop in noted.hops} == {1}
    assert all(hop.duration_ms > 0 and hop.error is None for hop in noted.hops)
    assert {hop.trace_id for hop in noted.hops} == {order_id[4:].replace("-", "")}


def test_a_failure_is_a_retry_and_the_last_one_dead(start_mill: StartMill) -> None:
    noted = Noted()
    mill = start_mill(sinks=[noted], ports={"mail": FailingMailer(99)})
    mill.place(widgets())
    mill.settle(mill.quiet)
    mill.close()
    mails = noted.of("mail-queue>send_email")
    assert [(hop.outcome, hop.attempt) for hop in mails] == [*(("retry", n) for n in (1, 2, 3, 4)), ("dead", 5)]
    assert {(hop.error, hop.detail) for hop in mails} == {("OSError", "the mail server is away")}
    assert [hop.outcome for hop in noted.of("send_email>mail")] == ["failed"] * 5


@pytest.mark.parametrize(
    ("way", "edges"), [("workflow", [TASKS[0], ACCEPTED]), ("stream", ["POST /orders>create_order"])]
)
def test_a_refused_request_is_a_failed_hop_without_an_order(start_mill: StartMill, way: str, edges: list[str]) -> None:
    noted = Noted()
    mill = start_mill(sinks=[noted], pipeline=way)
    with pytest.raises(InvalidOrder):
        mill.place({"items": []})
    mill.settle(lambda: bool(noted.hops))
    assert [(hop.edge, hop.outcome, hop.error) for hop in noted.hops] == [
        (edge, "failed", "invalid-order") for edge in edges
    ]
    assert noted.hops[-1].order_id is None


def test_what_was_not_committed_left_no_hop(start_mill: StartMill) -> None:
    noted = Noted()
    mill = start_mill(sinks=[noted])
    commit, failing = mill.system.store.flush, [True]

    def flush() -> None:
        if failing and failing.pop():
            raise ValueError("a row that the file refuses")
        commit()

    mill.system.store.flush = flush  # type: ignore[method-assign]
    mill.place(widgets())
    mill.settle(mill.quiet)
    mill.close()
    # The batch failed and its request ran again on its own: one order, one hop.
    assert not failing
    assert len(noted.of(ACCEPTED)) == 1


def test_a_sink_that_fails_fails_nothing_else(start_mill: StartMill, caplog: pytest.LogCaptureFixture) -> None:
    noted = Noted()
    mill = start_mill(sinks=[Faulty(), noted])
    assert mill.finished(mill.place(widgets()).order.order_id).status == "PROCESSED"
    mill.settle(mill.quiet)
    mill.close()
    assert len(noted.of(ACCEPTED)) == 1
    assert sum("Faulty" in record.getMessage() for record in caplog.records) == 1
