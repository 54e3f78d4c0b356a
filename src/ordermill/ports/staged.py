"""The shape of staged functions: `prepare`, `call`, `settle`, each a plain def in the function's file."""

from __future__ import annotations

from typing import Any, Final

import msgspec


class Done(msgspec.Struct, frozen=True):
    """What `prepare` answers when nothing outside is left to do; to a request, the answer is `value`."""

    value: Any = None


DONE: Final = Done()
