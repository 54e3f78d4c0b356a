"""Where alerts go, as an operator writes it, and what posts are signed with."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from ordermill.domain.alert_targets import parse_targets
from ordermill.domain.webhook_signing import parse_secrets, signed_headers

SLACK = "https://hooks.slack.example/services/T0/B0/secret"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" , ", []),
        (SLACK, [("slack", SLACK, "hooks.slack.example")]),
        (f"slack+{SLACK}", [("slack", SLACK, "hooks.slack.example")]),
        (f"SLACK+{SLACK}", [("slack", SLACK, "hooks.slack.example")]),
        ("json+https://Ops.example:8443/a?b=c", [("json", "https://Ops.example:8443/a?b=c", "ops.example")]),
        ("mailto:ops@example.org", [("mailto", "ops@example.org", "ops@example.org")]),
        (
            f"slack+{SLACK}, json+{SLACK} ,mailto:ops@example.org",
            [
                ("slack", SLACK, "hooks.slack.example"),
                ("json", SLACK, "hooks.slack.example"),
                ("mailto", "ops@example.org", "ops@example.org"),
            ],
        ),
    ],
)
def test_targets(text: str, expected: list[tuple[str, str, str]]) -> None:
    found = parse_targets(text, allow_local=False)
    assert [(each.kind, each.address, each.label) for each in found] == expected
    assert len({each.key for each in found}) == len(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pager+https://secret.example", "target 1 begins with none of the known kinds"),
        ("secret.example/path", "target 1 begins with none of the known kinds"),
        ("//secret.example", "target 1 begins with none of the known kinds"),
        ("file:///etc/secret", "target 1 begins with none of the known kinds"),
        (f"{SLACK},slack+http://secret.example/", "target 2 cannot be posted to: only https"),
        ("http://127.0.0.1:9/", "target 1 cannot be posted to: only https"),
        ("json+https://127.0.0.1:8443/secret", "target 1 cannot be posted to: its address is not a public one"),
        ("https://secret:word@a.example/", "target 1 cannot be posted to: a URL with a user"),
        ("https://secret.example:22/", "target 1 cannot be posted to: port 22"),
        ("mailto:secret", "target 1 is no mail address"),
        ("mailto:a@secret.example\r\nBcc: b@secret.example", "target 1 is no mail address"),
        ("mailto:A <a@secret.example>", "target 1 is no mail address"),
        (f"{SLACK},{SLACK}", "target 2 (hooks.slack.example) is named twice"),
        (f"{SLACK},slack+{SLACK}", "target 2 (hooks.slack.example) is named twice"),
    ],
)
def test_a_wrong_target_is_named_without_quoting_it(text: str, said: str) -> None:
    with pytest.raises(ValueError) as raised:
        parse_targets(text, allow_local=False)
    assert str(raised.value).startswith(said)
    assert "secret" not in str(raised.value)


def test_local_targets_where_they_are_allowed() -> None:
    found = parse_targets("http://127.0.0.1:80/,slack+http://localhost:1/,json+https://[::1]:22/", allow_local=True)
    assert [(each.kind, each.label) for each in found] == [
        ("slack", "127.0.0.1"),
        ("slack", "localhost"),
        ("json", "::1"),
    ]


def test_a_target_does_not_show_its_url() -> None:
    (target,) = parse_targets(SLACK, allow_local=False)
    assert "secret" not in f"{target!r} {target} {target.key} {target.label}"


KEY = bytes(range(32))
WHSEC = "whsec_" + base64.b64encode(KEY).decode()
PHRASE = "correct horse battery staple"


@pytest.mark.parametrize(
    ("text", "keys"),
    [("", ()), (WHSEC, (KEY,)), (PHRASE, (PHRASE.encode(),)), (f"{WHSEC}, {PHRASE} ,", (KEY, PHRASE.encode()))],
)
def test_secrets(text: str, keys: tuple[bytes, ...]) -> None:
    assert parse_secrets(text) == keys


@pytest.mark.parametrize(
    "text", ["short", "x" * 7, "whsec_" + base64.b64encode(b"x" * 7).decode(), "whsec_*", f"{PHRASE},short"]
)
def test_a_secret_that_could_be_guessed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^secret [12] ") as raised:
        parse_secrets(text)
    assert "short" not in str(raised.value)


@given(body=st.text(max_size=50), id_=st.from_regex(r"alr_[0-9a-f]{32}-[1-9][0-9]{0,3}", fullmatch=True))
def test_whoever_has_the_secret_can_verify(body: str, id_: str) -> None:
    content = json.dumps({"x": body}).encode()
    headers = signed_headers(id_, int(datetime.now(UTC).timestamp()), content, [KEY])
    assert Webhook(WHSEC).verify(content, headers) == {"x": body}
    with pytest.raises(WebhookVerificationError):
        Webhook(WHSEC).verify(content + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(WHSEC).verify(content, {**headers, "webhook-id": "alr_other"})


def test_while_secrets_change_over_either_verifies() -> None:
    keys = parse_secrets(f"{WHSEC},{PHRASE}")
    headers = signed_headers("alr_1-1", int(datetime.now(UTC).timestamp()), b"{}", keys)
    for secret in (WHSEC, PHRASE.encode()):
        assert Webhook(secret).verify(b"{}", headers) == {}
    with pytest.raises(WebhookVerificationError):
        Webhook(b"another secret, quite long enough").verify(b"{}", headers)


def test_a_signature_is_the_standards() -> None:
    """The example of the specification."""
    body = b'{"test": 2432232314}'
    (key,) = parse_secrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body, [key])
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
