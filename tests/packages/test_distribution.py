"""The wheel and the source distribution, made of a copy of the sources that has neither Node nor built pages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx2
import pytest

from tests.e2e.server import Server
from tests.packages.kit import unpacked

_ROOT: Final = Path(__file__).parents[2]
_SOURCES: Final = ("src", "topology", "requirements", "web", "hatch_build.py", "pyproject.toml")
_TEXTS: Final = ("README.md", "LICENSE", "CHANGELOG.md")
_PAGES: Final = "ordermill/entrypoints/pages/app/"


def _copied(into: Path) -> Path:
    leftovers = shutil.ignore_patterns("node_modules", "app", "__pycache__", "*.egg-info", "types")
    for name in (*_SOURCES, *_TEXTS):
        if (_ROOT / name).is_dir():
            shutil.copytree(_ROOT / name, into / name, ignore=leftovers)
        else:
            shutil.copy(_ROOT / name, into / name)
    return into


def _run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **environment}
    return subprocess.run(list(map(str, command)), cwd=cwd, env=env, capture_output=True, text=True, check=False)


def _done(*command: str | Path, cwd: Path, **environment: str) -> None:
    ended = _run(*command, cwd=cwd, **environment)
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"


def _pages_of(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name.startswith(_PAGES)}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH on which there is a shell, which npm asks for, and neither Node nor npm."""
    folder = tmp_path_factory.mktemp("bin")
    (folder / "sh").symlink_to(shutil.which("sh") or "/bin/sh")
    return str(folder)


@pytest.fixture(scope="module")
def wheel(bare: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `pip wheel .` makes, which brings what the build needs."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    _copied(source)
    _done(sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", out, source, cwd=out, PATH=bare)
    (made,) = out.iterdir()
    return made


@pytest.fixture(scope="module")
def sdist(bare: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `python -m build --sdist` makes."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("sdist")
    _copied(source)
    _done(sys.executable, "-m", "build", "--sdist", "--outdir", out, source, cwd=out, PATH=bare)
    (made,) = out.iterdir()
    return made


@pytest.fixture(scope="module")
def installed(bare: str, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of an environment of its own, into which the wheel was installed."""
    place = tmp_path_factory.mktemp("installed")
    venv.create(place, with_pip=True)
    _done(place / "bin" / "python", "-m", "pip", "install", "--quiet", wheel, cwd=place, PATH=bare)
    return place / "bin" / "ordermill"


@pytest.fixture
def server(installed: Path, tmp_path: Path) -> Iterator[Server]:
    """What was installed, running."""
    running = Server(tmp_path / "data", command=installed)
    try:
        yield running.start()
    finally:
        running.kill()


def test_the_wheel_has_the_pages_and_no_sources_of_theirs(wheel: Path) -> None:
    assert {f"{_PAGES}console.html", f"{_PAGES}views.json"} <= _pages_of(wheel).keys()
    with zipfile.ZipFile(wheel) as archive:
        assert not [name for name in archive.namelist() if name.endswith((".ts", ".tsx", "package.json", ".map"))]


def test_what_was_installed_serves_the_console_and_all_it_loads(server: Server, wheel: Path) -> None:
    with httpx2.Client(base_url=server.url, headers=server.staff) as client:
        page = client.get("/console")
        assert page.status_code == 200
        loaded = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.text)
        assert any(name.endswith(".js") for name in loaded)
        built = [f"/{name.removeprefix(_PAGES)}" for name in _pages_of(wheel) if "/assets/" in name]
        assert len(built) > 10
        for path in {*loaded, *built}:
            assert client.get(path).status_code == 200, path
        assert client.get("/").status_code == 200


def test_the_sources_carry_the_pages_so_that_installing_needs_no_node(
    bare: str, wheel: Path, sdist: Path, tmp_path: Path
) -> None:
    with tarfile.open(sdist) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
        assert not [name for name in names if name.startswith("web/")]
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    # Without isolation nothing is fetched: Node is neither asked for nor there.
    command = (sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path)
    _done(*command, source, cwd=tmp_path, PATH=bare, PIP_NO_INDEX="1")
    (of_sources,) = tmp_path.glob("*.whl")
    # Built twice, in two folders: what is not the same is not reproducible.
    assert _pages_of(of_sources) == _pages_of(wheel)


def test_sources_that_lost_their_pages_are_not_made_a_wheel(tmp_path: Path) -> None:
    source = _copied(tmp_path / "source")
    shutil.rmtree(source / "web")
    ended = _wheel(source, tmp_path)
    assert ended.returncode != 0
    assert "The pages are missing, and so is web/" in ended.stdout + ended.stderr


def test_a_build_that_fails_says_why_in_a_line_and_leaves_no_wheel(tmp_path: Path) -> None:
    ended = _wheel(_copied(tmp_path / "source"), tmp_path)
    assert ended.returncode != 0
    told = ended.stdout + ended.stderr
    assert "The pages were not built: Node is missing: `make web` brings it" in told
    assert "Traceback" not in told
    assert not list(tmp_path.glob("*.whl"))


def test_an_editable_install_builds_nothing(bare: str, tmp_path: Path) -> None:
    source = _copied(tmp_path / "source")
    made = "import sys; from hatchling.build import build_editable; print(build_editable(sys.argv[1]))"
    _done(sys.executable, "-c", made, tmp_path, cwd=source, PATH=bare)
    assert list(tmp_path.glob("*.whl"))
    assert not (source / "src" / _PAGES).exists()


def test_without_built_pages_the_api_goes_on_and_says_what_to_do(wheel: Path, tmp_path: Path) -> None:
    packages = unpacked(wheel, tmp_path / "packages")
    shutil.rmtree(packages / _PAGES)
    running = Server(tmp_path / "data", env={"PYTHONPATH": str(packages)})
    try:
        running.start()
        assert "THE PAGES ARE NOT BUILT: run make web, then start again" in running.log_text()
        refused = httpx2.get(f"{running.url}/console", headers=running.staff)
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/pages-not-built")
        assert "make web" in refused.json()["detail"]
        assert httpx2.get(f"{running.url}/queues", headers=running.staff).status_code == 200
    finally:
        running.kill()


def _wheel(source: Path, into: Path) -> subprocess.CompletedProcess[str]:
    """Hatchling's own command, which fetches nothing."""
    return _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", into, cwd=source, PYTHONNOUSERSITE="1")
