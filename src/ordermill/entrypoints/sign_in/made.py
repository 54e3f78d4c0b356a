"""Sign-in as a server has it, put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ordermill.adapters.clock import SystemClock
from ordermill.entrypoints.access import StaffToken
from ordermill.entrypoints.sign_in.cookies import SessionCookie
from ordermill.entrypoints.sign_in.gate import CookieGate
from ordermill.entrypoints.sign_in.links import Links
from ordermill.entrypoints.sign_in.routes import SignIn
from ordermill.entrypoints.sign_in.sessions import Kept, SessionLimits, Sessions
from ordermill.entrypoints.sign_in.staff import AnyStaff, Verifier

if TYPE_CHECKING:
    from ordermill.entrypoints.rate_limits import RateLimits
    from ordermill.entrypoints.sign_in.issuer import StaffIssuer


def sign_in_of(
    staff_token: str,
    public_url: str,
    limits: RateLimits,
    *,
    kept: Kept | None,
    now_ms: Callable[[], int],
    session_limits: SessionLimits | None = None,
    issuer: Verifier | None = None,
) -> SignIn:
    """Everything wired. Where `kept` is None, sessions end with the process."""
    sessions = Sessions(staff_token, kept, now_ms, session_limits)
    token = StaffToken(staff_token, limits)
    return SignIn(
        staff=AnyStaff(token, issuer, limits),
        token=token,
        gate=CookieGate(SessionCookie.of(public_url), sessions, limits),
        sessions=sessions,
        links=Links(now_ms),
        limits=limits,
        public_url=public_url,
    )


def made_in_memory(staff_token: str, public_url: str, limits: RateLimits) -> SignIn:
    """For a server that keeps no sessions."""
    return sign_in_of(staff_token, public_url, limits, kept=None, now_ms=SystemClock().now_ms)


def verifier_of(issuer: StaffIssuer | None) -> Verifier | None:
    """What verifies that issuer's tokens; its libraries are imported only where one is named."""
    if issuer is None:
        return None
    from ordermill.entrypoints.sign_in.jwt_staff import JwtStaff

    return JwtStaff(issuer)
