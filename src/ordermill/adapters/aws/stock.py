"""Stock that moves with an order's write: an update of each counted product, on the condition that there is enough."""

from __future__ import annotations

from ordermill.adapters.aws.items import Item, number, text
from ordermill.adapters.aws.tables import Tables
from ordermill.adapters.aws.writing import Part
from ordermill.domain.errors import OutOfStock
from ordermill.ports.stores import StockMovement

TABLE = "products"
KEY = "sku"
STOCK = "stock"
"""An attribute that products without a counted stock do not have."""


def stock_parts(tables: Tables, movement: StockMovement | None) -> list[Part]:
    """The parts that move the stock of those products that are counted now. Raises OutOfStock, with all that are short.

    Its conditions name what was read: where one is not met, the stock is to be read again.
    """
    if movement is None or not movement.quantities:
        return []
    found = tables.read_all(TABLE, KEY, movement.quantities)
    counted = {sku: units for sku, units in movement.quantities.items() if STOCK in found.get(sku, {})}
    short = [sku for sku, units in counted.items() if stock_of(found[sku]) < units]
    if short:
        raise OutOfStock(short)
    return [_part(sku, units) for sku, units in counted.items()]


def stock_of(item: Item) -> int:
    """Units of a counted product."""
    return int(item[STOCK]["N"])


def _part(sku: str, units: int) -> Part:
    """Takes the units, or gives them back where negative: then any stock will do, as none is below zero."""
    request = {
        "Key": {KEY: text(sku)},
        "UpdateExpression": "SET #stock = #stock - :units",
        "ConditionExpression": "#stock >= :units",
        "ExpressionAttributeNames": {"#stock": STOCK},
        "ExpressionAttributeValues": {":units": number(units)},
    }
    return Part("Update", TABLE, request, "stock", sku)
