"""What `src/api/schema.ts` is made of: prints the API's description, as the local server tells it, as JSON.

`make web-types` runs it. The generator is a package of its own, as it wants an older TypeScript than the pages are
checked with.
"""

from __future__ import annotations

import sys
from hashlib import sha256

import msgspec

from ordermill.entrypoints.openapi import document
from ordermill.topology.loader import load
from ordermill.topology.model import DEFAULT_PIPELINE
from ordermill.topology.views import routes


def description() -> bytes:
    """The same bytes for the same API."""
    return msgspec.json.encode(document(routes(load(), DEFAULT_PIPELINE), "", "/", "session"), order="deterministic")


def mark() -> str:
    """The line that the types of this very description end with."""
    return f"// Made by `make web-types` of the description {sha256(description()).hexdigest()}"


if __name__ == "__main__":
    print(mark() if "--mark" in sys.argv else description().decode())
