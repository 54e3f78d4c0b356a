"""What is wrong with a topology: where, what, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

import msgspec


class Finding(msgspec.Struct, frozen=True, order=True):
    """One problem: `pointer` is a JSON Pointer (RFC 6901) into the file, "" for the file as a whole."""

    pointer: str
    problem: str
    cure: str


def pointer(*steps: str | int) -> str:
    """The JSON Pointer of these steps from the root: `("routes", "GET /")` becomes `/routes/GET ~1`."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was most likely meant to be, if any comes close."""
    return next(iter(get_close_matches(name, list(known), n=1)), None)


def suggestion(name: str, known: Iterable[str]) -> str:
    """A cure for an unknown name: the nearest known one, else all of them."""
    names = sorted(known)
    near = nearest(name, names)
    if near is not None:
        return f"did you mean '{near}'?"
    return "use one of: " + ", ".join(names) if names else "there is none yet: declare it first"


def listed(findings: Iterable[Finding]) -> str:
    """The findings for a person to read, two lines each."""
    return "\n".join(f"{finding.pointer or '/'}: {finding.problem}\n    {finding.cure}" for finding in findings)
