"""A copy of the configuration to run Terraform in, so that nothing it writes lies in the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

from tests.infrastructure.states_stub import states_stub

ROOT: Final = Path(__file__).parents[2]
PLUGINS: Final = "ORDERMILL_TERRAFORM_PLUGINS"
"""The variable that names a directory with unpacked providers, for machines that reach no registry."""
FINDER: Final = ROOT / ".ci" / "terraform-plugins"
"""Prints such a directory, where there is one on this machine."""

OFFLINE: Final = """
provider "aws" {
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}
"""
"""Makes the provider ask nobody: for plans."""

_QUIET: Final = {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "TF_CLI_ARGS": "-no-color", "CHECKPOINT_DISABLE": "1"}


class TerraformFailed(Exception):
    """Terraform ended with another status than 0; the text is what it said."""


def workspace(directory: Path, override: str | None = None, *, topology: Path | None = None) -> Path:
    """Copy the configuration and the topology into `directory`, which may exist; answer where the root module lies.

    `override` is merged over it as Terraform merges override files; `topology` is a folder to take in place of ours.
    """
    root = directory / "infrastructure"
    skipped = shutil.ignore_patterns(".terraform*", "*.tfstate*", "*override.tf", "*.tfvars", "*.tfplan")
    shutil.copytree(ROOT / "infrastructure", root, ignore=skipped, dirs_exist_ok=True)
    shutil.copytree(topology or ROOT / "topology", directory / "topology", dirs_exist_ok=True)
    if override is not None:
        (root / "zz_override.tf").write_text(override, encoding="utf-8")
    return root


def terraform(root: Path, *arguments: str, environment: dict[str, str] | None = None) -> str:
    """Run Terraform there, and answer what it printed. Raises TerraformFailed, FileNotFoundError without Terraform."""
    environ = {**os.environ, **_QUIET, **(environment or {})}
    if not Path(environ.get("TF_CLI_CONFIG_FILE", "")).is_file():
        environ.pop("TF_CLI_CONFIG_FILE", None)
    command = ["terraform", f"-chdir={root}", *arguments]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise TerraformFailed(f"terraform {' '.join(arguments)} in {root}:\n{done.stderr or done.stdout}")
    return done.stdout


def init(root: Path) -> None:
    """Install modules and providers, from a directory of providers if one is named or found. Raises TerraformFailed."""
    plugins = plugin_dir()
    terraform(root, "init", "-backend=false", *([] if plugins is None else [f"-plugin-dir={plugins}"]))


def plugin_dir() -> str | None:
    """Where unpacked providers lie, or None: then the registry has to have them."""
    if named := os.environ.get(PLUGINS):
        return named
    if found := subprocess.run([FINDER], capture_output=True, text=True, check=False).stdout.strip():
        return found
    # A cache is laid out the same, and asks no registry when it is taken for a mirror.
    cache = os.environ.get("TF_PLUGIN_CACHE_DIR")
    return cache if cache and any(Path(cache).glob("*/hashicorp/aws/*")) else None


def plan(root: Path, **variables: Any) -> dict[str, Any]:
    """The plan for a deployment that is not there yet, as Terraform shows it in JSON. Raises TerraformFailed."""
    (root / "test.tfvars.json").write_text(json.dumps(variables), encoding="utf-8")
    with states_stub() as environment:
        terraform(
            root, "plan", "-refresh=false", "-var-file=test.tfvars.json", "-out=plan.tfplan", environment=environment
        )
    shown: dict[str, Any] = json.loads(terraform(root, "show", "-json", "plan.tfplan"))
    return shown
