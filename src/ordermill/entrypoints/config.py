"""The operator's settings, from flags and the environment, checked before anything starts."""

from __future__ import annotations

import math
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, get_args

import msgspec

from ordermill.adapters.local.label_model import DEFAULT_INPUT, LabelModel, read_input
from ordermill.adapters.local.smtp_server import SmtpServer, read_smtp_url
from ordermill.adapters.mime import address_of
from ordermill.entrypoints.alert_config import AlertSettings, alert_settings
from ordermill.entrypoints.hosts import ANY_HOST, host_name, is_loopback, origin_of
from ordermill.entrypoints.limits import Limits
from ordermill.entrypoints.logs.settings import LogFormat, LogLevel
from ordermill.entrypoints.sign_in.issuer import StaffIssuer, staff_issuer
from ordermill.entrypoints.sign_in.sessions import SessionLimits
from ordermill.ports.ambient import Settings

DEFAULT_PORT: Final = 8420
LAST_SECOND: Final = 253_402_300_799
"""Since the epoch, that dates can tell: of the year 9999."""
_SHA256: Final = re.compile("[0-9a-f]{64}")
LONGEST_RUN_S: Final = 365 * 24 * 3600
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
    limits: Limits = Limits()
    allowed_hosts: tuple[str, ...] = ()
    rate_limit: str | None = None
    smtp: SmtpServer | None = None
    sessions: SessionLimits = SessionLimits()
    issuer: StaffIssuer | None = None
    labels: LabelModel | None = None

    log_level: LogLevel = "info"
    log_format: LogFormat = "auto"
    faults: bool = False
    """Whether people may inject them."""

    def __repr__(self) -> str:
        # The rest holds a secret.
        return f"ServerConfig(data={self.data!r}, url={self.url!r})"

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
    faults = _choice(env, "ORDERMILL_FAULTS", Literal["on", "off"], None)
    offset = _clock_offset(env, allowed=faults == "on")
    defaults = Settings()
    settings = Settings(
        catalogue="strict" if catalogue == "strict" else "open",
        mail_from=_mail_from(env, defaults.mail_from),
        public_url=_public_url(env, host, port),
        payment_timeout_ms=int(_number(env, "ORDERMILL_PAYMENT_TIMEOUT_MS", defaults.payment_timeout_ms, least=1)),
        retry_base_ms=int(_number(env, "ORDERMILL_RETRY_BASE_MS", defaults.retry_base_ms, least=1)),
        order_deadline_s=int(_number(env, "ORDERMILL_ORDER_DEADLINE_S", defaults.order_deadline_s, least=1)),
        label_min_confidence=_share(env, "ORDERMILL_LABEL_MIN_CONFIDENCE", defaults.label_min_confidence),
        **_alert_settings(env),
    )
    token = env.get("ORDERMILL_STAFF_TOKEN") or None
    if token is not None and (not token.isascii() or not token.isprintable() or " " in token):
        raise InvalidSetting("ORDERMILL_STAFF_TOKEN takes visible ASCII characters")
    level: LogLevel = _choice(env, "ORDERMILL_LOG_LEVEL", LogLevel, "info")
    log_format: LogFormat = _choice(env, "ORDERMILL_LOG_FORMAT", LogFormat, "auto")
    return ServerConfig(
        data,
        host,
        port,
        pipeline,
        settings,
        token,
        offset,
        _limits(env),
        allowed_hosts=_allowed_hosts(env),
        rate_limit=_rate_limit(env),
        smtp=smtp_of(env),
        sessions=_session_limits(env),
        issuer=issuer_of(env),
        labels=label_model_of(env),
        log_level=level,
        log_format=log_format,
        faults=faults == "on" or (faults is None and is_loopback(host)),
    )


def _limits(env: Mapping[str, str]) -> Limits:
    defaults = Limits()
    return Limits(
        connections=int(_number(env, "ORDERMILL_MAX_CONNECTIONS", defaults.connections, least=1)),
        head_s=_number(env, "ORDERMILL_HEAD_TIMEOUT_S", defaults.head_s, least=0.1),
        body_s=_number(env, "ORDERMILL_BODY_TIMEOUT_S", defaults.body_s, least=0.1),
        idle_s=int(_number(env, "ORDERMILL_IDLE_TIMEOUT_S", defaults.idle_s, least=1)),
        stalled_s=_number(env, "ORDERMILL_SEND_TIMEOUT_S", defaults.stalled_s, least=0.1),
    )


def _session_limits(env: Mapping[str, str]) -> SessionLimits:
    defaults = SessionLimits()
    return SessionLimits(
        idle_s=int(_number(env, "ORDERMILL_SESSION_IDLE_S", defaults.idle_s, least=60, most=LONGEST_RUN_S)),
        most_s=int(_number(env, "ORDERMILL_SESSION_MAX_S", defaults.most_s, least=60, most=LONGEST_RUN_S)),
    )


def issuer_of(env: Mapping[str, str]) -> StaffIssuer | None:
    """Whose tokens make staff, None where nobody's do. Raises InvalidSetting."""
    try:
        return staff_issuer(env)
    except ValueError as error:
        raise InvalidSetting(str(error)) from error


def _reachable(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _public_url(env: Mapping[str, str], host: str, port: int) -> str:
    text = (env.get("ORDERMILL_PUBLIC_URL") or "").rstrip("/")
    url = text or f"http://{_reachable(host)}:{port}"
    try:
        origin_of(url)
    except ValueError as error:
        wrong = f"ORDERMILL_PUBLIC_URL is {text!r}" if text else f"--host is {host!r}"
        example = "a URL such as https://orders.example.org" if text else "an address or a host name"
        raise InvalidSetting(f"{wrong}; it takes {example}") from error
    return url


def _allowed_hosts(env: Mapping[str, str]) -> tuple[str, ...]:
    sent = [part.strip() for part in (env.get("ORDERMILL_ALLOWED_HOSTS") or "").split(",")]
    try:
        return tuple(part if part == ANY_HOST else host_name(part) for part in sent if part)
    except ValueError as error:
        raise InvalidSetting(
            f"ORDERMILL_ALLOWED_HOSTS is {','.join(sent)!r}; it takes host names, comma between them, or *"
        ) from error


def _rate_limit(env: Mapping[str, str]) -> str | None:
    text = (env.get("ORDERMILL_RATE_LIMIT") or "").strip().lower()
    if not text:
        return None
    # A library of some weight, which the default needs no check by.
    from ordermill.entrypoints.rate_limits import OFF, parse_rate

    if text != OFF:
        try:
            parse_rate(text)
        except ValueError as error:
            raise InvalidSetting(
                f"ORDERMILL_RATE_LIMIT is {text!r}; it takes a rate such as 100/second or 500 per 5 minutes, or off"
            ) from error
    return text


def _mail_from(env: Mapping[str, str], default: str) -> str:
    text = env.get("ORDERMILL_MAIL_FROM") or default
    try:
        address_of(text)
    except ValueError as error:
        raise InvalidSetting(
            f"ORDERMILL_MAIL_FROM is {text!r}; it takes an address, bare or as Name <address>"
        ) from error
    return text


def _alert_settings(env: Mapping[str, str]) -> AlertSettings:
    try:
        return alert_settings(env)
    except ValueError as error:
        raise InvalidSetting(str(error)) from error


def smtp_of(env: Mapping[str, str]) -> SmtpServer | None:
    """The mail server, None where there is none. Raises InvalidSetting, which shows nothing of the URL."""
    name, path = "ORDERMILL_SMTP_URL", env.get("ORDERMILL_SMTP_URL_FILE")
    text = (env.get(name) or "").strip()
    if path:
        if text:
            raise InvalidSetting(f"{name} and {name}_FILE are both set; set one of them")
        name = f"{name}_FILE"
        try:
            text = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "no text"
            raise InvalidSetting(f"{name} is {path!r}, which cannot be read: {why}") from error
        if not text:
            raise InvalidSetting(f"{name} is {path!r}, which is empty; it takes a file with the URL of a mail server")
    if not text:
        return None
    try:
        return read_smtp_url(text)
    except ValueError as error:
        example = "smtp://user:password@mail.example.org:587 or smtps://user:password@mail.example.org"
        # Without its cause, which may show what it stumbled over.
        raise InvalidSetting(f"{name}: {error}. It takes {example}") from None


def label_model_of(env: Mapping[str, str]) -> LabelModel | None:
    """What labels pictures, None where nothing does; the model itself is not looked at. Raises InvalidSetting."""
    model, labels, text, sha256 = (
        (env.get(f"ORDERMILL_LABEL_{name}") or "").strip() for name in ("MODEL", "FILE", "INPUT", "SHA256")
    )
    if not model:
        given = next((name for name, value in (("FILE", labels), ("INPUT", text), ("SHA256", sha256)) if value), None)
        if given is not None:
            raise InvalidSetting(
                f"ORDERMILL_LABEL_{given} is set, and ORDERMILL_LABEL_MODEL is not: set both or neither"
            )
        return None
    if not labels:
        raise InvalidSetting(
            "ORDERMILL_LABEL_MODEL is set, and ORDERMILL_LABEL_FILE is not: it takes the file of labels"
        )
    if sha256 and not _SHA256.fullmatch(sha256.lower()):
        raise InvalidSetting(f"ORDERMILL_LABEL_SHA256 is {sha256!r}; it takes 64 hexadecimal digits")
    try:
        input_ = read_input(text)
    except ValueError as error:
        raise InvalidSetting(f"ORDERMILL_LABEL_INPUT: {error}. The default is {DEFAULT_INPUT!r}") from error
    return LabelModel(str(Path(model).absolute()), str(Path(labels).absolute()), input_, sha256.lower() or None)


def _share(env: Mapping[str, str], name: str, default: float) -> float:
    value = _number(env, name, default, least=0)
    if value > 1:
        raise InvalidSetting(f"{name} is {env[name]!r}; it takes a number from 0 to 1, such as 0.7")
    return value


def _clock_offset(env: Mapping[str, str], *, allowed: bool) -> float:
    if env.get("ORDERMILL_CLOCK_OFFSET_S") and not allowed:
        raise InvalidSetting("ORDERMILL_CLOCK_OFFSET_S is for rehearsals; it takes ORDERMILL_FAULTS=on beside it")
    offset = _number(env, "ORDERMILL_CLOCK_OFFSET_S", 0, least=-LAST_SECOND)
    if not 0 <= time.time() + offset <= LAST_SECOND - LONGEST_RUN_S:
        raise InvalidSetting(f"ORDERMILL_CLOCK_OFFSET_S is {offset:g}; it takes what leads to the years 1970 to 9998")
    return offset


def _choice(env: Mapping[str, str], name: str, type_: Any, default: Any) -> Any:
    text = env.get(name) or default
    choices = get_args(type_)
    if text is None:
        return None
    if text.lower() not in choices:
        raise InvalidSetting(f"{name} is {text!r}; it takes {', '.join(choices[:-1])} or {choices[-1]}")
    return text.lower()


def _number(env: Mapping[str, str], name: str, default: float, *, least: float, most: float | None = None) -> float:
    text = env.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value < math.inf:
        raise InvalidSetting(f"{name} is {text!r}; it takes a number of at least {least:g}")
    if most is not None and value > most:
        raise InvalidSetting(f"{name} is {text!r}; it takes a number of at most {most:.0f}")
    return value
