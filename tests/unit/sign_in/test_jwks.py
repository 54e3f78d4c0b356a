"""Which keys of an issuer count, and for what."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from ordermill.entrypoints.sign_in.jwks import KEYS_MAX, IssuerFailed, jwks_of, keys_of
from tests.unit.sign_in.tokens import EC, ISSUER, RSA, RSA_OTHER, ec_key, public, rsa_key


def test_each_key_has_the_one_algorithm_of_its_kind() -> None:
    keys = keys_of({"keys": [public(RSA, "r"), public(EC, "e", alg="ES256", use="sig"), public(RSA_OTHER, None)]})
    assert {kid: key.algorithm_name for kid, key in keys.items()} == {"r": "RS256", "e": "ES256", None: "RS256"}


@pytest.mark.parametrize(
    "entry",
    [
        public(RSA, "k", alg="RS512"),
        public(RSA, "k", alg="PS256"),
        public(RSA, "k", alg="HS256"),
        public(RSA, "k", alg="none"),
        public(RSA, "k", alg="ES256"),
        public(EC, "k", alg="RS256"),
        public(RSA, "k", use="enc"),
        public(RSA, "k", key_ops=["sign"]),
        public(RSA, "k", key_ops="verify"),
        public(rsa_key(1024), "k"),
        public(ec_key(ec.SECP384R1()), "k"),
        {**public(RSA, "k"), "kid": 7},
        {**public(RSA, "k"), "kid": ["k"]},
        {**public(RSA, "k"), "n": "!!"},
        {**public(RSA, "k"), "e": None},
        {**public(EC, "k"), "x": "AA"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "k", "alg": "HS256"},
        {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "k"},
        {"kty": "RSA"},
        {},
        "RSA",
        None,
    ],
)
def test_what_is_unsound_or_for_something_else_is_left_out(entry: Any) -> None:
    assert list(keys_of({"keys": [entry, public(EC, "sound")]})) == ["sound"]
    with pytest.raises(IssuerFailed, match="no key"):
        keys_of({"keys": [entry]})


@pytest.mark.parametrize("document", [{}, {"keys": None}, {"keys": {}}, {"keys": []}, {"keys": "x"}])
def test_no_keys_are_a_failure_of_the_issuer(document: dict[str, Any]) -> None:
    with pytest.raises(IssuerFailed):
        keys_of(document)


def test_two_keys_of_one_id_are_a_failure() -> None:
    with pytest.raises(IssuerFailed, match="twice"):
        keys_of({"keys": [public(RSA, "k"), public(EC, "k")]})


def test_only_so_many_are_looked_at() -> None:
    with pytest.raises(IssuerFailed):
        keys_of({"keys": [*({"kty": "oct"} for _ in range(KEYS_MAX)), public(RSA, "k")]})


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/keys", "http://login.example.org/keys", "file:///etc/passwd", 7, None]
)
def test_an_issuer_on_https_names_keys_on_https(url: object) -> None:
    with pytest.raises(IssuerFailed, match="no jwks_uri"):
        jwks_of({"issuer": ISSUER, "jwks_uri": url}, ISSUER, "there")
    assert jwks_of({"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}, ISSUER, "there") == f"{ISSUER}/keys"
