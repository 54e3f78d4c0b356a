"""Tokens of an issuer (JWT) as proof of being staff.

Signatures are verified with the issuer's keys, which are kept, and fetched in a thread: the event loop never waits.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import jwt

from ordermill.domain.errors import Forbidden, Unauthorized
from ordermill.entrypoints.sign_in.issuer import StaffIssuer
from ordermill.entrypoints.sign_in.jwks import IssuerFailed, Keys, fetch_keys
from ordermill.entrypoints.sign_in.needs import IssuerUnavailable, KeysNeeded

log = logging.getLogger(__name__)

TOKEN_MAX: Final = 16 * 1024
LEEWAY_S: Final = 30
"""Between the issuer's clock and ours."""
REFRESH_S: Final = 10 * 60
"""Keys this old are fetched anew while they go on to count, so one that the issuer withdraws counts no longer."""
UNKNOWN_S: Final = 60
"""Between two fetches because of an unknown key, which anybody can name."""
RETRY_S: Final = 5
"""After a fetch that failed, while there are no keys to go by."""
KEPT_S: Final = 24 * 3600
"""How long keys count while their issuer cannot be asked."""
FETCH_S: Final = 15
"""For all of a fetch, where somebody waits for it."""
_REFUSED: Final = ("crit", "jku", "jwk", "x5u", "b64")
"""Members of a header that would have us take keys from the token, or understand more than we do."""
_REASONS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (jwt.ExpiredSignatureError, "it has expired"),
    (jwt.ImmatureSignatureError, "it is not valid yet"),
    (jwt.InvalidIssuerError, "another issuer made it"),
    (jwt.InvalidAudienceError, "it is for another audience"),
    (jwt.MissingRequiredClaimError, "it lacks a claim"),
    (jwt.InvalidSignatureError, "its signature is wrong"),
)


class JwtStaff:
    """Verifies tokens; used in the event loop's thread. `fetch` blocks and runs in another."""

    def __init__(
        self,
        issuer: StaffIssuer,
        fetch: Callable[[StaffIssuer], Keys] = fetch_keys,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer, self._fetch, self._now = issuer, fetch, now_s
        self._keys: Keys = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    def check(self, token: str) -> None:
        """Return for a member of staff.

        Raises Unauthorized, Forbidden for somebody else of the issuer, IssuerUnavailable where that cannot be told now,
        and KeysNeeded where the caller is to wait for its `wait` and to ask again.
        """
        header = _header_of(token)
        kid = header.get("kid")
        age = self._now() - self._fetched_at
        key = self._key(kid) if age < KEPT_S else None
        if key is None:
            self._go_for(known=bool(self._keys) and age < KEPT_S)
            raise _refused("the issuer has no such key")
        if age >= REFRESH_S and self._may_fetch(UNKNOWN_S):
            self._start()
        if header.get("alg") != key.algorithm_name:
            raise _refused("its key is for another algorithm")
        try:
            claims = self._claims(token, key)
        except Unauthorized:
            if kid is None:
                # The issuer's one key may be another one by now: without an id, only the signature tells.
                self._go_for(known=True)
            raise
        self._check_group(claims)

    def _key(self, kid: str | None) -> jwt.PyJWK | None:
        """The key of that id. A token need not name one where its issuer has a single key."""
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid)

    def _go_for(self, *, known: bool) -> None:
        """Fetch keys where that may help. Raises KeysNeeded, or IssuerUnavailable where nothing can be told."""
        if self._fetching is not None or self._may_fetch(UNKNOWN_S if known else RETRY_S):
            raise KeysNeeded(self._waiting(self._fetching or self._start()))
        if not known:
            raise IssuerUnavailable("its issuer cannot be reached; the staff token works all the same")

    def _may_fetch(self, pause_s: float) -> bool:
        return self._fetching is None and self._now() - self._tried_at >= pause_s

    def _start(self) -> asyncio.Task[None]:
        self._tried_at = self._now()
        self._fetching = asyncio.get_running_loop().create_task(self._refresh())
        return self._fetching

    def _waiting(self, task: asyncio.Task[None]) -> Callable[[], Awaitable[None]]:
        async def wait() -> None:
            # Whoever waits may go away; the fetch is for all.
            await asyncio.wait({task}, timeout=FETCH_S)

        return wait

    async def _refresh(self) -> None:
        try:
            self._keys = await asyncio.to_thread(self._fetch, self._issuer)
            self._fetched_at = self._now()
        except IssuerFailed as error:
            log.warning("the keys of the issuer of staff's tokens: %s", error)
        except Exception:
            log.exception("the keys of the issuer of staff's tokens cannot be fetched")
        finally:
            self._tried_at, self._fetching = self._now(), None

    def _claims(self, token: str, key: jwt.PyJWK) -> Mapping[str, Any]:
        """What the token says, once it is verified. Its times are held against the real clock, as its issuer's are."""
        try:
            claims = jwt.decode(
                token,
                key.key,
                algorithms=[key.algorithm_name],
                issuer=self._issuer.issuer,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iss"], "verify_aud": False, "verify_sub": False, "verify_jti": False},
            )
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            why = next((reason for kind, reason in _REASONS if isinstance(error, kind)), "it cannot be read")
            # Without its cause, which may show claims.
            raise _refused(why) from None
        meant = claims.get("aud", claims.get("client_id"))
        if self._issuer.audience not in (meant if isinstance(meant, list) else [meant]):
            raise _refused("it is for another audience")
        return claims

    def _check_group(self, claims: Mapping[str, Any]) -> None:
        named = _member(claims, self._issuer.group_claim)
        if self._issuer.group not in (named if isinstance(named, list) else [named]):
            raise Forbidden("this needs to be staff")


def _header_of(token: str) -> Mapping[str, Any]:
    if len(token) > TOKEN_MAX or not token.isascii():
        raise _refused("it cannot be read")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise _refused("it cannot be read") from None
    if any(name in header for name in _REFUSED):
        raise _refused("its header asks for what is not done here")
    return header


def _member(claims: Mapping[str, Any], path: str) -> object:
    """The claim of that name; where there is none, dots lead into objects, as in `realm_access.roles`."""
    if path in claims:
        return claims[path]
    found: object = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _refused(why: str) -> Unauthorized:
    return Unauthorized(f"the bearer token is not valid: {why}")
