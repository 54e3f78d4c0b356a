"""Cancelling, refunding and retrying over HTTP, as holders and staff meet it."""

from __future__ import annotations

import httpx2
import pytest

from tests.e2e.server import FIRST_ORDER, Json, Server, order_until, wait_for
from tests.e2e.wire import problem


class Placed:
    """One order and what its holder and staff may do about it."""

    def __init__(self, api: httpx2.Client, staff: dict[str, str], token: str = "tok_approve") -> None:
        self._api, self.staff = api, staff
        placed = api.post("/orders", json={**FIRST_ORDER, "paymentToken": token}).json()
        self.id: str = placed["orderId"]
        self.holder = {"Order-Token": placed["orderToken"]}

    def cancel(self, headers: dict[str, str], body: Json | None = None) -> httpx2.Response:
        return self._api.post(f"/orders/{self.id}/cancel", json=body or {}, headers=headers)

    def act(self, **body: str) -> httpx2.Response:
        return self._api.post(f"/orders/{self.id}/actions", json=body, headers=self.staff)

    def seen(self) -> httpx2.Response:
        return self._api.get(f"/orders/{self.id}", headers=self.holder)

    def refunded(self) -> Json:
        """The order once its refund is settled."""
        wait_for(lambda: self.seen().json()["compensation"] == "DONE", "the refund")
        order: Json = self.seen().json()
        return order

    def moves(self) -> list[tuple[str, str]]:
        answer = self._api.get("/payments", params={"orderId": self.id}, headers=self.staff)
        return [(entry["kind"], entry["outcome"]) for entry in answer.json()["payments"]]


@pytest.fixture
def staff(running: Server) -> dict[str, str]:
    return running.staff


def test_the_holder_cancels_an_order_whose_charge_goes_unanswered_and_gets_the_money_back(
    api: httpx2.Client, staff: dict[str, str]
) -> None:
    placed = Placed(api, staff, "tok_timeout")
    order_until(api, placed.id, staff, "CONFIRMED")
    answer = placed.cancel(placed.holder, {"reason": "Ordered twice\n…by mistake"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    order = answer.json()
    assert (answer.headers["etag"], order["version"], order["status"]) == ('"3"', 3, "CANCELLED")
    entry = order["history"][-1]
    assert (entry["by"], entry["reason"]) == ("holder", "Ordered twice\n…by mistake")
    assert (order["reason"], order["reasonDetail"]) == (None, "Ordered twice\n…by mistake")
    assert order["compensation"] == "RUNNING"
    assert order["payment"] == {"status": "REFUND_PENDING", "captured": "0.00", "refunded": "0.00"}
    order = placed.refunded()
    total = order["total"]
    assert order["payment"] == {"status": "REFUNDED", "captured": total, "refunded": total}
    entry = order["history"][-1]
    assert (entry["status"], entry["by"], entry["changed"]) == (
        *("CANCELLED", "compensate_order"),
        ["compensation", "payment"],
    )
    assert placed.moves() == [("charge", "approved"), ("void", "approved")]
    again = placed.cancel(placed.holder, {"reason": "Again"})
    assert (again.status_code, again.json()) == (200, order)


def test_a_processed_order_is_staffs_to_cancel(api: httpx2.Client, staff: dict[str, str]) -> None:
    placed = Placed(api, staff)
    order_until(api, placed.id, staff, "PROCESSED")
    refused = placed.cancel(placed.holder)
    body = problem(api, refused, 409, "invalid-transition", more={"from", "to", "allowed"})
    assert (body["from"], body["to"], body["allowed"]) == ("PROCESSED", "CANCELLED", ["SHIPPED"])
    answer = placed.act(action="cancel", reason="Out of print")
    assert (answer.status_code, answer.json()["status"], answer.headers["etag"]) == (200, "CANCELLED", '"5"')
    assert (answer.json()["history"][-1]["by"], answer.json()["history"][-1]["reason"]) == ("staff", "Out of print")
    assert placed.refunded()["payment"]["status"] == "REFUNDED"
    settled = placed.seen().json()
    for again in (placed.cancel(placed.holder), placed.cancel(staff), placed.act(action="cancel")):
        assert (again.status_code, again.json()) == (200, settled)


def test_staff_cancels_by_the_holders_route_too(api: httpx2.Client, staff: dict[str, str]) -> None:
    placed = Placed(api, staff)
    order_until(api, placed.id, staff, "PROCESSED")
    answer = placed.cancel(staff)
    assert (answer.status_code, answer.json()["history"][-1]["by"]) == (200, "staff")


def test_what_did_not_fail_is_not_retried(api: httpx2.Client, staff: dict[str, str]) -> None:
    placed = Placed(api, staff, "tok_decline")
    order = order_until(api, placed.id, staff, "REJECTED")
    assert (order["payment"]["status"], order["compensation"]) == ("DECLINED", "NONE")
    body = problem(api, placed.act(action="retry"), 409, "invalid-transition", more={"from", "to", "allowed"})
    assert (body["from"], body["to"], body["allowed"]) == ("REJECTED", "PENDING", [])
    body = problem(api, placed.cancel(placed.holder), 409, "invalid-transition", more={"from", "to", "allowed"})
    assert body["allowed"] == []
    assert placed.moves() == [("charge", "declined")]


def test_an_unknown_action_is_told_which_there_are(api: httpx2.Client, staff: dict[str, str]) -> None:
    placed = Placed(api, staff)
    refused = placed.act(action="send", carrier="UPS", by="me")
    body = problem(api, refused, 422, "invalid-order")
    assert [(error["pointer"], error["code"]) for error in body["errors"]] == [
        ("/by", "unknown-field"),
        ("/action", "unknown-action"),
    ]
    assert "cancel, retry, ship, deliver" in body["errors"][1]["detail"]
