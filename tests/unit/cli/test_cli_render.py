"""How results look."""

from __future__ import annotations

import io
import sys

import pytest

from ordermill.entrypoints.cli.render import clean, print_body, table


def test_nothing_steers_the_terminal() -> None:
    assert clean("a\x1b[2Jb\r\n\u202ec") == "a\ufffd[2Jb\ufffd\ufffd\ufffdc"
    assert clean("Žofie 注文 'ok'") == "Žofie 注文 'ok'"


def test_a_body_keeps_its_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    print_body(b'{"n": 1, "name": "\xc3\xa9"}')
    assert capsys.readouterr().out == '{\n  "n": 1,\n  "name": "\\u00e9"\n}\n'


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_markup_in_data_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = _Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("NO_COLOR", "1")
    table(("name", "n"), [("[bold]Pen[/bold]", "1")], right=(1,))
    assert "[bold]Pen[/bold]" in screen.getvalue()
    assert "name" in screen.getvalue()
