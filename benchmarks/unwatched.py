"""Ordermill without anybody who watches, to measure what watching costs: `python -m benchmarks.unwatched DATA PORT`.

Hops go nowhere: no counts, no log lines for them, nothing in `/live`. Everything else is as `ordermill up` runs it.
"""

from __future__ import annotations

import sys

import msgspec

from ordermill.entrypoints.config import UNUSABLE, from_environment
from ordermill.entrypoints.serve import main as serve
from ordermill.runtime.supervisor import Supervisor


def main() -> int:
    """The supervisor, or with `--serve` the server process that it starts."""
    if sys.argv[1:] == ["--serve"]:
        return serve(watched=False)
    data, port = sys.argv[1:]
    config = from_environment(data=data, host="127.0.0.1", port=int(port), pipeline="stream")
    command = [sys.executable, "-m", "benchmarks.unwatched", "--serve"]
    return Supervisor(command, msgspec.json.encode(config), final=frozenset({0, UNUSABLE}), say=print).run()


if __name__ == "__main__":
    sys.exit(main())
