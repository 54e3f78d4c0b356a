"""Table `products`: the catalogue."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Final

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.items import (
    ALL,
    FEW_SHARDS,
    Item,
    is_key,
    number,
    shard_key,
    shard_keys,
    text,
    updating,
)
from ordermill.adapters.aws.patience import Patience
from ordermill.adapters.aws.stock import KEY, STOCK, TABLE, stock_of
from ordermill.adapters.aws.tables import Range, Tables
from ordermill.adapters.aws.writing import Part, write_alone
from ordermill.adapters.clock import SystemClock
from ordermill.domain.catalogue import Product, name_key
from ordermill.ports.ambient import Clock
from ordermill.ports.stores import StockMovement

_NAME_KEY: Final = "nameKey"
_SHARD: Final = "skuShard"
_PUT: Final = "putOrder"
"""When the product was put last, and where among those put with it: of two with one name, the later is found."""
_PUT_TOGETHER: Final = 100_000


class DynamoProducts:
    """Port `products`."""

    def __init__(self, deployment: Deployment, *, clock: Clock | None = None, patience: Patience | None = None) -> None:
        self._tables, self._clock = Tables(deployment, patience), clock or SystemClock()

    def find(self, sku: str | None, name: str | None) -> Product | None:
        """See `ProductStore.find`. An index knows what was put just now by its name only a moment later."""
        item = None if sku is None else self._read(sku)
        if item is None and name is not None and is_key(name_key(name)):
            item = self._named(name_key(name))
        return None if item is None else _product_of(item)

    def list(self) -> Sequence[Product]:
        """See `ProductStore.list`."""
        ranges = [Range(TABLE, "by-sku", _SHARD, key) for key in shard_keys(ALL, FEW_SHARDS)]
        skus = [entry[KEY]["S"] for entries in self._tables.each(self._tables.entries, ranges) for entry in entries]
        items = self._tables.read_all(TABLE, KEY, skus)
        return [_product_of(item) for _, item in sorted(items.items())]

    def put(self, products: Sequence[Product]) -> None:
        """See `ProductStore.put`. A repeat completes what was broken off."""
        now = self._clock.now_ms() * _PUT_TOGETHER
        last = {product.sku: product for product in products}
        parts = [_putting(product, now + place) for place, product in enumerate(last.values())]
        self._tables.each(lambda part: write_alone(self._tables, part), parts)

    def reserve(self, quantities: builtins.dict[str, int]) -> StockMovement:
        """See `ProductStore.reserve`."""
        return StockMovement(quantities)

    def _read(self, sku: str) -> Item | None:
        return self._tables.read(TABLE, KEY, sku)

    def _named(self, key: str) -> Item | None:
        """The product that was put last of those that have the name now: the index may still have a former one."""
        entries = self._tables.entries(Range(TABLE, "of-name", _NAME_KEY, key))
        items = [item for entry in entries if (item := self._read(entry[KEY]["S"])) and item[_NAME_KEY]["S"] == key]
        return max(items, key=_put_order, default=None)


def _put_order(item: Item) -> tuple[int, str]:
    return int(item[_PUT]["N"]), item[KEY]["S"]


def _putting(product: Product, order: int) -> Part:
    values = {
        "name": text(product.name),
        "price": number(product.price),
        "currency": text(product.currency),
        _NAME_KEY: text(name_key(product.name)),
        _SHARD: text(shard_key(ALL, product.sku, FEW_SHARDS)),
        _PUT: number(order),
    }
    if product.stock is not None:
        values[STOCK] = number(product.stock)
    update = updating(values, without=() if product.stock is not None else (STOCK,))
    return Part("Update", TABLE, {"Key": {KEY: text(product.sku)}, **update}, "product", product.sku)


def _product_of(item: Item) -> Product:
    stock = stock_of(item) if STOCK in item else None
    return Product(item[KEY]["S"], item["name"]["S"], int(item["price"]["N"]), item["currency"]["S"], stock)
