"""The routes of signing in and out, and the page for whoever is signed in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from html import escape
from string import Template
from typing import TYPE_CHECKING, Final

import msgspec

from ordermill.domain.errors import Forbidden, NotFound, Unauthorized
from ordermill.domain.times import rfc3339
from ordermill.entrypoints.access import StaffToken
from ordermill.entrypoints.problems import problem
from ordermill.entrypoints.query import check_query
from ordermill.entrypoints.sign_in.gate import CookieGate
from ordermill.entrypoints.sign_in.links import Links
from ordermill.entrypoints.sign_in.sessions import Session, Sessions
from ordermill.entrypoints.sign_in.wire import CurrentSessionView, EndedView, LinkView, SessionsView, SessionView
from ordermill.entrypoints.site import CONSOLE, console_page
from ordermill.entrypoints.web import Request, Response
from ordermill.entrypoints.webpage import html_page, package_file

if TYPE_CHECKING:
    from ordermill.entrypoints.access import Staff
    from ordermill.entrypoints.rate_limits import RateLimits

Answer = Callable[[Request], Response | Awaitable[Response]]

_OPEN: Final = "GET /sign-in"
_SIGNED_OUT: Final = "You are not signed in"
_ALREADY: Final = 'If this browser is signed in already, go on to the <a href="/console">console</a>.'
_encode = msgspec.json.Encoder().encode
_NO_QUERY: Final = frozenset[str]()


class Prefetched(Unauthorized):
    """A browser fetched a page ahead, which is not to use a link up."""


@dataclass(slots=True)
class SignIn:
    """All of signing in, made once for a server: who is staff, the cookies' gate, and the routes."""

    staff: Staff
    token: StaffToken
    gate: CookieGate
    sessions: Sessions
    links: Links
    limits: RateLimits
    public_url: str

    def answers(self) -> dict[str, Answer]:
        """What answers, by route."""
        return {
            _OPEN: self._open,
            **dict.fromkeys(CONSOLE, _console),
            "POST /sign-in/links": self._make_link,
            "POST /sign-out": self._sign_out,
            "POST /sign-out/everywhere": self._sign_out_everywhere,
            "GET /session": self._session,
            "GET /sessions": self._list,
        }

    def new_link(self) -> tuple[str, int]:
        """The address of a new link, and until when it works, epoch milliseconds."""
        token, expires_at = self.links.make()
        return f"{self.public_url}/sign-in?token={token}", expires_at

    async def _open(self, request: Request) -> Response:
        """Swap a link's token for a session; HEAD and browsers that fetch ahead use nothing up."""
        check_query(request.query, frozenset({"token"}))
        token = request.query.get("token")
        if token is None:
            return sign_in_page(200, "Sign in", "")
        if request.method == "HEAD" or "prefetch" in request.headers.get("sec-purpose", ""):
            raise Prefetched("open the link in a browser")
        expires_at = self.links.take(token)
        if expires_at is None:
            self.limits.wrong_token(request.address)
            raise Unauthorized("this link was used already, is older than 15 minutes, or is of before the last restart")
        try:
            session_id = await self.sessions.begin()
        except BaseException:
            self.links.give_back(token, expires_at)
            raise
        cookie = self.gate.cookie.set(session_id, self.sessions.limits.most_s)
        return Response(303, content_type="text/plain", headers=[("location", "/console"), cookie])

    def _make_link(self, request: Request) -> Response:
        """A link leads to a session with a new end, so neither a session nor a token that ends may make one."""
        check_query(request.query, _NO_QUERY)
        if not self.token.matches(request.headers.get("authorization", "")):
            raise Forbidden("only the staff token makes links")
        url, expires_at = self.new_link()
        return Response(201, _encode(LinkView(url, rfc3339(expires_at))))

    async def _sign_out(self, request: Request) -> Response:
        check_query(request.query, _NO_QUERY)
        if request.session is None:
            # A bearer's token is not ended here, and there is no session: nothing is left to do.
            return Response(204)
        await self.sessions.end(request.session)
        return Response(204, headers=[self.gate.cookie.clear()])

    async def _sign_out_everywhere(self, request: Request) -> Response:
        check_query(request.query, _NO_QUERY)
        links = len(self.links)
        self.links.forget()
        ended = EndedView(await self.sessions.end_all(), links)
        return Response(200, _encode(ended), headers=[self.gate.cookie.clear()])

    def _session(self, request: Request) -> Response:
        check_query(request.query, _NO_QUERY)
        session = request.session
        if session is None:
            return Response(200, _encode(CurrentSessionView("staff", "token", None, None)))
        view = CurrentSessionView("staff", "session", self._view(session, session), request.csrf)
        return Response(200, _encode(view))

    def _list(self, request: Request) -> Response:
        check_query(request.query, _NO_QUERY)
        views = tuple(self._view(each, request.session) for each in self.sessions.all())
        return Response(200, _encode(SessionsView(views)))

    def _view(self, session: Session, current: Session | None) -> SessionView:
        return SessionView(
            session.name,
            rfc3339(session.at),
            rfc3339(session.seen),
            rfc3339(min(self.sessions.idle_at(session), self.sessions.expires_at(session))),
            rfc3339(self.sessions.expires_at(session)),
            session is current,
        )


def page_of_refusal(route: str, headers: Iterable[tuple[bytes, bytes]], error: BaseException) -> Response | None:
    """What people see where they are not signed in: a page, for a browser that opens one; else None."""
    if route not in (_OPEN, *CONSOLE) or not isinstance(error, Unauthorized):
        return None
    if not any(name == b"accept" and b"text/html" in value for name, value in headers):
        return None
    if route == _OPEN:
        response = sign_in_page(401, "This link does not work", f"{error.detail[:1].upper()}{error.detail[1:]}.")
    else:
        response = sign_in_page(401, _SIGNED_OUT, "The console is for staff.")
    refused = problem(error)
    response.headers = [*response.headers, *refused.headers]
    return response


def sign_in_page(status: int, title: str, why: str) -> Response:
    """How to sign in."""
    template = Template(package_file("sign-in.html").decode())
    already = _ALREADY if title != _SIGNED_OUT else ""
    return _uncached(status, template.substitute(title=escape(title), why=escape(why), already=already).encode())


def _console(request: Request) -> Response:
    """The same page for all views: it reads its own address, query included."""
    page = console_page(**request.path)
    if page is None:
        raise NotFound("the console has no such view")
    return _uncached(200, page)


def _uncached(status: int, body: bytes) -> Response:
    """Not even to be shown again by the Back button once somebody signed out."""
    page = html_page(body)
    policy = ("content-security-policy", page.headers["content-security-policy"])
    return Response(status, page.body, page.content_type, [policy])
