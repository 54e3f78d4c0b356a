"""Which modules a function's zip has, and which it may not have."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordermill.entrypoints.packaging.build import our_sources
from ordermill.entrypoints.packaging.closure import HANDLER, REFUSED, closure
from ordermill.entrypoints.packaging.errors import PackagingError
from ordermill.entrypoints.packaging.functions import deployed
from ordermill.topology.loader import load
from tests.packages.kit import tree

_HANDLER = HANDLER.removeprefix("ordermill.")
_TREE = {
    _HANDLER: "import ordermill.adapters.queues\nname(f'ordermill.functions.{own}')",
    "adapters.queues": "import ordermill.domain.order",
    "domain.order": "import msgspec",
    "functions.sell": "import ordermill.domain.money",
    "functions.buy": "import ordermill.domain.debt",
    "domain.money": "",
    "domain.debt": "",
}


def test_it_is_what_the_handler_and_the_function_lead_to(tmp_path: Path) -> None:
    found = closure(tree(tmp_path, _TREE), "sell")
    below = {each.removeprefix("ordermill.") for each in found.modules}
    packages = {"ordermill", "entrypoints", "adapters", "domain", "functions"}
    assert below == {*packages, _HANDLER, "adapters.queues", "domain.order", "functions.sell", "domain.money"}
    assert found.outside == {"msgspec": "ordermill.domain.order"}


def test_what_a_package_imports_comes_with_its_modules(tmp_path: Path) -> None:
    sources = tree(tmp_path, _TREE)
    (tmp_path / "ordermill/adapters/__init__.py").write_text("import ordermill.domain.debt\n")
    assert "ordermill.domain.debt" in closure(sources, "sell").modules


@pytest.mark.parametrize("refused", [*REFUSED, f"{REFUSED[0]}.store", "ordermill.functions.buy"])
def test_what_it_may_not_have_is_told_with_the_way_that_leads_there(tmp_path: Path, refused: str) -> None:
    below = refused.removeprefix("ordermill.")
    sources = tree(tmp_path, {**_TREE, below: "", "domain.order": f"def late():\n    import {refused}\n"})
    with pytest.raises(PackagingError) as told:
        closure(sources, "sell")
    way = [HANDLER, "ordermill.adapters.queues", "ordermill.domain.order", refused]
    assert " imports ".join(way) in str(told.value)


def test_what_is_refused_exists() -> None:
    assert [name for name in REFUSED if our_sources().path(name) is None] == []


def test_what_it_never_asks_for_is_left_out_with_what_that_leads_to(tmp_path: Path) -> None:
    found = closure(tree(tmp_path, _TREE), "sell", without=["ordermill.adapters.queues"])
    assert not {"ordermill.adapters.queues", "ordermill.domain.order"} & {*found.modules}
    assert found.outside == {}


@pytest.mark.parametrize("function", deployed(load()))
def test_every_function_has_its_own_file_and_no_others(function: str) -> None:
    found = closure(our_sources(), function).modules
    assert [each for each in found if each.startswith("ordermill.functions.")] == [f"ordermill.functions.{function}"]
