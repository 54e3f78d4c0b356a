"""How a log line looks: one JSON object, or columns for a terminal. Nothing that was logged can begin a line."""

from __future__ import annotations

import json
import logging
from typing import Any, Final, Literal

import structlog
from structlog.dev import Column, ConsoleRenderer, KeyValueColumnFormatter, LogLevelColumnFormatter
from structlog.typing import EventDict, Processor

from ordermill.domain.times import rfc3339

_LEVELS: Final = {
    "debug": "\x1b[2m",
    "info": "\x1b[32m",
    "warning": "\x1b[33m",
    "error": "\x1b[31m",
    "critical": "\x1b[1;31m",
}
_DIM: Final = "\x1b[2m"
_BRIGHT: Final = "\x1b[1m"
_RESET: Final = "\x1b[0m"
_OUTCOME_WIDTH: Final = 6
_EDGE_WIDTH: Final = 37


def formatter(kind: Literal["json", "console"], *, colours: bool = False) -> logging.Formatter:
    """A formatter of the standard library's records; what they carry as `extra` becomes members."""
    rendering: list[Processor]
    if kind == "json":
        rendering = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_json)]
    else:
        rendering = [structlog.processors.format_exc_info, _for_people, _printable, _console(colours)]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            _timestamp,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            _order,
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        # The record is formatted by one handler alone, so nothing is gained by keeping its exception for others.
        keep_exc_info=False,
    )


def _timestamp(_: Any, __: str, event: EventDict) -> EventDict:
    """When it was logged, not when it is written."""
    event["timestamp"] = rfc3339(int(event["_record"].created * 1000))
    return event


def _order(_: Any, __: str, event: EventDict) -> EventDict:
    """What every line has comes first; what is None is left out."""
    first = ("timestamp", "level", "logger", "event")
    return {name: event.pop(name) for name in first} | {k: v for k, v in event.items() if v is not None}


def _json(event: EventDict, **_: Any) -> str:
    # ASCII: some readers also end a line at U+2028, and no locale can break it.
    return json.dumps(event, default=str)


def _for_people(_: Any, __: str, event: EventDict) -> EventDict:
    """The time of day is enough, and what other columns say already is left out."""
    event["timestamp"] = event["timestamp"][11:-1]
    if "edge" in event:
        for name in ("logger", "function", "traceId"):
            event.pop(name, None)
        event["event"] = str(event.pop("outcome", event["event"])).ljust(_OUTCOME_WIDTH)
    return event


def _printable(_: Any, __: str, event: EventDict) -> EventDict:
    """Escapes whatever could steer a terminal or begin a line; a traceback keeps its lines."""
    shown = {name: _escaped(value) if isinstance(value, str) else value for name, value in event.items()}
    if "exception" in event:
        shown["exception"] = "\n".join(_escaped(line) for line in str(event["exception"]).splitlines())
    return shown


def _escaped(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def _quoted(value: object) -> str:
    text = str(value)
    return f'"{text}"' if " " in text else text


def _console(colours: bool) -> ConsoleRenderer:
    def style(code: str) -> str:
        return code if colours else ""

    def column(value_style: str, width: int = 0) -> KeyValueColumnFormatter:
        return KeyValueColumnFormatter(None, style(value_style), style(_RESET), str, width=width)

    return ConsoleRenderer(
        sort_keys=False,
        columns=[
            Column("timestamp", column(_DIM)),
            Column("level", LogLevelColumnFormatter({k: style(v) for k, v in _LEVELS.items()}, style(_RESET))),
            Column("event", column(_BRIGHT)),
            Column("logger", KeyValueColumnFormatter(None, style(_DIM), style(_RESET), str, prefix="[", postfix="]")),
            Column("edge", column("", _EDGE_WIDTH)),
            Column("orderId", column("")),
            Column("", KeyValueColumnFormatter(style(_DIM), "", style(_RESET), _quoted)),
        ],
    )
