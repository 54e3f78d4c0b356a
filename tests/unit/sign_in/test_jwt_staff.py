"""Tokens of an issuer: which make staff, which never do, and what becomes of them while the issuer is away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ordermill.domain.errors import Forbidden, Unauthorized
from ordermill.entrypoints.access import StaffToken
from ordermill.entrypoints.problems import RateLimited
from ordermill.entrypoints.rate_limits import OFF, RateLimits
from ordermill.entrypoints.sign_in.issuer import StaffIssuer
from ordermill.entrypoints.sign_in.jwks import IssuerFailed, Keys, keys_of
from ordermill.entrypoints.sign_in.jwt_staff import (
    KEPT_S,
    LEEWAY_S,
    REFRESH_S,
    RETRY_S,
    TOKEN_MAX,
    UNKNOWN_S,
    JwtStaff,
)
from ordermill.entrypoints.sign_in.needs import IssuerUnavailable, KeysNeeded, once_more
from ordermill.entrypoints.sign_in.staff import AnyStaff
from tests.unit.sign_in.tokens import (
    AUDIENCE,
    EC,
    ISSUER,
    RSA,
    RSA_OTHER,
    TRUSTED,
    by_hand,
    claims,
    hmac_signed,
    public,
)
from tests.unit.sign_in.tokens import token as signed

PEM = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
DER = RSA.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def now() -> int:
    return int(time.time())


class Issuer:
    """Hands out keys, counts how often it is asked, or is down."""

    def __init__(self, *entries: dict[str, Any]) -> None:
        self.entries = list(entries) or [public(RSA, "rsa"), public(EC, "ec", alg="ES256")]
        self.asked, self.down = 0, False

    def __call__(self, _: StaffIssuer) -> Keys:
        self.asked += 1
        if self.down:
            raise IssuerFailed("down")
        return keys_of({"keys": self.entries})


class Steady:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


def check(staff: JwtStaff, *tokens: str) -> None:
    """Check them one after another, as the server does; background fetches are waited for."""

    async def one(token: str) -> None:
        try:
            staff.check(token)
        except KeysNeeded as needed:
            await once_more(needed, lambda: staff.check(token))

    async def main() -> None:
        for token in tokens:
            try:
                await one(token)
            finally:
                rest = asyncio.all_tasks() - {asyncio.current_task()}
                if rest:
                    await asyncio.wait(rest)

    asyncio.run(main())


def staff(issuer: Callable[[StaffIssuer], Keys] | None = None, trusted: StaffIssuer = TRUSTED) -> JwtStaff:
    return JwtStaff(trusted, issuer or Issuer(), Steady())


GOOD: dict[str, Callable[[], str]] = {
    "RS256": lambda: signed(),
    "ES256": lambda: signed(EC, "ec", "ES256"),
    "audiences": lambda: signed(aud=[AUDIENCE, "other"]),
    "client": lambda: signed(aud=None, client_id=AUDIENCE),
    "one group": lambda: signed(groups="staff"),
    "just expired": lambda: signed(exp=now() - LEEWAY_S + 20),
    "just made": lambda: signed(nbf=now() + LEEWAY_S - 5, iat=now() + LEEWAY_S - 5),
    "nobody": lambda: signed(iat=None, sub=None),
    "other members of the header": lambda: signed(header={"typ": "at+jwt", "x5t": "abc"}),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_token_of_the_issuer_makes_staff(name: str) -> None:
    check(staff(), GOOD[name]())


FORGED: dict[str, Callable[[], str]] = {
    "unsigned": lambda: by_hand({"alg": "none", "kid": "rsa"}, claims()),
    "unsigned, capital": lambda: by_hand({"alg": "None", "kid": "rsa"}, claims()),
    "no algorithm": lambda: by_hand({"kid": "rsa"}, claims()),
    "algorithm is no text": lambda: by_hand({"alg": ["RS256"], "kid": "rsa"}, claims()),
    "HMAC with the public key": lambda: hmac_signed(PEM, {"alg": "HS256", "kid": "rsa"}),
    "HMAC with the public key in DER": lambda: hmac_signed(DER, {"alg": "HS256", "kid": "rsa"}),
    "HMAC said to be RS256": lambda: hmac_signed(PEM, {"alg": "RS256", "kid": "rsa"}),
    "RS512 by an RS256 key": lambda: signed(algorithm="RS512"),
    "PS256 by an RS256 key": lambda: signed(algorithm="PS256"),
    "ES256 said of an RSA key": lambda: signed(EC, "rsa", "ES256"),
    "RS256 said of an EC key": lambda: signed(RSA, "ec"),
    "another key": lambda: signed(RSA_OTHER),
    "unknown kid": lambda: signed(kid="nope"),
    "no kid": lambda: signed(kid=None),
    "path as kid": lambda: signed(kid="../../dev/null"),
    "SQL as kid": lambda: signed(kid="rsa' OR '1'='1"),
    "kid is a list": lambda: by_hand({"alg": "RS256", "kid": ["rsa"]}, claims(), b"x" * 256),
    "kid is a number": lambda: by_hand({"alg": "RS256", "kid": 1}, claims(), b"x" * 256),
    "kid with a zero": lambda: signed(kid="rsa\x00"),
    "jku": lambda: signed(header={"jku": "https://evil.example/keys"}),
    "x5u": lambda: signed(header={"x5u": "https://evil.example/cert"}),
    "jwk": lambda: signed(RSA_OTHER, header={"jwk": public(RSA_OTHER, "rsa")}),
    "crit": lambda: signed(header={"crit": ["exp"], "exp": 1}),
    "crit, empty": lambda: signed(header={"crit": []}),
    "b64": lambda: by_hand({"alg": "RS256", "kid": "rsa", "b64": False}, claims(), b"x"),
    "no exp": lambda: signed(exp=None),
    "expired": lambda: signed(exp=now() - LEEWAY_S - 5),
    "exp is no number": lambda: by_hand({"alg": "RS256", "kid": "rsa"}, claims(exp="soon"), b"x" * 256),
    "not yet": lambda: signed(nbf=now() + LEEWAY_S + 30),
    "of the future": lambda: signed(iat=now() + LEEWAY_S + 30),
    "another issuer": lambda: signed(iss="https://evil.example"),
    "issuer with a slash": lambda: signed(iss=ISSUER + "/"),
    "no issuer": lambda: signed(iss=None),
    "issuers": lambda: signed(iss=[ISSUER]),
    "another audience": lambda: signed(aud="other"),
    "no audience": lambda: signed(aud=None),
    "audience is a part": lambda: signed(aud=AUDIENCE[:-1]),
    "audience is an object": lambda: signed(aud={AUDIENCE: 1}),
    "another client": lambda: signed(aud=None, client_id="other"),
    "another audience, our client": lambda: signed(aud="other", client_id=AUDIENCE),
    "empty signature": lambda: signed().rpartition(".")[0] + ".",
    "cut signature": lambda: signed()[:-4],
    "other claims under a signature": lambda: ".".join(
        [signed().split(".")[0], by_hand({}, claims(groups=["staff"], sub="x")).split(".")[1], signed().split(".")[2]]
    ),
    "header is no JSON": lambda: "e30x.e30.e30",
    "header is a list": lambda: by_hand([], claims()),
    "claims are a list": lambda: by_hand({"alg": "RS256", "kid": "rsa"}, [], b"x" * 256),
    "nothing": lambda: "..",
    "no base64": lambda: "\xff.\xff.\xff",
    "deep header": lambda: by_hand(b"[" * 6000, claims()),
    "deep claims": lambda: by_hand({"alg": "RS256", "kid": "rsa"}, b"[" * 6000, b"x" * 256),
    "large": lambda: by_hand({"alg": "RS256", "kid": "rsa"}, claims(fill="x" * TOKEN_MAX), b"x" * 256),
    "a megabyte": lambda: by_hand({"alg": "RS256", "kid": "rsa"}, claims(fill="x" * 1_000_000), b"x" * 256),
}


@pytest.mark.parametrize("name", FORGED)
def test_no_other_does(name: str) -> None:
    with pytest.raises(Unauthorized) as refused:
        check(staff(), FORGED[name]())
    # What it says names no claim's value, and never what was sent.
    assert refused.value.detail.startswith("the bearer token is not valid: ")
    assert "canary" not in refused.value.detail
    assert "evil" not in refused.value.detail


@pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN", "1" + "0" * 5000])
@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
def test_times_that_are_no_times_are_refused_not_a_defect(claim: str, number: str) -> None:
    """Signed all the same: an issuer's defect must not be ours."""
    from jwt.api_jws import encode

    text = msgspec.json.encode(claims(**{claim: "@"})).decode().replace('"@"', number)
    made = encode(text.encode(), RSA, algorithm="RS256", headers={"kid": "rsa"})
    with pytest.raises(Unauthorized):
        check(staff(), made)


def test_a_large_token_is_refused_before_it_is_taken_apart() -> None:
    issuer = Issuer()
    for _ in range(3):
        with pytest.raises(Unauthorized):
            check(staff(issuer), FORGED["a megabyte"]())
    assert issuer.asked == 0


@pytest.mark.parametrize(
    "groups", [None, [], ["people"], "people", "staff2", ["Staff"], {"staff": 1}, 7, "people staff"]
)
def test_somebody_else_of_the_issuer_is_not_staff(groups: object) -> None:
    with pytest.raises(Forbidden):
        check(staff(), signed(groups=groups))


@pytest.mark.parametrize(
    ("claim", "members"),
    [
        ("cognito:groups", {"cognito:groups": ["admins"]}),
        ("https://example.org/groups", {"https://example.org/groups": "admins"}),
        ("realm_access.roles", {"realm_access": {"roles": ["admins"]}}),
    ],
)
def test_group_and_claim_are_settings(claim: str, members: dict[str, Any]) -> None:
    trusted = msgspec.structs.replace(TRUSTED, group="admins", group_claim=claim)
    check(staff(trusted=trusted), signed(**members))
    for others in ({}, {"groups": ["admins"]}, {"realm_access": "admins"}, {"realm_access": {"roles": "x"}}):
        with pytest.raises(Forbidden):
            check(staff(trusted=trusted), signed(**others))


def made(issuer: Issuer) -> tuple[JwtStaff, Steady]:
    time_ = Steady()
    return JwtStaff(TRUSTED, issuer, time_), time_


def test_keys_are_fetched_once_and_kept() -> None:
    issuer = Issuer()
    one, time_ = made(issuer)
    check(one, *([signed()] * 20))
    time_.s += REFRESH_S - 1
    check(one, *([signed(EC, "ec", "ES256")] * 20))
    assert issuer.asked == 1


def test_a_key_that_the_issuer_takes_up_counts_at_once_and_one_withdrawn_no_longer() -> None:
    issuer = Issuer(public(RSA, "old"))
    one, time_ = made(issuer)
    check(one, signed(RSA, "old"))
    time_.s += UNKNOWN_S
    issuer.entries = [public(RSA, "old"), public(RSA_OTHER, "new")]
    check(one, signed(RSA_OTHER, "new"), signed(RSA, "old"))
    assert issuer.asked == 2
    issuer.entries = [public(RSA_OTHER, "new")]
    time_.s += REFRESH_S
    # The first one finds the keys old, and they come while it goes on.
    check(one, signed(RSA_OTHER, "new"))
    with pytest.raises(Unauthorized):
        check(one, signed(RSA, "old"))
    assert issuer.asked == 3


def test_a_token_need_not_name_the_only_key_and_a_new_one_is_found_all_the_same() -> None:
    issuer = Issuer(public(RSA, "one"))
    one, time_ = made(issuer)
    check(one, signed(kid=None))
    issuer.entries = [public(RSA_OTHER, "another")]
    with pytest.raises(Unauthorized):
        check(one, signed(RSA_OTHER, kid=None))
    time_.s += UNKNOWN_S
    check(one, signed(RSA_OTHER, kid=None))
    assert issuer.asked == 2
    issuer.entries = [public(RSA_OTHER, "another"), public(RSA, "one")]
    time_.s += UNKNOWN_S
    # Of two, none is tried in turn.
    with pytest.raises(Unauthorized):
        check(one, signed(RSA, kid=None))
    with pytest.raises(Unauthorized):
        check(one, signed(RSA_OTHER, kid=None))


def test_unknown_keys_ask_the_issuer_once_a_minute_at_most() -> None:
    issuer = Issuer()
    one, time_ = made(issuer)
    check(one, signed())
    for _ in range(3):
        time_.s += UNKNOWN_S - 30
        for number in range(50):
            with pytest.raises(Unauthorized):
                check(one, signed(kid=f"guess-{number}"))
    # 30, 60 and 90 seconds after the first: the second of them may ask, and the third not yet again.
    assert issuer.asked == 2


def test_many_that_need_keys_at_once_ask_once() -> None:
    issuer = Issuer()
    one, _ = made(issuer)

    async def main() -> None:
        async def each() -> None:
            try:
                one.check(signed())
            except KeysNeeded as needed:
                await once_more(needed, lambda: one.check(signed()))

        await asyncio.gather(*(each() for _ in range(20)))

    asyncio.run(main())
    assert issuer.asked == 1


def test_while_the_issuer_is_away_its_keys_count_for_a_day_and_then_it_is_a_503() -> None:
    issuer = Issuer()
    one, time_ = made(issuer)
    check(one, signed())
    issuer.down = True
    for _ in range(23):
        time_.s += 3600
        check(one, signed())
        with pytest.raises(Unauthorized):
            check(one, signed(kid="unknown"))
    time_.s = 1000 + KEPT_S
    with pytest.raises(IssuerUnavailable):
        check(one, signed())
    issuer.down = False
    time_.s += RETRY_S
    check(one, signed())


def test_an_issuer_that_was_never_there_is_a_503_and_is_not_asked_each_time() -> None:
    issuer = Issuer()
    issuer.down = True
    one, time_ = made(issuer)
    for _ in range(20):
        with pytest.raises(IssuerUnavailable):
            check(one, signed())
    assert issuer.asked == 1
    issuer.down = False
    time_.s += RETRY_S
    check(one, signed())


def test_a_defect_of_fetching_is_no_crash(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: StaffIssuer) -> Keys:
        raise ZeroDivisionError

    with pytest.raises(IssuerUnavailable):
        check(staff(broken), signed())
    assert "cannot be fetched" in caplog.text


def test_the_staff_token_works_beside_the_issuer_and_wrong_ones_of_both_kinds_are_counted() -> None:
    limits = RateLimits(OFF, now=lambda: 0.0)
    issuer = staff()
    check(issuer, signed())
    both = AnyStaff(StaffToken("a.b.c", limits), issuer, limits)
    both.check("Bearer a.b.c", "192.0.2.7")
    both.check(f"bearer {signed()}", "192.0.2.7")
    with pytest.raises(Forbidden):
        both.check(f"Bearer {signed(groups=[])}", "192.0.2.7")
    for number in range(10):
        with pytest.raises(Unauthorized):
            both.check(f"Bearer {signed(aud='x')}" if number % 2 else "Bearer guess", "192.0.2.7")
    with pytest.raises(RateLimited):
        both.check(f"Bearer {signed(aud='x')}", "192.0.2.7")
    both.check(f"Bearer {signed()}", "192.0.2.7")
    alone = AnyStaff(StaffToken("t", limits), None, limits)
    with pytest.raises(Unauthorized):
        alone.check(f"Bearer {signed()}", "198.51.100.1")
