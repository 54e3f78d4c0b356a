"""Sending a mail, reading it, and sending it again."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ordermill.domain.commands import GetMail, GetMails, ResendMail, SendMail
from ordermill.domain.errors import NotFound, NotSendable
from ordermill.domain.mail import MailRecord
from ordermill.functions import send_email
from ordermill.functions.get_mail import get_mail
from ordermill.functions.get_mails import get_mails
from ordermill.functions.resend_mail import resend_mail
from ordermill.ports.services import MailError, MailRefused
from ordermill.ports.staged import DONE, Done
from tests.unit.functions.functions_kit import NOW, Clock, Mailer, MailQueue, Mails

MAIL = SendMail("m1", "ord_1", "OrderProcessed", "ada@example.org", "Hello", "Text")


class Office:
    """The ports of the functions that mail, and those functions with them."""

    def __init__(self) -> None:
        self.mails, self.clock, self.mailer, self.queue = Mails(), Clock(), Mailer(), MailQueue()

    @property
    def record(self) -> MailRecord:
        return self.mails.records["m1"]

    def prepare(self, mail: SendMail = MAIL) -> SendMail | Done:
        return send_email.prepare(mail, mails=self.mails, clock=self.clock)

    def call(self, mail: SendMail = MAIL) -> str | None:
        return send_email.call(mail, mail=self.mailer)

    def settle(self, outcome: str | None = None, mail: SendMail = MAIL) -> None:
        send_email.settle(mail, outcome, mails=self.mails, clock=self.clock)

    def send(self, mail: SendMail = MAIL) -> None:
        if self.prepare(mail) is not DONE:
            self.settle(self.call(mail), mail)

    def give_up(self, error: str = "MailError: later", mail: SendMail = MAIL) -> None:
        send_email.gave_up(mail, error, mails=self.mails, clock=self.clock)

    def resend(self) -> MailRecord:
        return resend_mail(ResendMail("m1"), mails=self.mails, mail_queue=self.queue, clock=self.clock)


@pytest.fixture
def office() -> Office:
    return Office()


class TestSending:
    def test_it_is_recorded_before_and_after_and_sent_once(self, office: Office) -> None:
        assert office.prepare() == MAIL
        assert (office.record.status, office.record.attempts, office.record.text) == ("QUEUED", 1, "Text")
        assert office.call() is None
        office.clock.ms += 5
        office.settle()
        assert (office.record.status, office.record.at, office.mailer.sent) == ("SENT", NOW + 5, [MAIL])
        assert office.prepare() is DONE
        assert office.record.attempts == 1

    def test_each_try_counts_and_what_went_wrong_is_the_queues_affair(self, office: Office) -> None:
        office.mailer.down = MailError("later")
        for attempts in (1, 2, 3):
            office.prepare()
            with pytest.raises(MailError):
                office.call()
            assert (office.record.status, office.record.attempts) == ("QUEUED", attempts)

    def test_without_an_address_nothing_is_sent_and_that_is_recorded(self, office: Office) -> None:
        for _ in range(2):
            assert office.prepare(replace(MAIL, to=None)) is DONE
        assert (office.record.status, office.record.attempts) == ("NO_ADDRESS", 0)

    def test_a_refusal_for_good_is_recorded_with_its_reason_and_acknowledged(self, office: Office) -> None:
        office.mailer.down = MailRefused("550 5.1.1", "550 5.1.1 ada@example.org is unknown")
        office.send()
        assert (office.record.status, office.record.attempts) == ("FAILED", 1)
        assert office.record.error == "550 5.1.1 ada@example.org is unknown"

    def test_one_that_was_given_up_has_failed_and_may_be_redriven(self, office: Office) -> None:
        office.prepare()
        office.give_up()
        assert (office.record.status, office.record.attempts) == ("FAILED", 1)
        assert office.record.error == "MailError: later"
        office.send()
        assert office.record == replace(office.record, status="SENT", attempts=2, error=None)

    def test_one_that_was_given_up_unseen_has_failed_too(self, office: Office) -> None:
        office.give_up()
        assert (office.record.status, office.record.attempts) == ("FAILED", 0)

    def test_giving_up_a_repeat_takes_nothing_back(self, office: Office) -> None:
        office.send()
        office.give_up()
        assert (office.record.status, office.record.error) == ("SENT", None)


class TestAgain:
    @pytest.mark.parametrize("refused", [False, True])
    def test_it_is_queued_as_a_message_of_its_own(self, office: Office, refused: bool) -> None:
        office.mailer.down = MailRefused("no") if refused else None
        office.send()
        office.clock.ms += 5
        record = office.resend()
        assert record == office.record
        assert (record.status, record.error, record.at, record.attempts) == ("QUEUED", None, NOW + 5, 1)
        (again,) = office.queue.sent
        assert again == replace(MAIL, resend=1)
        assert (MAIL.key, again.key) == ("m1", "m1-resend-1")
        office.mailer.down = None
        office.send(again)
        assert (office.record.status, office.record.attempts, office.record.resends) == ("SENT", 2, 1)
        assert office.prepare(again) is DONE

    def test_a_late_repeat_of_what_came_before_does_nothing(self, office: Office) -> None:
        office.send()
        office.resend()
        queued = office.record
        assert office.prepare() is DONE
        office.settle("refused")
        office.give_up()
        assert office.record == queued

    def test_what_waits_already_is_the_same_message_and_is_sent_once(self, office: Office) -> None:
        office.prepare()
        assert office.resend() == office.record
        assert office.queue.sent == [MAIL]
        office.settle(office.call())
        office.send()
        assert office.mailer.sent == [MAIL]

    def test_nobody_to_send_it_to(self, office: Office) -> None:
        office.prepare(replace(MAIL, to=None))
        with pytest.raises(NotSendable, match="no e-mail address"):
            office.resend()
        assert office.queue.sent == []

    def test_nothing_to_send(self, office: Office) -> None:
        office.mails.put(MailRecord("m1", "ord_1", "OrderProcessed", "a@b.example", "Hello", "SENT", 1, 5))
        with pytest.raises(NotSendable, match="did not keep what it said"):
            office.resend()

    def test_no_such_mail(self, office: Office) -> None:
        with pytest.raises(NotFound):
            office.resend()


class TestForgetting:
    MAIL = replace(MAIL, order_id=None, headers=(("List-Unsubscribe", "<x>"),), forget=True)

    def test_until_it_is_sent_it_is_known_and_then_forgotten(self, office: Office) -> None:
        office.prepare(self.MAIL)
        assert (office.record.to, office.record.text, office.record.headers) == (
            "ada@example.org",
            "Text",
            self.MAIL.headers,
        )
        assert office.resend().status == "QUEUED"
        assert office.queue.sent == [self.MAIL], "whole"
        office.send(self.MAIL)
        record = office.record
        assert (record.status, record.to, record.text, record.content, record.headers) == ("SENT", None, None, None, ())
        assert office.prepare(self.MAIL) is DONE, "it is known to be sent all the same"
        with pytest.raises(NotSendable, match="was kept"):
            office.resend()

    def test_what_failed_is_forgotten_too_and_why_names_nobody(self, office: Office) -> None:
        office.mailer.down = MailRefused("550 5.1.1", "550 5.1.1 ada@example.org is unknown")
        office.send(self.MAIL)
        assert (office.record.status, office.record.to, office.record.error) == ("FAILED", None, "550 5.1.1")

    def test_what_became_a_dead_letter_names_nobody_either(self, office: Office) -> None:
        office.prepare(self.MAIL)
        office.give_up("MailError: 451 4.3.0 ada@example.org: try again later", self.MAIL)
        assert (office.record.status, office.record.to, office.record.error) == ("FAILED", None, "MailError")

    def test_one_that_was_given_up_is_whole_in_its_letter_alone(self, office: Office) -> None:
        office.prepare(self.MAIL)
        office.give_up(mail=self.MAIL)
        assert (office.record.status, office.record.to, office.record.text) == ("FAILED", None, None)
        office.send(self.MAIL)
        assert (office.record.status, office.mailer.sent) == ("SENT", [self.MAIL])


class TestReading:
    def test_one(self, office: Office) -> None:
        office.send()
        assert get_mail(GetMail("m1"), mails=office.mails) == office.record
        with pytest.raises(NotFound):
            get_mail(GetMail("m2"), mails=office.mails)

    def test_page_by_page(self, office: Office) -> None:
        for name in ("m1", "m2", "m3"):
            office.send(replace(MAIL, mail_id=name, order_id="ord_2" if name == "m3" else "ord_1"))
        first = get_mails(GetMails(2), mails=office.mails)
        assert [mail.mail_id for mail in first.mails] == ["m3", "m2"]
        last = get_mails(GetMails(2, first.after), mails=office.mails)
        assert ([mail.mail_id for mail in last.mails], last.after) == (["m1"], None)
        of_one = get_mails(GetMails(2, order_id="ord_2"), mails=office.mails)
        assert [mail.mail_id for mail in of_one.mails] == ["m3"]
