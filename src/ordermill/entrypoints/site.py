"""The pages for people, and everything they load, read from the package once."""

from __future__ import annotations

from functools import cache
from typing import Final

from ordermill.entrypoints.docs import docs_page, swagger_asset
from ordermill.entrypoints.webpage import Page, file_page, html_page, package_file

__all__ = ["ASSETS", "Page", "asset", "page"]

ASSETS: Final = frozenset(
    {
        "app.css",
        "app.js",
        "api.js",
        "fields.js",
        "filling.js",
        "money.js",
        "subscribe.js",
        "tracker.js",
        "docs.css",
        "docs.js",
        "console.css",
        "console.js",
        "session.js",
        "favicon.svg",
    }
)
"""Our own files under `/assets/`; `asset` also knows those of Swagger UI."""


def page(path: str) -> Page | None:
    """The page at `path`: `/` the order form, `/docs` the API to try; None elsewhere."""
    if path == "/":
        return _form()
    return docs_page() if path == "/docs" else None


def asset(name: str) -> Page | None:
    """What `/assets/<name>` serves, or None: only names on the lists exist, so no path can escape."""
    return _own(name) if name in ASSETS else swagger_asset(name)


@cache
def _form() -> Page:
    return html_page(package_file("index.html"))


@cache
def _own(name: str) -> Page:
    return file_page(name, package_file(name))
