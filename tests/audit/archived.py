"""An archived order as the record that it was, so that it is held against everything that records are held against."""

from __future__ import annotations

from collections.abc import Mapping

from ordermill.domain.times import epoch_ms
from tests.audit.attempts import Json


def restored(stub: Json, order: Json, stock: Mapping[str, int | None]) -> Json:
    """The order's record as far as its archive has it: which has no payment token.

    Whatever is counted and was sold holds its stock.
    """
    sold = order["status"] == "DELIVERED"

    def units(amount: str) -> int:
        # All digits of the currency are there.
        return int(amount.replace(".", ""))

    lines = [
        {
            **line,
            "unitPrice": units(line["unitPrice"]),
            "stockSku": line["sku"] if sold and stock.get(line["sku"]) is not None else None,
        }
        for line in order["items"]
    ]
    payment = {**order["payment"], **{name: units(order["payment"][name]) for name in ("captured", "refunded")}}
    history = [{**entry, "at": epoch_ms(entry["at"])} for entry in order["history"]]
    held = {"items": lines, "history": history, "payment": payment, "total": units(order["total"]), "charges": []}
    return {**stub, **order, **held, "stockReserved": any(line["stockSku"] for line in lines), "paymentToken": None}
