"""What a Lambda's start costs: the import of each function's handler, beside that of a bare boto3 client.

`python -m benchmarks.cold_import` builds the packages for this machine and unpacks them, as Lambda does. In fresh
processes that see nothing else it measures the time the processor was busy, because other processes do not add to it:
until the handler is there; and until all else in the zip is imported, some of it for a first message only, and there is
a client of DynamoDB. That is compared with `boto3.client("dynamodb")`, twice: as Lambda finds the code, without
bytecode; and compiled before.
"""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import click
import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.processes import Unmeasured
from benchmarks.stats import Spread, interleave, spread
from ordermill.entrypoints.packaging.archive import unzip
from ordermill.entrypoints.packaging.build import build
from ordermill.entrypoints.packaging.manifest import Package
from ordermill.entrypoints.packaging.wheels import this_machine
from ordermill.topology.loader import load

BEYOND_MAX_MS: Final = 100
"""How much longer than the bare client a function may take."""

_BARE: Final = "boto3"
_SDK: Final = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
"""The bare client's packages: those of the lock file, as the layer's are."""

_CLOCK: Final = """
from time import process_time
began = process_time()
{first}
imported = process_time()
{then}
print(imported - began, process_time() - began)
"""
_BARE_CODE: Final = _CLOCK.format(first="import boto3", then='boto3.client("dynamodb", region_name="eu-central-1")')
_OURS: Final = _CLOCK.format(
    first="from ordermill.entrypoints.aws_lambda import handler",
    then="import pkgutil, ordermill\n"
    "for each in pkgutil.walk_packages(ordermill.__path__, 'ordermill.'): __import__(each.name)\n"
    "from ordermill.adapters.aws.deployment import Deployment\n"
    'Deployment("ordermill", "eu-central-1", "000000000000").client("dynamodb")',
)
_ENV: Final = {
    "AWS_REGION": "eu-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "ORDERMILL_PREFIX": "ordermill",
    "ORDERMILL_ACCOUNT": "000000000000",
    "PYTHONDONTWRITEBYTECODE": "1",
}


class Start(msgspec.Struct, frozen=True):
    """Of one handler, in ms: until it is `imported`, until it is `ready` with a client, how far beyond the bare one's.

    The lowest of all rounds counts: whatever else the machine does can only add.
    """

    name: str
    imported: Spread
    ready: Spread
    beyond: float

    @property
    def is_within(self) -> bool:
        """Whether it is as fast as it must be."""
        return self.beyond <= BEYOND_MAX_MS


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=7, show_default=True, help="How many, of each function.")
@click.option("--function", "functions", multiple=True, help="Only this one; may be repeated.  [default: each]")
def main(rounds: int, functions: tuple[str, ...]) -> None:
    """Measure the cold import of every function, against a bare boto3 client."""
    console = Console(width=max(110, Console().width))
    with tempfile.TemporaryDirectory(prefix="ordermill-bench-", dir=Path.cwd()) as name:
        place = Path(name)
        package = build(place / "built", this_machine())
        if unknown := set(functions) - package.functions.keys():
            raise click.UsageError(f"there is no function {', '.join(sorted(unknown))}")
        places = _unpack(package, place)
        _show_sizes(package, console)
        wanted = functions or tuple(package.functions)
        try:
            from_source = _starts(package, places, wanted, rounds)
            for folder in places.values():
                compileall.compile_dir(folder, quiet=1)
            compiled = _starts(package, places, wanted, rounds)
        except Unmeasured as error:
            sys.exit(f"no figures: {error}")
    _show("As Lambda finds it, without bytecode", from_source, console)
    _show("Compiled before", compiled, console)
    if slow := sorted({start.name for start in [*from_source[1:], *compiled[1:]] if not start.is_within}):
        sys.exit(f"more than {BEYOND_MAX_MS} ms beyond the bare client: {', '.join(slow)}")


def _unpack(package: Package, place: Path) -> dict[str, Path]:
    """The folders that layers and functions are unpacked to, by name, and one with the bare client."""
    files = {name: each.file for name, each in package.layers.items()}
    files |= {name: each.file for name, each in package.functions.items()}
    places = {name: unzip(place / "built" / file, place / name) for name, file in files.items()}
    places[_BARE] = place / _BARE
    for module in _SDK:
        spec = find_spec(module)
        if spec is None or spec.origin is None:
            raise Unmeasured(f"{module} is not installed")
        origin = Path(spec.origin)
        if origin.name == "__init__.py":
            shutil.copytree(origin.parent, places[_BARE] / module, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(origin, places[_BARE])
    return places


def _starts(package: Package, places: Mapping[str, Path], functions: Sequence[str], rounds: int) -> list[Start]:
    """The bare client first, then each function. Raises Unmeasured."""
    pipelines = load().pipelines
    imported: dict[str, list[float]] = {}
    measures: dict[str, Callable[[], float]] = {
        _BARE: partial(_ready_ms, _BARE, _BARE_CODE, [places[_BARE]], {}, imported)
    }
    for name in functions:
        search = [places[name], *(places[layer] / "python" for layer in package.functions[name].layers)]
        own = next((pipeline for pipeline, each in pipelines.items() if name in each.functions), next(iter(pipelines)))
        env = {"ORDERMILL_FUNCTION": name, "ORDERMILL_PIPELINE": own}
        measures[name] = partial(_ready_ms, name, _OURS, search, env, imported)
    ready = {name: spread(values) for name, values in interleave(measures, rounds).items()}
    return [Start(name, spread(imported[name]), each, each.low - ready[_BARE].low) for name, each in ready.items()]


def _ready_ms(
    name: str, code: str, search: Sequence[Path], env: Mapping[str, str], imported: dict[str, list[float]]
) -> float:
    """One fresh process: how long until all is there; adds to `imported` how long the import took."""
    path = {"PYTHONPATH": os.pathsep.join(map(str, search))}
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, env={**_ENV, **env, **path}, cwd=search[0]
    )
    if done.returncode:
        raise Unmeasured(f"{name} does not start:\n{done.stderr}")
    first, ready = (1000 * float(each) for each in done.stdout.split())
    imported.setdefault(name, []).append(first)
    return ready


def _show_sizes(package: Package, console: Console) -> None:
    grid = Table(title=f"Sizes in kB, {package.architecture}, Python {package.python}", title_justify="left")
    for number, head in enumerate(("", "zip", "unpacked", "layers")):
        grid.add_column(head, justify="right" if number in (1, 2) else "left")
    for layer in package.layers.values():
        grid.add_row(layer.file, f"{layer.size / 1000:,.0f}", f"{layer.unpacked / 1000:,.0f}", "")
    for each in package.functions.values():
        grid.add_row(each.file, f"{each.size / 1000:,.0f}", f"{each.unpacked / 1000:,.0f}", ", ".join(each.layers))
    console.print(grid)


def _show(title: str, starts: Sequence[Start], console: Console) -> None:
    bare = starts[0]
    grid = Table(title=f"{title}: ms of processor time, lowest (median)", title_justify="left")
    for number, head in enumerate(("", "imported", "all, with a client", "ratio", "beyond boto3", "")):
        grid.add_column(head, justify="left" if number in (0, 5) else "right")
    for start in starts:
        figures = (f"{each.low:,.0f} ({each.median:,.0f})" for each in (start.imported, start.ready))
        ratio = f"{start.ready.low / bare.ready.low:.2f}"
        mark = "" if start.is_within else f"[red]over {BEYOND_MAX_MS} ms"
        grid.add_row(start.name, *figures, ratio, f"{start.beyond:+,.0f}", mark)
    console.print(grid)


if __name__ == "__main__":
    main()
