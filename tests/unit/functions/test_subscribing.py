"""Asking for a subscription, confirming it, leaving it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from ordermill.adapters.tokens import HmacTokens
from ordermill.domain.commands import (
    ConfirmSubscription,
    GetSubscriptions,
    RemoveSubscription,
    SendMail,
    SubscribeEmail,
    UnsubscribeEmail,
)
from ordermill.domain.errors import Conflict, NotFound
from ordermill.domain.subscription_mails import order_deleted_mail
from ordermill.domain.subscriptions import CONFIRM_WITHIN_MS, DAY_MS, HOUR_MS, UNSUBSCRIBE, Subscription
from ordermill.functions.confirm_subscription import confirm_subscription
from ordermill.functions.get_subscriptions import get_subscriptions
from ordermill.functions.remove_subscription import remove_subscription
from ordermill.functions.subscribe_email import subscribe_email
from ordermill.functions.unsubscribe_email import unsubscribe_email
from ordermill.ports.ambient import Settings
from ordermill.ports.subscriptions import SubscriptionPage
from tests.unit.functions.functions_kit import Clock, Ids, MailQueue

ADA = "ada@example.org"


class Subscriptions:
    """Port `subscriptions` in memory."""

    def __init__(self) -> None:
        self.records: dict[str, Subscription] = {}
        self.puts = 0

    def read(self, email: str) -> Subscription | None:
        return self.records.get(email.lower())

    def find(self, subscription_id: str) -> Subscription | None:
        return next((each for each in self.records.values() if each.subscription_id == subscription_id), None)

    def list(self, limit: int, after: str | None = None, *, status: str | None = None) -> SubscriptionPage:
        return SubscriptionPage(tuple(each for each in self.records.values() if status in (None, each.status)), None)

    def confirmed(self, limit: int, after: str | None = None) -> SubscriptionPage:
        return self.list(limit, after, status="CONFIRMED")

    def put(self, record: Subscription, *, expect: int) -> None:
        known = self.read(record.email)
        if (known.version if known else 0) != expect:
            raise Conflict
        self.puts += 1
        self.records[record.email.lower()] = record

    def delete(self, record: Subscription) -> None:
        known = self.read(record.email)
        if known is not None and known.subscription_id == record.subscription_id:
            del self.records[record.email.lower()]


class Desk:
    """The functions with their ports."""

    def __init__(self) -> None:
        self.subscriptions, self.queue, self.clock, self.ids = Subscriptions(), MailQueue(), Clock(), Ids()
        self.tokens, self.settings = HmacTokens(b"k"), Settings(public_url="https://shop.example")

    def ask(self, email: str = ADA) -> SendMail:
        """The mail that is queued for it."""
        before = len(self.queue.sent)
        subscribe_email(
            SubscribeEmail(email),
            subscriptions=self.subscriptions,
            tokens=self.tokens,
            mail_queue=self.queue,
            clock=self.clock,
            ids=self.ids,
            settings=self.settings,
        )
        (mail,) = self.queue.sent[before:]
        return mail

    def confirm(self, token: str) -> None:
        confirm_subscription(
            ConfirmSubscription(token), subscriptions=self.subscriptions, tokens=self.tokens, clock=self.clock
        )

    def leave(self, token: str) -> None:
        unsubscribe_email(
            UnsubscribeEmail(token), subscriptions=self.subscriptions, tokens=self.tokens, clock=self.clock
        )

    def told(self) -> SendMail:
        """What the one subscriber is told of a deleted order."""
        (record,) = self.subscriptions.list(9, status="CONFIRMED").subscriptions
        token = self.tokens.sign_for(UNSUBSCRIBE, record.subscription_id, None)
        return order_deleted_mail(
            record,
            token,
            self.settings.public_url,
            order_id="ord_1",
            total=1998,
            currency="USD",
            at=self.clock.ms,
        )


def token_of(mail: SendMail) -> str:
    """That of the mail's link."""
    assert mail.content is not None
    (token,) = parse_qs(urlsplit(mail.content.link or mail.content.leave).query)["token"]
    return token


@pytest.fixture
def desk() -> Desk:
    return Desk()


class TestAsking:
    def test_who_is_new_is_mailed_a_link_to_confirm(self, desk: Desk) -> None:
        mail = desk.ask()
        record = desk.subscriptions.records[ADA]
        assert (record.status, record.email, record.at) == ("PENDING", ADA, desk.clock.ms)
        assert (mail.to, mail.order_id, mail.headers, mail.forget) == (ADA, None, (), True)
        assert mail.content is not None
        assert mail.content.link.startswith("https://shop.example/subscriptions/confirm?token=sub_")
        assert mail.content.leave == "", "nothing is subscribed that could be left"

    def test_each_request_writes_once_and_queues_once_whatever_is_known(self, desk: Desk) -> None:
        for step in range(6):
            if step == 3:
                desk.confirm(token_of(desk.queue.sent[0]))
                desk.subscriptions.puts -= 1
            if step == 5:
                desk.clock.ms += DAY_MS
            desk.ask()
            assert (desk.subscriptions.puts, len(desk.queue.sent)) == (step + 1, step + 1)

    def test_again_within_the_hour_it_is_the_same_mail(self, desk: Desk) -> None:
        mail = desk.ask()
        desk.clock.ms += HOUR_MS - 1
        assert desk.ask("ADA@EXAMPLE.ORG") == mail
        desk.clock.ms += 1
        later = desk.ask()
        assert later.key != mail.key
        for each in (mail, later):
            assert desk.tokens.verify_for("confirm-subscription", token_of(each), desk.clock.ms) is not None

    def test_who_is_subscribed_is_told_so_once_a_day(self, desk: Desk) -> None:
        first = desk.ask()
        desk.confirm(token_of(first))
        assert desk.ask().key == first.key, "that was sent, so nothing goes out"
        desk.clock.ms += DAY_MS
        known = desk.ask()
        assert known.event == "SubscriptionKnown"
        assert dict(known.headers)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert desk.ask() == known
        desk.leave(token_of(known))
        assert desk.subscriptions.records == {}


class TestConfirming:
    def test_again_changes_nothing(self, desk: Desk) -> None:
        token = token_of(desk.ask())
        desk.clock.ms += 5
        desk.confirm(token)
        record = desk.subscriptions.records[ADA]
        assert (record.status, record.confirmed_at) == ("CONFIRMED", desk.clock.ms)
        desk.clock.ms += 5
        desk.confirm(token)
        assert desk.subscriptions.records[ADA] is record

    def test_not_after_48_hours(self, desk: Desk) -> None:
        token = token_of(desk.ask())
        desk.clock.ms += CONFIRM_WITHIN_MS
        with pytest.raises(NotFound):
            desk.confirm(token)
        assert desk.subscriptions.records[ADA].status == "PENDING"

    def test_not_by_what_was_for_another_subscription_or_purpose(self, desk: Desk) -> None:
        old = token_of(desk.ask())
        desk.confirm(old)
        leave = token_of(desk.told())
        desk.leave(leave)
        desk.ask()
        for token in (old, leave, desk.tokens.sign("ord_1"), "", "x"):
            with pytest.raises(NotFound):
                desk.confirm(token)
        assert desk.subscriptions.records[ADA].status == "PENDING"


class TestLeaving:
    def test_nothing_is_kept_and_again_changes_nothing(self, desk: Desk) -> None:
        desk.confirm(token_of(desk.ask()))
        token = token_of(desk.told())
        desk.clock.ms += 1000 * DAY_MS
        for _ in range(2):
            desk.leave(token)
            assert desk.subscriptions.records == {}

    def test_who_subscribed_anew_is_left_alone_by_what_was_before(self, desk: Desk) -> None:
        desk.confirm(token_of(desk.ask()))
        token = token_of(desk.told())
        desk.leave(token)
        desk.confirm(token_of(desk.ask()))
        desk.leave(token)
        assert desk.subscriptions.records[ADA].status == "CONFIRMED"

    def test_not_by_a_token_to_confirm(self, desk: Desk) -> None:
        token = token_of(desk.ask())
        for each in (token, "", desk.tokens.sign("ord_1")):
            with pytest.raises(NotFound):
                desk.leave(each)
        assert ADA in desk.subscriptions.records

    def test_staff_end_one_by_its_id(self, desk: Desk) -> None:
        desk.ask()
        (record,) = get_subscriptions(GetSubscriptions(9), subscriptions=desk.subscriptions).subscriptions
        remove_subscription(RemoveSubscription(record.subscription_id), subscriptions=desk.subscriptions)
        assert desk.subscriptions.records == {}
        with pytest.raises(NotFound):
            remove_subscription(RemoveSubscription(record.subscription_id), subscriptions=desk.subscriptions)


def test_of_a_deleted_order_no_customer_is_named(desk: Desk) -> None:
    desk.confirm(token_of(desk.ask()))
    mail = desk.told()
    record = desk.subscriptions.records[ADA]
    assert (mail.mail_id, mail.order_id) == (f"ord_1-OrderDeleted-{record.subscription_id}", "ord_1")
    assert mail.content is not None
    assert mail.content.total == "19.98 USD"
    assert mail.content.facts == (("Order", "ord_1"), ("Deleted", "2025-11-20 12:00:00 UTC"))
    assert mail == desk.told()
    (link,) = re.findall("<(.*)>", dict(mail.headers)["List-Unsubscribe"])
    assert link == mail.content.leave
    assert dict(mail.headers)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    desk.leave(token_of(mail))
    assert desk.subscriptions.records == {}
