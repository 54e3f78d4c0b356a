"""Durations as people write them: 20s, 2m, 500ms, 1.5h."""

from __future__ import annotations

import re

import click

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_FORM = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h)", re.ASCII)


def seconds_of(text: str) -> float:
    """The duration in seconds. Raises ValueError for anything but a positive number with its unit."""
    match = _FORM.fullmatch(text.strip())
    if match is None or not 0 < (seconds := float(match[1]) * _UNITS[match[2]]) < float("inf"):
        raise ValueError(f"{text!r} is not a duration such as 20s, 2m or 500ms")
    return seconds


class Duration(click.ParamType[float]):
    """A flag's value in seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """As `seconds_of`; a number is taken as it is."""
        if isinstance(value, float):
            return value
        try:
            return seconds_of(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
