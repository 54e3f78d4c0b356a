"""What every mailer must hand over, whatever the customer's text; and how the one of `.eml` files keeps it."""

from __future__ import annotations

import email
import os
import re
import stat
import sys
import threading
from collections.abc import Callable
from email.header import decode_header, make_header
from email.message import MIMEPart
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ordermill.adapters.local.files import write_temp
from ordermill.adapters.local.mail import FileMailer
from ordermill.adapters.mime import compose
from ordermill.domain.commands import SendMail
from ordermill.domain.mail_text import mail_html, mail_text
from ordermill.ports.services import MailRefused, MailUnavailable
from tests.contract.mailer_kit import (
    AT_MS,
    INJECTION,
    SENDER,
    MailerContract,
    Outbox,
    StillClock,
    assert_harmless,
    content_of,
    mail_of,
    parse,
    text_of,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "mail"


@pytest.fixture
def mailer(folder: Path) -> FileMailer:
    return FileMailer(folder, SENDER, StillClock())


class TestFileMailer(MailerContract):
    @pytest.fixture
    def outbox(self, mailer: FileMailer, folder: Path) -> Outbox:
        return Outbox(mailer, lambda: [path.read_bytes() for path in sorted(folder.iterdir())])


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class TestFiles:
    def test_a_mail_is_named_by_its_id(self, mailer: FileMailer, folder: Path) -> None:
        mailer.send(mail_of())
        assert names_in(folder) == ["ord_1-OrderProcessed.eml"]

    @pytest.mark.parametrize("mail_id", ["../../evil", "/etc/passwd", "", ".", "a\0b", "é\ud800", "x" * 5000])
    def test_an_odd_id_names_a_file_in_the_folder_and_none_of_another(
        self, mailer: FileMailer, folder: Path, mail_id: str
    ) -> None:
        for each in (mail_id, mail_id, mail_id + "?", mail_id + "_"):
            mailer.send(mail_of(each))
        assert len(names_in(folder)) == 3
        assert all(not name.startswith(".") and name.endswith(".eml") for name in names_in(folder))
        assert names_in(folder.parent) == ["mail"]

    def test_a_mail_that_is_there_is_not_written_again(self, mailer: FileMailer, folder: Path) -> None:
        mailer.send(mail_of(text="first"))
        before = (folder / "ord_1-OrderProcessed.eml").stat()
        mailer.send(mail_of(text="second"))
        with mailer.batch():
            mailer.send(mail_of(text="third"))
            mailer.send(mail_of(text="fourth"))
        after = (folder / "ord_1-OrderProcessed.eml").stat()
        assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
        assert len(names_in(folder)) == 1

    def test_a_batch_appears_at_its_end(self, mailer: FileMailer, folder: Path) -> None:
        with mailer.batch(["a", "b"]):
            mailer.send(mail_of("a"))
            mailer.send(mail_of("b", text="first"))
            mailer.send(mail_of("b", text="second"))
            assert not list(folder.glob("*.eml"))
        assert names_in(folder) == ["a.eml", "b.eml"]
        assert b"first" in (folder / "b.eml").read_bytes()

    def test_an_exception_drops_the_batch(self, mailer: FileMailer, folder: Path) -> None:
        with pytest.raises(MailRefused):
            send_together(mailer, mail_of("a"), mail_of("b", to="nobody"))
        assert names_in(folder) == []
        mailer.send(mail_of("a"))
        assert names_in(folder) == ["a.eml"]

    def test_an_end_that_fails_leaves_whole_mails_which_a_repeat_completes(
        self, mailer: FileMailer, folder: Path
    ) -> None:
        mails = [mail_of("a"), mail_of("b"), mail_of("c")]
        with pytest.raises(OSError):
            send_together(mailer, *mails, and_then=(folder / "b.eml").mkdir)
        assert names_in(folder) == ["a.eml", "b.eml"]
        (folder / "b.eml").rmdir()
        send_together(mailer, *mails)
        assert [parse((folder / name).read_bytes())["Message-ID"] for name in names_in(folder)] == [
            "<a@ordermill.example>",
            "<b@ordermill.example>",
            "<c@ordermill.example>",
        ]

    def test_each_file_and_then_the_folder_is_on_disk_before_the_batch_ends(self, mailer: FileMailer) -> None:
        calls: list[object] = []
        mails = [mail_of("a"), mail_of("b")]
        sys.setprofile(lambda _frame, event, called: calls.append(called) if event == "c_call" else None)
        try:
            send_together(mailer, *mails)
            send_together(mailer, *mails)
        finally:
            sys.setprofile(None)
        first = [os.fsync, os.fsync, os.replace, os.replace, os.fsync]
        repeat = [os.fsync]
        assert [call for call in calls if call in (os.fsync, os.replace)] == first + repeat

    def test_batches_do_not_nest(self, mailer: FileMailer) -> None:
        with mailer.batch(), pytest.raises(RuntimeError), mailer.batch():
            pass

    def test_each_thread_has_its_own_batch(self, mailer: FileMailer, folder: Path) -> None:
        with mailer.batch():
            mailer.send(mail_of("mine"))
            thread = threading.Thread(target=send_together, args=(mailer, mail_of("theirs")))
            thread.start()
            thread.join()
            assert [path.name for path in folder.glob("*.eml")] == ["theirs.eml"]
        assert names_in(folder) == ["mine.eml", "theirs.eml"]

    def test_what_a_death_left_is_cleared_and_nothing_else(self, mailer: FileMailer, folder: Path) -> None:
        mailer.send(mail_of())
        (folder / "notes.part").write_text("not ours")
        write_temp(folder, b"half a mail")
        assert len(names_in(folder)) == 3
        FileMailer(folder, SENDER, StillClock())
        assert names_in(folder) == ["notes.part", "ord_1-OrderProcessed.eml"]

    def test_a_mail_is_for_its_owners_eyes_under_any_umask(self, tmp_path: Path) -> None:
        before = os.umask(0)
        try:
            FileMailer(tmp_path / "new", SENDER, StillClock()).send(mail_of())
        finally:
            os.umask(before)
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new", *(tmp_path / "new").iterdir())]
        assert modes == [0o700, 0o600]

    @pytest.mark.parametrize("together", [False, True])
    def test_a_folder_that_cannot_be_written_is_no_mails_fault(self, folder: Path, together: bool) -> None:
        mailer = FileMailer(folder, SENDER, StillClock(), rest_ms=7)
        folder.rmdir()
        with pytest.raises(MailUnavailable, match="cannot be written") as raised:
            send_together(mailer, mail_of()) if together else mailer.send(mail_of())
        assert raised.value.rest_ms == 7
        folder.mkdir()
        mailer.send(mail_of())
        assert names_in(folder) == ["ord_1-OrderProcessed.eml"]

    @pytest.mark.parametrize("sender", ["", "Ordermill", "a@b.c, d@e.f", "Ordermill <>"])
    def test_a_sender_that_is_no_address_is_refused_at_once(self, folder: Path, sender: str) -> None:
        with pytest.raises(ValueError, match="not a mail address"):
            FileMailer(folder, sender, StillClock())
        assert not folder.exists()


def send_together(mailer: FileMailer, *mails: SendMail, and_then: Callable[[], object] | None = None) -> None:
    with mailer.batch():
        for mail in mails:
            mailer.send(mail)
        if and_then is not None:
            and_then()


class TestMessage:
    @given(st.text())
    @example(INJECTION)
    @example(f"Order of {INJECTION}")
    @example("a\r\nBcc: x@y.z")
    @example("x" * 199 + " y")
    @example("x" * 2000)
    @example(" two  spaces ")
    @example("é" * 500)
    @example("\ud800")
    @example("Your order ord_01a1fa83-f391-7347-855c-78457e271710 has been processed, thank you for it")
    def test_any_subject_comes_back(self, subject: str) -> None:
        raw = compose(mail_of(subject=subject), SENDER, AT_MS)
        assert parse(raw)["Subject"] == without_controls(subject)
        assert_harmless(raw)

    @given(st.text())
    @example(INJECTION)
    @example('a" <x@y.z>, "b')
    @example("Ada\r\nBcc: x@y.z")
    @example("Müller, " * 25)
    def test_any_name_comes_back(self, name: str) -> None:
        raw = compose(mail_of(to=f"{name} <ada@example.org>"), SENDER, AT_MS)
        parse(raw)
        value = email.message_from_bytes(raw)["To"]
        shown = str(make_header(decode_header(value)))
        expected = " ".join(unquoted(without_controls(name).strip()).split())
        assert shown == f"{expected} <ada@example.org>" if expected else shown == "ada@example.org"
        assert_harmless(raw)

    @given(st.text())
    @example(INJECTION)
    @example("\r\n\r\nBcc: x@y.z\r\n.\r\n")
    @example("\0")
    @example("\ud800")
    @example("x" * 999)
    @example("é" * 500)
    @example("")
    def test_any_text_comes_back(self, text: str) -> None:
        raw = compose(mail_of(text=text), SENDER, AT_MS)
        assert b"\0" not in raw
        assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
        message = parse(raw)
        lines = text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n")
        assert text_of(message) == (lines if lines.endswith("\n") else lines + "\n")

    @given(st.text(), st.booleans())
    @example("--=_\r\n\r\nBcc: x@y.z", True)
    @example("\ud800\0", True)
    @example("=3D=\r\n. \t \n é", False)
    @example("é" * 500, False)
    def test_any_content_comes_back_in_both_parts(self, text: str, eight_bit: bool) -> None:
        raw = compose(mail_of(text="", content=content_of(text)), SENDER, AT_MS, eight_bit=eight_bit)
        assert_harmless(raw)
        assert eight_bit or raw.isascii()
        assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
        assert raw == compose(mail_of(text="", content=content_of(text)), SENDER, AT_MS, eight_bit=eight_bit)
        for part, written in zip(parse(raw).iter_parts(), (mail_text, mail_html), strict=True):
            assert isinstance(part, MIMEPart)
            lines = written(content_of(text)).encode("utf-8", "replace").decode()
            assert text_of(part) == lines.replace("\r\n", "\n").replace("\r", "\n")

    @given(st.text())
    @example("a\r\nBcc: x@y.z")
    @example(INJECTION)
    def test_any_order_id_comes_back(self, order_id: str) -> None:
        message = parse(compose(mail_of(order_id=order_id), SENDER, AT_MS))
        assert message["X-Ordermill-Order"] == without_controls(order_id)

    @given(st.text())
    @example("a@b.c")
    @example("jörg@exämple.org")
    @example(INJECTION + "@b.c")
    def test_any_address_is_written_as_one_or_refused(self, address: str) -> None:
        try:
            raw = compose(mail_of(to=address), SENDER, AT_MS)
        except ValueError:
            return
        assert parse(raw)["To"] == address
        assert_harmless(raw)

    def test_readable_text_is_written_as_it_stands(self) -> None:
        raw = compose(mail_of(subject="Order ord_1: total 9.99", text="2 × Widget"), SENDER, AT_MS)
        assert b"\r\nSubject: Order ord_1: total 9.99\r\n" in raw
        assert raw.endswith("\r\n\r\n2 × Widget\r\n".encode())

    def test_a_long_readable_subject_folds_between_words(self) -> None:
        raw = compose(mail_of(subject=f"{'x' * 80} {'a word ' * 12}end"), SENDER, AT_MS)
        folded = raw.partition(b"\r\nSubject: ")[2].partition(b"\r\nDate")[0].split(b"\r\n")
        assert folded[0] == b"x" * 80
        assert len(folded) == 3
        assert max(map(len, folded[1:])) <= 76

    def test_a_sender_may_be_quoted(self) -> None:
        message = parse(compose(mail_of(), '"Mill, \\"the\\" Order" <a@b.example>', AT_MS))
        assert message["From"].addresses[0].display_name == 'Mill, "the" Order'


def without_controls(text: str) -> str:
    """What is left of a header value: spaces for controls and line separators, ? for half a surrogate pair."""
    kept = (" " if ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 or char in "\u2028\u2029" else char for char in text)
    return "".join(kept).encode("utf-8", "replace").decode()


def unquoted(name: str) -> str:
    return re.sub(r"\\(.)", r"\1", name[1:-1]) if len(name) > 1 and name[0] == name[-1] == '"' else name
