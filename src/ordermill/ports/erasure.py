"""What only erasure asks for: what is kept beside the tables, and the files of mails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Swept(msgspec.Struct, frozen=True):
    """How many things a step erased, and where the next one begins; None after the last."""

    erased: int
    after: str | None


class Remains(Protocol):
    """Service `remains`: what the runtime itself keeps of orders' ways, messages, failures and executions among it.

    On AWS that is the cloud's: it holds messages and logs for as long as they are configured to be held.
    """

    def under_way(self, order_ids: Sequence[str]) -> frozenset[str]:
        """Those of the orders about which a message, a change record or an execution waits."""
        ...

    def erase(self, order_ids: Sequence[str]) -> None:
        """Forget what failed on these orders' ways, how they were taken in, and what was kept aside."""
        ...

    def erase_of(self, customer: str, after: str | None) -> Swept:
        """Forget, of a stretch of the executions that ended, those that were given this customer id or e-mail.

        So are those of requests so long that they are kept in part.
        """
        ...


class MailFiles(Protocol):
    """Service `mail-files`: mails that were written where they can be looked at, none where a server takes them."""

    def erase(self, keys: Sequence[str]) -> int:
        """Delete the files of these mails, by `SendMail.key`; how many were there. Raises ServiceUnavailable."""
        ...

    def erase_to(self, email: str, after: str | None) -> Swept:
        """Delete, of a stretch of all files, those to this address in any case. Raises ServiceUnavailable."""
        ...
