"""Terraform's own checks and tests: form, validity, and the `.tftest.hcl` files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.infrastructure.conftest import initialised, packaged
from tests.infrastructure.workspace import ROOT, terraform


def test_every_file_is_formatted() -> None:
    if shutil.which("terraform") is None:
        pytest.skip("Terraform is not installed")
    terraform(ROOT / "infrastructure", "fmt", "-check", "-recursive", "-diff")


def test_the_configuration_is_valid(root: Path) -> None:
    terraform(root, "validate")


def test_the_topologys_module_needs_no_provider_and_passes_its_tests(tmp_path: Path) -> None:
    if shutil.which("terraform") is None:
        pytest.skip("Terraform is not installed")
    module = tmp_path / "infrastructure/modules/topology"
    shutil.copytree(ROOT / "infrastructure/modules/topology", module)
    shutil.copytree(ROOT / "topology", tmp_path / "topology")
    terraform(module, "init", "-backend=false")
    told = terraform(module, "test")
    assert "0 failed" in told
    assert "0 passed" not in told


def test_what_can_be_switched_is_switched(tmp_path: Path) -> None:
    packaged(tmp_path)
    told = terraform(initialised(tmp_path), "test")
    assert "0 failed" in told
    assert "0 passed" not in told
