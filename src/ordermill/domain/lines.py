"""The lines of an order request: the `items` form, the one-line shorthands, and what the catalogue says to each."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ordermill.domain import money
from ordermill.domain.catalogue import Product
from ordermill.domain.errors import FieldError
from ordermill.domain.fields import Errors, read_amount, read_quantity, read_text, unknown_member
from ordermill.domain.order import Line
from ordermill.domain.text import NAME

MAX_LINES = 50

LINE_MEMBERS = frozenset({"product", "sku", "quantity", "unitPrice"})

Find = Callable[[str | None, str | None], Product | None]
"""The catalogue's product with that sku, else with that name in any case, else None."""


class Terms(NamedTuple):
    """What holds for every line; `currency` is None where the order's is not valid."""

    currency: str | None
    find: Find
    strict: bool

    @property
    def fraction_digits(self) -> int:
        """How many fraction digits a price may have."""
        count = None if self.currency is None else money.digits(self.currency)
        return money.MOST_DIGITS if count is None else count


class Places(NamedTuple):
    """Pointers to the members of one line, as they were sent."""

    product: str
    sku: str
    quantity: str
    price: str


class Wish(NamedTuple):
    """One line as far as it could be read; `price_sent` tells an absent price from a wrong one."""

    product: str | None
    sku: str | None
    quantity: int | None
    price: int | None
    price_sent: bool


def read_items(items: object, terms: Terms, errors: Errors) -> list[Line]:
    """The lines of `items`; of a list that is too long only the first 50 are looked at."""
    if items is None:
        errors.append(FieldError("/items", "required", f"1 to {MAX_LINES} lines"))
        return []
    if not isinstance(items, list):
        errors.append(FieldError("/items", "wrong-type", f"an array of 1 to {MAX_LINES} lines"))
        return []
    if not 1 <= len(items) <= MAX_LINES:
        errors.append(FieldError("/items", "out-of-range", f"1 to {MAX_LINES} lines"))
    lines = [_read_item(item, f"/items/{index}", terms, errors) for index, item in enumerate(items[:MAX_LINES])]
    return [line for line in lines if line is not None]


def _read_item(item: object, parent: str, terms: Terms, errors: Errors) -> Line | None:
    if not isinstance(item, dict):
        errors.append(FieldError(parent, "wrong-type", "an object with product or sku, and quantity"))
        return None
    if not item.keys() <= LINE_MEMBERS:
        errors.extend(unknown_member(parent, name) for name in item if name not in LINE_MEMBERS)
    places = Places(parent + "/product", parent + "/sku", parent + "/quantity", parent + "/unitPrice")
    before = len(errors)
    product = read_text(item.get("product"), places.product, NAME, errors)
    sku = read_text(item.get("sku"), places.sku, NAME, errors)
    named = len(errors) == before
    if named and product is None and sku is None:
        errors.append(FieldError(places.product, "required", "product or sku"))
        named = False
    quantity = read_quantity(item, places.quantity, errors)
    price = read_amount(item.get("unitPrice"), places.price, terms.fraction_digits, errors)
    wish = Wish(product, sku, quantity, price, item.get("unitPrice") is not None)
    return priced(wish, places, terms, errors) if named else None


def read_product(body: dict[str, object], member: str, terms: Terms, errors: Errors) -> Line | None:
    """The line of the shorthand `product` or `productName` (which of them is `member`), `quantity`, `price`."""
    places = Places("/" + member, "/" + member, "/quantity", "/price")
    product = read_text(body.get(member), places.product, NAME, errors)
    if body.get(member) is None:
        errors.append(FieldError(places.product, "required", "the name of a product"))
    quantity = read_quantity(body, places.quantity, errors)
    price = read_amount(body.get("price"), places.price, terms.fraction_digits, errors)
    wish = Wish(product, None, quantity, price, body.get("price") is not None)
    return None if product is None else priced(wish, places, terms, errors)


def read_single(product: str | None, place: str, sent: object, terms: Terms, errors: Errors) -> Line | None:
    """The line of a shorthand that is one `product` at the price `sent`, a required member `price` or `amount`.

    `place` is the pointer to what names the product; None for a product that is wrong leaves the price's errors.
    """
    at_price = "/price" if place == "/description" else place
    places = Places(place, place, at_price, at_price)
    price = read_amount(sent, at_price, terms.fraction_digits, errors)
    if sent is None:
        errors.append(FieldError(at_price, "price-required", money.expected(terms.fraction_digits)))
    return None if product is None else priced(Wish(product, None, 1, price, True), places, terms, errors)


def priced(wish: Wish, places: Places, terms: Terms, errors: Errors) -> Line | None:
    """The line at the catalogue's price, else at the one sent; None after an error, new or already there."""
    found = terms.find(wish.sku, wish.product)
    if found is None:
        _check_unknown(wish, places, terms, errors)
        price = wish.price
    else:
        _check_currency(found, wish, places, terms, errors)
        price = found.price
    if wish.quantity is None or price is None:
        return None
    if wish.quantity * price > money.MAX_TOTAL:
        detail = f"a line total of at most {money.MAX_TOTAL:,} minor units"
        errors.append(FieldError(places.quantity, "out-of-range", detail))
        return None
    if found is None:
        return Line(wish.product, wish.sku, wish.quantity, price)
    product = found.name if wish.product is None else wish.product
    sku = found.sku if wish.sku is None else wish.sku
    return Line(product, sku, wish.quantity, price, None if found.stock is None else found.sku)


def _check_currency(found: Product, wish: Wish, places: Places, terms: Terms, errors: Errors) -> None:
    if terms.currency is not None and found.currency != terms.currency:
        place = places.sku if found.sku == wish.sku else places.product
        errors.append(FieldError(place, "currency-mismatch", f"this product is sold in {found.currency}"))


def _check_unknown(wish: Wish, places: Places, terms: Terms, errors: Errors) -> None:
    if terms.strict:
        place = places.product if wish.sku is None else places.sku
        errors.append(FieldError(place, "unknown-product", "a product of the catalogue"))
    elif not wish.price_sent:
        detail = "the unit price of a product that is not in the catalogue: " + money.expected(terms.fraction_digits)
        errors.append(FieldError(places.price, "price-required", detail))
