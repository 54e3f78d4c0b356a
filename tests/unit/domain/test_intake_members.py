"""POST /orders: the members beside the lines."""

from __future__ import annotations

import pytest

from ordermill.domain.errors import InvalidOrder
from ordermill.domain.fields import PAYMENT_TOKENS
from ordermill.domain.intake import read_order
from tests.unit.domain.intake_kit import draft, errors, find, item

TEXTS = [("customerName", 200), ("customerId", 200), ("customer_id", 200), ("note", 2000), ("description", 5000)]


@pytest.mark.parametrize(("member", "limit"), TEXTS)
def test_texts(member: str, limit: int) -> None:
    attribute = {"customerName": "customer_name", "customerId": "customer_id"}.get(member, member)
    for text in ("=1+1", "\U0001f469\u200d\U0001f680", "e\u0301", "x" * limit, "\U00020000" * limit, "<b>", " a "):
        assert getattr(draft(items=[item()], **{member: text}), attribute) == text
    for value, code in (
        ("", "blank"),
        (" ", "blank"),
        ("x" * (limit + 1), "too-long"),
        ("a\x00b", "invalid-text"),
        ("\ud800", "invalid-text"),
        ("a\ufffe", "invalid-text"),
        (5, "wrong-type"),
        (1.5, "wrong-type"),
        (True, "wrong-type"),
        (["a"], "wrong-type"),
        ({}, "wrong-type"),
    ):
        assert errors(items=[item()], **{member: value}) == [("/" + member, code)]


@pytest.mark.parametrize("member", ["product", "sku"])
def test_names_in_a_line(member: str) -> None:
    wrong = [("", "blank"), ("x" * 201, "too-long"), ("a\nb", "invalid-text"), (7, "wrong-type"), (1.5, "wrong-type")]
    for value, code in wrong:
        assert errors(items=[item(**{member: value, "quantity": 0})]) == [
            (f"/items/0/{member}", code),
            ("/items/0/quantity", "out-of-range"),
        ]


def test_notes_may_have_line_breaks() -> None:
    assert draft(amount="1", note='x\n{"level":"ERROR"}\t\u202e').note == 'x\n{"level":"ERROR"}\t\u202e'
    assert errors(amount="1", note="a\rb") == [("/note", "invalid-text")]


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("email", "a@b", "invalid-email"),
        ("email", "a@b.c\r\nBcc:x@y.z", "invalid-email"),
        ("email", "a@\ud800.c", "invalid-text"),
        ("email", "", "blank"),
        ("email", 5, "wrong-type"),
        ("email", ["a@b.c"], "wrong-type"),
        ("imageId", "img_0190b3a0-0000-7000-8000-000000000000", "unknown-image"),
        ("imageId", "x", "unknown-image"),
        ("imageId", 5, "wrong-type"),
        ("confirmMismatch", "true", "wrong-type"),
        ("confirmMismatch", 1, "wrong-type"),
        ("confirmMismatch", 0, "wrong-type"),
        ("paymentToken", "tok_free", "unknown-payment-token"),
        ("paymentToken", "", "unknown-payment-token"),
        ("paymentToken", "TOK_APPROVE", "unknown-payment-token"),
        ("paymentToken", 1, "wrong-type"),
        ("paymentToken", {}, "wrong-type"),
        ("idempotency_key", 5, "wrong-type"),
        ("idempotency_key", 1.5, "wrong-type"),
        ("idempotency_key", ["k"], "wrong-type"),
    ],
)
def test_other_members_refused(member: str, value: object, code: str) -> None:
    assert errors(amount="1", **{member: value}) == [("/" + member, code)]


def test_other_members() -> None:
    for token in PAYMENT_TOKENS:
        assert draft(amount="1", paymentToken=token).payment_token == token
    assert (
        draft(amount="1", paymentToken=None, confirmMismatch=None, imageId=None, email=None, currency=None).currency
        == "USD"
    )
    assert draft(amount="1", confirmMismatch=True, idempotency_key="k", email="ada@shop.test").email == "ada@shop.test"


def test_a_payment_method_pays_where_cards_do() -> None:
    def token(value: object) -> str:
        return read_order({"amount": 1, "paymentToken": value}, find, strict=False, cards=True).payment_token

    longest = "pm_" + "x" * 250
    for good in ("pm_1aB2cD3e", "pm_card_visa", longest, *PAYMENT_TOKENS):
        assert token(good) == good
    assert token(None) == PAYMENT_TOKENS[0]
    for bad in ("pm_", longest + "x", "pm_1&amount=1", "pm_1\n", "pm_é", "card_1", "tok_free"):
        with pytest.raises(InvalidOrder, match="1 member"):
            token(bad)
    assert errors(amount="1", paymentToken="pm_1") == [("/paymentToken", "unknown-payment-token")]


def test_names_of_members_that_no_utf8_can_carry() -> None:
    expected = [("/\ufffd~1", "invalid-text"), ("/items/0/\ufffd", "invalid-text")]
    assert errors(items=[item(**{"\udfff": 1})], **{"\ud800/": 1}) == expected
    for pointer, _ in expected:
        pointer.encode()
