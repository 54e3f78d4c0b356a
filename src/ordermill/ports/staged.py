"""The shape of staged functions: `prepare`, `call`, `settle`, each a plain def in the function's file."""

from __future__ import annotations

from typing import Final

import msgspec


class Done(msgspec.Struct, frozen=True):
    """What `prepare` answers when nothing outside is left to do."""


DONE: Final = Done()
