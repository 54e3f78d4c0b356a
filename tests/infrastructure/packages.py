"""What `make package` makes, in small: enough for a plan, which looks at hashes and not at code."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

VIEWS: Final = ["/console", "/console/orders", "/console/orders/:orderId"]
_POLICY: Final = "default-src 'self'"
_PAGES: Final[dict[str, tuple[str, str, str | None]]] = {
    "index.html": ("/", "text/html; charset=utf-8", _POLICY),
    "console": ("/console", "text/html; charset=utf-8", _POLICY),
    "docs": ("/docs", "text/html; charset=utf-8", f"{_POLICY}; img-src 'self' data:"),
    "problems/not-found": ("/problems/not-found", "text/html; charset=utf-8", _POLICY),
    "assets/app.css": ("/assets/app.css", "text/css; charset=utf-8", None),
    "assets/docs.js": ("/assets/docs.js", "text/javascript; charset=utf-8", None),
    "topology": ("/topology", "application/json", None),
}


def write_packages(
    directory: Path,
    functions: Iterable[str],
    *,
    pipelines: Iterable[str],
    folder: str = "arm64",
    runtime: str = "python3.13",
) -> Path:
    """Write a package directory and answer it."""
    code = directory / "lambda" / folder
    code.mkdir(parents=True)
    layers = {} if folder == "provided" else {"layer": _zip(code / "layer.zip", "python/nothing.py")}
    zips = {name: _zip(code / f"{name}.zip", f"{name}.py") | {"layers": list(layers)} for name in functions}
    manifest = {
        "architecture": "x86_64" if folder == "provided" else folder,
        "python": "3.13",
        "runtime": runtime,
        "handler": "ordermill.entrypoints.aws_lambda.handler",
        "layers": layers,
        "functions": zips,
    }
    (code / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
    pages = {key: _page(directory, key, *page) for key, page in _PAGES.items()}
    (directory / "site.json").write_text(json.dumps(pages), encoding="utf-8")
    (directory / "views.json").write_text(json.dumps(VIEWS), encoding="utf-8")
    (directory / "openapi").mkdir()
    for name in pipelines:
        for variant in (name, f"{name}-staff"):
            (directory / "openapi" / f"{variant}.json").write_text("{}", encoding="utf-8")
    return directory


def _zip(path: Path, inside: str) -> dict[str, Any]:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(inside, f"# {inside}\n")
    return {"file": path.name, "sha256": _sha256(path), "size": path.stat().st_size, "unpacked": 1}


def _page(directory: Path, key: str, path: str, content_type: str, policy: str | None) -> dict[str, Any]:
    file = directory / "site" / key
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(key, encoding="utf-8")
    return {
        "path": path,
        "file": f"site/{key}",
        "content_type": content_type,
        "cache_control": "no-cache",
        "content_security_policy": policy,
        "sha256": _sha256(file),
    }


def _sha256(path: Path) -> str:
    return base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()
