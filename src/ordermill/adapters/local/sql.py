"""The statements of queries.sql, by name."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def queries() -> dict[str, str]:
    """Name to statement."""
    found: dict[str, str] = {}
    for block in read("queries.sql").split("-- name: ")[1:]:
        name, _, rest = block.partition("\n")
        lines = [line for line in rest.splitlines() if not line.startswith("--")]
        found[name.strip()] = "\n".join(lines).strip()
    return found


def read(name: str) -> str:
    """The text of an SQL file beside this module."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
