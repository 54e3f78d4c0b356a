"""What the API's description of a route is made of, for the tables that describe them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

JSON: Final = "application/json"
CSV: Final = "text/csv"
HTML: Final = "text/html"

BODY: Final = ("payload-too-large", "unsupported-media-type")
JSON_BODY: Final = ("malformed-json", "duplicate-key", "too-deep", *BODY)
ANY: Final = ("invalid-query", "unauthorized")
READ: Final = (*ANY, "storage-unavailable")
WRITE: Final = (*READ, "forbidden", "overloaded")
"""Problems by what a route does, by slug."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is no problem: the name of the schema (None: any), the media type (None: no body), names of headers.

    `also` names media types that the same is answered in as text, where `Accept` asks for one.
    """

    text: str
    schema: str | None = None
    media: str | None = JSON
    headers: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """A required request body: its media type, the name of its schema (None: text), examples by name.

    `also` names further media types that the same may be sent as.
    """

    media: str
    schema: str | None
    examples: dict[str, dict[str, Any]]
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One route: `parameters` beside those of the path, `problems` by slug. `tokens_help`: more is shown with one."""

    id: str
    tag: str
    text: str
    answers: dict[int, Answer]
    parameters: tuple[str, ...] = ()
    body: Body | None = None
    problems: tuple[str, ...] = ()
    tokens_help: bool = False
