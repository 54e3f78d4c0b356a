"""Which mail server is meant: a URL such as `smtp://user:password@mail.example.org:587`, read and checked."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST: Final = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")
_WRITTEN: Final = "write / ? # and @ of a password as %2F %3F %23 and %40"
_STARTTLS: Final = ("required", "never")


class SmtpServer(msgspec.Struct, frozen=True):
    """`tls` from the first byte on, or by STARTTLS where `starttls`; with neither, nothing is encrypted."""

    host: str
    port: int
    tls: bool
    starttls: bool
    user: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        # The rest holds a secret.
        return f"SmtpServer({self.name})"

    @property
    def name(self) -> str:
        """Host and port, for people."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_smtp_url(text: str) -> SmtpServer:
    """`smtp://[user:password@]host[:587][?starttls=required|never]` or `smtps://[user:password@]host[:465]`.

    What is not on this machine must be encrypted unless it says `starttls=never`; a password always. Raises ValueError,
    whose text says what is wrong and shows nothing of the URL but its scheme and host.
    """
    try:
        url = urlsplit(text)
        port, query = url.port, parse_qsl(url.query, keep_blank_values=True, strict_parsing=bool(url.query))
    except ValueError as error:
        raise ValueError("it is no URL") from error
    if url.scheme not in ("smtp", "smtps"):
        raise ValueError("it must begin with smtp:// or smtps://")
    if url.path not in ("", "/") or url.fragment or port == 0:
        raise ValueError(f"after host and port there may be ?starttls= alone; {_WRITTEN}")
    host = url.hostname or ""
    if not _HOST.fullmatch(host) and not _is_address(host):
        raise ValueError(f"it names no host; {_WRITTEN}")
    user, password = unquote(url.username or "") or None, unquote(url.password or "") or None
    if (user is None) != (password is None):
        raise ValueError("it must have both a user and a password, or neither")
    if not f"{user}{password}".isascii():
        raise ValueError("user and password must be ASCII")
    return _secured(url.scheme, host, port, query, user, password)


def _secured(
    scheme: str, host: str, port: int | None, query: list[tuple[str, str]], user: str | None, password: str | None
) -> SmtpServer:
    options = dict(query)
    if options.keys() - {"starttls"} or len(options) != len(query) or (options and scheme == "smtps"):
        raise ValueError("the only option is starttls, once, and only of smtp://")
    chosen = options.get("starttls", "never" if scheme == "smtps" or is_loopback(host) else "required")
    if chosen not in _STARTTLS:
        raise ValueError("starttls takes required or never")
    tls, starttls = scheme == "smtps", chosen == "required"
    if password is not None and not (tls or starttls or is_loopback(host)):
        raise ValueError("a password is not sent unencrypted: leave out starttls=never, or use smtps://")
    return SmtpServer(host, port or (465 if tls else 587), tls, starttls, user, password)


def is_loopback(host: str) -> bool:
    """Whether it is this machine."""
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
