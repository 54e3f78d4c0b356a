"""POST /orders: from a parsed body to an order that is complete, priced and within every limit.

The limits of the single members keep the largest possible order, as JSON in UTF-8, under 200 KB.
"""

from __future__ import annotations

from typing import NamedTuple

from ordermill.domain import money
from ordermill.domain.errors import FieldError, InvalidOrder
from ordermill.domain.fields import (
    Errors,
    read_currency,
    read_email,
    read_payment_token,
    read_text,
    unknown_member,
)
from ordermill.domain.json_body import JsonText, parsed
from ordermill.domain.lines import Find, Terms, read_items, read_product, read_single
from ordermill.domain.order import Line, OrderDraft
from ordermill.domain.order_image import Images, find_image, order_image
from ordermill.domain.text import DESCRIPTION, NAME, NOTE

_COMMON = frozenset(
    {
        "customerName",
        "customerId",
        "customer_id",
        "email",
        "currency",
        "description",
        "note",
        "imageId",
        "confirmMismatch",
        "paymentToken",
        "idempotency_key",
    }
)
_MEMBERS = {
    "items": _COMMON | {"items"},
    "product": _COMMON | {"product", "quantity", "price"},
    "productName": _COMMON | {"productName", "quantity", "price"},
    "amount": _COMMON | {"amount"},
    "description": _COMMON | {"price"},
}
"""Which members a request may have, by the member that tells how it says its lines."""

_NULLABLE = frozenset[str]().union(*_MEMBERS.values()) - {"quantity"}


class _Texts(NamedTuple):
    customer_name: str | None
    customer_id: str | None
    description: str | None
    note: str | None


def read_order(
    body: object, find: Find, *, strict: bool, cards: bool = False, images: Images | None = None
) -> OrderDraft:
    """The order that a body parsed by `parse_json` asks for, at the catalogue's prices where it has them.

    `find` looks a product up by sku and name; a product it doesn't know is taken at the price sent, or refused if
    `strict`. With `cards` a PaymentMethod of Stripe's can pay. Without `images` no image is known.
    Raises InvalidOrder with one error for every wrong member, ImageMismatch where nothing else is wrong.
    """
    if not isinstance(body, dict):
        raise InvalidOrder([FieldError("", "wrong-type", "a JSON object")])
    errors: Errors = []
    form = _form(body)
    _check_members(body, form, errors)
    texts = _read_texts(body, errors)
    email = read_email(body.get("email"), errors)
    currency = read_currency(body.get("currency"), errors)
    token = read_payment_token(body.get("paymentToken"), errors, cards=cards)
    _check_rest(body, errors)
    lines = _read_lines(body, form, texts.description, Terms(currency, find, strict), errors)
    total = sum([line.total for line in lines])
    if total > money.MAX_TOTAL:
        errors.append(FieldError("/items", "out-of-range", f"a total of at most {money.MAX_TOTAL:,} minor units"))
    record = find_image(body.get("imageId"), images, errors)
    if errors or currency is None:
        raise InvalidOrder(errors)
    name, customer_id, description, note = texts
    image = None
    if record is not None and images is not None:
        confirmed = body.get("confirmMismatch") is True
        image = order_image(record, description, lines, images.least, confirmed=confirmed)
    return OrderDraft(name, customer_id, email, description, note, tuple(lines), currency, total, token, image)


def read_order_text(
    text: str, find: Find, *, strict: bool, cards: bool = False, images: Images | None = None
) -> OrderDraft:
    """The same of the JSON text of a body. Where the text keeps what it says, it keeps the draft too.

    So of two functions that one after another read one text in one process the second need not read it again. What
    was put away in between, and taken up later, is a plain text, and read anew. Raises InvalidOrder.
    """
    if type(text) is not JsonText:
        return read_order(parsed(text), find, strict=strict, cards=cards, images=images)
    if text.draft is None:
        text.draft = read_order(text.value, find, strict=strict, cards=cards, images=images)
    draft: OrderDraft = text.draft
    return draft


def _form(body: dict[str, object]) -> str:
    """The member that tells how the lines are said; of several the first of `_MEMBERS`."""
    for member in _MEMBERS:
        if body.get(member) is not None:
            return member
    return "product" if "quantity" in body or body.get("price") is not None else "items"


def _check_members(body: dict[str, object], form: str, errors: Errors) -> None:
    allowed = _MEMBERS[form]
    if not body.keys() <= allowed:
        for name, value in body.items():
            if name not in allowed and not (value is None and name in _NULLABLE):
                errors.append(unknown_member("", name))
    if body.get("customerId") is not None and body.get("customer_id") is not None:
        errors.append(FieldError("/customer_id", "unknown-field", "customerId or customer_id, not both"))


def _read_texts(body: dict[str, object], errors: Errors) -> _Texts:
    get = body.get
    return _Texts(
        read_text(get("customerName"), "/customerName", NAME, errors),
        read_text(get("customerId"), "/customerId", NAME, errors)
        or read_text(get("customer_id"), "/customer_id", NAME, errors),
        read_text(get("description"), "/description", DESCRIPTION, errors),
        read_text(get("note"), "/note", NOTE, errors),
    )


def _check_rest(body: dict[str, object], errors: Errors) -> None:
    """The members that a draft doesn't carry."""
    confirm = body.get("confirmMismatch")
    if confirm is not None and confirm is not True and confirm is not False:
        errors.append(FieldError("/confirmMismatch", "wrong-type", "true or false"))
    key = body.get("idempotency_key")
    if key is not None and type(key) is not str:
        errors.append(FieldError("/idempotency_key", "wrong-type", "a string"))


def _read_lines(
    body: dict[str, object], form: str, description: str | None, terms: Terms, errors: Errors
) -> list[Line]:
    if form == "items":
        return read_items(body.get("items"), terms, errors)
    if form == "amount":
        line = read_single("Order", "/amount", body.get("amount"), terms, errors)
    elif form == "description":
        line = read_single(description, "/description", body.get("price"), terms, errors)
    else:
        line = read_product(body, form, terms, errors)
    return [] if line is None else [line]
