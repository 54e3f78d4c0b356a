"""The web site: the pages that the local server serves, as files for a bucket behind a content network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from ordermill import __version__
from ordermill.entrypoints.docs import SWAGGER_FILES
from ordermill.entrypoints.openapi import document
from ordermill.entrypoints.packaging.archive import digest
from ordermill.entrypoints.packaging.build import replaced
from ordermill.entrypoints.packaging.errors import PackagingError
from ordermill.entrypoints.packaging.manifest import SiteFile, written
from ordermill.entrypoints.problem_types import PROBLEM_TYPES, problem_page
from ordermill.entrypoints.site import ASSETS, NotBuilt, asset, built, built_html, page, views
from ordermill.entrypoints.webpage import Page, html_page
from ordermill.topology.loader import load, shipped
from ordermill.topology.model import Topology
from ordermill.topology.views import RouteEntry, routes

INDEX: Final = "index.html"
"""The object that `/` shows."""

DEPLOYMENT: Final = "/deployment.json"
"""Where a deployment says what it is, and how staff sign in; Terraform writes it."""

_JSON: Final = "application/json"
_FIRST: Final = b'<meta charset="utf-8">'
_MARK: Final = f'<meta name="deployment" content="{DEPLOYMENT}">'.encode()
_DESCRIBED: Final = ("GET /openapi.json", "GET /problems/{slug}")
"""What only the local server answers itself, and on AWS a file."""


def build_site(into: Path, topology: Topology | None = None) -> dict[str, SiteFile]:
    """Write the folders `site` and `openapi` below `into`, and `site.json`: the objects by their keys.

    `openapi/<pipeline>.json` describes the API without what only staff may call, `<pipeline>-staff.json` all of it.
    `views.json` lists the paths that all show the object `console`. Raises PackagingError without built pages.
    """
    topology = topology or load()
    try:
        pages = list(_pages())
        console = views()
    except NotBuilt as error:
        raise PackagingError("The pages are not built: run `make web`.") from error
    files = {}
    with replaced(into / "site") as folder:
        for path, found in pages:
            key = path.removeprefix("/") or INDEX
            file = folder / key
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(found.body)
            files[key] = _described(path, key, found)
    with replaced(into / "openapi") as folder:
        for pipeline in topology.pipelines:
            for name, staff in ((pipeline, False), (f"{pipeline}-staff", True)):
                description = document(_routes(topology, pipeline, staff=staff), __version__, "/")
                (folder / f"{name}.json").write_bytes(msgspec.json.encode(description))
    (into / "site.json").write_bytes(written(files))
    (into / "views.json").write_bytes(written(console))
    return files


def _pages() -> Iterator[tuple[str, Page]]:
    """Every file with the path where it stands."""
    found: list[tuple[str, Page | None]] = [("/", _marked(page("/"))), ("/docs", page("/docs"))]
    found.append(("/console", _marked(html_page(built_html("console")))))
    found += [(f"/assets/{name}", asset(name)) for name in sorted({*ASSETS, *SWAGGER_FILES, *built()})]
    found += [(f"/problems/{slug}", problem_page(slug)) for slug in sorted(PROBLEM_TYPES)]
    found.append(("/topology", Page(_JSON, shipped("topology.json").read_bytes(), {"cache-control": "no-cache"})))
    for path, each in found:
        if each is None:
            raise LookupError(f"{path} is listed and not there")
        yield path, each


def _marked(found: Page | None) -> Page | None:
    """The page, told that it is of a deployment: locally it asks nobody, as the mark is not there."""
    if found is None:
        return None
    if found.body.count(_FIRST) != 1:
        raise LookupError(f"a page without {_FIRST.decode()}")
    body = found.body.replace(_FIRST, _FIRST + _MARK)
    return html_page(body, found.headers["content-security-policy"])


def _described(path: str, key: str, found: Page) -> SiteFile:
    policy = found.headers.get("content-security-policy")
    return SiteFile(path, f"site/{key}", found.content_type, found.headers["cache-control"], policy, digest(found.body))


def _routes(topology: Topology, pipeline: str, *, staff: bool) -> list[RouteEntry]:
    """What answers there; `staff`: also what only they may call."""
    return [
        entry
        for entry in routes(topology, pipeline)
        if f"{entry.method} {entry.path}" in _DESCRIBED
        or (entry.function is not None and entry.where == "both" and (staff or entry.access != "staff"))
    ]
