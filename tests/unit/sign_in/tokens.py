"""An issuer of tokens for tests: real keys, real signatures."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from jwt.api_jws import encode

from ordermill.entrypoints.sign_in.issuer import StaffIssuer

ISSUER = "https://login.example.org"
AUDIENCE = "ordermill"
TRUSTED = StaffIssuer(ISSUER, AUDIENCE)


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def ec_key(curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(curve or ec.SECP256R1())


RSA, RSA_OTHER, EC = rsa_key(), rsa_key(), ec_key()


def public(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, kid: str | None, **members: object) -> dict[str, Any]:
    """The key as a JSON Web Key; a member that is None is left out."""
    made = (
        RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        if isinstance(key, rsa.RSAPrivateKey)
        else ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    )
    entry = {**made, "kid": kid, **members}
    entry.pop("key_ops", None) if "key_ops" not in members else None
    return {name: value for name, value in entry.items() if value is not None}


def claims(**members: object) -> dict[str, Any]:
    """Those of a member of staff; a member that is None is left out."""
    now = int(time.time())
    made = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "canary-subject",
        "iat": now,
        "exp": now + 300,
        "groups": ["people", "staff"],
        **members,
    }
    return {name: value for name, value in made.items() if value is not None}


def token(
    key: Any = RSA,
    kid: str | None = "rsa",
    algorithm: str = "RS256",
    header: dict[str, Any] | None = None,
    **members: object,
) -> str:
    """A token of the issuer, signed."""
    headers = {**({"kid": kid} if kid is not None else {}), **(header or {})}
    return encode(json.dumps(claims(**members)).encode(), key, algorithm=algorithm, headers=headers)


def part(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def by_hand(header: object, payload: object, signature: bytes = b"") -> str:
    """A token that no library would make."""
    return f"{part(header)}.{part(payload)}.{part(signature)}"


def hmac_signed(secret: bytes, header: dict[str, Any]) -> str:
    """The old trick: the public key taken for the secret of an HMAC."""
    signed = f"{part(header)}.{part(claims())}"
    return f"{signed}.{part(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"
