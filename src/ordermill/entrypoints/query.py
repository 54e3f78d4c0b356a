"""The query of a request: each parameter once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qsl

from ordermill.entrypoints.bindings import InvalidQuery

_PARAMETERS_MAX: Final = 32


def query_of(raw: bytes) -> dict[str, str]:
    """Parameters and their values, decoded. Raises InvalidQuery where it cannot be read or names one twice."""
    try:
        pairs = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_PARAMETERS_MAX,
        )
    except ValueError as error:
        raise InvalidQuery("the query cannot be read") from error
    query = dict(pairs)
    if len(query) != len(pairs):
        raise InvalidQuery("a parameter is named twice")
    return query


def check_query(sent: Iterable[str], known: frozenset[str]) -> None:
    """Raises InvalidQuery for a parameter that the route does not take."""
    if unknown := set(sent) - known:
        raise InvalidQuery(f"this route takes no {min(unknown)}"[:80])
