"""The pages for people, and everything they load, read from the package once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

import msgspec

from ordermill.domain.errors import OrdermillError
from ordermill.entrypoints.docs import docs_page, swagger_asset
from ordermill.entrypoints.webpage import Page, built_page, file_page, html_page, package_file

__all__ = ["ASSETS", "CONSOLE", "NotBuilt", "Page", "asset", "built", "built_html", "console_page", "page", "views"]

ASSETS: Final = frozenset(
    {
        "app.css",
        "docs.css",
        "docs.js",
        "console.css",
        "session.js",
        "favicon.svg",
    }
)
"""Our own files under `/assets/`, beside what was built; `asset` also knows those of Swagger UI."""

CONSOLE: Final = ("GET /console", "GET /console/{view}", "GET /console/{view}/{id}")
"""The routes that answer with the console's page."""

_APP: Final = "app"
"""The folder of what `web/` was built into: pages, `views.json`, and their assets."""


class NotBuilt(OrdermillError):
    """The pages were not built, which `make up` does; a wheel has them."""

    slug = "pages-not-built"
    title = "The pages are not built"

    def __init__(self) -> None:
        super().__init__("run make web, then start Ordermill again; the API works without")


def page(path: str) -> Page | None:
    """The page at `path`: `/` the storefront, `/docs` the API to try; None elsewhere. Raises NotBuilt."""
    if path == "/":
        return _storefront()
    return docs_page() if path == "/docs" else None


def asset(name: str) -> Page | None:
    """What `/assets/<name>` serves, or None: only names on the lists exist, so no path can escape."""
    if name in ASSETS:
        return _own(name)
    return built().get(name) or swagger_asset(name)


@cache
def built() -> Mapping[str, Page]:
    """The assets that the pages were built with, by name; none where nothing was built."""
    folder = files("ordermill.entrypoints") / "pages" / _APP / "assets"
    if not folder.is_dir():
        return MappingProxyType({})
    return MappingProxyType({each.name: built_page(each.name, each.read_bytes()) for each in folder.iterdir()})


def console_page(view: str | None = None, id: str | None = None) -> bytes | None:
    """The console's page, if it has this view, and one for single things in it where there is an `id`.

    Raises NotBuilt.
    """
    path = "/console" + (f"/{view}" if view else "") + ("/:" if id else "")
    return built_html("console") if path in _shapes() else None


def built_html(name: str) -> bytes:
    """One of the pages that were built, without its ending. Raises NotBuilt."""
    return _built_file(f"{name}.html")


@cache
def _storefront() -> Page:
    return html_page(built_html("index"))


@cache
def views() -> tuple[str, ...]:
    """The paths of the console's views, parameters as `:name`. Raises NotBuilt."""
    return msgspec.json.decode(_built_file("views.json"), type=tuple[str, ...])


@cache
def _shapes() -> frozenset[str]:
    """The same, each parameter as a mere `:`."""
    return frozenset(path.partition(":")[0] + ":" * (":" in path) for path in views())


def _built_file(name: str) -> bytes:
    try:
        return package_file(f"{_APP}/{name}")
    except FileNotFoundError:
        raise NotBuilt from None


@cache
def _own(name: str) -> Page:
    return file_page(name, package_file(name))
