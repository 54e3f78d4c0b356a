"""Sessions of staff: random ids, of which only hashes are kept, that end when idle, when old, or when told to.

All are in memory, where a request looks its own up; the file is there for the next start. See ADR 14.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from hashlib import scrypt, sha256
from hmac import compare_digest
from typing import Final, Protocol

import msgspec

from ordermill.domain.errors import StorageUnavailable
from ordermill.ports.journal import StorageFull

log = logging.getLogger(__name__)

SESSIONS_MAX: Final = 100
"""Beyond these the one unused for longest ends."""
_NOTES_IN_AN_IDLE: Final = 12
"""So often within the idle time the use of a session is noted in the file."""


class SessionLimits(msgspec.Struct, frozen=True):
    """After how many seconds a session ends: unused, and in any case."""

    idle_s: int = 12 * 3600
    most_s: int = 7 * 24 * 3600


class Session(msgspec.Struct):
    """`key` is the id's SHA-256 in hex, times are epoch milliseconds. `name` may be shown, the id never is."""

    key: str
    at: int
    seen: int

    @property
    def name(self) -> str:
        """What people tell it from others by."""
        return f"ses_{self.key[:16]}"


class _Kept(msgspec.Struct):
    """The file. `proof` ties it to the staff token: with another one every session of before is over."""

    salt: str
    proof: str
    sessions: list[Session]


class Kept(Protocol):
    """What keeps bytes from one start to the next; see `adapters.local.session_file`."""

    def read(self) -> bytes | None: ...
    def write(self, data: bytes) -> None: ...
    def remove(self) -> None: ...


class Sessions:
    """All of them; used in the event loop's thread. `kept` None: they end with the process."""

    def __init__(
        self, staff_token: str, kept: Kept | None, now_ms: Callable[[], int], limits: SessionLimits | None = None
    ) -> None:
        self._token, self._kept, self._now = staff_token, kept, now_ms
        self.limits = limits or SessionLimits()
        self._sessions: dict[str, Session] = {}
        self._salt = self._proof = ""
        self._noted_at = now_ms()
        self._saving, self._background = asyncio.Lock(), set[asyncio.Task[None]]()
        self._load()

    def _load(self) -> None:
        """Take up what was kept. What cannot be read is no reason not to start: staff sign in anew."""
        if self._kept is None:
            return
        try:
            data = self._kept.read()
            kept = None if data is None else msgspec.json.decode(data, type=_Kept)
            proof = None if kept is None else _proof(self._token, kept.salt)
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            log.warning("the sessions of staff cannot be read, so everybody is signed out: %s", type(error).__name__)
            return
        if kept is None or proof is None:
            return
        if not compare_digest(proof, kept.proof):
            log.warning("the staff token is another one than before, so everybody is signed out")
            # The token of before may come back; they may not.
            with suppress(OSError):
                self._kept.remove()
            return
        self._salt, self._proof = kept.salt, kept.proof
        self._sessions = {session.key: session for session in kept.sessions}

    def find(self, session_id: str) -> Session | None:
        """The live session of this id."""
        session = self._sessions.get(_key(session_id))
        return session if session is not None and self.alive(session) else None

    def alive(self, session: Session) -> bool:
        """Whether it has neither been ended nor run out."""
        return session.key in self._sessions and self._now() < min(self.expires_at(session), self.idle_at(session))

    def expires_at(self, session: Session) -> int:
        """When it ends whatever happens, epoch milliseconds."""
        return session.at + self.limits.most_s * 1000

    def idle_at(self, session: Session) -> int:
        """When it ends unless it is used before."""
        return session.seen + self.limits.idle_s * 1000

    def all(self) -> list[Session]:
        """Those that live, the newest first."""
        return sorted(filter(self.alive, self._sessions.values()), key=lambda each: each.at, reverse=True)

    def touch(self, session: Session) -> None:
        """It is used: it idles from now on. That is noted in the file now and then, not each time."""
        session.seen = now = self._now()
        if self._kept is not None and now - self._noted_at >= self.limits.idle_s * 1000 // _NOTES_IN_AN_IDLE:
            self._noted_at = now
            task = asyncio.get_running_loop().create_task(self._note())
            self._background.add(task)
            task.add_done_callback(self._background.discard)

    async def begin(self) -> str:
        """The id of a new session, kept durably. Raises StorageUnavailable; then there is none."""
        session_id, now = secrets.token_urlsafe(32), self._now()
        self._sessions = {key: each for key, each in self._sessions.items() if self.alive(each)}
        while len(self._sessions) >= SESSIONS_MAX:
            del self._sessions[min(self._sessions.values(), key=lambda each: each.seen).key]
        key = _key(session_id)
        self._sessions[key] = Session(key, now, now)
        try:
            await self._save()
        except (OSError, StorageFull) as error:
            self._sessions.pop(key, None)
            log.error("a session of staff cannot be kept: %s", error)
            raise StorageUnavailable from error
        return session_id

    async def end(self, session: Session) -> None:
        """End this one. Raises StorageUnavailable where it might be back after a restart."""
        self._sessions.pop(session.key, None)
        await self._forget()

    async def end_all(self) -> int:
        """End every one, and say how many lived. Raises StorageUnavailable where they might be back."""
        ended = len(self.all())
        self._sessions.clear()
        await self._forget()
        return ended

    async def _forget(self) -> None:
        """Whoever signs out stays signed out: without room to write, nothing is kept at all."""
        try:
            await self._save()
        except (OSError, StorageFull):
            assert self._kept is not None
            try:
                await asyncio.to_thread(self._kept.remove)
            except OSError as error:
                log.error("a session of staff has ended, but the file that keeps it cannot be changed: %s", error)
                raise StorageUnavailable from error

    async def _note(self) -> None:
        try:
            await self._save()
        except (OSError, StorageFull) as error:
            log.warning("that a session of staff is in use cannot be noted: %s", error)

    async def _save(self) -> None:
        if self._kept is None:
            return
        async with self._saving:
            if not self._proof:
                self._salt = secrets.token_hex(16)
                self._proof = await asyncio.to_thread(_proof, self._token, self._salt)
            kept = _Kept(self._salt, self._proof, self.all())
            self._noted_at = self._now()
            await asyncio.to_thread(self._kept.write, msgspec.json.encode(kept))


def _key(session_id: str) -> str:
    return sha256(session_id.encode("utf-8", "surrogateescape")).hexdigest()


def _proof(staff_token: str, salt: str) -> str:
    """Of a token that an operator chose: whoever reads the file is not to try words against it quickly."""
    return scrypt(staff_token.encode(), salt=bytes.fromhex(salt), n=2**14, r=8, p=1).hex()
