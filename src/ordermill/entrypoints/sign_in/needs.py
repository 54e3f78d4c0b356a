"""What may be missing to tell who asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from ordermill.domain.errors import OrdermillError

T = TypeVar("T")


class IssuerUnavailable(OrdermillError):
    slug = "issuer-unavailable"
    title = "Sign-in tokens cannot be verified now; try again shortly"


class KeysNeeded(Exception):
    """An issuer's keys are to come first: await `wait()` and ask again."""

    def __init__(self, wait: Callable[[], Awaitable[None]]) -> None:
        super().__init__("keys of the issuer are needed")
        self.wait = wait


async def once_more(needed: KeysNeeded, ask: Callable[[], T]) -> T:
    """What `ask` says after the wait. Raises IssuerUnavailable where the keys did not come."""
    await needed.wait()
    try:
        return ask()
    except KeysNeeded:
        raise IssuerUnavailable("its issuer does not answer; the staff token works all the same") from None
