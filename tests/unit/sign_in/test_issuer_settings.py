"""The settings of an issuer: what they take, and what a wrong one is told."""

from __future__ import annotations

import pytest

from ordermill.entrypoints.sign_in.issuer import StaffIssuer, staff_issuer
from tests.unit.sign_in.tokens import ISSUER


def of(**environ: str) -> StaffIssuer | None:
    return staff_issuer({f"ORDERMILL_STAFF_{name}": text for name, text in environ.items()})


def test_no_issuer_is_trusted_unless_one_is_named() -> None:
    assert of() is None
    assert of(ISSUER=ISSUER, AUDIENCE="a") == StaffIssuer(ISSUER, "a", "staff", "groups", None)
    # As Lambdas name them.
    assert of(ISSUER=ISSUER, CLIENT="c", GROUP="g") == StaffIssuer(ISSUER, "c", "g", "groups", None)
    keys = {"JWKS": "http://127.0.0.1:9/keys", "GROUP_CLAIM": "cognito:groups"}
    assert of(ISSUER="http://localhost:9400", AUDIENCE="a", CLIENT="a", **keys) == StaffIssuer(
        "http://localhost:9400", "a", "staff", "cognito:groups", "http://127.0.0.1:9/keys"
    )


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"AUDIENCE": "a"}, "ORDERMILL_STAFF_AUDIENCE is set, but ORDERMILL_STAFF_ISSUER is not"),
        ({"ISSUER": ISSUER}, "ORDERMILL_STAFF_AUDIENCE is not"),
        ({"ISSUER": ISSUER, "AUDIENCE": "a", "CLIENT": "b"}, "both set and differ"),
        *(
            ({"ISSUER": url, "AUDIENCE": "a"}, "ORDERMILL_STAFF_ISSUER is .*; it takes an https URL")
            for url in (
                *("login.example.org", "http://login.example.org", "ftp://x", "https://", "https://a b", "file:///etc"),
                *(
                    "https://user:pw@login.example.org",
                    "https://login.example.org/#x",
                    "https://login.example.org/?a=b",
                ),
            )
        ),
        ({"ISSUER": ISSUER, "AUDIENCE": "a", "JWKS": "http://x.example/k"}, "ORDERMILL_STAFF_JWKS is .*; it takes"),
        ({"ISSUER": ISSUER, "AUDIENCE": "a b"}, "ORDERMILL_STAFF_AUDIENCE is .*; it takes"),
        ({"ISSUER": ISSUER, "AUDIENCE": "a", "GROUP": "caf\xe9"}, "ORDERMILL_STAFF_GROUP is .*; it takes"),
        ({"ISSUER": ISSUER, "AUDIENCE": "a", "GROUP_CLAIM": "x" * 600}, "ORDERMILL_STAFF_GROUP_CLAIM is .*; it takes"),
    ],
)
def test_a_wrong_setting_says_the_cure(environ: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        of(**environ)


@pytest.mark.parametrize("missing", ["jwt", "cryptography"])
def test_without_its_libraries_the_extra_is_named(missing: str) -> None:
    env = {"ORDERMILL_STAFF_ISSUER": ISSUER, "ORDERMILL_STAFF_AUDIENCE": "a"}
    with pytest.raises(ValueError, match="needs the extra `oidc`; install it: pip install"):
        staff_issuer(env, lambda name: None if name == missing else name)
    assert staff_issuer({}, lambda _: None) is None
