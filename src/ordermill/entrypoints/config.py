"""The operator's settings, from flags and the environment, checked before anything starts."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

import msgspec

from ordermill.adapters.local.mail import compose
from ordermill.domain.commands import SendMail
from ordermill.entrypoints.logs.settings import LogFormat, LogLevel
from ordermill.ports.ambient import Settings

DEFAULT_PORT: Final = 8420
UNUSABLE: Final = 2
"""The server's exit status when starting it again would not help."""


class InvalidSetting(Exception):
    """A setting has a value that cannot be used: which one, and what is expected."""


class ServerConfig(msgspec.Struct, frozen=True):
    """All that a server process needs; handed from `up` to the process it supervises as JSON."""

    data: str
    host: str
    port: int
    pipeline: str
    settings: Settings
    staff_token: str | None
    clock_offset_s: float
    log_level: LogLevel = "info"
    log_format: LogFormat = "auto"

    @property
    def url(self) -> str:
        """Where the server is reached."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def data_path(self) -> Path:
        """The data directory."""
        return Path(self.data)


def from_environment(
    *, data: str, host: str, port: int, pipeline: str, environ: Mapping[str, str] | None = None
) -> ServerConfig:
    """The configuration. Raises InvalidSetting."""
    env = os.environ if environ is None else environ
    catalogue = env.get("ORDERMILL_CATALOGUE") or "open"
    if catalogue not in ("open", "strict"):
        raise InvalidSetting(f"ORDERMILL_CATALOGUE is {catalogue!r}; it takes open or strict")
    faults = env.get("ORDERMILL_FAULTS") == "on"
    offset = _number(env, "ORDERMILL_CLOCK_OFFSET_S", 0, least=-1e11)
    defaults = Settings()
    settings = Settings(
        catalogue="strict" if catalogue == "strict" else "open",
        mail_from=_mail_from(env, defaults.mail_from),
        public_url=(env.get("ORDERMILL_PUBLIC_URL") or f"http://{_reachable(host)}:{port}").rstrip("/"),
        payment_timeout_ms=int(_number(env, "ORDERMILL_PAYMENT_TIMEOUT_MS", defaults.payment_timeout_ms, least=1)),
        retry_base_ms=int(_number(env, "ORDERMILL_RETRY_BASE_MS", defaults.retry_base_ms, least=1)),
    )
    token = env.get("ORDERMILL_STAFF_TOKEN") or None
    if token is not None and (not token.isascii() or not token.isprintable() or " " in token):
        raise InvalidSetting("ORDERMILL_STAFF_TOKEN takes visible ASCII characters")
    level: LogLevel = _choice(env, "ORDERMILL_LOG_LEVEL", LogLevel, "info")
    log_format: LogFormat = _choice(env, "ORDERMILL_LOG_FORMAT", LogFormat, "auto")
    return ServerConfig(
        data, host, port, pipeline, settings, token, offset if faults else 0, log_level=level, log_format=log_format
    )


def _reachable(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _mail_from(env: Mapping[str, str], default: str) -> str:
    text = env.get("ORDERMILL_MAIL_FROM") or default
    try:
        compose(SendMail("", "", "", text, "", ""), text, 0)
    except ValueError as error:
        raise InvalidSetting(
            f"ORDERMILL_MAIL_FROM is {text!r}; it takes an address, bare or as Name <address>"
        ) from error
    return text


def _choice(env: Mapping[str, str], name: str, type_: Any, default: Any) -> Any:
    text = env.get(name) or default
    choices = get_args(type_)
    if text.lower() not in choices:
        raise InvalidSetting(f"{name} is {text!r}; it takes {', '.join(choices[:-1])} or {choices[-1]}")
    return text.lower()


def _number(env: Mapping[str, str], name: str, default: float, *, least: float) -> float:
    text = env.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value < math.inf:
        raise InvalidSetting(f"{name} is {text!r}; it takes a number of at least {least:g}")
    return value
