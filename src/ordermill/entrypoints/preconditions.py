"""`If-Match`: which versions of an order a change is meant for (RFC 9110, RFC 6585)."""

from __future__ import annotations

import re
from typing import Final

from ordermill.domain.errors import OrdermillError
from ordermill.entrypoints.bindings import InvalidQuery

_TAG: Final = r'(?:W/)?"[!#-~\x80-\xff]*"'
_LIST: Final = re.compile(rf"(?:{_TAG}[ \t]*)?(?:,[ \t]*(?:{_TAG}[ \t]*)?)*")
_EACH: Final = re.compile(_TAG)


class IfMatchRequired(OrdermillError):
    slug = "if-match-required"
    title = "If-Match is required"


def read_if_match(header: str | None) -> tuple[str, ...] | None:
    """The versions that the header's ETags name, as they say them; None for `*`, which is any.

    A weak tag matches nothing, as the comparison is the strong one. Raises IfMatchRequired without the header,
    InvalidQuery where it is neither `*` nor a list of ETags.
    """
    if header is None:
        raise IfMatchRequired("send the ETag that the order was read with as If-Match")
    text = header.strip(" \t")
    if text == "*":
        return None
    tags: list[str] = _EACH.findall(text)
    if not tags or not _LIST.fullmatch(text):
        raise InvalidQuery('If-Match takes ETags as orders are answered with, such as "4", or *')
    return tuple(tag[1:-1] for tag in tags if not tag.startswith("W/"))
