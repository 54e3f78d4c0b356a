"""The pages: complete, strict about where things come from, and reachable only by name."""

from __future__ import annotations

import re
from gzip import compress
from hashlib import sha256

import pytest

from ordermill.entrypoints.docs import SWAGGER_FILES
from ordermill.entrypoints.site import ASSETS, Page, asset, built, console_page, page

PAGES = ("/", "/docs")
FIRST_LOAD_MAX = 150_000


def text(found: Page | None) -> str:
    assert found is not None
    return found.body.decode()


def policy(path: str) -> dict[str, str]:
    found = page(path)
    assert found is not None
    parts = [part.split(" ", 1) for part in found.headers["content-security-policy"].split("; ")]
    assert len(parts) == len({name for name, _ in parts}), "a browser ignores a directive's second mention"
    return dict(parts)


@pytest.mark.parametrize("path", PAGES)
def test_pages_allow_nothing_from_elsewhere_and_no_frames(path: str) -> None:
    rules = policy(path)
    assert rules["default-src"] == "'self'"
    assert rules["base-uri"] == rules["frame-ancestors"] == rules["object-src"] == "'none'"
    assert rules["form-action"] == "'self'"
    assert "unsafe" not in " ".join(rules.values())


def test_only_swagger_ui_may_draw_from_data_urls() -> None:
    assert "img-src" not in policy("/")
    assert policy("/docs")["img-src"] == "'self' data:"


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_html(path: str) -> None:
    found = page(path)
    assert found is not None
    assert found.content_type == "text/html; charset=utf-8"


@pytest.mark.parametrize("path", PAGES)
def test_pages_have_nothing_inline(path: str) -> None:
    html = text(page(path))
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", html)
    assert re.findall(r"<script(?![^>]*\ssrc=)", html) == []


@pytest.mark.parametrize("path", PAGES)
def test_everything_a_page_loads_is_served(path: str) -> None:
    loaded = re.findall(r'(?:src|href)="(/assets/[^"]+)"', text(page(path)))
    assert len(loaded) >= 3
    for url in loaded:
        assert asset(url.removeprefix("/assets/")) is not None, url


@pytest.mark.parametrize("name", sorted(name for name in ASSETS if name.endswith(".js")))
def test_every_module_a_script_imports_is_served(name: str) -> None:
    imported = re.findall(r'from "\./([^"]+)"', text(asset(name)))
    assert set(imported) <= ASSETS


@pytest.mark.parametrize("name", sorted(ASSETS))
def test_our_assets_name_no_other_host_and_write_no_html(name: str) -> None:
    source = text(asset(name)).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", source)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("app.css", "text/css; charset=utf-8"),
        ("docs.js", "text/javascript; charset=utf-8"),
        ("favicon.svg", "image/svg+xml"),
        ("swagger-ui.css", "text/css; charset=utf-8"),
        ("swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    ],
)
def test_assets_have_their_type(name: str, kind: str) -> None:
    found = asset(name)
    assert found is not None
    assert found.content_type == kind
    assert found.body


@pytest.mark.parametrize(
    "name",
    [
        "",
        "index.html",
        "../site.py",
        "..",
        "/etc/passwd",
        "swagger-ui-bundle.js.map",
        "oauth2-redirect.html",
        "app.css/",
        "APP.CSS",
    ],
)
def test_what_is_not_listed_is_not_there(name: str) -> None:
    assert asset(name) is None


@pytest.mark.parametrize("path", ["", "/index.html", "/docs/", "//", "/orders"])
def test_other_paths_are_no_pages(path: str) -> None:
    assert page(path) is None


@pytest.mark.parametrize("name", sorted(ASSETS | SWAGGER_FILES))
def test_etags_are_strong_and_of_the_content(name: str) -> None:
    found = asset(name)
    assert found is not None
    assert found.etag == f'"{sha256(found.body).hexdigest()[:32]}"'
    assert asset(name) is found


def test_what_was_built_is_kept_by_browsers_and_loaded_from_here() -> None:
    assert built()
    for name, found in built().items():
        assert found.headers["cache-control"] == "public, max-age=31536000, immutable", name
    html = console_page()
    assert html is not None
    urls = re.findall(r'(?:src|href)="([^"]+)"', html.decode())
    assert len(urls) >= 3
    assert all(asset(url.removeprefix("/assets/")) for url in urls if url != "/docs"), urls
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html.decode())


def loaded(html: bytes) -> dict[str, bytes]:
    """What a browser loads before the page is there: what it names, and what that imports at once."""
    wanted = re.findall(r'"/assets/([^"]+)"', html.decode())
    found: dict[str, bytes] = {}
    while wanted:
        name = wanted.pop()
        body = asset(name)
        assert body is not None, name
        if name not in found:
            found[name] = body.body
            wanted += re.findall(r'(?:from|import)\s*"\./([^"]+)"', body.body.decode())
    return found


@pytest.mark.parametrize("name", ["storefront", "console"])
def test_the_first_load_is_small_and_without_the_scene(name: str) -> None:
    found = page("/")
    html = found.body if found and name == "storefront" else console_page()
    assert html is not None
    files = loaded(html)
    assert len([each for each in files if each.endswith(".js")]) >= 3
    assert not [each for each in files if "scene" in each or "three" in each]
    assert sum(len(compress(each)) for each in (html, *files.values())) < FIRST_LOAD_MAX


@pytest.mark.parametrize(("view", "id_"), [(None, None), ("orders", None), ("orders", "ord_1"), ("live", None)])
def test_every_view_is_the_consoles_page(view: str | None, id_: str | None) -> None:
    assert console_page(view, id_) == console_page()


@pytest.mark.parametrize(("view", "id_"), [("nothing", None), ("live", "x"), ("..", None), ("order", "s"), (":", None)])
def test_other_views_are_none(view: str, id_: str | None) -> None:
    assert console_page(view, id_) is None
