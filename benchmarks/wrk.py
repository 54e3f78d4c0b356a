"""Closed-loop load from wrk, which costs little beside the server it measures."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile

import msgspec

from benchmarks.processes import Unmeasured

ORDER = '{"customerName":"John Doe","email":"john@example.org","product":"Laptop","quantity":1}'
_MARK = "RESULT "
_STOP_S = 30

_SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '%(order)s'
local keyed, run, thread, sent = %(keyed)s, "%(run)s", 0, 0
function setup(t) t:set("thread_number", thread); thread = thread + 1 end
if keyed then
  function request()
    sent = sent + 1
    wrk.headers["Idempotency-Key"] = run .. "-" .. thread_number .. "-" .. sent
    return wrk.format()
  end
end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    "RESULT {\\"requests\\": %%d, \\"duration_us\\": %%d, \\"p50_us\\": %%d, \\"p99_us\\": %%d, \\"errors\\": %%d}\\n",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


class Load(msgspec.Struct, frozen=True):
    """One run of wrk: requests a second, latency percentiles in milliseconds, answers that were no success.

    The next request of a connection waits for the answer to the last: these latencies omit what a slow server holds
    up. `ordermill load` measures them at a fixed rate.
    """

    requests: int
    rate: float
    p50_ms: float
    p99_ms: float
    errors: int


class _Result(msgspec.Struct):
    requests: int
    duration_us: int
    p50_us: int
    p99_us: int
    errors: int


def require_wrk() -> None:
    """Exit with the cure if wrk is missing."""
    if shutil.which("wrk") is None:
        sys.exit("make bench needs wrk, the load generator (on Debian: apt install wrk)")


def post_orders(url: str, *, seconds: int, connections: int, keyed: bool = False, run: str = "k") -> Load:
    """POST the same small order for so long over so many connections, each with a key of its own if `keyed`."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_SCRIPT % {"order": ORDER, "keyed": "true" if keyed else "false", "run": run})
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script.name, url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + _STOP_S)
    return parse(done.stdout, done.stderr)


def parse(output: str, errors: str = "") -> Load:
    """What our script made wrk print. Raises Unmeasured, with what wrk said, where it made no request."""
    lines = [line for line in output.splitlines() if line.startswith(_MARK)]
    found = msgspec.json.decode(lines[0].removeprefix(_MARK), type=_Result) if lines else None
    if found is None or found.requests == 0 or found.duration_us == 0:
        raise Unmeasured(f"wrk measured nothing: {(errors or output).strip()}")
    rate = found.requests / found.duration_us * 1e6
    return Load(found.requests, rate, found.p50_us / 1000, found.p99_us / 1000, found.errors)
