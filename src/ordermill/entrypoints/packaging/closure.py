"""Which of our modules a function needs on AWS: those its handler and its own file lead to."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ordermill.entrypoints.packaging.errors import PackagingError
from ordermill.entrypoints.packaging.imports import Sources

HANDLER = "ordermill.entrypoints.aws_lambda"
"""The module of every Lambda's handler."""

REFUSED: Sequence[str] = (
    "ordermill.adapters.local",
    "ordermill.bootstrap.local",
    "ordermill.runtime",
    "ordermill.entrypoints.cli",
    "ordermill.entrypoints.load",
    "ordermill.entrypoints.packaging",
    "ordermill.entrypoints.http",
    "ordermill.entrypoints.protocol",
    "ordermill.entrypoints.serve",
)
"""What exists for one machine alone. No function's zip has it, nor another function's file."""


@dataclass(frozen=True, slots=True)
class Closure:
    """`modules`: those of ours, by name; `outside`: packages of others, each with a module that imports it."""

    modules: Sequence[str]
    outside: Mapping[str, str]


def closure(sources: Sources, function: str, handler: str = HANDLER, without: Collection[str] = frozenset()) -> Closure:
    """What `function` needs; `without` are modules that it never imports, whoever else does.

    Raises PackagingError where that is something no function's zip may have.
    """
    own = f"{sources.package}.functions.{function}"
    leads: dict[str, str | None] = {}
    waiting = deque[tuple[str, str | None]]([(handler, None), (own, None)])
    outside: dict[str, str] = {}
    while waiting:
        module, leader = waiting.popleft()
        if module in leads or module in without:
            continue
        leads[module] = leader
        if _is_refused(module, sources.package, own):
            raise PackagingError(f"{function}: its zip may not have {module}, and yet {_chain(leads, module)}.")
        found = sources.imports(module)
        waiting.extend((name, module) for name in sorted({*found.ours, *_parents(module)}))
        for name in found.outside:
            outside.setdefault(name, module)
    return Closure(sorted(leads), outside)


def _is_refused(module: str, package: str, own: str) -> bool:
    functions = f"{package}.functions."
    if module.startswith(functions) and module != own:
        return True
    return any(module == name or module.startswith(f"{name}.") for name in REFUSED)


def _parents(module: str) -> Iterator[str]:
    """The packages that importing the module imports as well."""
    while module := module.rpartition(".")[0]:
        yield module


def _chain(leads: Mapping[str, str | None], module: str) -> str:
    steps = [module]
    while (leader := leads[steps[-1]]) is not None:
        steps.append(leader)
    return " imports ".join(reversed(steps))
