"""The settings that say who is let in: what they take, and what a wrong one is told."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ordermill.adapters.local.smtp_server import SmtpServer
from ordermill.entrypoints.config import InvalidSetting, ServerConfig, from_environment
from ordermill.ports.ambient import Settings


def config(host: str = "127.0.0.1", **environ: str) -> ServerConfig:
    env = {f"ORDERMILL_{name}": text for name, text in environ.items()}
    return from_environment(data="data", host=host, port=8420, pipeline="stream", environ=env)


def test_by_default_nothing_is_added_or_changed() -> None:
    made = config()
    assert (made.allowed_hosts, made.rate_limit) == ((), None)
    assert made.settings.public_url == "http://127.0.0.1:8420"


def test_the_secret_in_it_is_not_shown() -> None:
    made = config(STAFF_TOKEN="canary")
    assert made.staff_token == "canary"
    assert "canary" not in f"{made} {made!r}"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        ("shop.example", ("shop.example",)),
        (" Shop.Example:80 , ,other.example.,", ("shop.example", "other.example")),
        ("*", ("*",)),
        ("[::1]:8420", ("[::1]",)),
    ],
)
def test_allowed_hosts(text: str, names: tuple[str, ...]) -> None:
    assert config(ALLOWED_HOSTS=text).allowed_hosts == names


@pytest.mark.parametrize("text", ["off", "OFF", " 5/minute "])
def test_rate_limit(text: str) -> None:
    assert config(RATE_LIMIT=text).rate_limit == text.strip().lower()


@pytest.mark.parametrize("url", ["https://shop.example", "https://shop.example/", "http://10.0.0.1:80/base/"])
def test_public_url(url: str) -> None:
    assert config(PUBLIC_URL=url).settings.public_url == url.rstrip("/")


@pytest.mark.parametrize(
    ("host", "environ", "allowed"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("localhost", {}, True),
        ("0.0.0.0", {}, False),
        ("orders.lan", {}, False),
        ("0.0.0.0", {"FAULTS": "on"}, True),
        ("127.0.0.1", {"FAULTS": "off"}, False),
    ],
)
def test_faults_are_for_loopback_unless_the_operator_says(host: str, environ: dict[str, str], allowed: bool) -> None:
    assert config(host, **environ).faults is allowed


def test_the_clock_is_moved_only_beside_faults() -> None:
    assert config(FAULTS="on", CLOCK_OFFSET_S="-60").clock_offset_s == -60
    for environ in ({}, {"FAULTS": "off"}):
        with pytest.raises(InvalidSetting, match="ORDERMILL_FAULTS=on"):
            config(CLOCK_OFFSET_S="-60", **environ)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("FAULTS", "yes"),
        *(("ALLOWED_HOSTS", text) for text in ("http://shop.example", "a b", "*.example", "shop.example/x", "a,[")),
        *(("SESSION_IDLE_S", text) for text in ("0", "59", "x", "inf", "1e12")),
        *(("SESSION_MAX_S", text) for text in ("-1", "nan", "1e12")),
        *(("RATE_LIMIT", text) for text in ("fast", "0/second", "100", "on", "1/second,2/minute")),
        *(
            ("PUBLIC_URL", text)
            for text in ("shop.example", "ftp://shop.example", "http://", "http://a b", "http:///x")
        ),
    ],
)
def test_a_wrong_one_is_named_with_what_it_takes(name: str, text: str) -> None:
    with pytest.raises(InvalidSetting, match=f"ORDERMILL_{name} is .*; it takes"):
        config(**{name: text})


SLACK = "https://hooks.slack.example/services/canary"
WHSEC = "whsec_" + "A" * 32


def test_alert_targets_are_none_by_default() -> None:
    settings = config().settings
    assert (settings.alert_targets, settings.alert_info, settings.webhook_keys) == ((), False, ())
    assert not settings.allow_local_webhooks


def test_a_new_target_is_configuration_alone() -> None:
    settings = config(
        ALERT_WEBHOOKS=f"{SLACK},json+http://127.0.0.1:9/x,mailto:ops@example.org",
        WEBHOOK_SECRET=f"{WHSEC},another secret, which is long enough".replace(", ", " "),
        ALLOW_LOCAL_WEBHOOKS="1",
        ALERT_INFO="1",
    ).settings
    assert [target.kind for target in settings.alert_targets] == ["slack", "json", "mailto"]
    assert settings.webhook_keys == (bytes(24), b"another secret which is long enough")
    assert (settings.alert_info, settings.allow_local_webhooks) == (True, True)
    decoded = msgspec.json.decode(msgspec.json.encode(settings), type=Settings)
    assert decoded == settings
    assert "canary" not in f"{settings!r} {settings}"
    assert "another" not in f"{settings!r} {settings}"


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"ALERT_WEBHOOKS": "pager+https://canary"}, "ORDERMILL_ALERT_WEBHOOKS: target 1 begins with none"),
        ({"ALERT_WEBHOOKS": "http://canary/"}, "ORDERMILL_ALERT_WEBHOOKS: target 1 cannot be posted to"),
        ({"WEBHOOK_SECRET": "canary"}, "ORDERMILL_WEBHOOK_SECRET: secret 1 has 6 bytes"),
        ({"ALLOW_LOCAL_WEBHOOKS": "yes"}, "ORDERMILL_ALLOW_LOCAL_WEBHOOKS is 'yes'; it takes 1 or 0"),
        ({"ALERT_INFO": "on"}, "ORDERMILL_ALERT_INFO is 'on'; it takes 1 or 0"),
    ],
)
def test_a_wrong_setting_of_alerts_says_the_cure(environ: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidSetting) as raised:
        config(**environ)
    assert said in str(raised.value)
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize("host", ["", "a b", "caf\xe9"])
def test_a_host_that_cannot_stand_in_a_url_is_named(host: str) -> None:
    with pytest.raises(InvalidSetting, match="--host is"):
        config(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "::1", "fe80::1%eth0", "orders.lan"])
def test_a_host_that_can(host: str) -> None:
    assert config(host).host == host


def test_the_mail_server_is_read_from_the_variable_or_from_a_file(tmp_path: Path) -> None:
    url, server = "smtp://u:canary@mail.example.org", SmtpServer("mail.example.org", 587, False, True, "u", "canary")
    file = tmp_path / "url"
    file.write_text(f"{url}\n")
    assert config().smtp is None
    assert config(SMTP_URL="").smtp is None
    assert config(SMTP_URL=url).smtp == config(SMTP_URL_FILE=str(file)).smtp == server
    assert "canary" not in repr(config(SMTP_URL=url))
    assert msgspec.json.decode(msgspec.json.encode(config(SMTP_URL=url)), type=ServerConfig).smtp == server


def test_a_wrong_mail_server_is_named_with_what_it_takes_and_not_shown(tmp_path: Path) -> None:
    file, empty = tmp_path / "url", tmp_path / "empty"
    file.write_text("smtp://u:canary@mail.example.org?starttls=never")
    empty.touch()
    (tmp_path / "bytes").write_bytes(b"\xffcanary")
    for names, says in (
        ({"SMTP_URL": "smtp://u:can/ary@x"}, "ORDERMILL_SMTP_URL: .*It takes smtp://user:password@"),
        ({"SMTP_URL_FILE": str(file)}, "ORDERMILL_SMTP_URL_FILE: .*It takes smtp://user:password@"),
        ({"SMTP_URL_FILE": str(empty)}, "ORDERMILL_SMTP_URL_FILE is .*, which is empty"),
        (
            {"SMTP_URL_FILE": str(tmp_path / "none")},
            "SMTP_URL_FILE is .*, which cannot be read: No such file",
        ),
        ({"SMTP_URL_FILE": str(tmp_path / "bytes")}, "which cannot be read: no text"),
        ({"SMTP_URL": "smtp://localhost", "SMTP_URL_FILE": str(file)}, "set one of them"),
    ):
        with pytest.raises(InvalidSetting, match=says) as raised:
            config(**names)
        assert "canary" not in str(raised.value)
