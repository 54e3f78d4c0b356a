"""What `ordermill doctor` says of mail."""

from __future__ import annotations

from pathlib import Path

from ordermill.adapters.local.smtp_server import SmtpServer
from ordermill.entrypoints.cli.doctor_mail import mail_check
from ordermill.ports.services import MailUnavailable
from tests.smtp_kit import MailServer, SilentServer

URL = {"ORDERMILL_SMTP_URL": "smtp://u:canary@mail.example.org"}


def test_files(tmp_path: Path) -> None:
    assert mail_check(tmp_path, {}).state == "ok"
    assert "made at the first start" in mail_check(tmp_path, {}).found
    (tmp_path / "mail").mkdir()
    assert mail_check(tmp_path, {}).found == f"files in {tmp_path}/mail"
    closed = mail_check(tmp_path, {}, may_write=lambda _: False)
    assert closed.state == "fail"
    assert "chmod u+rwx" in (closed.cure or "")
    (tmp_path / "mail").rmdir()
    (tmp_path / "mail").touch()
    assert mail_check(tmp_path, {}).state == "fail"


def test_a_server_that_lets_us_in_and_one_that_does_not(tmp_path: Path) -> None:
    def ask(server: SmtpServer) -> None:
        raise MailUnavailable(f"{server.name} does not take the user and the password (535)")

    assert mail_check(tmp_path, URL, ask=lambda _: None).state == "ok"
    check = mail_check(tmp_path, URL, ask=ask)
    assert (check.state, check.found) == ("fail", "through mail.example.org:587")
    assert check.cause == "mail.example.org:587 does not take the user and the password (535)."
    assert "canary" not in str(check)


def test_a_url_that_is_wrong(tmp_path: Path) -> None:
    check = mail_check(tmp_path, {"ORDERMILL_SMTP_URL": "smtp://u:can/ary@x"})
    assert check.state == "fail"
    assert "ary" not in str(check)


def test_the_server_is_really_asked(tmp_path: Path) -> None:
    with MailServer() as server:
        assert mail_check(tmp_path, {"ORDERMILL_SMTP_URL": f"smtp://localhost:{server.port}"}).state == "ok"
        assert server.connections == 1
    gone = SilentServer()
    gone.close()
    check = mail_check(tmp_path, {"ORDERMILL_SMTP_URL": f"smtp://127.0.0.1:{gone.port}"})
    assert (check.state, "cannot be reached" in (check.cause or "")) == ("fail", True)
