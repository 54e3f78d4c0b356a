"""What sign-in looks like over HTTP."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ordermill.entrypoints.wire import Time


class LinkView(Struct, frozen=True, rename="camel"):
    """A link that signs in whoever opens it first, until `expiresAt`."""

    url: str
    expires_at: Time


class SessionView(Struct, frozen=True, rename="camel"):
    """One session: it ends at `idleAt` unless it is used before, and at `expiresAt` in any case."""

    id: str
    at: Time
    seen_at: Time
    idle_at: Time
    expires_at: Time
    current: bool


class CurrentSessionView(Struct, frozen=True, rename="camel"):
    """Who asks, and by what. `csrfToken` goes beside the cookie into every request that changes something."""

    viewer: Literal["staff"]
    credential: Literal["session", "token"]
    session: SessionView | None
    csrf_token: str | None


class SessionsView(Struct, frozen=True, rename="camel"):
    """The sessions that live, newest first."""

    sessions: tuple[SessionView, ...]


class EndedView(Struct, frozen=True, rename="camel"):
    """How many sessions were ended, and how many links that nobody had used."""

    sessions: int
    links: int
