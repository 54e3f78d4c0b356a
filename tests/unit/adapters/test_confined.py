"""Confined processes: what they give back, and what they cannot do."""

from __future__ import annotations

import ast
import os
import re
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from ordermill.adapters.confined import ConfinedError, Kind, confined

TARGETS = "tests.unit.adapters.confined_targets"


def run(name: str, data: bytes = b"", **limits: Any) -> bytes:
    return confined(f"{TARGETS}:{name}", data, **{"timeout_s": 10, "memory_mb": 256, "output_max": 2**20, **limits})


def failed(name: str, data: bytes = b"", **limits: Any) -> ConfinedError:
    with pytest.raises(ConfinedError) as raised:
        run(name, data, **limits)
    return raised.value


@pytest.mark.parametrize("size", [0, 1, 65_536, 900_001])
def test_bytes_go_in_and_bytes_come_out(size: int) -> None:
    data = os.urandom(size)
    assert run("echo", data) == data


def test_it_has_no_environment_and_no_descriptors_of_ours(tmp_path: Path) -> None:
    """Listing descriptors opens one, and the pipe of the result is one more."""
    with (tmp_path / "ours").open("wb") as ours:
        os.set_inheritable(ours.fileno(), True)
        environment, folder, descriptors, isolated = ast.literal_eval(run("environment").decode())
    # Which Python sets itself where there is no locale.
    environment.pop("LC_CTYPE", None)
    assert (environment, folder, isolated) == ({}, "/", 1)
    assert len(descriptors) == 5


def test_what_is_printed_is_not_the_result() -> None:
    assert run("printing", b"result") == b"result"


@pytest.mark.parametrize(
    ("name", "kind", "limits"),
    [
        ("spin", "timeout", {"timeout_s": 0.5}),
        ("linger", "timeout", {"timeout_s": 0.5}),
        ("hoard", "memory", {}),
        ("flood", "output", {}),
        ("crash", "killed", {}),
        ("fail", "failed", {}),
        ("nothing_there", "failed", {}),
    ],
)
def test_what_goes_wrong_has_a_kind_and_leaves_nothing_behind(name: str, kind: Kind, limits: dict[str, Any]) -> None:
    since = time.monotonic()
    assert failed(name, **limits).kind == kind
    assert time.monotonic() - since < 8
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_an_error_says_where_and_shows_nothing_of_the_input() -> None:
    error = failed("fail", b"ada@example.org")
    assert re.fullmatch(rf"{TARGETS}:fail failed: ValueError at confined_targets.py:\d+", str(error))


def test_talk_is_read_so_that_it_never_blocks() -> None:
    assert run("chatter", b"done") == b"done"


def test_input_that_nobody_reads_is_no_failure() -> None:
    assert run("deaf", b"head read") == b"never mind"


@pytest.mark.parametrize("path", ["/etc/hostname", "/proc/self/environ", "{}/secret"])
def test_files_of_others_cannot_be_read(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    assert "PermissionError" in str(failed("read_file", path.format(tmp_path).encode()))


def test_nor_can_any_be_written_or_removed(tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(b"kept")
    assert "PermissionError" in str(failed("write_file", str(tmp_path / "new").encode()))
    assert "PermissionError" in str(failed("write_file", str(Path(__file__).with_name("new")).encode()))
    assert "PermissionError" in str(failed("remove_file", str(tmp_path / "kept").encode()))
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_the_working_directory_is_no_place_to_read_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    assert "PermissionError" in str(failed("read_file", str(tmp_path / "secret").encode()))


def test_python_itself_can_be_read() -> None:
    assert run("read_file", __file__.encode()) == Path(__file__).read_bytes()


def test_there_is_no_network_and_there_are_no_other_processes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1]).encode()
        assert "PermissionError" in str(failed("connect", port))
    assert "PermissionError" in str(failed("start_process"))
    assert "PermissionError" in str(failed("fork"))
