"""Table `idempotency`: which key made which order."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.items import Item, number, text
from ordermill.adapters.aws.patience import Patience
from ordermill.adapters.aws.tables import Tables
from ordermill.adapters.aws.writing import Part, Unmet, write_alone
from ordermill.domain.errors import AlreadyClaimed, StorageUnavailable
from ordermill.domain.order import Order
from ordermill.ports.ambient import Clock
from ordermill.ports.stores import Claim

TABLE: Final = "idempotency"
_KEY: Final = "claimKey"
_EXPIRES: Final = "expiresAtMs"
_TTL: Final = "expiresAt"
"""In seconds, for the table's sweep, which may be days late: no claim is judged by it."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Order).decode


def taking(claim: Claim, now: int) -> Part:
    """The part that takes the key, unless a claim that has not expired holds it."""
    item = {
        _KEY: text(claim.key),
        "fingerprint": text(claim.fingerprint),
        "orderId": text(claim.order_id),
        _EXPIRES: number(claim.expires_at),
        _TTL: number(-(-claim.expires_at // 1000)),
    }
    if claim.order is not None:
        item["body"] = text(_encode(claim.order).decode())
    request: dict[str, Any] = {
        "Item": item,
        "ConditionExpression": f"attribute_not_exists({_KEY}) OR {_EXPIRES} <= :now",
        "ExpressionAttributeValues": {":now": number(now)},
    }
    return Part("Put", TABLE, request, "claim", claim.key)


def claim_of(item: Item) -> Claim:
    """The claim that an item holds."""
    order = _decode(item["body"]["S"]) if "body" in item else None
    return Claim(item[_KEY]["S"], item["fingerprint"]["S"], item["orderId"]["S"], int(item[_EXPIRES]["N"]), order)


class DynamoClaims:
    """Port `idempotency`."""

    def __init__(self, deployment: Deployment, clock: Clock, *, patience: Patience | None = None) -> None:
        self._tables, self._clock = Tables(deployment, patience), clock

    def read(self, key: str) -> Claim | None:
        """See `ClaimStore.read`."""
        item = self._tables.read(TABLE, _KEY, key)
        return None if item is None else claim_of(item)

    def claim(self, key: str, fingerprint: str, order_id: str, expires_at: int) -> Claim:
        """See `ClaimStore.claim`."""
        return Claim(key, fingerprint, order_id, expires_at)

    def take(self, claim: Claim) -> None:
        """See `ClaimStore.take`."""
        try:
            write_alone(self._tables, taking(claim, self._clock.now_ms()))
        except Unmet as unmet:
            # The answer to an earlier try may have been lost: then it is this very claim that is there.
            if not (unmet.asked_before and claim_found(unmet) == claim):
                raise already_claimed(unmet) from unmet


def claim_found(unmet: Unmet) -> Claim | None:
    """The claim that holds the key which was to be taken."""
    item = next((item for _, item in unmet.of("claim")), None)
    return None if item is None else claim_of(item)


def already_claimed(unmet: Unmet) -> AlreadyClaimed | StorageUnavailable:
    """What the port raises for it."""
    taken = claim_found(unmet)
    if taken is None:
        return StorageUnavailable("the claim on the idempotency key went while it was looked at")
    return AlreadyClaimed(taken.order_id, taken.fingerprint, taken.order)
