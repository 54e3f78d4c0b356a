"""What wrk prints."""

from __future__ import annotations

import pytest

from benchmarks.processes import Unmeasured
from benchmarks.wrk import Load, parse

PRINTED = """Running 4s test @ http://127.0.0.1:8420/orders
  1 threads and 256 connections
  35128 requests in 4.00s, 16.05MB read
Requests/sec:   8779.50
RESULT {"requests": 35128, "duration_us": 4001200, "p50_us": 28123, "p99_us": 53001, "errors": 7}
"""


def test_the_line_of_our_script_is_read() -> None:
    found = parse(PRINTED)
    assert found == Load(35128, found.rate, 28.123, 53.001, 7)
    assert found.rate == pytest.approx(8779.37, abs=0.01)


@pytest.mark.parametrize(
    ("output", "errors", "said"),
    [
        ("", "unable to connect to 127.0.0.1:1 Connection refused", "Connection refused"),
        ("Running 4s test", "", "Running 4s test"),
        ('RESULT {"requests": 0, "duration_us": 4000000, "p50_us": 0, "p99_us": 0, "errors": 9}', "", "nothing"),
    ],
)
def test_where_nothing_was_measured_that_is_said(output: str, errors: str, said: str) -> None:
    with pytest.raises(Unmeasured, match=said):
        parse(output, errors)
