from __future__ import annotations

import os
import resource
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ordermill.adapters.local.files import fsync_folder, remove_temps, write_atomically, write_temp


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.parametrize("data", [b"", b"small", bytes(3_000_000)])
def test_the_file_holds_the_data_and_nothing_is_left_beside_it(tmp_path: Path, data: bytes) -> None:
    write_atomically(tmp_path / "file", data)
    assert (tmp_path / "file").read_bytes() == data
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("mode", [0o644, 0o600])
def test_the_file_has_the_mode_even_where_one_was(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "file"
    path.touch(0o666)
    write_atomically(path, b"data", mode)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_the_mode_holds_from_the_first_moment(tmp_path: Path) -> None:
    assert stat.S_IMODE(write_temp(tmp_path, b"secret", 0o600).stat().st_mode) == 0o600


def test_readers_of_the_old_file_keep_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"the old one")
    with path.open("rb") as reader:
        write_atomically(path, b"new")
        assert reader.read() == b"the old one"
    assert path.read_bytes() == b"new"


def test_a_failure_changes_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError):
        write_atomically(tmp_path / "taken", b"data")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_data_that_fits_only_in_part_leaves_no_file(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError):
            write_atomically(tmp_path / "file", bytes(3000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(tmp_path.iterdir())


def test_the_data_is_on_disk_before_it_has_its_name_and_the_name_before_the_end(tmp_path: Path) -> None:
    calls: list[object] = []
    sys.setprofile(lambda _frame, event, called: calls.append(called) if event == "c_call" else None)
    try:
        write_atomically(tmp_path / "file", b"data")
    finally:
        sys.setprofile(None)
    assert [call for call in calls if call in (os.fsync, os.replace)] == [os.fsync, os.replace, os.fsync]


def test_only_temporary_files_are_removed(tmp_path: Path) -> None:
    for name in ("a.part", ".hidden", ".ordermill-settings", "mail.eml"):
        (tmp_path / name).touch()
    write_temp(tmp_path, b"half")
    remove_temps(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".hidden", ".ordermill-settings", "a.part", "mail.eml"]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        fsync_folder(tmp_path / "none")
