"""The keys of an issuer: fetched with limits, each with the one algorithm that it may verify."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

import httpx2
import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ordermill.entrypoints.sign_in.issuer import DISCOVERY, StaffIssuer, fetchable

DOCUMENT_MAX: Final = 256 * 1024
KEYS_MAX: Final = 64
PATIENCE_S: Final = 5.0
"""For one document."""
_RSA_BITS_MIN: Final = 2048
_RSA_BITS_MAX: Final = 8192

Keys = Mapping[str | None, jwt.PyJWK]
"""By key id; None: the key without one."""


class IssuerFailed(Exception):
    """The issuer cannot be reached, or answers with something else; the message says what, and nothing it sent."""


def fetch_keys(issuer: StaffIssuer) -> Keys:
    """What the issuer signs with now. Raises IssuerFailed. Blocks, for a few seconds at most."""
    with httpx2.Client(timeout=PATIENCE_S, follow_redirects=False) as client:
        return keys_of(_document(client, issuer.jwks or _discovered(client, issuer)))


def _discovered(client: httpx2.Client, issuer: StaffIssuer) -> str:
    url = issuer.issuer.rstrip("/") + DISCOVERY
    return jwks_of(_document(client, url), issuer.issuer, url)


def jwks_of(document: Mapping[str, Any], issuer: str, url: str) -> str:
    """Where the keys are, by the issuer's description of itself, found at `url`. Raises IssuerFailed."""
    if document.get("issuer") != issuer:
        raise IssuerFailed(f"{url} is about another issuer than {issuer}")
    jwks = document.get("jwks_uri")
    # What was fetched over https is not to lead to this machine.
    schemes = ("https:",) if issuer.startswith("https:") else ("https:", "http:")
    if not isinstance(jwks, str) or not fetchable(jwks) or not jwks.startswith(schemes):
        raise IssuerFailed(f"{url} names no jwks_uri that may be used")
    return jwks


def _document(client: httpx2.Client, url: str) -> dict[str, Any]:
    until, body = time.monotonic() + PATIENCE_S, bytearray()
    try:
        with client.stream("GET", url, headers={"accept": "application/json"}) as response:
            if response.status_code != 200:
                raise IssuerFailed(f"{url} answers {response.status_code}")
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > DOCUMENT_MAX or time.monotonic() > until:
                    raise IssuerFailed(f"{url} sends too much, or too slowly")
        found = msgspec.json.decode(bytes(body))
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        raise IssuerFailed(f"{url} cannot be reached: {type(error).__name__}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise IssuerFailed(f"{url} is not JSON") from error
    if not isinstance(found, dict):
        raise IssuerFailed(f"{url} is not a JSON object")
    return found


def keys_of(document: Mapping[str, Any]) -> Keys:
    """The keys of a JSON Web Key Set that may verify; others are left out. Raises IssuerFailed where none is left."""
    listed = document.get("keys")
    found: dict[str | None, jwt.PyJWK] = {}
    for entry in (listed if isinstance(listed, list) else [])[:KEYS_MAX]:
        key = _key_of(entry) if isinstance(entry, dict) else None
        # Of two with one id, which of them signed would be a guess.
        if key is not None and found.setdefault(key.key_id, key) is not key:
            raise IssuerFailed("the issuer's keys have one id twice")
    if not found:
        raise IssuerFailed("the issuer has no key for RS256 or ES256")
    return found


def _key_of(entry: dict[str, Any]) -> jwt.PyJWK | None:
    """The key, its algorithm told by its kind: what a token's header says never chooses."""
    algorithm = {"RSA": "RS256", "EC": "ES256"}.get(str(entry.get("kty")))
    operations = entry.get("key_ops", ["verify"])
    if (
        algorithm is None
        or entry.get("alg", algorithm) != algorithm
        or entry.get("use", "sig") != "sig"
        or not isinstance(operations, list)
        or "verify" not in operations
        or not isinstance(entry.get("kid", ""), str)
    ):
        return None
    public = {name: value for name, value in entry.items() if name not in ("d", "p", "q", "dp", "dq", "qi", "oth")}
    try:
        key = jwt.PyJWK(public, algorithm)
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
        return None
    sound = (
        _RSA_BITS_MIN <= key.key.key_size <= _RSA_BITS_MAX
        if isinstance(key.key, RSAPublicKey)
        else isinstance(key.key, EllipticCurvePublicKey) and isinstance(key.key.curve, SECP256R1)
    )
    return key if sound else None
