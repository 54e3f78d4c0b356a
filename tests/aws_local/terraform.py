"""Terraform with the real provider, on a copy of the real configuration."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from tests.aws_local.emulator import Unusable
from tests.infrastructure.workspace import PLUGINS, plugin_dir

PARALLEL: Final = 40
"""What takes long are the provider's own waits."""
VARIABLES: Final = "aws-local.auto.tfvars.json"

Progress = Callable[[int, int], None]
"""How many resources are done, of how many."""


def unwatched(done: int, planned: int) -> None:
    """Nobody wants to know."""


_DONE: Final = re.compile(r"(?:Creation|Modifications|Destruction) complete after")
_PLANNED: Final = re.compile(r"Plan: (\d+) to add, (\d+) to change, (\d+) to destroy")


class Terraform:
    """The configuration in `root`; what it prints goes to `log`. Its environment is `access` and little else."""

    def __init__(self, root: Path, access: Mapping[str, str], log: Path) -> None:
        """Raises Unusable if there is no Terraform."""
        self._root, self._log = root, log
        program = shutil.which("terraform")
        if program is None:
            raise Unusable("Terraform 1.11 or later is needed: https://developer.hashicorp.com/terraform/install")
        self._program = program
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        self._environment = {**kept, **access, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}

    def init(self) -> None:
        """Find the provider. Raises Unusable."""
        plugins = plugin_dir()
        try:
            self._run(["init", "-no-color", *([] if plugins is None else [f"-plugin-dir={plugins}"])])
        except Unusable as error:
            hint = f"Where no registry is reached, {PLUGINS} names a folder with the provider, unpacked."
            raise Unusable(f"{error}\n{hint}") from None

    def apply(self, variables: Mapping[str, object], progress: Progress = unwatched) -> dict[str, Any]:
        """Make it so, and its outputs. Raises Unusable."""
        (self._root / VARIABLES).write_text(json.dumps(variables, indent=2), encoding="utf-8")
        self._run(["apply", "-auto-approve", "-no-color", f"-parallelism={PARALLEL}"], progress)
        outputs = json.loads(self._run(["output", "-json"]))
        return {name: output["value"] for name, output in outputs.items()}

    def destroy(self, progress: Progress = unwatched) -> None:
        """Take everything away. Raises Unusable."""
        self._run(["destroy", "-auto-approve", "-no-color", f"-parallelism={PARALLEL}"], progress)

    def planned(self) -> dict[str, str]:
        """The address and type of each resource that an apply would change. Raises Unusable."""
        lines = self._run(["plan", "-json"]).splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{")]
        changed = [each["change"]["resource"] for each in found if each["type"] == "planned_change"]
        return {resource["addr"]: resource["resource_type"] for resource in changed}

    def state(self) -> list[str]:
        """The addresses of what it manages."""
        return self._run(["state", "list"]).splitlines()

    def _run(self, arguments: list[str], progress: Progress = unwatched) -> str:
        """What it prints. Raises Unusable with the end of it if it fails."""
        lines, done, planned = list[str](), 0, 0
        # A group of its own: a Ctrl-C is for us to handle.
        with (
            subprocess.Popen(
                [self._program, *arguments],
                cwd=self._root,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            ) as process,
            self._log.open("a", encoding="utf-8") as log,
        ):
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    log.write(line)
                    lines.append(line)
                    found = _PLANNED.search(line)
                    if found:
                        planned = sum(map(int, found.groups()))
                    done += bool(_DONE.search(line))
                    progress(done, planned)
                code = process.wait()
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        if code != 0:
            raise Unusable(f"terraform {arguments[0]} failed:\n{_why(lines)}")
        return "".join(lines)


def _why(lines: list[str]) -> str:
    """From the first error on, or the end."""
    first = next((number for number, line in enumerate(lines) if line.startswith(("Error:", "│ Error:"))), None)
    return "".join(lines[-30:] if first is None else lines[first : first + 60]).rstrip()
