"""Expected failures: a message and an exit code, never a traceback."""

from __future__ import annotations

import click


class Failure(click.ClickException):
    """Ends a command with a message on stderr and `exit_code`, here 1: it ran, and did not end well."""

    exit_code = 1


class Misuse(Failure):
    """The command was given something it cannot work with."""

    exit_code = 2


class Unreachable(Failure):
    """No Ordermill answers at the address."""

    exit_code = 3


class Refused(Failure):
    """The server answered with a problem; `status` is the HTTP status."""

    exit_code = 4

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status
