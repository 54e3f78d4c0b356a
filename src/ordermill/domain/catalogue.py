"""The catalogue: products with a price and, where counted, a stock."""

from __future__ import annotations

import msgspec


class Product(msgspec.Struct, frozen=True):
    """One product; `price` in minor units of `currency`, `stock` None where uncounted."""

    sku: str
    name: str
    price: int
    currency: str
    stock: int | None
