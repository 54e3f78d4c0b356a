"""A process that has everything loaded and forks one life for each job: `python -m tests.integration.crash.zygote`.

Standard input gives a job a line; for each, standard output says how its process ended, as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback

import msgspec

from tests.integration.crash.child import Job, live

HUNG_S = 40
STOPPED_S = 1.5
"""How long a life that was stopped stands still."""


def main() -> None:
    """Until standard input ends."""
    decode = msgspec.json.Decoder(Job).decode
    for line in sys.stdin.buffer:
        job = decode(line)
        pid = os.fork()
        if pid == 0:
            _child(job)
        print(json.dumps(_ended(pid)), flush=True)


def _child(job: Job) -> None:
    try:
        live(job)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def _ended(pid: int) -> int:
    """The exit status; minus the signal if one ended it, which a life that hangs gets."""
    until = time.monotonic() + HUNG_S
    while (ended := os.waitpid(pid, os.WNOHANG | os.WUNTRACED))[0] == 0 or os.WIFSTOPPED(ended[1]):
        if ended[0] and os.WIFSTOPPED(ended[1]):
            time.sleep(STOPPED_S)
            os.kill(pid, signal.SIGCONT)
        if time.monotonic() > until:
            os.kill(pid, signal.SIGABRT)
            ended = os.waitpid(pid, 0)
            break
        time.sleep(0.002)
    return os.waitstatus_to_exitcode(ended[1])


if __name__ == "__main__":
    import faulthandler

    faulthandler.enable()
    main()
