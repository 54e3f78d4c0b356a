"""`ordermill doctor` as a whole, against this machine."""

from __future__ import annotations

import json
from pathlib import Path

from ordermill import __version__
from tests.unit.cli.cli_fake import Answer, Fake, Ordermill

NAMES = [
    "Python",
    "SQLite",
    "clock",
    "data directory",
    "disk",
    "file system",
    "staff token",
    "privacy",
    "mail",
    "sign-in",
    "labels",
    "faults",
    "lock",
    "port",
    "server",
    "topology",
]


def test_every_check_is_made_and_nothing_changed(ordermill: Ordermill, fake: Fake, tmp_path: Path) -> None:
    fake.on("GET /health", Answer(200, {"status": "ok", "version": __version__, "pipeline": "stream"}))
    result = ordermill("doctor", "--port", str(fake.port), "--json")
    document = json.loads(result.stdout)
    assert [check["name"] for check in document["checks"]] == NAMES
    assert document["ok"] is True
    assert result.exit_code == 0
    assert list(tmp_path.iterdir()) == []


def test_a_failure_is_1_with_cause_and_cure(ordermill: Ordermill, fake: Fake, tmp_path: Path) -> None:
    (tmp_path / "staff-token").write_text("x")
    (tmp_path / "staff-token").chmod(0o644)
    result = ordermill("doctor", "--data", ".", "--port", str(fake.port))
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    at = lines.index("fail  staff token     staff-token, mode 0644")
    assert lines[at + 1].startswith("        cause: Others")
    assert lines[at + 2].startswith("        cure:  chmod 600 staff-token")
    assert any(line.startswith(f"fail  port            {fake.port}, taken") for line in lines)
