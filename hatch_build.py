"""What hatchling runs when it makes a wheel or a source distribution: the pages are built into the package first.

An editable install has its pages from `make web`; a source distribution carries them, so that installing from it needs
no Node.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).parent
WEB = HERE / "web"
PAGES = HERE / "src" / "ordermill" / "entrypoints" / "pages" / "app"


class PagesHook(BuildHookInterface[Any]):
    """Builds `web/` where its sources are at hand."""

    def dependencies(self) -> list[str]:
        """Node, which is wanted for the time of the build alone."""
        return (HERE / "requirements" / "web.in").read_text().split() if self._at_hand else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, unless it is an editable install. What cannot be built or is missing ends it with a line."""
        if version == "editable":
            return
        if self._at_hand:
            builder = _builder()
            try:
                builder.build()
            except builder.BuildError as error:
                self.app.abort(f"The pages were not built: {error}")
        elif not (PAGES / "console.html").is_file():
            self.app.abort("The pages are missing, and so is web/, which they are built from: take the whole source")

    @property
    def _at_hand(self) -> bool:
        return (WEB / "package.json").is_file()


def _builder() -> ModuleType:
    """`web/build.py`. Not by its name, which a package on the index has too."""
    spec = importlib.util.spec_from_file_location("ordermill_pages_build", WEB / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
