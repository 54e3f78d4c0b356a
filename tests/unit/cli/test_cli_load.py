"""`ordermill load`: flags, what it refuses to start with, progress and the report. Its runs are in tests/e2e."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import click
import pytest
from msgspec.structs import replace

from ordermill.entrypoints.cli.client import Client
from ordermill.entrypoints.cli.durations import Duration, seconds_of
from ordermill.entrypoints.cli.load_progress import Lines, progress, words
from ordermill.entrypoints.cli.load_report import remarks, summary
from ordermill.entrypoints.cli.load_settle import NOT_SEEN, settle
from ordermill.entrypoints.load.percentiles import Percentiles
from ordermill.entrypoints.load.record import Sample
from ordermill.entrypoints.load.report import Processed, Report
from ordermill.entrypoints.load.schedule import Schedule
from tests.unit.cli.cli_fake import Answer, Fake, FastPace, Ordermill, placed, problem, seen

LATENCY = Percentiles(p50=1, p90=2, p99=3, p999=4, max=5)
REPORT = Report(
    offered_rate=2000,
    achieved_rate=1480.2,
    seconds=20.0004,
    connections=256,
    interrupted=False,
    due=40_000,
    sent=30_000,
    accepted=29_604,
    refused={"503 overloaded": 390},
    unknown={"connection reset": 6},
    never_sent=10_000,
    connect_errors={},
    latency=LATENCY,
    refusal_latency=None,
    started_late=LATENCY,
    own_lateness=LATENCY,
    generator_cpu=0.31,
)
HEALTHY = Answer(200, {"status": "ok", "version": "0.1.0", "pipeline": "stream"})


@pytest.mark.parametrize(
    ("text", "seconds"), [("20s", 20), ("2m", 120), ("500ms", 0.5), ("1.5h", 5400), (" 10 s ", 10), ("0.25s", 0.25)]
)
def test_durations(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds
    assert Duration().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "20", "s", "0s", "-1s", "1d", "1s2", "1,5s", "1e3s", "٣s", "0.0ms", "inf s"])
def test_what_is_no_duration_is_said(text: str) -> None:
    with pytest.raises(click.BadParameter, match="such as 20s, 2m or 500ms"):
        Duration().convert(text, None, None)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--for", "20"), "such as 20s"),
        (("--rate", "0"), "--rate"),
        (("--rate", "abc"), "--rate"),
        (("--connections", "0"), "--connections"),
        (("--rate", "100000", "--for", "1h"), "at most 10,000,000 orders"),
        (("--body", "nowhere.json"), "nowhere.json"),
        (("--settle", "never"), "such as 20s"),
    ],
)
def test_wrong_usage_is_2(ordermill: Ordermill, fake: Fake, args: tuple[str, ...], said: str) -> None:
    result = ordermill("load", *args)
    assert result.exit_code == 2
    assert said in result.stderr
    assert fake.asked == []


@pytest.mark.parametrize(
    ("body", "flags", "said"),
    [
        ("{", (), "not valid JSON"),
        ("[]", (), "an order is a JSON object"),
        ('{"amount": "1", "idempotency_key": "k"}', (), "use --keys instead"),
        ('{"amount": "1", "idempotency_key": "k"}', ("--keys",), "gives each order its own"),
    ],
)
def test_a_body_that_cannot_be_used_is_2(
    ordermill: Ordermill, fake: Fake, tmp_path: Path, body: str, flags: tuple[str, ...], said: str
) -> None:
    file = tmp_path / "order.json"
    file.write_text(body, encoding="utf-8")
    result = ordermill("load", "--body", str(file), *flags)
    assert result.exit_code == 2
    assert said in result.stderr
    assert fake.asked == []


@pytest.mark.parametrize(
    ("health", "code"),
    [(problem(503, "Not yet"), 4), (Answer(200, {"hello": "world"}), 3), (Answer(404, b"<html>"), 4)],
)
def test_nothing_is_sent_to_what_takes_no_orders(ordermill: Ordermill, fake: Fake, health: Answer, code: int) -> None:
    fake.on("GET /health", health)
    assert ordermill("load").exit_code == code
    assert [asked.method for asked in fake.asked] == ["GET"]


def test_flags_come_from_variables_and_the_file_too(
    ordermill: Ordermill, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.on("GET /health", HEALTHY)
    fake.on("POST /orders", placed())
    (tmp_path / "ordermill.toml").write_text('[load]\nfor = "20ms"\nrate = "400"\n', encoding="utf-8")
    monkeypatch.setenv("ORDERMILL_LOAD_RATE", "100")
    result = ordermill("load", "--json", "--product", "Mug", "--keys")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["due"] == 2
    orders = [asked for asked in fake.asked if asked.method == "POST"]
    assert [asked.json()["product"] for asked in orders] == ["Mug", "Mug"]
    assert len({asked.headers["idempotency-key"] for asked in orders}) == 2


def test_the_summary_accounts_for_every_order() -> None:
    assert summary(REPORT) == [
        "offered 2,000/s for 20 s over 256 connections",
        "achieved 1,480/s, 74.0 % of it",
        "",
        "      40,000 due",
        "      30,000 sent",
        "      29,604 accepted",
        "         390 refused: 503 overloaded",
        "           6 unknown: sent, may or may not be accepted: connection reset",
        "      10,000 never sent: no connection was free until the end",
    ]
    assert remarks(REPORT) == []


def test_what_one_must_know_to_read_the_figures_is_said() -> None:
    bounded = replace(REPORT, latency=replace(LATENCY, at_least=("max",)))
    assert [line[:11] for line in remarks(bounded)] == ["≥: at least"]
    assert "97% of a core" in remarks(replace(REPORT, generator_cpu=0.97))[0]
    assert summary(replace(REPORT, interrupted=True))[0].endswith(", stopped early")


def test_the_processed_rate_is_told_with_what_it_is_known_from() -> None:
    done = replace(REPORT, processed=Processed(40, 0, {"PROCESSED": 40}, 24.5, 1208.3))
    told = "of 40 accepted orders looked at: 40 PROCESSED"
    assert summary(done)[-1] == f"processed 1,208/s, the last after 24.50 s; {told}"
    late = replace(REPORT, processed=Processed(40, 1, {"PENDING still": 1, "PROCESSED": 39}, None, None))
    assert summary(late)[-1] == "processed: unknown; of 40 accepted orders looked at: 1 PENDING still, 39 PROCESSED"


def answers(*order_ids: str) -> list[bytes]:
    return [json.dumps(placed(order_id).body).encode() for order_id in order_ids]


def test_settling_waits_for_the_end_of_every_sample_by_the_servers_clock(fake: Fake, pace: FastPace) -> None:
    done = seen("PENDING", "CONFIRMED", "PAID", "PROCESSED")
    fake.on("GET /orders/ord_1", done)
    fake.on("GET /orders/ord_2", seen("PENDING"), seen("PENDING", "PAID"), done)
    with Client(fake.url) as client:
        processed = settle(client, answers("ord_1", "ord_2"), 3000, pace, 5)
    # From 0 to 15 ms in `seen`.
    assert processed == Processed(2, 0, {"PROCESSED": 2}, 0.015, 200_000)


def test_what_is_not_processed_in_time_leaves_the_rate_unknown(fake: Fake, pace: FastPace) -> None:
    fake.on("GET /orders/ord_1", seen("PENDING", "PROCESSED"))
    fake.on("GET /orders/ord_2", seen("PENDING"))
    fake.on("GET /orders/ord_3", problem(403, "No"))
    fake.on("GET /orders/ord_4", seen("PENDING"))
    with Client(fake.url) as client:
        processed = settle(client, [*answers("ord_1", "ord_2", "ord_3", "ord_4"), b"no JSON"], 9, pace, 5)
    assert processed.unsettled == 4
    assert processed.statuses == {NOT_SEEN: 2, "PENDING still": 2, "PROCESSED": 1}
    assert (processed.seconds, processed.rate) == (None, None)
    assert pace.now() <= 6, "all of them together, not each"


def test_lines_come_every_five_seconds_and_cover_all_in_between(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()
    for half in range(1, 21):
        lines.show(Sample(half / 2, 100.0 * half, float(half), 1))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f"     5 s {words(Sample(5, 550, 10, 0), 10)}",
        f"    10 s {words(Sample(10, 1550, 20, 0), 20)}",
    ]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("no_color", [True, False])
def test_on_a_terminal_there_is_a_bar_without_colours_where_none_are_wanted(
    monkeypatch: pytest.MonkeyPatch, *, no_color: bool
) -> None:
    screen = _Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    with progress(Schedule(1000, 20)) as show:
        show(Sample(10.0, 1234.0, 5.67, 0))
        show(Sample(10.5, 1234.0, None, 2))
    shown = screen.getvalue()
    assert "10.0 of 20 s" in shown
    assert "1,234/s accepted" in shown
    assert "5.7 ms" in shown
    assert "2 errors" in shown
    assert ("\x1b[38;5;" in shown or "\x1b[3" in shown) is not no_color
