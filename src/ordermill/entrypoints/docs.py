"""`/docs`: Swagger UI from its package's files, started by our own script; nothing is asked of another host."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from swagger_ui_bundle import swagger_ui_path

from ordermill.entrypoints.webpage import CONTENT_SECURITY_POLICY, Page, file_page, html_page, package_file

SWAGGER_FILES: Final = frozenset({"swagger-ui.css", "swagger-ui-bundle.js"})
"""The files of the package that are served, and no others."""

_POLICY: Final = f"{CONTENT_SECURITY_POLICY}; img-src 'self' data:"
"""Swagger UI draws its icons from data URLs; it needs nothing else beyond the other pages' policy."""


@cache
def docs_page() -> Page:
    """The page at `/docs`."""
    return html_page(package_file("docs.html"), _POLICY)


def swagger_asset(name: str) -> Page | None:
    """One of `SWAGGER_FILES`, else None."""
    return _read(name) if name in SWAGGER_FILES else None


@cache
def _read(name: str) -> Page:
    return file_page(name, Path(swagger_ui_path, name).read_bytes())
