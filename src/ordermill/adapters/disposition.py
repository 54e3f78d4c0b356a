"""The header Content-Disposition: whether a browser shows a file or saves it, and under which name (RFC 6266)."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

_LONGEST: Final = 150
_NOT_PLAIN: Final = re.compile(r"[^A-Za-z0-9._ -]")
_ATTR_CHARS: Final = "!#$&+-.^_`|~"
"""What RFC 8187 lets stand beside letters and digits."""


def disposition(filename: str | None) -> str:
    """`inline` without a name; else to be saved under it, less its folders and controls, however it is written."""
    if filename is None:
        return "inline"
    name = "".join(char for char in re.split(r"[/\\]", filename)[-1] if char.isprintable())[:_LONGEST].strip(" .")
    name = name.encode("utf-8", "replace").decode() or "file"
    plain = _NOT_PLAIN.sub("_", name)
    extended = f"; filename*=UTF-8''{quote(name, safe=_ATTR_CHARS)}" if plain != name else ""
    return f'attachment; filename="{plain}"{extended}'
