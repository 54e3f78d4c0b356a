"""Links to objects: good exactly as they were given, until they expire."""

from __future__ import annotations

import string
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordermill.adapters.disposition import disposition
from ordermill.adapters.local.links import HmacLinks, Link
from ordermill.domain.errors import Forbidden
from tests.contract.buckets_kit import AT_MS, StillClock

PUBLIC = "https://shop.example.org/mill"
EXPIRES = AT_MS // 1000 + 60


def links(clock: StillClock | None = None, key: bytes = b"key") -> HmacLinks:
    return HmacLinks(key, PUBLIC, clock or StillClock())


def target(filename: str | None = "Bericht März.pdf", made_by: HmacLinks | None = None) -> str:
    """Path and query, as the server gets them behind its public URL."""
    url = (made_by or links()).url("reports", "rep_1.pdf", 60, "application/pdf", filename)
    assert url.startswith(f"{PUBLIC}/objects/reports/rep_1.pdf?")
    return url.removeprefix(PUBLIC)


@pytest.mark.parametrize("filename", [None, "r.pdf", "Bericht März.pdf", "a&name=b%=.pdf", "\ud800", ""])
def test_a_link_leads_to_what_it_was_made_for(filename: str | None) -> None:
    sent = filename if filename != "\ud800" else "?"
    assert links().open(target(filename)) == Link("reports", "rep_1.pdf", EXPIRES, "application/pdf", sent)


def test_every_character_counts() -> None:
    whole = target()
    for at, char in enumerate(whole):
        for other in {char.swapcase(), "A" if char != "A" else "B", "", char * 2, f"%{ord(char):02X}"} - {char}:
            altered = whole[:at] + other + whole[at + 1 :]
            with pytest.raises(Forbidden, match="not as it was given"):
                links().open(altered)
    for end in range(len(whole)):
        with pytest.raises(Forbidden):
            links().open(whole[:end])


@pytest.mark.parametrize(
    "alter",
    [
        lambda text: text + "&x=1",
        lambda text: text.replace("?", "?x=1&"),
        lambda text: text.replace("&type=", "&type=text%2Fhtml&type="),
        lambda text: text.replace("application%2Fpdf", "text%2Fhtml"),
        lambda text: text.replace(f"expires={EXPIRES}", f"expires={EXPIRES + 1}"),
        lambda text: text.replace("&name=Bericht%20M%C3%A4rz.pdf", ""),
        lambda text: text + "&" + text.rpartition("&")[2],
        lambda text: text.upper(),
        lambda text: unquote(text),
        lambda text: quote(text, safe="/?&="),
        lambda text: text.replace("/reports/", "/archive/"),
        lambda text: text.replace("/rep_1.pdf", "/./rep_1.pdf"),
        lambda text: text.replace("/rep_1.pdf", "%2Frep_1.pdf"),
        lambda text: text.replace("?", "/?"),
        lambda text: text.partition("&signature=")[0],
        lambda text: text.partition("&signature=")[0] + "&signature=",
        lambda text: text + "=",
    ],
)
def test_an_altered_link_is_refused(alter: object) -> None:
    assert callable(alter)
    altered = alter(target())
    assert altered != target()
    with pytest.raises(Forbidden, match="not as it was given"):
        links().open(altered)


def test_it_works_until_the_second_it_expires_at() -> None:
    clock = StillClock()
    made = target(made_by=links(clock))
    clock.at_ms = EXPIRES * 1000 - 1
    assert links(clock).open(made).expires == EXPIRES
    for late_ms in (0, 1000, 10**9):
        clock.at_ms = EXPIRES * 1000 + late_ms
        with pytest.raises(Forbidden, match="expired"):
            links(clock).open(made)


def test_it_is_good_for_one_key_of_ours_alone() -> None:
    with pytest.raises(Forbidden):
        links(key=b"another").open(target())
    with pytest.raises(ValueError, match="empty"):
        links(key=b"")


@given(st.text(max_size=200))
def test_whatever_is_sent_is_refused(text: str) -> None:
    for sent in (text, f"/objects/reports/a?{text}", f"{text}&signature={'A' * 43}"):
        with pytest.raises(Forbidden):
            links().open(sent)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        (None, "inline"),
        ("report.pdf", 'attachment; filename="report.pdf"'),
        ("Bericht März.pdf", "attachment; filename=\"Bericht M_rz.pdf\"; filename*=UTF-8''Bericht%20M%C3%A4rz.pdf"),
        ("../../etc/passwd", 'attachment; filename="passwd"'),
        ("..\\x", 'attachment; filename="x"'),
        ('a"; x="b', "attachment; filename=\"a__ x__b\"; filename*=UTF-8''a%22%3B%20x%3D%22b"),
        ("a\r\nSet-Cookie: x", "attachment; filename=\"aSet-Cookie_ x\"; filename*=UTF-8''aSet-Cookie%3A%20x"),
        ("", 'attachment; filename="file"'),
        ("...", 'attachment; filename="file"'),
    ],
)
def test_a_name_is_one_that_any_browser_can_save_under(name: str | None, header: str) -> None:
    assert disposition(name) == header


@given(st.text(max_size=400))
def test_no_name_breaks_the_header(name: str) -> None:
    header = disposition(name)
    assert header.isascii()
    assert set(header) <= set(string.printable) - set("\r\n\t\x0b\x0c")
    assert len(header) < 2500
