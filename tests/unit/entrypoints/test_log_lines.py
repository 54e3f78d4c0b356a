"""Log lines: one a record whatever it holds, in both formats, and nobody waits for who reads them."""

from __future__ import annotations

import json
import logging
import os
import select
import sys
import threading
from collections.abc import Iterator
from typing import Any, Literal

import pytest

from ordermill.entrypoints.config import InvalidSetting, from_environment
from ordermill.entrypoints.logs.formats import formatter
from ordermill.entrypoints.logs.setup import start_logging
from ordermill.entrypoints.logs.writer import LineWriter, LogQueue, LogThread

HOSTILE = [
    'x\n{"level":"ERROR","order":"forged"}',
    "a\r\nb",
    "\u2028\u2029\x85\x0b\x0c",
    "\x1b[2J\x1b[31mred",
    "\x00\x07\x9b",
    "\udc80 alone",
    "\u202egnp.exe",
    "%s %d {}",
    "é ü 漢字 😀",
]


def record(text: str, *args: object, level: int = logging.INFO, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("ordermill.test", level, "", 0, text, args, None)
    vars(made).update(extra)
    return made


def drain(fd: int) -> bytes:
    found = b""
    while select.select([fd], [], [], 0)[0] and (chunk := os.read(fd, 65536)):
        found += chunk
    return found


@pytest.mark.parametrize("text", HOSTILE)
def test_a_record_is_one_line_of_json_that_says_the_same(text: str) -> None:
    line = formatter("json").format(record("%s", text, orderId=text, durationMs=2.5, error=None))
    assert line.isascii()
    assert line.isprintable()
    said = json.loads(line)
    assert list(said) == ["timestamp", "level", "logger", "event", "orderId", "durationMs"]
    assert said["event"] == said["orderId"] == text
    assert (said["level"], said["logger"], said["durationMs"]) == ("info", "ordermill.test", 2.5)


@pytest.mark.parametrize("text", HOSTILE)
def test_on_a_terminal_it_is_one_line_that_steers_nothing(text: str) -> None:
    line = formatter("console").format(record("%s", text, detail=text))
    assert line.isprintable()
    assert len(line.splitlines()) == 1


def test_the_time_is_when_it_was_logged() -> None:
    made = record("hello")
    made.created = 1_763_640_000.123
    assert json.loads(formatter("json").format(made))["timestamp"] == "2025-11-20T12:00:00.123Z"
    assert formatter("console").format(made).startswith("12:00:00.123 ")


@pytest.mark.parametrize("kind", ["json", "console"])
def test_an_exception_is_told_within_its_record(kind: Literal["json", "console"]) -> None:
    made = record("it failed", level=logging.ERROR)
    try:
        raise ValueError("bad\x1b[2J\nforged")
    except ValueError:
        made.exc_info = sys.exc_info()
    line = formatter(kind).format(made)
    assert "Traceback" in line
    assert "\x1b" not in line
    if kind == "json":
        assert json.loads(line)["exception"].endswith("ValueError: bad\x1b[2J\nforged")
        assert line.isprintable()


def test_colours_only_where_they_are_wanted() -> None:
    made = record("hello", level=logging.ERROR, detail="x")
    assert "\x1b[31m" in formatter("console", colours=True).format(made)
    assert "\x1b" not in formatter("console").format(made)


class Pipe:
    """A log that ends in a pipe; `text` is what came out of it so far."""

    def __init__(self, *, size: int = 100) -> None:
        self.read_end, self.write_end = os.pipe()
        writer = LineWriter(self.write_end)
        writer.setFormatter(formatter("json"))
        self.queue = LogQueue(size)
        self.thread = LogThread(self.queue, writer)
        self.thread.start()

    def log(self, text: str) -> None:
        self.queue.handle(record(text))

    def events(self) -> list[str]:
        return [json.loads(line)["event"] for line in drain(self.read_end).splitlines()]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    # Whatever the thread still waits for in the pipe ends with its reader.
    os.close(made.read_end)
    made.thread.stop()
    os.close(made.write_end)


def test_what_was_logged_is_written_in_order(pipe: Pipe) -> None:
    for number in range(50):
        pipe.log(f"line {number}")
    pipe.thread.flush(5)
    assert pipe.events() == [f"line {number}" for number in range(50)]


def test_a_pipe_that_nobody_reads_holds_nobody_up_and_what_was_lost_is_counted(pipe: Pipe) -> None:
    # A pipe holds 64 KiB: some twenty lines, then the thread waits in it, and the queue fills up.
    for number in range(500):
        pipe.log(f"{number} " + "x" * 3000)
    assert pipe.queue.dropped >= 300
    pipe.thread.flush(0.01)
    seen: list[bytes] = []
    reader = threading.Thread(target=_read_until, args=(pipe, seen, b"lines were lost"))
    reader.start()
    reader.join(20)
    assert not reader.is_alive()
    lines = [json.loads(line) for line in b"".join(seen).splitlines()]
    (told,) = [line for line in lines if "lost" in line["event"]]
    assert int(told["event"].split()[0]) >= 300
    assert told["level"] == "warning"


def _read_until(pipe: Pipe, seen: list[bytes], mark: bytes) -> None:
    while mark not in b"".join(seen) or not seen[-1].endswith(b"\n"):
        seen.append(os.read(pipe.read_end, 1 << 20))


def test_a_full_disk_fails_nothing_and_lines_stay_whole() -> None:
    with open("/dev/full", "wb", buffering=0) as full:
        writer = LineWriter(full.fileno())
        writer.handle(record("gone"))
        writer.handle(record("gone too"))
    assert writer.take_lost() == 2
    assert writer.take_lost() == 0


def test_a_line_that_was_torn_does_not_spoil_the_next(pipe: Pipe) -> None:
    os.set_blocking(pipe.write_end, False)
    writer = LineWriter(pipe.write_end)
    writer.handle(record("torn " + "x" * 200_000))
    assert drain(pipe.read_end).startswith(b"torn ")
    writer.handle(record("whole"))
    assert drain(pipe.read_end) == b"\nwhole\n"


def test_a_record_that_cannot_be_formatted_is_told_without_what_it_holds(pipe: Pipe) -> None:
    writer = LineWriter(pipe.write_end)
    writer.handle(record("%d apples", "secret"))
    assert drain(pipe.read_end) == b"a record of ordermill.test cannot be formatted: TypeError\n"


def test_a_process_logs_as_it_is_told_to() -> None:
    read_end, write_end = os.pipe()
    root = logging.getLogger()
    before, level, hook = list(root.handlers), root.level, threading.excepthook
    try:
        thread = start_logging("warning", "auto", fd=write_end)
        logging.getLogger("ordermill.x").info("not this")
        logging.getLogger("uvicorn.error").warning("this", extra={"edge": "a>b"})
        dying = threading.Thread(target=lambda: 1 / 0, name="doomed")
        dying.start()
        dying.join()
        thread.flush(5)
        said: list[dict[str, Any]] = [json.loads(line) for line in drain(read_end).splitlines()]
        thread.stop()
    finally:
        root.handlers[:], threading.excepthook = before, hook
        root.setLevel(level)
        os.close(read_end)
        os.close(write_end)
    assert [(line["logger"], line["event"]) for line in said] == [
        ("uvicorn.error", "this"),
        ("ordermill.entrypoints.logs.setup", "doomed ended unexpectedly"),
    ]
    assert "ZeroDivisionError" in said[1]["exception"]


@pytest.mark.parametrize(
    ("env", "chosen"),
    [
        ({}, ("info", "auto")),
        ({"ORDERMILL_LOG_LEVEL": "WARNING", "ORDERMILL_LOG_FORMAT": "json"}, ("warning", "json")),
        ({"ORDERMILL_LOG_LEVEL": "debug", "ORDERMILL_LOG_FORMAT": "console"}, ("debug", "console")),
    ],
)
def test_level_and_format_can_be_chosen(env: dict[str, str], chosen: tuple[str, str]) -> None:
    config = from_environment(data="d", host="h", port=1, pipeline="stream", environ=env)
    assert (config.log_level, config.log_format) == chosen


@pytest.mark.parametrize(
    ("name", "choices"),
    [("ORDERMILL_LOG_LEVEL", "debug, info, warning, error or critical"), ("ORDERMILL_LOG_FORMAT", "json or console")],
)
def test_any_other_is_named_with_the_choices(name: str, choices: str) -> None:
    with pytest.raises(InvalidSetting, match=f"{name} is 'loud'.*{choices}"):
        from_environment(data="d", host="h", port=1, pipeline="stream", environ={name: "loud"})
