"""What tests of packages share: small trees of code, small wheels, and a Python that sees a package alone."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from ordermill.entrypoints.packaging.imports import Sources


def tree(root: Path, files: Mapping[str, str]) -> Sources:
    """A package `ordermill` in `root`, of these modules by their names below it; packages between are made."""
    package = root / "ordermill"
    for name, text in files.items():
        path = package.joinpath(*name.split(".")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for folder in {package, *(path.parent for path in package.rglob("*.py"))}:
        folder.joinpath("__init__.py").touch()
    return Sources("ordermill", package)


def wheel(folder: Path, name: str, files: Mapping[str, str], *, version: str = "1.0", tag: str = "py3-none-any") -> str:
    """Make a wheel; what a locked requirements file says of it."""
    info = f"{name}-{version}.dist-info"
    extra = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name}-tool = {name}:main\n",
    }
    members = {**files, **extra}
    record = "".join(f"{each},,\n" for each in [*members, f"{info}/RECORD"])
    path = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for each, text in {**members, f"{info}/RECORD": record}.items():
            archive.writestr(zipfile.ZipInfo(each), text)  # At a fixed time: made again, it is the same.
    return f"{name}=={version} \\\n    --hash=sha256:{sha256(path.read_bytes()).hexdigest()}\n"


def names(archive: Path) -> set[str]:
    """The files in a zip."""
    with zipfile.ZipFile(archive) as opened:
        return set(opened.namelist())


def unpacked(archive: Path, into: Path) -> Path:
    """A zip's files as Lambda unpacks them."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(into)
    return into


def alone(code: str, search: Sequence[Path], **environment: str) -> Any:
    """What `code` prints as JSON, run by this Python with the standard library and the folders of `search` alone."""
    path = {"PYTHONPATH": ":".join(map(str, search)), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, env={**path, **environment}, cwd=search[0]
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
