"""What axe-core finds wrong with a page as it is shown: `assert findings(page) == []`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page

SOURCE: Final = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
"""One of the pages' own development dependencies: `make test` installs it."""

_LOOK: Final = """async impacts => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.filter(each => impacts.includes(each.impact));
}"""


def findings(page: Page, *, impacts: tuple[str, ...] = ("serious", "critical")) -> list[str]:
    """A sentence for each element that a rule of these impacts is broken by. Raises FileNotFoundError without axe-core.

    What still moves or fades in is looked at half-way: wait for what is to be seen first.
    """
    # Evaluated by the browser's debugger, so the page's policy stays as it is.
    page.evaluate(_source())
    violations: list[dict[str, Any]] = page.evaluate(_LOOK, list(impacts))
    return [
        f"{each['id']} ({each['impact']}): {each['help']}: {node['html']}: {node['failureSummary']}"
        for each in violations
        for node in each["nodes"]
    ]


@cache
def _source() -> str:
    return SOURCE.read_text(encoding="utf-8") + "\n;undefined"
