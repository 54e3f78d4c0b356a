"""Whether a request was meant for this server: the name it came in by, and the page that sent it."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

from ordermill.domain.errors import Forbidden, OrdermillError

ANY_HOST: Final = "*"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Those that change nothing, so a page of another site may send them; it cannot read the answer."""

_AUTHORITY: Final = re.compile(r"(\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._~-]+)?\]|[A-Za-z0-9._-]+)(?::([0-9]{0,5}))?")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_REMEMBERED_MAX: Final = 4096


class MalformedRequest(OrdermillError):
    slug = "malformed-request"
    title = "This is not an HTTP request"


class MisdirectedRequest(OrdermillError):
    slug = "misdirected-request"
    title = "The request was meant for another host"


def host_name(authority: str) -> str:
    """The host of `authority` (`name`, `name:port`, `[::1]:port`): lower-case, without the root's dot.

    Raises ValueError where it is none.
    """
    match = _AUTHORITY.fullmatch(authority)
    if match is None or int(match[2] or 0) > 65535:
        raise ValueError("not a host")
    name = match[1].lower().removesuffix(".")
    if name.startswith("["):
        IPv6Address(name[1:-1])
    if not name or ".." in name or name.startswith("."):
        raise ValueError("not a host")
    return name


def origin_of(url: str) -> str:
    """The origin of an http or https URL as browsers write it. Raises ValueError for anything else."""
    parts = urlsplit(url)
    # What is not plain ASCII the parser would drop or change without a word.
    if parts.scheme not in _DEFAULT_PORTS or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("not an http or https URL")
    host_name(parts.netloc)
    return f"{parts.scheme}://{parts.netloc.lower().removesuffix(f':{_DEFAULT_PORTS[parts.scheme]}')}"


def own_names(bound: str, public_url: str, allowed: Iterable[str] = ()) -> frozenset[str]:
    """The names that a server is known by: what it listens on, where it is public, its machine's, the operator's."""
    machine = socket.gethostname()
    label = machine.partition(".")[0]
    names = (machine, label, f"{label}.local", bound, urlsplit(public_url).hostname or "", *allowed)
    return frozenset({name.lower().removesuffix(".") for name in names} - {""})


def is_loopback(bound: str) -> bool:
    """Whether a server that listens on this address or name is reached from this machine alone."""
    try:
        return ip_address(bound.partition("%")[0]).is_loopback
    except ValueError:
        return bound.lower().removesuffix(".") == "localhost"


class Hosts:
    """Refuses what was meant for somebody else.

    A page that makes its own name resolve to this machine (DNS rebinding) still sends that name in `Host`. It cannot
    do so with an IP literal or with `localhost`, which are therefore always ours.
    """

    def __init__(self, names: Iterable[str], public_url: str) -> None:
        """`names` as `own_names` gives them; `*` takes any. Raises ValueError if `public_url` has no origin."""
        self._names = frozenset(names)
        self._public = origin_of(public_url)
        # Values of Host, as they were sent: those of a server are few, and looking one up costs next to nothing.
        self._accepted: set[str] = set()

    def check(self, method: str, headers: Mapping[str, str]) -> None:
        """Raises MalformedRequest or MisdirectedRequest for the Host, Forbidden for a page of another origin."""
        host = headers.get("host")
        if host not in self._accepted:
            self._check_host(host)
        if method not in SAFE_METHODS:
            origin = headers.get("origin")
            if origin is not None:
                self._check_origin(origin, host or "")
            elif headers.get("sec-fetch-site") in ("cross-site", "same-site"):
                raise Forbidden("the browser says that another site's page sent this (Sec-Fetch-Site)")

    def _check_host(self, host: str | None) -> None:
        if host is None:
            raise MalformedRequest("send Host")
        try:
            name = host_name(host)
        except ValueError:
            raise MalformedRequest("the Host is not one") from None
        if not self._is_ours(name):
            raise MisdirectedRequest("this server has another name; the operator names more in ORDERMILL_ALLOWED_HOSTS")
        if len(self._accepted) < _REMEMBERED_MAX:
            self._accepted.add(host)

    def _is_ours(self, name: str) -> bool:
        if name in self._names or ANY_HOST in self._names:
            return True
        return name == "localhost" or name.endswith(".localhost") or name.startswith("[") or _is_ipv4(name)

    def _check_origin(self, origin: str, host: str) -> None:
        """Our own pages are of the origin they were reached under; a proxy with TLS before us, of the public one."""
        if origin not in (self._public, f"http://{host.lower().removesuffix(':80')}"):
            raise Forbidden(
                "a page of another origin sent this (Origin); where a proxy stands before this server, the operator "
                "names its address in ORDERMILL_PUBLIC_URL"
            )


def _is_ipv4(name: str) -> bool:
    try:
        IPv4Address(name)
    except ValueError:
        return False
    return True
