"""Where we post to: which URLs and which addresses are acceptable, so that no URL leads into our own network.

A name is checked here as it is written, and each address that it resolves to again at every delivery.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, Self
from urllib.parse import urlsplit

import msgspec

Address = IPv4Address | IPv6Address

_URL: Final = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+;=%-]{1,2048}")
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME: Final = re.compile(rf"(?=.{{1,253}}\.?$){_LABEL}(?:\.{_LABEL})*\.?")
_NUMERIC: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?")
_NOT_ITS_OWN: Final = tuple(
    IPv6Network(network)
    for network in (
        "::/96",  # IPv4-compatible
        "::ffff:0:0:0/96",  # IPv4-translated
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
        "fec0::/10",  # site-local, as it once was
    )
)
"""IPv6 addresses that stand for IPv4 ones, or that nobody outside should have; `is_global` says yes to some."""
_RELAYS: Final = IPv4Network("192.88.99.0/24")
"""Where 6to4 begins."""
_FIRST_FREE_PORT: Final = 1024


class Unacceptable(ValueError):
    """The URL is not acceptable: why, and what is. It quotes no URL."""


class Destination(msgspec.Struct, frozen=True):
    """A URL taken apart: `host` in lower case without brackets, `target` is path and query."""

    scheme: str
    host: str
    port: int
    target: str

    @classmethod
    def of(cls, url: str, *, allow_local: bool) -> Self:
        """The destination of `url`; `allow_local` takes http, any port and this machine too. Raises Unacceptable."""
        if not _URL.fullmatch(url):
            raise Unacceptable("a URL has at most 2,048 characters, all ASCII, without spaces or backslashes")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise Unacceptable("this is not a URL such as https://HOST/PATH") from error
        if parts.scheme not in (("https", "http") if allow_local else ("https",)):
            raise Unacceptable("only https:// is taken" + (" or http://" if allow_local else ""))
        if "@" in parts.netloc or "#" in url:
            raise Unacceptable("a URL with a user, a password or a fragment is not taken")
        port = (443 if parts.scheme == "https" else 80) if port is None else port
        if not ((allow_local and port > 0) or port == 443 or port >= _FIRST_FREE_PORT):
            raise Unacceptable(f"port {port} is not taken; 443 is, and 1024 and above")
        host = _host((parts.hostname or "").lower(), allow_local=allow_local)
        return cls(parts.scheme, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.scheme == "https" else 80) else f"{host}:{self.port}"


def _host(host: str, *, allow_local: bool) -> str:
    if address := _literal(host):
        if not is_acceptable(address, allow_local=allow_local):
            raise Unacceptable("its address is not a public one")
        return host
    if not _NAME.fullmatch(host) or _NUMERIC.fullmatch(host):
        raise Unacceptable("its host is neither a name nor an address in its usual form")
    bare = host.removesuffix(".")
    if not allow_local and (bare == "localhost" or bare.endswith(".localhost")):
        raise Unacceptable("its host is this machine")
    return host


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_acceptable(address: Address, *, allow_local: bool) -> bool:
    """Whether we may connect to `address`: a public one, or with `allow_local` also one of this machine or network."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return allow_local and is_acceptable(address.ipv4_mapped, allow_local=True)
        if any(address in network for network in _NOT_ITS_OWN):
            return allow_local and address.is_loopback
    elif address in _RELAYS:
        return False
    if address.is_multicast or address.is_unspecified or address.is_link_local or address.is_reserved:
        return False
    return address.is_global or (allow_local and address.is_private)
