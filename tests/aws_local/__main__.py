"""`make aws-local`: deploys everything to an AWS emulator, places an order there, and takes everything down again.

PIPELINE=queue (or workflow, stream) says how orders are taken in. KEEP=1 leaves it running, also after a failure, until
Ctrl-C.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, NoReturn

from tests.aws_local.emulator import ACCOUNT, Unusable
from tests.aws_local.leftovers import leftovers
from tests.aws_local.limits import told
from tests.aws_local.stack import Stack
from tests.aws_local.tour import tour
from tests.scenarios.scene import PIPELINES

STOPPED: Final = 130
_since = time.monotonic()


def say(what: str, result: str) -> None:
    """One step, with the time since the beginning."""
    line = f"{time.monotonic() - _since:6.1f} s  {what:18} {result}"
    print(f"\r{line}\033[K" if sys.stdout.isatty() else line, flush=True)


def progress(done: int, planned: int) -> None:
    """How far Terraform is, where somebody watches."""
    if sys.stdout.isatty() and planned:
        print(f"\r{time.monotonic() - _since:6.1f} s  {'terraform':18} {done} of {planned}\033[K", end="", flush=True)


def reach(stack: Stack) -> None:
    """How it is reached from another terminal."""
    access = " ".join(f"{name}={value}" for name, value in stack.emulator.access.items())
    say("the API", stack.outputs["api_url"])
    say("AWS", access)


def wait_for_end(directory: Path) -> NoReturn:
    """Until Ctrl-C."""
    say("kept", f"until Ctrl-C; logs are in {directory}")
    while True:
        signal.pause()


def deploy(stack: Stack, pipeline: str) -> None:
    """From nothing to a deployment that can be asked. Raises Unusable."""
    say("packaged", f"{stack.package()} functions")
    stack.start()
    say("emulator", stack.emulator.endpoint)
    stack.apply(pipeline, progress)
    say("terraform apply", f"{stack.resources} resources, pipeline {pipeline}")


def take_down(stack: Stack) -> None:
    """Destroy it, and look whether AWS agrees. Raises Unusable."""
    stack.destroy(progress)
    left = leftovers(stack.emulator.client, ACCOUNT)
    if left:
        raise Unusable("terraform destroy left behind:\n" + "\n".join(left))
    say("terraform destroy", "nothing is left")


def run(directory: Path, pipeline: str, *, keep: bool) -> None:
    """All of it. Raises Unusable; KeyboardInterrupt for Ctrl-C, where something is kept."""
    stack = Stack(directory)
    try:
        deploy(stack, pipeline)
        reach(stack)
        tour(stack, say)
        if keep:
            wait_for_end(directory)
        take_down(stack)
        print("\nNot proved by an emulator, and what stands in for it:", *told(), sep="\n- ")
    except Unusable as error:
        if keep:
            print(f"\nError: {error}\n", file=sys.stderr)
            wait_for_end(directory)
        raise
    finally:
        stack.stop()


def main() -> int:
    """The exit status: 0, 1 if something did not work, 130 after Ctrl-C."""
    pipeline, keep = os.environ.get("PIPELINE") or "workflow", os.environ.get("KEEP", "") not in ("", "0")
    if pipeline not in PIPELINES:
        print(f"PIPELINE is {pipeline}; it takes {', '.join(PIPELINES)}", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    directory = Path(tempfile.mkdtemp(prefix="ordermill-aws-local-"))
    try:
        run(directory, pipeline, keep=keep)
    except KeyboardInterrupt:
        say("stopped", "the emulator is gone, and all that was in it")
        return STOPPED
    except Unusable as error:
        print(f"\nError: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
