"""Which text and which addresses are accepted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordermill.domain.text import DESCRIPTION, NAME, NOTE, TextRule, email_fault, text_fault

FINE_EVERYWHERE = [
    "Ada", "O'Brien & S\u00f6hne", "=?utf-8?q?a=0D=0ABcc=3A_x=40y.z?=", "=1+1", "+1", "-1", "@SUM(A1)", "<script>",
    '"><img onerror>', "{{7*7}}", "${jndi:ldap://x}", "%s%n", "<b>x", "a<b", '<img src="/etc/hostname"/>', "&#0;",
    "\U0001f469\u200d\U0001f680", "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "e\u0301", "\u00e9",
    "\U00020000", "\u05d3\u05d5\u05d3", " padded ", "a\u00a0b", "\u200e\u05d0", "'; DROP TABLE orders; --",
]  # fmt: skip

REFUSED_EVERYWHERE = [
    "a\x00b", "a\x01b", "a\rb", "a\x0bb", "a\x1bb", "a\x1fb", "\ud800", "a\udfffb", "a\ufffeb", "a\uffffb", "a\ufdd0b",
    "a\ufdefb", "a\U0001fffeb", "a\U0010ffffb",
]  # fmt: skip

ONLY_IN_PARAGRAPHS = [
    "a\nb", "a\tb", "a\u200bb", "a\u2028b", "a\u2029b", "a\u202ab", "a\u202eb", "a\u2066b", "a\u2069b", "\ufeffa",
    'x\n{"level":"ERROR"}',
]  # fmt: skip


@pytest.mark.parametrize("text", FINE_EVERYWHERE)
@pytest.mark.parametrize("rule", [NAME, NOTE, DESCRIPTION])
def test_scripts_joiners_and_markup_are_text(text: str, rule: TextRule) -> None:
    assert text_fault(text, rule) is None


@pytest.mark.parametrize("text", REFUSED_EVERYWHERE)
@pytest.mark.parametrize("rule", [NAME, NOTE, DESCRIPTION])
def test_controls_surrogates_and_noncharacters_are_refused(text: str, rule: TextRule) -> None:
    fault = text_fault(text, rule)
    assert fault is not None
    assert fault[0] == "invalid-text"


@pytest.mark.parametrize("text", ONLY_IN_PARAGRAPHS)
def test_line_breaks_and_bidi_are_for_paragraphs(text: str) -> None:
    assert text_fault(text, NOTE) is None
    assert text_fault(text, DESCRIPTION) is None
    fault = text_fault(text, NAME)
    assert fault is not None
    assert fault[0] == "invalid-text"


@pytest.mark.parametrize("text", ["", " ", "   ", "\u00a0", "\u3000", "\u200d", " \u200c "])
@pytest.mark.parametrize("rule", [NAME, NOTE])
def test_text_without_a_visible_character_is_blank(text: str, rule: TextRule) -> None:
    assert text_fault(text, rule) == ("blank", "at least one visible character")


@pytest.mark.parametrize("text", ["\n", "\t\n ", "\ufeff\u200b"])
def test_a_note_of_breaks_alone_is_blank(text: str) -> None:
    assert text_fault(text, NOTE) == ("blank", "at least one visible character")


@pytest.mark.parametrize(("rule", "limit"), [(NAME, 200), (NOTE, 2_000), (DESCRIPTION, 5_000)])
@pytest.mark.parametrize("character", ["a", "\u00e9", "\U0001f680"])
def test_length_counts_characters(rule: TextRule, limit: int, character: str) -> None:
    assert text_fault(character * limit, rule) is None
    assert text_fault(character * (limit + 1), rule) == ("too-long", f"at most {limit:,} characters")


ADDRESSES = [
    "ada@example.org", "a@b.c", "a.b+tag@sub.example.co.uk", "x@a-b.example", "user@orders.test", "u@host.local",
    "!#$%&'*+/=^?_`{|}~-@example.org", "a@" + "b" * 63 + ".example", "a" * 64 + "@example.org", "1@1.example",
    "a@xn--bcher-kva.example", "d\u00f6rte@b\u00fccher.example",
    "\u7528\u6237@\u4f8b\u5b50.\u6d4b\u8bd5", "a@b\u00fccher.test",
]  # fmt: skip


@pytest.mark.parametrize("text", ADDRESSES)
def test_addresses(text: str) -> None:
    assert email_fault(text) is None


NO_ADDRESSES = [
    "=?utf-8?q?a?=@b.c",
    "a@b", "a", "@", "@b.c", "a@", "a@b.c,x@y.z", "a@b.c\r\nBcc:x@y.z", "a@b.c\n", "a@b.c>", "<a@b.c>", '"x y"@b.c',
    "a@[127.0.0.1]", "a@127.0.0.1", "alice@example.org)bob@evil.org", "Ada <a@b.c>", "a b@c.d", " a@b.c", "a@b.c ",
    ".a@b.c", "a.@b.c", "a..b@c.d", "a@-b.c", "a@b-.c", "a@b..c", "a@.b.c", "a@b.c.", "a@b_c.d", "a@b@c.d", "a(x)@b.c",
    "a" * 65 + "@example.org", "a@" + "b" * 64 + ".example", "a@" + "b." * 126 + "cc", "a@b.c\x00",
    "d\u00f6rte@localhost",
    "d\u00f6rte@b\u00fccher.example\u0301,x@y.z", "a@\u2460.\u2461\uff1e", "a@b\u3002", "\u00e9@[127.0.0.1]",
    '"\u00e9 x"@b.example',
]  # fmt: skip


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_what_is_no_single_plain_address_is_refused(text: str) -> None:
    fault = email_fault(text)
    assert fault is not None
    assert fault[0] == "invalid-email"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "blank"),
        ("  ", "blank"),
        ("\u3000", "blank"),
        ("\ud800@example.org", "invalid-text"),
        ("a\u202eb@example.org", "invalid-text"),
        ("\u00e9" * 243 + "@example.org", "too-long"),
    ],
)
def test_addresses_are_text_too(text: str, code: str) -> None:
    fault = email_fault(text)
    assert fault is not None
    assert fault[0] == code


def test_the_longest_address_has_254_characters() -> None:
    domain = ".".join(["b" * 63, "c" * 63, "d" * 59, "e"])
    assert email_fault("a" * 64 + "@" + domain) is None
    assert len("a" * 64 + "@" + domain) == 254
    assert email_fault("a" * 64 + "@" + domain + "e") == (
        "invalid-email",
        "one e-mail address, such as ada@example.org",
    )


@given(st.text(st.characters(), max_size=40) | st.emails() | st.text('a.@-\u00e9\u3002[]"<>', max_size=20))
def test_any_text_gets_an_answer(text: str) -> None:
    for fault in (text_fault(text, NAME), text_fault(text, NOTE), email_fault(text)):
        assert fault is None or all(fault)
    if email_fault(text) is None:
        assert not {"\r", "\n", ",", " ", "<", ">"} & set(text)
