"""What the server hands to a browser: a body with its headers, and how such pages are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType
from typing import Final

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; object-src 'none'"
)
"""Nothing inline and nothing from elsewhere."""


@dataclass(frozen=True, slots=True)
class Page:
    """A whole answer with status 200. `headers` have lower-case names and leave out content-type and content-length."""

    content_type: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def etag(self) -> str:
        """The strong validator, quoted, to compare with If-None-Match."""
        return self.headers["etag"]


def file_page(name: str, body: bytes) -> Page:
    """An asset; its type follows from `name`'s ending. Browsers ask again each time and mostly get a 304."""
    return Page(_TYPES[name[name.rindex(".") :]], body, MappingProxyType(_common(body)))


def built_page(name: str, body: bytes) -> Page:
    """An asset whose name has a hash of what is in it, so that nobody needs to ask for it twice."""
    headers = _common(body) | {"cache-control": "public, max-age=31536000, immutable"}
    return Page(_TYPES[name[name.rindex(".") :]], body, MappingProxyType(headers))


def html_page(body: bytes, policy: str = CONTENT_SECURITY_POLICY) -> Page:
    """An HTML document under `policy`."""
    headers = _common(body) | {"content-security-policy": policy}
    return Page(_TYPES[".html"], body, MappingProxyType(headers))


@cache
def package_file(name: str) -> bytes:
    """One of the files that ship in `pages/`. Raises FileNotFoundError."""
    return (files("ordermill.entrypoints") / "pages" / name).read_bytes()


def _common(body: bytes) -> dict[str, str]:
    return {
        "cache-control": "no-cache",
        "etag": f'"{sha256(body).hexdigest()[:32]}"',
    }
