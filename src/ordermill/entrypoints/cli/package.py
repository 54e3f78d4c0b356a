"""`ordermill package`: makes what is deployed to AWS."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from ordermill.entrypoints.cli.failures import Failure
from ordermill.entrypoints.cli.options import json_option, option
from ordermill.entrypoints.cli.render import print_json
from ordermill.entrypoints.packaging.build import build, build_provided
from ordermill.entrypoints.packaging.errors import PackagingError
from ordermill.entrypoints.packaging.manifest import Package
from ordermill.entrypoints.packaging.site_files import build_site
from ordermill.entrypoints.packaging.wheels import Architecture, Target

_ARCHITECTURES: Sequence[Architecture] = ("arm64", "x86_64")
_PYTHON = "3.13"


@click.command(short_help="Make what is deployed to AWS.")
@option(
    "--architecture",
    "architectures",
    type=click.Choice(_ARCHITECTURES),
    multiple=True,
    help="Only for this one; may be repeated.  [default: each]",
)
@option("--python", metavar="VERSION", help=f"The version of Lambda's Python.  [default: {_PYTHON}]")
@option(
    "--runtime",
    type=click.Choice(("managed", "provided")),
    default="managed",
    help="Whether Lambda brings Python along; or, for an emulator here, this machine's own runs them.",
)
@option("--output", type=click.Path(file_okay=False, path_type=Path), default="dist", help="The folder to write to.")
@json_option
def package(
    architectures: tuple[Architecture, ...], python: str | None, runtime: str, output: Path, json: bool
) -> None:
    """Make the functions' zips and layers, and the web site's files, for Terraform to deploy.

    The same code gives the same bytes. Packages of others come as wheels, checked against their hashes.

    \b
    Examples:
      ordermill package
      ordermill package --architecture arm64 --python 3.12
    """
    try:
        if runtime == "provided":
            if architectures or python:
                raise click.UsageError("--runtime provided is for this machine: leave out --architecture and --python.")
            folders = {output / "lambda" / "provided": build_provided(output / "lambda" / "provided")}
        else:
            targets = [Target(each, _version(python or _PYTHON)) for each in architectures or _ARCHITECTURES]
            places = {output / "lambda" / target.architecture: target for target in targets}
            folders = {place: build(place, target) for place, target in places.items()}
        site = build_site(output)
    except PackagingError as error:
        raise Failure(str(error)) from error
    except OSError as error:
        raise Failure(f"{error.filename or output}: {error.strerror or error}") from error
    if json:
        print_json({str(place): msgspec.to_builtins(made) for place, made in folders.items()})
        return
    for place, made in folders.items():
        _show(place, made)
    click.echo(f"{output / 'site'}: {len(site)} files; {output / 'openapi'}: the API, described")


def _version(text: str) -> str:
    major, _, minor = text.partition(".")
    if major != "3" or not minor.isdecimal() or int(minor) < 11:
        raise click.UsageError(f"--python is a version such as {_PYTHON}, from 3.11 on, not {text!r}.")
    return text


def _show(place: Path, made: Package) -> None:
    click.echo(f"{place}: {made.runtime}, {made.architecture}")
    for name, layer in made.layers.items():
        users = [function for function, each in made.functions.items() if name in each.layers]
        whose = "every function" if len(users) == len(made.functions) else ", ".join(users)
        click.echo(f"  {layer.file}: {_kb(layer.size)}, {_kb(layer.unpacked)} unpacked, for {whose}")
    sizes = [each.size for each in made.functions.values()]
    click.echo(f"  {len(sizes)} functions, {_kb(min(sizes))} to {_kb(max(sizes))} each")


def _kb(size: int) -> str:
    return f"{size / 1000:,.0f} kB"
