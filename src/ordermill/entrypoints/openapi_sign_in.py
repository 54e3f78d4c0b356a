"""What the API's description says about signing in and out, which only the local server has."""

from __future__ import annotations

from typing import Any, Final

from ordermill.entrypoints.openapi_parts import Answer, Operation

Json = dict[str, Any]

_TAG: Final = "Sign-in"
_PROBLEMS: Final = ("invalid-query", "unauthorized")
_KEPT: Final = ("forbidden", "storage-unavailable")

SIGN_IN_OPERATIONS: Final[dict[str, Operation]] = {
    "POST /sign-in/links": Operation(
        "makeSignInLink",
        _TAG,
        "Makes a link that signs in the first browser that opens it, within 15 minutes. Only the staff token makes "
        "links: a session that could would never end.",
        {201: Answer("The link.", "LinkView")},
        problems=(*_PROBLEMS, "forbidden"),
    ),
    "POST /sign-out": Operation(
        "signOut",
        _TAG,
        "Ends the session that the request is of. With a token there is no session to end, and nothing happens.",
        {204: Answer("Signed out.", media=None, headers=("Set-Cookie",))},
        problems=(*_PROBLEMS, *_KEPT),
    ),
    "POST /sign-out/everywhere": Operation(
        "signOutEverywhere",
        _TAG,
        "Ends every session of staff, and every link that nobody has used. Streams that sessions watch end within 15 "
        "seconds. The staff token stays as it is.",
        {200: Answer("What was ended.", "EndedView", headers=("Set-Cookie",))},
        problems=(*_PROBLEMS, *_KEPT),
    ),
    "GET /session": Operation(
        "getSession",
        _TAG,
        "Reads who asks, and by what. Of a session: when it ends, and the `csrfToken` that requests which change "
        "something send as `CSRF-Token` beside the cookie.",
        {200: Answer("Who asks.", "CurrentSessionView")},
        problems=_PROBLEMS,
    ),
    "GET /sessions": Operation(
        "listSessions",
        _TAG,
        "Lists the sessions that live, newest first, at most 100.",
        {200: Answer("The sessions.", "SessionsView")},
        problems=_PROBLEMS,
    ),
}

SIGN_IN_HEADERS: Final[Json] = {
    "Set-Cookie": {"description": "Where there was a session: its cookie is taken back.", "schema": {"type": "string"}},
}


def session_schemes(cookie: str) -> Json:
    """The security schemes of a server whose sessions are in the cookie of that name."""
    return {
        "sessionCookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie,
            "description": "Staff that signed in by a one-time link.",
        },
        "csrfToken": {
            "type": "apiKey",
            "in": "header",
            "name": "CSRF-Token",
            "description": "Beside the cookie, where something changes: the `csrfToken` of GET /session.",
        },
    }


def session_security(method: str) -> Json:
    """What a session sends to be staff."""
    return {"sessionCookie": []} if method == "GET" else {"sessionCookie": [], "csrfToken": []}
