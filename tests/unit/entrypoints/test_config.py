"""The settings that say who is let in: what they take, and what a wrong one is told."""

from __future__ import annotations

import pytest

from ordermill.entrypoints.config import InvalidSetting, ServerConfig, from_environment


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


@pytest.mark.parametrize("host", ["", "a b", "caf\xe9"])
def test_a_host_that_cannot_stand_in_a_url_is_named(host: str) -> None:
    with pytest.raises(InvalidSetting, match="--host is"):
        config(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "::1", "fe80::1%eth0", "orders.lan"])
def test_a_host_that_can(host: str) -> None:
    assert config(host).host == host
