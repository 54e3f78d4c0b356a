"""`get_products`: lists the catalogue."""

from __future__ import annotations

from collections.abc import Sequence

from ordermill.domain.catalogue import Product
from ordermill.domain.commands import GetProducts
from ordermill.ports.stores import ProductStore


def get_products(message: GetProducts, *, products: ProductStore) -> Sequence[Product]:
    """All products, by sku."""
    return products.list()
