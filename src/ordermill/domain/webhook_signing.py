"""Signatures after Standard Webhooks: `v1,` and HMAC-SHA256 of `id.timestamp.body`, one for each secret."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

_PREFIX: Final = "whsec_"
SHORTEST: Final = 8
"""Bytes that a secret has at least."""


def parse_secrets(text: str) -> tuple[bytes, ...]:
    """The keys of secrets with commas between them; with several, whoever verifies may change over in their own time.

    A secret is `whsec_` and base64, or any text; raises ValueError where one has too few bytes. It quotes none.
    """
    return tuple(_key(part.strip(), number) for number, part in enumerate(text.split(","), start=1) if part.strip())


def _key(secret: str, number: int) -> bytes:
    if secret.startswith(_PREFIX):
        try:
            key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except ValueError as error:
            raise ValueError(f"secret {number} begins with {_PREFIX} but does not go on in base64") from error
    else:
        key = secret.encode()
    if len(key) < SHORTEST:
        raise ValueError(f"secret {number} has {len(key)} bytes; it needs {SHORTEST} at least")
    return key


def signed_headers(message_id: str, timestamp_s: int, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """The three headers of a message sent at `timestamp_s` (epoch seconds)."""
    content = f"{message_id}.{timestamp_s}.".encode() + body
    digests = [base64.b64encode(hmac.digest(key, content, sha256)).decode("ascii") for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": " ".join(f"v1,{digest}" for digest in digests),
    }
