"""What becomes of a message that is given up: its order fails, it is kept, told of, and sent on."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from ordermill.bootstrap.overview import QueueOverview
from ordermill.domain.events import OrderChange
from ordermill.domain.order import Compensation, Line, Order, OrderDraft, Reason, Status, Step, advance, place
from ordermill.ports.ambient import Settings
from ordermill.ports.services import Charge, ChargeResult, PaymentError
from tests.integration.letters_kit import Alerts, history, letters, redrive, settle_refund, start_breaking
from tests.integration.system_kit import FailingMailer, Mill, Noted, StartMill, of_sku, widgets

SOURCES = {"stream": "orders>process_order", "queue": "order-queue", "workflow": "order-queue"}
STOCK = "SELECT stock FROM products WHERE sku = 'KEYBOARD-TKL'"
SCHEMA_2 = Path(__file__).parents[1] / "unit" / "adapters" / "schemas" / "2.sql"
MAIL_STATUS = "SELECT status FROM mails"


def overview(mill: Mill, queue: str) -> QueueOverview:
    queues, _ = mill.system.overview.read(mill.system.overview.under_way())
    return next(one for one in queues if one.queue == queue)


def test_an_order_whose_payment_never_works_is_failed_with_its_stock_back(start_mill: StartMill, pipeline: str) -> None:
    alerts, noted = Alerts(), Noted()
    mill = start_mill(pipeline=pipeline, ports={"alerts": alerts}, sinks=[noted])
    before = mill.rows(STOCK)
    order_id = mill.place(of_sku("KEYBOARD-TKL", 3, "tok_error")).order.order_id
    (letter,) = letters(mill)
    order = mill.order(order_id)
    assert history(mill, order_id)[:3] == [
        (1, "PENDING", "create_order" if pipeline == "workflow" else mill.intake),
        (2, "CONFIRMED", "process_order"),
        (3, "FAILED", "fail_order"),
    ]
    assert order.reason is Reason.PAYMENT_ERROR
    assert order.compensation is not Compensation.NONE
    assert (order.stock_reserved, mill.rows(STOCK)) == (False, before)
    assert (letter["queue"], letter["function"], letter["receives"]) == (SOURCES[pipeline], "process_order", 5)
    assert mill.rows("SELECT type FROM events WHERE seq = 3") == [("OrderFailed",)]
    (alert,) = alerts.published
    assert (alert.alert_id, alert.severity, alert.order_id) == (letter["id"], "warning", order_id)
    assert alert.detail.endswith("(receive 5 of 5)")
    mill.close()
    taken = [(hop.edge, hop.outcome, hop.order_id) for hop in noted.hops if hop.function == "fail_order"]
    assert taken == [("dead-letters>fail_order", "ok", order_id)]
    assert [hop.outcome for hop in noted.hops if hop.function == "process_order" and hop.outcome == "dead"] == ["dead"]


def test_an_order_that_never_had_a_record_is_made_failed(start_mill: StartMill) -> None:
    mill, _ = start_breaking(start_mill, "products", "reserve", pipeline="queue")
    order_id = mill.place(of_sku("KEYBOARD-TKL", 3)).order.order_id
    (letter,) = letters(mill)
    assert history(mill, order_id) == [(1, "PENDING", "submit_order"), (2, "FAILED", "fail_order")]
    assert (mill.order(order_id).reason, mill.order(order_id).charges) == (Reason.INTERNAL, ())
    assert letter["payload"]["order"]["orderId"] == order_id


def test_a_failed_order_is_redriven_and_processed(start_mill: StartMill) -> None:
    mill, stock = start_breaking(start_mill, "products", "reserve", pipeline="stream")
    order_id = mill.place(of_sku("KEYBOARD-TKL", 3)).order.order_id
    (letter,) = letters(mill)
    stock.broken = False
    assert redrive(mill, letter["id"], dry_run=True).redriven == (letter["id"],)
    assert (mill.status(order_id), len(mill.dead())) == ("FAILED", 1)
    assert redrive(mill, letter["id"]).redriven == (letter["id"],)
    assert mill.dead() == []
    mill.settle(lambda: mill.status(order_id) == "PROCESSED")
    mill.settle(mill.quiet)
    order = mill.order(order_id)
    assert history(mill, order_id)[1:3] == [(2, "FAILED", "fail_order"), (3, "PENDING", "staff")]
    assert (order.attempt, order.redrives, order.charges) == (2, 1, (f"{order_id}/2",))
    assert mill.rows("SELECT count(*) FROM events WHERE order_id = ?", order_id) == [(6,)]
    (refusal,) = redrive(mill, letter["id"]).refused
    assert refusal.reason == "no dead letter with this id is open"


def test_the_fourth_redrive_of_an_order_is_refused(start_mill: StartMill) -> None:
    mill, _ = start_breaking(start_mill, "products", "reserve", pipeline="stream")
    order_id = mill.place(of_sku("KEYBOARD-TKL")).order.order_id
    for times in range(4):
        mill.settle(lambda times=times: mill.status(order_id) == "FAILED" and mill.order(order_id).attempt == times + 1)  # type: ignore[misc]
        (letter,) = letters(mill)
        assert letter["redrives"] == times
        result = redrive(mill, letter["id"])
        assert len(result.redriven) == (times < 3)
    assert result.refused[0].reason == "it was redriven 3 times already"
    assert (mill.status(order_id), len(mill.dead())) == ("FAILED", 1)
    assert mill.rows("SELECT count(*) FROM dead_letters") == [(4,)]


class AwayPayments:
    """Service `payments`, which does not answer at all."""

    def __init__(self) -> None:
        self.charges = 0

    def charge(self, charge: Charge) -> ChargeResult:
        self.charges += 1
        raise PaymentError("the gateway is away")

    def void(self, key: str) -> int:
        raise PaymentError("the gateway is away")


def test_until_the_refund_is_settled_the_redrive_is_refused(start_mill: StartMill) -> None:
    payments = AwayPayments()
    mill = start_mill(pipeline="stream", ports={"payments": payments}, settings=Settings(retry_base_ms=40))
    order_id = mill.place(widgets()).order.order_id
    mill.settle(lambda: bool(mill.dead()))
    (letter,) = mill.dead()
    (refusal,) = redrive(mill, letter["id"]).refused
    assert (refusal.reason, mill.status(order_id)) == (
        "the refund of the order's last attempt is not settled yet",
        "FAILED",
    )
    settle_refund(mill, order_id)
    assert redrive(mill, letter["id"]).redriven == (letter["id"],)
    # The payment never works: it is given up once more, and that is another letter.
    mill.settle(lambda: payments.charges == 10 and bool(mill.dead()))
    again = mill.dead()[-1]
    assert (again["redrives"], mill.order(order_id).attempt, again["id"] != letter["id"]) == (1, 2, True)


def test_a_mail_is_kept_told_of_and_sent_again(start_mill: StartMill, pipeline: str) -> None:
    alerts, mailer = Alerts(), FailingMailer(5)
    mill = start_mill(pipeline=pipeline, ports={"alerts": alerts, "mail": mailer})
    order_id = mill.place(widgets()).order.order_id
    (letter,) = letters(mill)
    assert (letter["queue"], letter["function"], letter["error"]) == (
        "mail-queue",
        "send_email",
        "OSError: the mail server is away",
    )
    assert (mill.status(order_id), mill.rows(MAIL_STATUS)) == ("PROCESSED", [("FAILED",)])
    assert [(alert.severity, alert.reason) for alert in alerts.published] == [("critical", "OSError")]
    assert redrive(mill, queue="mail-queue", most=1).redriven == (letter["id"],)
    mill.settle(lambda: mill.rows(MAIL_STATUS) == [("SENT",)])
    assert (mill.dead(), set(mailer.tries.values())) == ([], {6})


def test_a_message_is_redriven_three_times_and_counts_over_restarts(start_mill: StartMill) -> None:
    mailer = FailingMailer(99)
    mill = start_mill(ports={"mail": mailer})
    mill.place(widgets())
    for times in range(4):
        (letter,) = letters(mill)
        assert letter["redrives"] == times
        result = redrive(mill, letter["id"])
        if times == 1:
            mill.close()
            mill = start_mill(mill.data, ports={"mail": mailer})
    assert [refusal.reason for refusal in result.refused] == ["it was redriven 3 times already"]
    assert set(mailer.tries.values()) == {20}


def test_a_change_record_is_redriven_to_its_consumer(start_mill: StartMill, pipeline: str) -> None:
    mill, topic = start_breaking(start_mill, "order-events", "publish", pipeline=pipeline)
    order_id = mill.place(widgets()).order.order_id
    mill.settle(lambda: len(mill.dead()) == 2)
    mill.settle(mill.quiet)
    assert mill.state()["events"] == 0
    assert {letter["queue"] for letter in mill.dead()} == {"orders>publish_order_event"}
    topic.broken = False
    ids = [letter["id"] for letter in mill.dead()]
    assert redrive(mill).redriven == tuple(ids)
    mill.settle(lambda: mill.state()["events"] == 4)
    mill.settle(mill.quiet)
    assert (mill.dead(), mill.status(order_id)) == ([], "PROCESSED")
    assert mill.rows("SELECT seq FROM events ORDER BY seq") == [(1,), (2,), (3,), (4,)]


def test_a_change_record_that_was_redriven_survives_a_death(start_mill: StartMill) -> None:
    mill, topic = start_breaking(start_mill, "order-events", "publish")
    mill.place(widgets())
    mill.settle(lambda: len(mill.dead()) == 2)
    mill.settle(mill.quiet)
    redrive(mill)
    mill.settle(lambda: len(mill.dead()) == 2)
    mill.settle(mill.quiet)
    assert {letter["redrives"] for letter in mill.dead()} == {1}
    redrive(mill)
    mill.close()
    again = start_mill(mill.data)
    again.settle(lambda: again.state()["events"] == 4)
    again.settle(again.quiet)
    assert (again.dead(), topic.broken) == ([], True)


def test_a_redrive_that_fails_in_the_middle_sends_nothing(start_mill: StartMill) -> None:
    mill, kept = start_breaking(start_mill, "dead-letters", "close", ports={"mail": FailingMailer(5)})
    mill.place(widgets())
    (letter,) = letters(mill)
    with pytest.raises(OSError, match="close does not work"):
        redrive(mill, letter["id"])
    mill.settle(mill.quiet)
    assert (mill.dead(), mill.rows(MAIL_STATUS)) == ([letter], [("FAILED",)])
    kept.broken = False
    redrive(mill, letter["id"])
    mill.settle(lambda: mill.rows(MAIL_STATUS) == [("SENT",)])


@pytest.mark.parametrize("verb", ["append", "keep"])
def test_what_fail_order_cannot_take_stays_and_is_the_loudest_alarm(
    start_mill: StartMill, caplog: pytest.LogCaptureFixture, verb: str
) -> None:
    ports = {"mail": FailingMailer(99)} if verb == "append" else {}
    mill, kept = start_breaking(start_mill, "dead-letters", verb, ports=ports)
    order_id = mill.place(widgets(token="tok_approve" if verb == "append" else "tok_error")).order.order_id
    mill.settle(lambda: mill.state()["dead_messages"] == 1)
    mill.settle(mill.quiet)
    assert kept.calls == 5
    (record,) = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert (record.name, getattr(record, "order_id", None)) == ("ordermill.adapters.local.message_log", order_id)
    assert (mill.dead(), overview(mill, "dead-letters").counts.dead) == ([], 1)
    # All that it did is undone, and orders are taken all the same.
    assert mill.status(order_id) == ("PROCESSED" if verb == "append" else "CONFIRMED")
    assert mill.place(widgets()).order.status is Status.PENDING


def test_a_message_that_is_no_message_is_kept_byte_for_byte_and_stops_nobody(start_mill: StartMill) -> None:
    mill = start_mill(pipeline="queue")
    mill.close()
    poison = b'\xff{"not json'
    with closing(sqlite3.connect(mill.data)) as file, file:
        sql = "INSERT INTO messages (queue, order_id, body, sent_at, receives) VALUES (?, NULL, ?, 0, 0)"
        for queue in ("order-queue", "mail-queue"):
            file.execute(sql, (queue, poison))
    again = start_mill(mill.data, pipeline="queue")
    assert again.finished(again.place(widgets()).order.order_id).status is Status.PROCESSED
    first, second = letters(again, 2)
    assert first["payload"] == second["payload"] == {"base64": "/3sibm90IGpzb24="}
    redrive(again, first["id"])
    third, _ = sorted(letters(again, 2), key=lambda letter: -int(letter["redrives"]))
    assert (third["payload"], third["redrives"], third["queue"]) == (first["payload"], 1, first["queue"])


def test_letters_of_before_fail_the_orders_that_they_left_standing(start_mill: StartMill, tmp_path: Path) -> None:
    data = tmp_path / "ordermill.db"
    order = place_confirmed()
    change = OrderChange("INSERT", 0, None, replace(order, status=Status.PENDING))
    letter: dict[str, object] = {
        "queue": "orders>process_order",
        "function": "process_order",
        "orderId": order.order_id,
    }
    letter |= {"error": "PaymentTimeout: no answer", "receives": 5, "at": 7}
    body = msgspec.json.encode({**letter, "payload": change})
    with closing(sqlite3.connect(data)) as file, file:
        file.executescript(SCHEMA_2.read_text(encoding="utf-8") + "PRAGMA user_version = 2;")
        sql = "INSERT INTO orders (order_id, version, status, created_at, body) VALUES (?, 2, 'CONFIRMED', 1, ?)"
        file.execute(sql, (order.order_id, msgspec.json.encode(order)))
        file.execute("INSERT INTO dead_messages (id, queue, body) VALUES (4, 'orders>process_order', ?)", (body,))
        file.execute("INSERT INTO dead_messages (id, queue, body) VALUES (5, 'q', ?)", (b"\xff no letter",))
    mill = start_mill(data)
    (kept,) = letters(mill)
    assert (kept["id"], kept["redrives"], kept["at"]) == ("old-4", 0, 7)
    assert kept["payload"]["order"]["orderId"] == order.order_id
    assert (mill.status(order.order_id), mill.order(order.order_id).reason) == ("FAILED", Reason.TIMEOUT)
    assert mill.rows("SELECT id FROM dead_messages") == [(5,)]


def place_confirmed() -> Order:
    """An order that waits for a charge."""
    draft = OrderDraft(None, None, None, None, None, (Line("Widget", None, 1, 999),), "USD", 999, "tok_error")
    order = place(draft, order_id="ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b", at=1, by="create_order")
    confirmed = advance(order, [Step(Status.CONFIRMED)], at=2, by="process_order")
    return replace(confirmed, charges=(f"{order.order_id}/1",))


def test_a_letter_of_a_pipeline_that_was_left_is_refused_once_nothing_consumes_it(start_mill: StartMill) -> None:
    mill = start_mill(pipeline="stream")
    order_id = mill.place(widgets(token="tok_error")).order.order_id
    letters(mill)
    mill.close()
    with closing(sqlite3.connect(mill.data)) as file, file:
        file.execute("DELETE FROM orders WHERE order_id = ?", (order_id,))
    again = start_mill(mill.data, pipeline="queue")
    (refusal,) = redrive(again).refused
    assert refusal.reason == "nothing consumes orders>process_order any more"
