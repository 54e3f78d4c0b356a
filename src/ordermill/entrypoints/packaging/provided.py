"""What starts a function where the runtime is brought along: `bootstrap`, for an emulator on this machine."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Final

from ordermill.entrypoints.packaging.archive import Member
from ordermill.entrypoints.packaging.errors import PackagingError

BOOTSTRAP: Final = "bootstrap"


def bootstrap(packages: Path) -> Member:
    """The script that runs a function with this very Python and the packages in a folder, and no others.

    Raises PackagingError where the folder cannot be named in a search path.
    """
    if os.pathsep in str(packages):
        raise PackagingError(f"Python cannot search {packages}: there is a {os.pathsep!r} in its name.")
    # -S: a package that the layers lack is not found in this Python's own either.
    lines = (
        "#!/bin/sh",
        f"PYTHONPATH={shlex.quote(str(packages))}",
        "export PYTHONPATH",
        f'exec {shlex.quote(sys.executable)} -S -m awslambdaric "$_HANDLER"',
    )
    return Member("".join(f"{line}\n" for line in lines).encode(), executable=True)
