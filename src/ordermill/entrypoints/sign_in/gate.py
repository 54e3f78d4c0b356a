"""What a session's cookie is worth in a request: a browser adds it by itself, so alone it proves little. See ADR 14."""

from __future__ import annotations

import hmac
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ordermill.domain.errors import Forbidden
from ordermill.entrypoints.hosts import SAFE_METHODS
from ordermill.entrypoints.problems import RateLimited
from ordermill.entrypoints.routing import Match
from ordermill.entrypoints.sign_in.cookies import SessionCookie, csrf_token
from ordermill.entrypoints.sign_in.sessions import Session, Sessions

if TYPE_CHECKING:
    from ordermill.entrypoints.rate_limits import RateLimits


@dataclass(frozen=True, slots=True)
class Presented:
    """What came of a request's cookie: the session it counts for, if any. `stale`: the browser is to forget it."""

    session: Session | None = None
    csrf: str = ""
    stale: bool = False


_NOTHING = Presented()


class CookieGate:
    """Judges cookies. A request that has a token is judged by that alone, and its cookie is not looked at."""

    def __init__(self, cookie: SessionCookie, sessions: Sessions, limits: RateLimits) -> None:
        self.cookie, self._sessions, self._limits = cookie, sessions, limits

    def presented(self, match: Match, method: str, headers: Mapping[str, str], address: str | None) -> Presented:
        """The session that the request is of.

        Where it changes something, only with proof that a page of ours sent it. Without, a route that is not for anyone
        raises Forbidden, and on one that is the cookie does not count. One that is over or was never ours leaves its
        sender nobody, and counts as a wrong token: RateLimited where a route that is not for anyone meets too many.
        """
        header = headers.get("cookie")
        if header is None or "authorization" in headers:
            return _NOTHING
        sent = False
        for session_id in self.cookie.values(header):
            session, sent = self._sessions.find(session_id), True
            if session is not None:
                return self._of(session, session_id, match, method, headers)
        if not sent:
            return _NOTHING
        if match.access == "anyone":
            # The page that is for everybody is not to stop working because somebody was signed out.
            with suppress(RateLimited):
                self._limits.wrong_token(address)
        else:
            self._limits.wrong_token(address)
        return Presented(stale=True)

    def _of(
        self, session: Session, session_id: str, match: Match, method: str, headers: Mapping[str, str]
    ) -> Presented:
        csrf = csrf_token(session_id)
        if method not in SAFE_METHODS and (wrong := _unproven(csrf, headers)):
            if match.access == "anyone" or "order-token" in headers:
                return _NOTHING
            raise Forbidden(wrong)
        self._sessions.touch(session)
        return Presented(session, csrf)


def _unproven(csrf: str, headers: Mapping[str, str]) -> str | None:
    """Why a request that changes something may be another site's; admission has compared an Origin that was sent."""
    if "origin" not in headers and headers.get("sec-fetch-site") != "same-origin":
        return "with a session's cookie, send Origin; or send the staff token instead"
    sent = headers.get("csrf-token", "").encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(sent, csrf.encode()):
        return "with a session's cookie, send the CSRF-Token that GET /session tells; or the staff token instead"
    return None


async def while_alive(chunks: AsyncGenerator[bytes], alive: Callable[[], bool]) -> AsyncGenerator[bytes]:
    """The chunks, until they end or whoever reads them is signed out; that shows with the next one."""
    try:
        async for chunk in chunks:
            if not alive():
                return
            yield chunk
    finally:
        await chunks.aclose()
