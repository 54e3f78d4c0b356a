"""What a Lambda logs: lines that parse, metrics that CloudWatch reads, and nothing of what was sent."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from ordermill.domain.errors import NotFound
from ordermill.entrypoints.aws_lambda.telemetry import NAMESPACE, JsonLines, tell

ORDER_ID = "ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged, from debug on."""
    out, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(out), root.level
    # As the handler of Lambda's runtime, which ends no line itself.
    handler.terminator = ""
    handler.setFormatter(JsonLines())
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield out
    root.removeHandler(handler)
    root.setLevel(level)


def only(lines: io.StringIO) -> dict[str, Any]:
    (line,) = lines.getvalue().splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_a_hop_is_a_line_and_two_metrics(lines: io.StringIO) -> None:
    tell("order-queue>process_order", "process_order", ORDER_ID, "ok", 2, 0.0)
    line = only(lines)
    assert (line["level"], line["event"], line["edge"]) == ("info", "hop", "order-queue>process_order")
    assert (line["orderId"], line["traceId"]) == (ORDER_ID, "019aa1b27c3d7e4f8a5b6c7d8e9f0a1b")
    assert (line["attempt"], line["hops"], line["duration"] > 0) == (2, 1, True)
    (metrics,) = line["_aws"]["CloudWatchMetrics"]
    assert metrics["Namespace"] == NAMESPACE
    assert {name for names in metrics["Dimensions"] for name in names} <= line.keys()
    assert {metric["Name"] for metric in metrics["Metrics"]} <= line.keys()
    assert "error" not in line
    assert "exception" not in line


@pytest.mark.parametrize(
    ("outcome", "error", "level", "told"),
    [
        ("retry", ValueError("boom"), "warning", ("ValueError", "boom", False)),
        ("dead", ValueError("boom"), "error", ("ValueError", "boom", True)),
        ("failed", NotFound("no order"), "warning", ("not-found", None, False)),
        ("failed", ValueError("boom"), "error", ("ValueError", "boom", True)),
    ],
)
def test_what_went_wrong(lines: io.StringIO, outcome: Any, error: Exception, level: str, told: tuple[Any, ...]) -> None:
    tell("a>b", "b", None, outcome, 1, 0.0, error)
    line = only(lines)
    assert line["level"] == level
    assert (line["error"], line.get("detail"), "exception" in line) == told
    assert "orderId" not in line


@pytest.mark.parametrize("text", ["one\ntwo", "\u2028", "\ud800", '{"level": "error"}', "\x00\x1b[31m"])
def test_nothing_that_is_logged_begins_a_line(lines: io.StringIO, text: str) -> None:
    logger, (handler,) = logging.Logger("ordermill"), [h for h in logging.getLogger().handlers if _is_ours(h, lines)]
    # Alone: who collects the logs of tests could not pass half a character on.
    logger.addHandler(handler)
    logger.warning("said %s", text, extra={"detail": text})
    line = only(lines)
    assert (line["event"], line["detail"]) == (f"said {text}", text)
    assert lines.getvalue().isascii()


def _is_ours(handler: logging.Handler, lines: io.StringIO) -> bool:
    return isinstance(handler, logging.StreamHandler) and handler.stream is lines
