"""What is locked for AWS: what functions import, in the versions that the tests run with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ordermill.entrypoints.packaging.build import locked, our_sources
from ordermill.entrypoints.packaging.closure import closure
from ordermill.entrypoints.packaging.functions import deployed
from ordermill.entrypoints.packaging.layers import EXTRAS
from ordermill.topology.loader import load

FILES = ["lambda", *(f"lambda-{name}" for name in EXTRAS)]

IMPORTED_AS = {"pillow": "PIL", "python-bidi": "bidi", "reportlab[accel]": "reportlab"}


def pins(file: str) -> set[str]:
    """`name==version` of each package in a locked file."""
    return set(re.findall(r"^([\w.-]+==\S+)", (locked() / f"{file}.txt").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("file", FILES)
def test_versions_are_those_that_the_tests_run_with(file: str) -> None:
    assert pins(file)
    assert pins(file) - pins("dev") == set()


@pytest.mark.parametrize("file", [*FILES, "provided"])
def test_nothing_is_locked_under_a_condition(file: str) -> None:
    text = (locked() / f"{file}.txt").read_text(encoding="utf-8")
    assert ";" not in text


@pytest.mark.parametrize("file", FILES)
def test_what_is_asked_for_is_imported(file: str) -> None:
    sources = our_sources()
    imported = {name for function in deployed(load()) for name in closure(sources, function).outside}
    asked = Path(locked() / f"{file}.in").read_text(encoding="utf-8").split()
    assert asked
    assert {IMPORTED_AS.get(name, name.replace("-", "_")) for name in asked} - imported == set()
