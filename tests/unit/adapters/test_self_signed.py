"""The secret that signs posts, where the operator gave none."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest

from ordermill.bootstrap.signing import FILE_SUFFIX, self_signed
from ordermill.domain.alert_targets import parse_targets
from ordermill.ports.ambient import Settings


def settings(targets: str, *keys: bytes) -> Settings:
    return Settings(alert_targets=parse_targets(targets, allow_local=False), webhook_keys=keys)


def test_a_secret_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    data = tmp_path / "ordermill.db"
    (key,) = self_signed(settings("json+https://ops.example.org/hook"), data).webhook_keys
    file = tmp_path / f"ordermill.db{FILE_SUFFIX}"
    assert file.read_text(encoding="ascii") == f"whsec_{base64.b64encode(key).decode()}\n"
    assert (len(key), stat.S_IMODE(file.stat().st_mode)) == (32, 0o600)
    assert self_signed(settings("json+https://ops.example.org/hook"), data).webhook_keys == (key,)


PLAIN = settings("https://hooks.example.org/x,mailto:a@example.org")
GIVEN = settings("json+https://a.example.org/", b"k")


@pytest.mark.parametrize("given", [PLAIN, GIVEN])
def test_where_none_is_needed_none_is_made(tmp_path: Path, given: Settings) -> None:
    assert self_signed(given, tmp_path / "ordermill.db") is given
    assert list(tmp_path.iterdir()) == []
