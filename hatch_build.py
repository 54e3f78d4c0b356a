"""What hatchling runs when it makes a wheel or a source distribution: the pages are built into the package first.

An editable install has its pages from `make web`; a source distribution carries them, so that installing from it needs
no Node.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = Path(__file__).parent / "web"


class PagesHook(BuildHookInterface[Any]):
    """Builds `web/` where its sources are at hand."""

    def dependencies(self) -> list[str]:
        """Node, which is wanted for the time of the build alone."""
        return (WEB.parent / "requirements" / "web.in").read_text().split() if self._at_hand else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, unless it is an editable install."""
        if version != "editable" and self._at_hand:
            sys.path.insert(0, str(WEB))
            from build import build

            build()

    @property
    def _at_hand(self) -> bool:
        return (WEB / "package.json").is_file()
