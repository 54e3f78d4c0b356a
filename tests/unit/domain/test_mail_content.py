"""What the mail about each event says, as text and as HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from ordermill.domain.mail import MailContent
from ordermill.domain.mail_content import compose
from ordermill.domain.mail_text import mail_html, mail_text
from ordermill.domain.order import Line, Order, Payment, PaymentStatus, Reason, Shipment
from tests.conftest import AT, MakeOrder
from tests.contract.mailer_kit import CANARIES, content_of

LINK = "https://shop.example/#order=ord_1&token=t"
SHIPMENT = Shipment("UPS", "1Z999", AT, AT + 86_400_000)
PAID = Payment(PaymentStatus.CAPTURED, 1998)


def content(order: Order, event: str = "OrderProcessed") -> MailContent:
    return compose(order, event, LINK)[1]


class Shown(HTMLParser):
    """The text that is seen, the elements that there are, and what they refer to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.tags, self.links = "", list[str](), list[str]()
        self._hidden = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._hidden = tag == "style"
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "background")]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        self.text += "" if self._hidden else data


@pytest.mark.parametrize(
    ("event", "subject", "says"),
    [
        ("OrderProcessed", "Your order is confirmed (ord_1)", "Thank you"),
        ("OrderShipped", "Your order is on its way (ord_1)", "on its way to you"),
        ("OrderDelivered", "Your order has arrived (ord_1)", "has been delivered"),
        ("OrderCancelled", "Your order is cancelled (ord_1)", "has been cancelled"),
        ("OrderRejected", "We could not accept your order (ord_1)", "could not accept"),
    ],
)
def test_each_event_has_its_words_in_both_forms(make_order: MakeOrder, event: str, subject: str, says: str) -> None:
    found, said = compose(make_order(), event, LINK)
    assert found == subject
    for text in (mail_text(said), Shown(mail_html(said)).text):
        for wanted in ("Hello Ada,", says, "ord_1", "2 × Widget", "19.98 USD", "See your order"):
            assert wanted in text
    assert LINK in mail_text(said)
    assert Shown(mail_html(said)).links == [LINK]


def test_an_event_that_no_mail_is_sent_about(make_order: MakeOrder) -> None:
    with pytest.raises(KeyError):
        compose(make_order(), "OrderPaid", LINK)


def test_who_left_no_name_is_greeted_all_the_same(make_order: MakeOrder) -> None:
    assert content(replace(make_order(), customer_name=None)).greeting == "Hello,"


def test_the_confirmation_knows_nothing_of_shipping(make_order: MakeOrder) -> None:
    assert content(replace(make_order(), shipment=SHIPMENT)).facts == (("Order", "ord_1"),)


def test_how_it_is_shipped(make_order: MakeOrder) -> None:
    order = replace(make_order(), shipment=SHIPMENT)
    shipped = (("Order", "ord_1"), ("Carrier", "UPS"), ("Tracking number", "1Z999"), ("Shipped", "2025-11-20"))
    assert content(order, "OrderShipped").facts == shipped
    assert content(order, "OrderDelivered").facts == (*shipped, ("Delivered", "2025-11-21"))
    bare = replace(order, shipment=Shipment("UPS", "", AT))
    assert content(bare, "OrderDelivered").facts == (shipped[0], shipped[1], shipped[3])


@pytest.mark.parametrize(
    ("payment", "says"),
    [
        (Payment(), None),
        (Payment(PaymentStatus.DECLINED), None),
        (PAID, "We are refunding the 19.98 USD that you paid."),
        (Payment(PaymentStatus.REFUND_PENDING, 1998), "We are refunding the 19.98 USD that you paid."),
        (Payment(PaymentStatus.REFUNDED, 1998, 1998), "We have refunded the 19.98 USD that you paid."),
        (
            Payment(PaymentStatus.REFUND_PENDING),
            "Should your payment have gone through already, you get it back in full.",
        ),
    ],
)
def test_a_refund_is_spoken_of_where_something_was_paid(
    make_order: MakeOrder, payment: Payment, says: str | None
) -> None:
    paragraphs = content(replace(make_order(), payment=payment), "OrderCancelled").paragraphs
    assert paragraphs[1:] == (() if says is None else (says,))


@pytest.mark.parametrize(
    ("reason", "says"),
    [(Reason.OUT_OF_STOCK, "not enough in stock"), (Reason.PAYMENT_DECLINED, "payment was declined"), (None, None)],
)
def test_why_it_was_rejected(make_order: MakeOrder, reason: Reason | None, says: str | None) -> None:
    rest = content(replace(make_order(), reason=reason), "OrderRejected").paragraphs[1:]
    assert (says is None and rest == ()) or (says is not None and says in rest[0] and "not been charged" in rest[0])


def test_amounts_stand_in_one_column(make_order: MakeOrder) -> None:
    lines = (Line("Mug", None, 1, 5), Line("L" * 80, None, 1, 100_000), Line(None, "SKU-1", 10, 99))
    text = mail_text(content(replace(make_order(), items=lines, total=100_995)))
    rows = [line for line in text.splitlines() if line.endswith(" USD")]
    assert [row.split()[-2] for row in rows] == ["0.05", "1000.00", "9.90", "1009.95"]
    assert len({len(row) for row in rows}) == 1
    assert "10 × SKU-1" in text
    assert all(len(row) <= 78 for row in rows)


@pytest.mark.parametrize("canary", CANARIES, ids=repr)
def test_whatever_the_text_html_shows_it_as_text(canary: str) -> None:
    shown = Shown(mail_html(content_of(canary)))
    plain = Shown(mail_html(content_of("x")))
    assert shown.tags == plain.tags
    # A NUL is none of HTML's characters: what shows it is up to the reader.
    seen = re.sub(r"\s+", " ", shown.text.replace("\0", "\ufffd"))
    assert re.sub(r"\s+", " ", canary.replace("\0", "\ufffd")).strip() in seen


def test_nothing_is_loaded_from_anywhere(make_order: MakeOrder) -> None:
    html = mail_html(content(make_order()))
    assert set(Shown(html).tags).isdisjoint({"img", "script", "link", "iframe", "form", "object"})
    assert "url(" not in html
    assert "@import" not in html


def test_a_mail_says_what_it_has_and_nothing_else() -> None:
    said = MailContent("Head", "Hello,", ("Text.",), (), (), "", "", notes=("Small <b>.",), leave="https://x/?a=1&b=2")
    assert mail_text(said) == "Hello,\n\nText.\n\nSmall <b>.\n\nUnsubscribe: https://x/?a=1&b=2\n"
    shown = Shown(mail_html(said))
    assert shown.links == ["https://x/?a=1&b=2"]
    assert "Small <b>." in shown.text
    for absent in ("Total", "See your order", "None"):
        assert absent not in shown.text + mail_text(said)


def test_a_total_may_stand_alone_and_a_button_say_anything() -> None:
    said = MailContent("Head", "Hello,", (), (("Order", "ord_1"),), (), "1.00 USD", "https://x/", action="Go & see")
    assert mail_text(said) == "Hello,\n\nOrder: ord_1\n\n  Total   1.00 USD\n\nGo & see: https://x/\n"
    shown = Shown(mail_html(said))
    assert shown.links == ["https://x/"]
    assert "Go & see" in shown.text
