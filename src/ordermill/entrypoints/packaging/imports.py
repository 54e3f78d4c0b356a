"""What a module imports, read off its text without running it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ordermill.entrypoints.packaging.errors import PackagingError

_NAMED = re.compile(r"([a-z_]\w*(?:\.[a-z_]\w*)+)(?::\w+)?")
"""A string such as `ordermill.adapters.aws.orders`, or with what is taken from it: `….orders:DynamoOrders`."""
_PART = re.compile(r"(?:[a-z_]\w*\.)+")
"""What such a name is put together from. Below `functions` that may be: which function it will be is known."""


@dataclass(frozen=True, slots=True)
class Imports:
    """`ours`: modules of our package; `outside`: the first part of the names of all others."""

    ours: frozenset[str]
    outside: frozenset[str]


class Sources:
    """The modules of one package, by name; each is read once."""

    def __init__(self, package: str, root: Path) -> None:
        """`root` is the folder of `package`."""
        self.package, self.root = package, root
        self._known: dict[str, Imports] = {}

    def path(self, module: str) -> Path | None:
        """The module's file, None where there is no such module."""
        first, *rest = module.split(".")
        if first != self.package:
            return None
        base = self.root.joinpath(*rest)
        found = (each for each in (base.with_name(f"{base.name}.py"), base / "__init__.py") if each.is_file())
        return next(found, None) if rest else self.root / "__init__.py"

    def imports(self, module: str) -> Imports:
        """What the module imports at any time, also late within a function, or by a string that is a module's name.

        Raises PackagingError where it puts a module's name together, so that nobody can say which it is.
        """
        if module not in self._known:
            self._known[module] = self._read(module)
        return self._known[module]

    def _read(self, module: str) -> Imports:
        path = self.path(module)
        if path is None:
            raise PackagingError(f"There is no module {module}.")
        tree = ast.parse(path.read_bytes(), str(path))
        holder = module if path.name == "__init__.py" else module.rpartition(".")[0]
        ours, outside = set[str](), set[str]()
        for name, is_module in _names(tree, holder):
            if self.path(name) is not None:
                ours.add(name)
            elif not name.startswith(f"{self.package}."):
                outside.add(name.partition(".")[0])
            elif is_module:
                raise PackagingError(f"{module} imports {name}, and there is no such module.")
        ours |= {name for name in self._strings(tree, module) if self.path(name) is not None}
        return Imports(frozenset(ours), frozenset(outside - {""}))

    def _strings(self, tree: ast.AST, module: str) -> Iterator[str]:
        """The names of modules that stand in strings."""
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            if found := _NAMED.fullmatch(node.value):
                yield found[1]
            elif self._is_unclear(node.value):
                raise PackagingError(
                    f"{module}, line {node.lineno}, puts together the name of a module below {node.value[:-1]}: "
                    "nobody can say which are needed. Name each whole."
                )

    def _is_unclear(self, text: str) -> bool:
        ours = _PART.fullmatch(text) is not None and text.startswith(f"{self.package}.")
        return ours and text != f"{self.package}.functions."


def _names(tree: ast.AST, holder: str) -> Iterator[tuple[str, bool]]:
    """Every name that an import statement could mean, and whether it is surely a module's.

    Those that only types need are passed over.
    """
    for node in _running(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, True) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                parts = holder.split(".")
                base = ".".join(parts[: len(parts) - node.level + 1])
                module = f"{base}.{module}" if module else base
            yield module, True
            yield from ((f"{module}.{alias.name}", False) for alias in node.names)


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those below `if TYPE_CHECKING`."""
    yield node
    if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
        children: list[ast.AST] = list(node.orelse)
    else:
        children = list(ast.iter_child_nodes(node))
    for child in children:
        yield from _running(child)
