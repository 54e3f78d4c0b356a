"""Orders of every kind: paid, declined, flaky, scarce, refused, with and without an address."""

from __future__ import annotations

import random
from typing import Final

from tests.audit.attempts import Json

SCARCE: Final = ("CHAIR-ERGO", "DOCK-USBC", "MONITOR-27")
"""Products of the shipped catalogue of which there is little."""

_TOKENS: Final = {
    "tok_approve": 80,
    "tok_decline": 8,
    "tok_flaky": 5,
    "tok_timeout_once": 3,
    "tok_error": 2,
}


def any_body(rng: random.Random, marker: str) -> Json:
    """A valid order whose customer is `marker`."""
    return {
        "customerName": marker,
        "email": f"{marker}@example.org" if rng.random() < 0.8 else None,
        "note": "ü" * rng.randrange(1, 200) if rng.random() < 0.5 else None,
        "paymentToken": rng.choices(list(_TOKENS), list(_TOKENS.values()))[0],
        "items": [_line(rng) for _ in range(rng.randint(1, 3))],
    }


def refused_body(rng: random.Random, marker: str) -> Json:
    """The same with something wrong in it."""
    body = any_body(rng, marker)
    wrong: list[Json] = [{"status": "PROCESSED"}, {"items": []}, {"email": "nobody"}, {"paymentToken": "tok_none"}]
    return body | rng.choice(wrong)


def _line(rng: random.Random) -> Json:
    if rng.random() < 0.25:
        return {"sku": rng.choice(SCARCE), "quantity": rng.randint(1, 4)}
    return {
        "product": f"Thing {rng.randrange(1000)}",
        "quantity": rng.randint(1, 9),
        "unitPrice": f"{rng.randint(1, 99)}.50",
    }
