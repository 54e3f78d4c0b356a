"""`update_catalogue`: imports the catalogue from CSV, by sku."""

from __future__ import annotations

from ordermill.domain.catalogue import read_catalogue
from ordermill.domain.commands import UpdateCatalogue
from ordermill.ports.stores import ProductStore


def update_catalogue(message: UpdateCatalogue, *, products: ProductStore) -> int:
    """How many products were written. Raises InvalidCatalogue with every wrong cell, and then writes none."""
    rows = read_catalogue(message.text)
    products.put(rows)
    return len(rows)
