"""The TOML file: defaults for flags, weaker than flags and variables.

Top-level keys hold for every command that has such a flag; a table is a command's, `[catalogue.import]` one below.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from ordermill.entrypoints.cli.failures import Misuse

SHARED = ("url", "data", "port")
"""What may stand outside a table."""

Table = dict[str, Any]


def read_defaults(path: Path, ctx: click.Context) -> Table:
    """The default map of `ctx`, a group's context; underscores and hyphens in keys are the same.

    Only the invoked command and those that the file names are imported. Raises Misuse that names the file and every
    wrong key.
    """
    document = _plain(_parse(path))
    reader = _Reader(ctx, {key: value for key, value in document.items() if key in SHARED})
    tables = {key: value for key, value in document.items() if key not in SHARED}
    assert isinstance(ctx.command, click.Group)
    defaults = reader.group(ctx.command, tables, only={*tables, ctx.invoked_subcommand})
    if reader.problems:
        raise Misuse("\n".join(f"{path}: {problem}" for problem in reader.problems))
    return defaults


def _parse(path: Path) -> Table:
    try:
        # A price is read from its text, never through a float.
        return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=str)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misuse(f"{path}: not valid TOML: {error}") from None
    except OSError as error:
        raise Misuse(f"{path}: {error.strerror}") from None


def _plain(table: Table) -> Table:
    return {key.replace("-", "_"): _plain(value) if isinstance(value, dict) else value for key, value in table.items()}


class _Reader:
    """Holds tables against the commands' flags; `problems` grows with everything that does not fit."""

    def __init__(self, ctx: click.Context, shared: Table) -> None:
        self._ctx, self._shared = ctx, shared
        self.problems = [f"{key} must be a text or a number" for key, value in shared.items() if not _is_single(value)]

    def group(
        self, group: click.Group, table: Table, place: str = "", only: Iterable[str | None] | None = None
    ) -> Table:
        """The defaults of the group's commands, or of `only` these."""
        names = group.list_commands(self._ctx)
        known = names if place else [*SHARED, *names]
        self.problems += [_unknown(place, key, known) for key in table if key not in names]
        defaults = {}
        for name in names if only is None else [name for name in names if name in only]:
            command = group.get_command(self._ctx, name)
            assert command is not None
            defaults[name] = self._command(command, table.get(name, {}), f"{place}{name}")
        return defaults

    def _command(self, command: click.Command, table: object, place: str) -> Table:
        if not isinstance(table, dict):
            self.problems.append(f"{place} is a command, so it must be a table: [{place}]")
            return {}
        if isinstance(command, click.Group):
            return self.group(command, table, f"{place}.")
        flags = {flag.name: flag for flag in command.params if isinstance(flag, click.Option) and flag.name}
        self.problems += [_unknown(f"{place}.", key, flags) for key in table if key not in flags]
        for key, value in table.items():
            if key in flags and not _fits(flags[key], value):
                kind = "true or false" if flags[key].is_flag else "a text or a number"
                self.problems.append(f"{place}.{key} must be {kind}")
        return {**{key: value for key, value in self._shared.items() if key in flags}, **table}


def _fits(flag: click.Option, value: object) -> bool:
    return isinstance(value, bool) if flag.is_flag else _is_single(value)


def _is_single(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _unknown(place: str, key: str, known: Iterable[str]) -> str:
    near = get_close_matches(key, list(known), n=1)
    return f"unknown key {place}{key}" + (f"; did you mean {near[0]}?" if near else "")
