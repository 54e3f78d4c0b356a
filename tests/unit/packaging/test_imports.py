"""What a module imports is read off its text."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordermill.entrypoints.packaging.errors import PackagingError
from ordermill.entrypoints.packaging.imports import Imports
from tests.packages.kit import tree


def imports(root: Path, text: str, module: str = "functions.sell") -> Imports:
    """Of `module`, which is `text`, in a package that has domain.money, adapters.shop and adapters.till too."""
    others = {"domain.money": "", "adapters.shop": "", "adapters.till": ""}
    return tree(root, {**others, module: text}).imports(f"ordermill.{module}")


@pytest.mark.parametrize(
    "text",
    [
        "import ordermill.adapters.shop",
        "from ordermill.adapters import shop",
        "from ordermill.adapters.shop import Shop",
        "from ..adapters import shop",
        "def late():\n    from ordermill.adapters.shop import Shop",
        "if x:\n    pass\nelse:\n    import ordermill.adapters.shop",
        "SHOP = 'ordermill.adapters.shop'",
        "SHOP = {'shop': 'ordermill.adapters.shop:Shop'}",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    pass\nelse:\n    import ordermill.adapters.shop",
    ],
)
def test_however_a_module_is_named_it_is_found(tmp_path: Path, text: str) -> None:
    assert "ordermill.adapters.shop" in imports(tmp_path, text).ours


def test_a_package_is_what_its_own_relative_imports_begin_at(tmp_path: Path) -> None:
    sources = tree(tmp_path, {"adapters.shop": ""})
    (tmp_path / "ordermill/adapters/__init__.py").write_text("from .shop import Shop\n")
    assert "ordermill.adapters.shop" in sources.imports("ordermill.adapters").ours


@pytest.mark.parametrize(
    "text",
    [
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import ordermill.adapters.shop",
        "import typing\nif typing.TYPE_CHECKING:\n    from ordermill.adapters import shop",
        "TEXT = 'see ordermill.adapters.shop'",
        "NONE = 'ordermill.adapters.nothing'",
    ],
)
def test_what_is_never_imported_is_not(tmp_path: Path, text: str) -> None:
    assert {each for each in imports(tmp_path, text).ours if "shop" in each or "nothing" in each} == set()


def test_others_packages_are_known_by_the_first_part_of_their_names(tmp_path: Path) -> None:
    text = "import os.path\nfrom botocore.config import Config\n\n\ndef late():\n    import email_validator\n"
    assert imports(tmp_path, text).outside == {"os", "botocore", "email_validator"}


@pytest.mark.parametrize("text", ["name(f'ordermill.adapters.{kind}')", "name('ordermill.adapters.' + kind)"])
def test_a_name_that_is_put_together_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    with pytest.raises(PackagingError, match=r"ordermill\.functions\.sell, line 1,.* below ordermill\.adapters:"):
        imports(tmp_path, text)


def test_but_a_functions_may_be(tmp_path: Path) -> None:
    assert imports(tmp_path, "name(f'ordermill.functions.{function}')").ours == frozenset()


def test_a_module_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match=r"no module ordermill\.functions\.other"):
        tree(tmp_path, {"functions.sell": ""}).imports("ordermill.functions.other")


@pytest.mark.parametrize("text", ["import ordermill.adapters.lost", "from ordermill.adapters.lost import Shop"])
def test_what_it_imports_and_is_not_there_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(PackagingError, match=r"functions\.sell imports ordermill\.adapters\.lost"):
        imports(tmp_path, text)
