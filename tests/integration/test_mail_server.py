"""Mails through a server that is away, refuses, or comes back: none is lost, none holds up an order."""

from __future__ import annotations

from collections import Counter
from email import message_from_bytes
from pathlib import Path

import pytest

from ordermill.adapters.local.smtp_server import SmtpServer
from ordermill.domain.commands import ResendMail, SendMail
from ordermill.domain.mail import MailRecord
from ordermill.ports.services import MailUnavailable
from tests.e2e.server import free_port
from tests.integration.system_kit import Mill, StartMill, widgets
from tests.smtp_kit import DROP, MailServer, SilentServer

MANY = 40


def mill_to(start_mill: StartMill, port: int) -> Mill:
    return start_mill(smtp=SmtpServer("127.0.0.1", port, False, False))


def place(mill: Mill, count: int = 1) -> list[str]:
    futures = [mill.submit(widgets()) for _ in range(count)]
    return [future.result(10).order.order_id for future in futures]


def sent(server: MailServer) -> Counter[str]:
    return Counter(message_from_bytes(each.data)["X-Ordermill-Order"] for each in server.deliveries)


def statuses(mill: Mill) -> set[str]:
    return {record.status for record in mill.mails()}


def only(mill: Mill, status: str) -> MailRecord:
    """The one mail, once it has that status and nothing is under way."""
    mill.settle(lambda: statuses(mill) == {status})
    mill.settle(mill.quiet)
    (record,) = mill.mails()
    return record


def test_a_server_that_hangs_delays_no_order_and_loses_no_mail(start_mill: StartMill) -> None:
    silent = SilentServer()
    mill = mill_to(start_mill, silent.port)
    ids = place(mill, MANY)
    assert {mill.finished(order_id).status for order_id in ids} == {"PROCESSED"}
    mill.settle(lambda: statuses(mill) == {"QUEUED"})
    silent.close()
    with MailServer(port=silent.port) as server:
        mill.settle(lambda: len(server.deliveries) >= MANY)
        mill.settle(mill.quiet)
        assert sent(server) == dict.fromkeys(ids, 1)
    assert statuses(mill) == {"SENT"}
    assert mill.dead() == []


def test_a_server_that_is_away_uses_up_no_receive(start_mill: StartMill) -> None:
    port = free_port()
    mill = mill_to(start_mill, port)
    (order_id,) = place(mill)
    mill.settle(lambda: [record.attempts > 5 for record in mill.mails()] == [True])
    assert statuses(mill) == {"QUEUED"}
    with MailServer(port=port) as server:
        only(mill, "SENT")
        assert sent(server) == {order_id: 1}
    assert mill.dead() == []


def test_while_the_service_is_away_it_is_not_asked_for_every_mail(start_mill: StartMill) -> None:
    class Away:
        tries = 0

        def send(self, mail: SendMail) -> None:
            self.tries += 1
            raise MailUnavailable("away", rest_ms=60_000)

    away = Away()
    mill = start_mill(ports={"mail": away})
    mill.settle(lambda: place(mill) != [] and away.tries > 0)
    begun = away.tries
    for order_id in place(mill, 10):
        mill.finished(order_id)
    mill.settle(lambda: mill.state()["messages"] >= 10 and mill.state()["events"] >= 44)
    assert away.tries - begun <= 1, "what was claimed before"


def test_a_refusal_for_good_is_recorded_and_nothing_is_tried_again(start_mill: StartMill) -> None:
    with MailServer() as server:
        server.recipients["ada@example.org"] = "550 5.1.1 <ada@example.org> is unknown"
        mill = mill_to(start_mill, server.port)
        (order_id,) = place(mill)
        record = only(mill, "FAILED")
        assert (record.order_id, record.attempts) == (order_id, 1)
        assert record.error is not None
        assert record.error.endswith("refused the recipient: 550 5.1.1 <ada@example.org> is unknown")
        assert mill.dead() == []
        server.recipients.clear()
        mill.send(ResendMail(record.mail_id), "resend_mail").result(10)
        record = only(mill, "SENT")
        assert (record.attempts, record.resends, record.error) == (2, 1, None)
        (delivery,) = server.deliveries
    assert message_from_bytes(delivery.data)["Message-ID"] == f"<{record.mail_id}-resend-1@ordermill.example>"


def test_what_fails_for_now_is_tried_again(start_mill: StartMill) -> None:
    with MailServer() as server:
        server.replies["rcpt"].append("450 4.2.1 later")
        server.replies["data"].extend(["452 4.2.2 full", DROP])
        mill = mill_to(start_mill, server.port)
        (order_id,) = place(mill)
        assert only(mill, "SENT").attempts == 4
        assert sent(server) == {order_id: 1}


def test_what_fails_until_it_is_given_up_shows_so_and_can_be_sent_again(start_mill: StartMill) -> None:
    with MailServer() as server:
        server.recipients["ada@example.org"] = "450 4.2.1 later"
        mill = mill_to(start_mill, server.port)
        place(mill)
        record = only(mill, "FAILED")
        assert record.attempts == 5
        assert record.error == f"MailError: 127.0.0.1:{server.port} refused the recipient (450 4.2.1)"
        assert [letter["receives"] for letter in mill.dead()] == [5]
        server.recipients.clear()
        mill.send(ResendMail(record.mail_id), "resend_mail").result(10)
        assert only(mill, "SENT").attempts == 6
        assert len(server.deliveries) == 1


def test_a_folder_that_cannot_be_written_keeps_mails_waiting(
    start_mill: StartMill, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mill = start_mill()
    (tmp_path / "mail").rmdir()
    (tmp_path / "mail").touch()
    (order_id,) = place(mill)
    mill.settle(lambda: [record.attempts > 5 for record in mill.mails()] == [True])
    assert statuses(mill) == {"QUEUED"}
    (tmp_path / "mail").unlink()
    (tmp_path / "mail").mkdir()
    only(mill, "SENT")
    assert [path.name for path in (tmp_path / "mail").iterdir()] == [f"{order_id}-OrderProcessed.eml"]
    assert mill.dead() == []
    said = [record.getMessage() for record in caplog.records if "writing mails" in record.getMessage()]
    assert len(said) == 2
    assert "is not possible" in said[0]
    assert "is possible again" in said[1]


def test_a_resend_is_a_file_of_its_own(mill: Mill, tmp_path: Path) -> None:
    place(mill)
    record = only(mill, "SENT")
    for number in (1, 2):
        mill.send(ResendMail(record.mail_id), "resend_mail").result(10)
        assert only(mill, "SENT").resends == number
    names = sorted(path.stem.removeprefix(record.mail_id) for path in (tmp_path / "mail").iterdir())
    assert names == ["", "-resend-1", "-resend-2"]
