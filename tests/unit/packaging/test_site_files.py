"""The web site as files: whatever a page asks for is one of them, or a route of the API."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from ordermill.entrypoints.packaging.archive import digest
from ordermill.entrypoints.packaging.manifest import SiteFile
from ordermill.entrypoints.packaging.site_files import DEPLOYMENT, INDEX, build_site
from ordermill.entrypoints.problem_types import PROBLEM_TYPES
from ordermill.entrypoints.site import built as built_assets
from ordermill.entrypoints.site import console_page, views
from ordermill.topology.loader import load, shipped
from ordermill.topology.model import Topology
from ordermill.topology.views import routes


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, SiteFile]]:
    """The folder and what stands in it."""
    folder = tmp_path_factory.mktemp("site")
    return folder, build_site(folder)


def methods(folder: Path, name: str) -> set[str]:
    """`METHOD /path` of what a description describes."""
    paths = json.loads((folder / "openapi" / f"{name}.json").read_bytes())["paths"]
    return {f"{method.upper()} {path}" for path, operations in paths.items() for method in operations}


def test_every_object_is_a_file_and_every_file_an_object(built: tuple[Path, dict[str, SiteFile]]) -> None:
    folder, files = built
    assert {f"site/{key}" for key in files} == {each.file for each in files.values()}
    there = {path.relative_to(folder).as_posix() for path in (folder / "site").rglob("*") if path.is_file()}
    assert there == {each.file for each in files.values()}
    for each in files.values():
        assert each.sha256 == digest((folder / each.file).read_bytes())
    assert json.loads((folder / "site.json").read_bytes()).keys() == files.keys()


def test_they_stand_where_the_local_server_has_them(built: tuple[Path, dict[str, SiteFile]]) -> None:
    _, files = built
    assert files.keys() >= {INDEX, "docs", "topology", *(f"problems/{slug}" for slug in PROBLEM_TYPES)}
    assert {key: each.path for key, each in files.items()} == {key: "/" if key == INDEX else f"/{key}" for key in files}


def test_what_pages_load_and_lead_to_is_there(built: tuple[Path, dict[str, SiteFile]]) -> None:
    folder, files = built
    there = {each.path for each in files.values()} | {"/openapi.json"}
    assert "console" in files
    pages = [each for each in files.values() if each.content_type.startswith("text/html")]
    wanted = {
        found
        for each in pages
        for found in re.findall(r'(?:href|src)="(/[^"#]*)"', (folder / each.file).read_text(encoding="utf-8"))
    }
    scripts = [each for key, each in files.items() if key.endswith(".js") and "swagger" not in key]
    for each in scripts:
        imported = re.findall(r'(?:from|import)\s*"\./([^"]+)"', (folder / each.file).read_text(encoding="utf-8"))
        wanted |= {f"/assets/{name}" for name in imported}
    assert len(wanted) > 10
    assert wanted <= there


def test_only_pages_have_a_policy_and_types_are_those_of_their_names(
    built: tuple[Path, dict[str, SiteFile]],
) -> None:
    _, files = built
    for key, each in files.items():
        assert (each.content_security_policy is not None) == each.content_type.startswith("text/html"), key
        kept = key.removeprefix("assets/") in built_assets()
        assert each.cache_control == ("public, max-age=31536000, immutable" if kept else "no-cache"), key
    assert files["assets/docs.js"].content_type.startswith("text/javascript")
    assert files["topology"].content_type == "application/json"


def test_the_topology_is_the_one_that_is_deployed(built: tuple[Path, dict[str, SiteFile]]) -> None:
    folder, files = built
    assert (folder / files["topology"].file).read_bytes() == shipped("topology.json").read_bytes()


@pytest.mark.parametrize("pipeline", sorted(load().pipelines))
def test_a_description_is_of_what_answers_on_aws(built: tuple[Path, dict[str, SiteFile]], pipeline: str) -> None:
    folder, _ = built
    table = [entry for entry in routes(load(), pipeline) if entry.where == "both" and entry.function]
    static = {"GET /openapi.json", "GET /problems/{slug}"}
    everything = {f"{entry.method} {entry.path}" for entry in table}
    public = {f"{entry.method} {entry.path}" for entry in table if entry.access != "staff"}
    assert public < everything
    assert methods(folder, f"{pipeline}-staff") == everything | static
    assert methods(folder, pipeline) == public | static


def test_what_only_the_local_server_has_is_not_described(tmp_path: Path) -> None:
    topology = load()
    route = replace(topology.routes["GET /orders.csv"], where="local")
    build_site(tmp_path, replace(topology, routes={**topology.routes, "GET /orders.csv": route}))
    assert {"GET /orders", "GET /orders.csv"} & methods(tmp_path, "stream-staff") == {"GET /orders"}


def test_a_description_leads_to_the_host_it_came_from(built: tuple[Path, dict[str, SiteFile]]) -> None:
    folder, _ = built
    for path in (folder / "openapi").iterdir():
        assert json.loads(path.read_bytes())["servers"] == [{"url": "/"}]


def test_what_stood_there_before_is_gone(tmp_path: Path) -> None:
    topology: Topology = load()
    build_site(tmp_path, topology)
    (tmp_path / "site" / "old.js").write_text("old")
    build_site(tmp_path, topology)
    assert not (tmp_path / "site" / "old.js").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["openapi", "site", "site.json", "views.json"]


def test_the_console_is_the_local_servers_but_that_it_knows_it_is_deployed(
    built: tuple[Path, dict[str, SiteFile]],
) -> None:
    folder, files = built
    mark = f'<meta name="deployment" content="{DEPLOYMENT}">'
    here, there = console_page(), (folder / files["console"].file).read_text(encoding="utf-8")
    assert here is not None
    assert there.count(mark) == 1
    assert mark not in here.decode()
    assert there.replace(mark, "") == here.decode()
    assert mark in (folder / files[INDEX].file).read_text(encoding="utf-8")


def test_all_that_was_built_is_there_and_so_are_the_views(built: tuple[Path, dict[str, SiteFile]]) -> None:
    folder, files = built
    assert built_assets()
    assert {f"assets/{name}" for name in built_assets()} < files.keys()
    assert json.loads((folder / "views.json").read_bytes()) == list(views())
    assert "/console/orders/:orderId" in views()
