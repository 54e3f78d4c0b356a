"""The URL of a mail server: what it may be, and that nothing of a wrong one is shown."""

from __future__ import annotations

import pytest

from ordermill.adapters.local.smtp_server import SmtpServer, read_smtp_url


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", SmtpServer("mail.example.org", 587, False, True)),
        ("smtp://Mail.Example.org:2525/", SmtpServer("mail.example.org", 2525, False, True)),
        ("smtp://mail.example.org?starttls=required", SmtpServer("mail.example.org", 587, False, True)),
        ("smtp://mail.example.org:25?starttls=never", SmtpServer("mail.example.org", 25, False, False)),
        ("smtps://mail.example.org", SmtpServer("mail.example.org", 465, True, False)),
        ("smtp://localhost:1025", SmtpServer("localhost", 1025, False, False)),
        ("smtp://[::1]:1025", SmtpServer("::1", 1025, False, False)),
        ("smtp://127.0.0.1?starttls=required", SmtpServer("127.0.0.1", 587, False, True)),
        ("smtp://u:p@localhost", SmtpServer("localhost", 587, False, False, "u", "p")),
        (
            "smtp://mill%40example.org:p%40ss%2Fw%3Frd%23%3A@mail.example.org",
            SmtpServer("mail.example.org", 587, False, True, "mill@example.org", "p@ss/w?rd#:"),
        ),
    ],
)
def test_what_it_may_be(url: str, server: SmtpServer) -> None:
    assert read_smtp_url(url) == server


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mail.example.org:587", "begin with smtp"),
        ("http://u:canary@mail.example.org", "begin with smtp"),
        ("smtp://", "no host"),
        ("smtp://u:canary@", "no host"),
        ("smtp://a b.example", "no host"),
        ("smtp://-x.example", "no host"),
        ("smtp://u:can/ary@mail.example.org", "no URL"),
        ("smtp://u:can?ary@mail.example.org", "no URL"),
        ("smtp://u:canary#@mail.example.org", "no URL"),
        ("smtp://mail.example.org:canary", "no URL"),
        ("smtp://mail.example.org:70000", "no URL"),
        ("smtp://mail.example.org:0", "after host and port"),
        ("smtp://mail.example.org/canary", "after host and port"),
        ("smtp://mail.example.org#canary", "after host and port"),
        ("smtp://[::1", "no URL"),
        ("smtp://mail.example.org?starttls=canary", "required or never"),
        ("smtp://mail.example.org?canary=1", "only option"),
        ("smtp://mail.example.org?starttls=never&starttls=never", "only option"),
        ("smtps://mail.example.org?starttls=required", "only option"),
        ("smtp://canary@mail.example.org", "both a user and a password"),
        ("smtp://:canary@mail.example.org", "both a user and a password"),
        ("smtp://u:canary@mail.example.org?starttls=never", "not sent unencrypted"),
        ("smtp://u:canary%C3%A9@mail.example.org", "must be ASCII"),
    ],
)
def test_a_wrong_one_is_told_what_is_wrong_and_not_shown(url: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as raised:
        read_smtp_url(url)
    assert "canary" not in str(raised.value)


def test_the_password_is_not_shown() -> None:
    server = read_smtp_url("smtp://ada:canary@mail.example.org")
    assert f"{server} {server!r} {[server]}" == " ".join(["SmtpServer(mail.example.org:587)"] * 2) + (
        " [SmtpServer(mail.example.org:587)]"
    )
