"""`ordermill load` against a real server, and against toys that misbehave."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path

from tests.e2e.server import ORDERMILL, Json, Server, environment, wait_for
from tests.e2e.toy_server import toy


def start(url: str, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(ORDERMILL), "load", "--url", url, *args],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment({"COLUMNS": "200"}),
    )


def load(url: str, *args: str) -> tuple[int, Json, str]:
    """Exit code, report and stderr."""
    with start(url, "--json", *args) as process:
        out, err = process.communicate(timeout=30)
    return process.returncode, json.loads(out), err


def test_orders_at_a_rate_are_accepted_and_processed(running: Server) -> None:
    before = running.rows("SELECT count(*) FROM orders")[0][0]
    code, report, err = load(running.url, "--rate", "200", "--for", "1s", "--keys", "--settle", "10s")
    assert code == 0, err
    assert (report["due"], report["sent"], report["accepted"], report["neverSent"]) == (200, 200, 200, 0)
    assert report["refused"] == report["unknown"] == report["connectErrors"] == {}
    assert report["connections"] == 200, "never more than there are orders"
    assert 0 < report["latency"]["p50"] <= report["latency"]["p99"] <= report["latency"]["max"]
    assert report["latency"]["atLeast"] == []
    processed = report["processed"]
    assert processed["statuses"] == {"PROCESSED": processed["sampled"]}
    assert processed["rate"] > 0
    assert running.rows("SELECT count(*) FROM orders")[0][0] == before + 200


def test_an_order_of_ones_own(running: Server, tmp_path: Path) -> None:
    body = tmp_path / "order.json"
    body.write_text('{"amount": "12.50", "paymentToken": "tok_decline"}', encoding="utf-8")
    code, report, err = load(running.url, "--rate", "50", "--for", "200ms", "--body", str(body), "--settle", "10s")
    assert code == 0, err
    assert report["processed"]["statuses"] == {"REJECTED": 10}


def test_refusals_are_counted_by_status_and_slug(running: Server) -> None:
    code, report, _ = load(running.url, "--rate", "50", "--for", "200ms", "--product", "No such thing")
    assert code == 1
    assert report["refused"] == {"422 invalid-order": 10}
    assert (report["accepted"], report["latency"], report["achievedRate"]) == (0, None, 0)
    assert report["refusalLatency"]["p50"] > 0


def test_what_a_server_does_to_an_order_is_said_and_nothing_is_sent_twice() -> None:
    tricks = ("503", "reset", "close", "garbage", "twice", "hang")
    with toy(lambda number: tricks[number // 4 % 6] if number % 4 == 3 else "accept") as server:
        code, report, _ = load(
            server.url, *("--rate", "160", "--for", "300ms", "--connections", "48", "--timeout", "1s", "--keys")
        )
    assert code == 1
    assert report["refused"] == {"503 overloaded": 2}
    assert report["unknown"] == {
        "connection reset": 2,
        "closed without an answer": 2,
        "the answer is not HTTP": 2,
        "answered what was not asked": 2,
        "no answer within 1 s": 2,
    }
    assert (report["due"], report["sent"], report["accepted"], report["neverSent"]) == (48, 48, 36, 0)
    assert server.seen == len(set(server.keys)) == 48
    assert "max" in report["latency"]["atLeast"]
    assert report["latency"]["max"] >= 1000


def test_a_server_that_closes_each_connection_is_reconnected_to() -> None:
    with toy(lambda number: "last") as server:
        # More than there is time for, so that the next order is due when an answer comes.
        _, report, _ = load(server.url, "--rate", "2000", "--for", "200ms", "--connections", "2")
    assert report["refused"] == report["unknown"] == {}
    assert report["accepted"] == report["sent"] == server.seen > 10


def test_a_slow_server_shows_as_latency_and_as_a_lower_rate() -> None:
    # Two connections and 50 ms an answer: at most 40/s, where 200/s are offered.
    with toy(lambda number: "accept", pause_s=0.05) as server:
        code, report, _ = load(server.url, "--rate", "200", "--for", "500ms", "--connections", "2")
    assert code == 1
    assert report["due"] == 100
    assert report["offeredRate"] == 200
    assert 0 < report["achievedRate"] <= 40
    assert report["neverSent"] == 100 - report["accepted"] >= 78
    assert report["latency"]["p90"] > 300, "though each answer took 50 ms"
    assert report["startedLate"]["p90"] > 250
    assert report["ownLateness"]["p50"] < report["startedLate"]["p50"]


def test_ctrl_c_ends_it_with_the_report_so_far() -> None:
    with toy(lambda number: "hang" if number == 5 else "accept") as server:
        with start(server.url, "--rate", "100", "--for", "1h", "--json") as process:
            wait_for(lambda: server.seen > 20, "orders come in")
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=10)
        report = json.loads(out)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert report["interrupted"] is True
    assert report["sent"] == server.seen
    assert report["unknown"] == {"stopped before an answer": 1}
    assert report["accepted"] == report["sent"] - 1


def test_a_server_that_is_not_there_is_3() -> None:
    with toy(lambda number: "accept") as server:
        url = server.url
    with start(url, "--for", "1s") as process:
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (3, "")
    assert "ordermill up" in err


def test_for_people_the_report_has_the_offered_and_the_achieved_rate() -> None:
    with (
        toy(lambda number: "503" if number % 2 else "accept") as server,
        start(server.url, "--rate", "50", "--for", "200ms") as process,
    ):
        out, _ = process.communicate(timeout=10)
    lines = out.splitlines()
    assert process.returncode == 1
    # The time is what was measured, at least what was asked for.
    assert re.fullmatch(r"offered 50/s for 0\.[2-9]\d* s over 10 connections", lines[0])
    assert "           5 accepted" in lines
    assert "           5 refused: 503 overloaded" in lines
    assert any(line.startswith("latency from the intended start") for line in lines)
    assert "\x1b" not in out
