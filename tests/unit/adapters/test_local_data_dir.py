"""The data directory's privacy: what others on the machine may read of it."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from ordermill.adapters.local.data_dir import DataDirectory, UnusableDirectory

HERE = "http://127.0.0.1:8420"


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[DataDirectory]:
    made = DataDirectory(tmp_path / "data", HERE)
    yield made
    made.close()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_it_makes_is_the_owners_alone_under_any_umask(directory: DataDirectory) -> None:
    token = directory.staff_token()
    assert len(token) >= 43
    assert mode(directory.path) == 0o700
    assert {path.name: mode(path) for path in directory.path.iterdir()} == {
        "ordermill.db.lock": 0o600,
        "staff-token": 0o600,
    }
    assert directory.staff_token() == token


def test_a_directory_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    DataDirectory(tmp_path, HERE).close()
    assert mode(tmp_path) == 0o755


@pytest.mark.parametrize("loose", [0o640, 0o604, 0o644, 0o666, 0o620, 0o777])
def test_a_token_that_others_could_read_or_write_is_closed_with_a_warning(
    directory: DataDirectory, caplog: pytest.LogCaptureFixture, loose: int
) -> None:
    file = directory.path / "staff-token"
    file.write_text("the-token\n", encoding="ascii")
    file.chmod(loose)
    with caplog.at_level(logging.WARNING):
        assert directory.staff_token() == "the-token"
    assert mode(file) == 0o600
    assert str(file) in caplog.text
    assert "the-token" not in caplog.text


@pytest.mark.parametrize("tight", [0o600, 0o400])
def test_one_that_is_closed_stays_as_it_is(
    directory: DataDirectory, caplog: pytest.LogCaptureFixture, tight: int
) -> None:
    file = directory.path / "staff-token"
    file.write_text("the-token", encoding="ascii")
    file.chmod(tight)
    assert directory.staff_token() == "the-token"
    assert (mode(file), caplog.text) == (tight, "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_one_that_another_user_made_is_refused(directory: DataDirectory) -> None:
    file = directory.path / "staff-token"
    file.write_text("the-token", encoding="ascii")
    os.chown(file, 12345, -1)
    with pytest.raises(UnusableDirectory, match="uid 12345") as caught:
        directory.staff_token()
    assert "the-token" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "\n", "  \n"])
def test_an_empty_one_is_refused(directory: DataDirectory, text: str) -> None:
    (directory.path / "staff-token").write_text(text, encoding="ascii")
    with pytest.raises(UnusableDirectory, match="empty"):
        directory.staff_token()
