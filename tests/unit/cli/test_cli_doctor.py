"""`ordermill doctor`: each check, on what it is given."""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path

import pytest

from ordermill import __version__
from ordermill.entrypoints.cli.answers import Health
from ordermill.entrypoints.cli.diagnosis import Check
from ordermill.entrypoints.cli.doctor_data import (
    Lock,
    directory_check,
    file_system_check,
    privacy_check,
    read_lock,
    space_check,
    token_check,
)
from ordermill.entrypoints.cli.doctor_machine import clock_check, newest_change, python_check, sqlite_check
from ordermill.entrypoints.cli.doctor_server import Port, health_of, lock_check, port_check, probe, server_check
from tests.unit.cli.cli_fake import Answer, Fake

NOW = 1_795_000_000.0
HEALTH = {"status": "ok", "version": __version__, "pipeline": "stream"}


def _sound(check: Check) -> bool:
    """A check that is not ok says why, and what to do."""
    return check.state == "ok" or bool(check.cause and check.cure)


@pytest.mark.parametrize(("version", "state"), [((3, 10, 14), "fail"), ((3, 11, 0), "ok"), ((3, 14, 1), "ok")])
def test_python(version: tuple[int, ...], state: str) -> None:
    check = python_check(version)
    assert check.state == state
    assert _sound(check)


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ((3, 36, 9), "fail"),
        ((3, 37, 0), "warn"),
        ((3, 40, 1), "warn"),
        ((3, 51, 2), "warn"),
        ((3, 51, 3), "ok"),
        ((4, 0, 0), "ok"),
    ],
)
def test_sqlite(version: tuple[int, ...], state: str) -> None:
    check = sqlite_check(version)
    assert check.state == state
    assert _sound(check)
    if state == "warn":
        assert "one connection alone writes" in str(check.cause)


@pytest.mark.parametrize(
    ("now", "newest", "state"),
    [
        (0.0, None, "fail"),
        (NOW, None, "ok"),
        (NOW, NOW - 9e9, "ok"),
        (NOW, NOW + 3599, "ok"),
        (NOW, NOW + 3601, "fail"),
    ],
)
def test_clock(now: float, newest: float | None, state: str) -> None:
    check = clock_check(now, newest)
    assert check.state == state
    assert _sound(check)


def test_the_newest_change_is_that_of_the_files_in_it(tmp_path: Path) -> None:
    assert newest_change(tmp_path / "none") is None
    assert newest_change(tmp_path) is None
    for name, at in (("a", NOW), ("b", NOW + 5), ("c", NOW - 5)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (at, at))
    (tmp_path / "dangling").symlink_to("nowhere")
    assert newest_change(tmp_path) == NOW + 5


def test_a_directory_that_can_be_made_is_fine(tmp_path: Path) -> None:
    assert directory_check(tmp_path).state == "ok"
    check = directory_check(tmp_path / "a" / "b")
    assert check.state == "ok"
    assert "made at the first start" in check.found
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_its_place_fails(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        check = directory_check(path)
        assert check.state == "fail"
        assert _sound(check)


def test_a_directory_that_may_not_be_written_fails(tmp_path: Path) -> None:
    check = directory_check(tmp_path / "new", may_write=lambda path: path != tmp_path)
    assert check.state == "fail"
    assert _sound(check)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_another_owner_is_a_warning(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, -1)
    check = directory_check(tmp_path)
    assert check.state == "warn"
    assert "12345" in str(check.cause)


@pytest.mark.parametrize(
    ("free", "state"), [(99_999_999, "fail"), (100_000_000, "warn"), (999_999_999, "warn"), (10**9, "ok")]
)
def test_space(free: int, state: str) -> None:
    check = space_check(free)
    assert check.state == state
    assert _sound(check)


@pytest.mark.parametrize(
    ("path", "state", "found"),
    [
        ("/home/ada/data", "ok", "ext4 at /"),
        ("/mnt/share/data", "warn", "nfs4 at /mnt/share"),
        ("/mnt/share/disk/data", "ok", "xfs at /mnt/share/disk"),
        ("/mnt/shared", "ok", "ext4 at /"),
        ("/mnt/with space/x", "warn", "cifs at /mnt/with space"),
        ("/mnt/ssh/x", "warn", "fuse.sshfs at /mnt/ssh"),
        ("/over", "ok", "tmpfs at /over"),
    ],
)
def test_file_system(path: str, state: str, found: str) -> None:
    mounts = (
        "/dev/vda / ext4 rw 0 0\nhost:/x /mnt/share nfs4 rw 0 0\n/dev/vdb /mnt/share/disk xfs rw 0 0\n"
        "//host/y /mnt/with\\040space cifs rw 0 0\nh:/ /mnt/ssh fuse.sshfs rw 0 0\nh:/ /over nfs rw 0 0\n"
        "tmpfs /over tmpfs rw 0 0\nodd\n"
    )
    check = file_system_check(Path(path), mounts)
    assert (check.state, check.found) == (state, found)
    assert _sound(check)


def test_no_mounts_to_read_is_no_finding() -> None:
    assert file_system_check(Path("/x"), "").state == "ok"


@pytest.mark.parametrize(("mode", "state"), [(0o600, "ok"), (0o400, "ok"), (0o640, "fail"), (0o604, "fail")])
def test_the_token_is_for_its_owner(tmp_path: Path, mode: int, state: str) -> None:
    assert token_check(tmp_path).state == "ok"
    (tmp_path / "staff-token").write_text("secret")
    (tmp_path / "staff-token").chmod(mode)
    check = token_check(tmp_path)
    assert check.state == state
    assert _sound(check)
    assert "secret" not in repr(check)


@pytest.mark.parametrize(
    ("folder", "file", "mail", "named"),
    [
        (0o700, 0o644, 0o755, []),
        (0o755, 0o600, 0o700, []),
        (0o755, 0o640, 0o700, ["ordermill.db", "ordermill.db-wal"]),
        (0o750, 0o600, 0o750, ["mail"]),
    ],
)
def test_what_is_kept_is_for_its_owner(tmp_path: Path, folder: int, file: int, mail: int, named: list[str]) -> None:
    assert privacy_check(tmp_path / "none").state == "ok"
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail").chmod(mail)
    for name in ("ordermill.db", "ordermill.db-wal", "others.txt"):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(file if name != "others.txt" else 0o666)
    tmp_path.chmod(folder)
    check = privacy_check(tmp_path)
    assert check.state == ("warn" if named else "ok")
    assert _sound(check)
    assert not named or check.found == f"open: {', '.join(named)}"


@pytest.mark.parametrize(
    ("content", "lock"),
    [
        ('{"pid": 7, "url": "http://127.0.0.1:1"}', Lock(True, 7, "http://127.0.0.1:1")),
        ("", Lock(True)),
        ('{"pid": "x"}', Lock(True)),
    ],
)
def test_a_held_lock_names_its_holder(tmp_path: Path, content: str, lock: Lock) -> None:
    assert read_lock(tmp_path) == Lock(False)
    path = tmp_path / "ordermill.db.lock"
    path.write_text(content)
    assert read_lock(tmp_path) == Lock(False)
    with path.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert read_lock(tmp_path) == lock
        assert read_lock(tmp_path) == lock
    assert read_lock(tmp_path) == Lock(False)


def test_looking_leaves_the_lock_free(tmp_path: Path) -> None:
    path = tmp_path / "ordermill.db.lock"
    path.touch()
    read_lock(tmp_path)
    with path.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_free_port() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        number = held.getsockname()[1]
    port = probe(number, Lock(False))
    assert port.state == "free"
    assert port_check(port).state == "ok"
    assert health_of(Lock(False), port) is None
    assert server_check(Lock(False), None).found.startswith("not running")


def test_a_port_that_ordermill_holds(fake: Fake) -> None:
    fake.on("GET /health", Answer(200, HEALTH))
    port = probe(fake.port, Lock(False))
    assert port == Port(fake.port, "ready", Health("ok", __version__, "stream"))
    assert port_check(port).state == "ok"
    assert (
        server_check(Lock(False), health_of(Lock(False), port)).found == f"ok, version {__version__}, pipeline stream"
    )


@pytest.mark.parametrize("answer", [Answer(200, b"<html>"), Answer(200, {"status": "ok"}), Answer(404), Answer(503)])
def test_a_port_that_something_else_holds(fake: Fake, answer: Answer) -> None:
    fake.on("GET /health", answer)
    check = port_check(probe(fake.port, Lock(False)))
    assert check.state == "fail"
    assert f"--port {fake.port + 1}" in str(check.cure)


@pytest.mark.parametrize("url", [None, "http://127.0.0.1:1", "http://127.0.0.1:odd"])
def test_a_lock_elsewhere_does_not_explain_the_port(fake: Fake, url: str | None) -> None:
    fake.on("GET /health", Answer(503))
    assert probe(fake.port, Lock(True, 7, url)).state == "foreign"


def test_a_server_that_starts(fake: Fake) -> None:
    fake.on("GET /health", Answer(503))
    lock = Lock(True, 7, fake.url)
    port = probe(fake.port, lock)
    assert port.state == "starting"
    assert port_check(port).state == "ok"
    check = lock_check(lock, health_of(lock, port))
    assert check.state == "warn"
    assert "kill 7" in str(check.cure)
    assert server_check(lock, None).found == "does not answer; see lock"


def test_an_address_that_no_one_may_have() -> None:
    check = port_check(Port(80, "forbidden"))
    assert check.state == "fail"
    assert _sound(check)


def test_another_version_is_a_warning() -> None:
    check = server_check(Lock(False), Health("ok", "9.9.9", "queue"))
    assert check.state == "warn"
    assert "9.9.9" in check.found
    assert _sound(check)


def test_what_has_gone_stale_is_named(fake: Fake) -> None:
    fake.on("GET /health", Answer(200, {**HEALTH, "status": "degraded", "stale": ["expired_claims", "sweep_orders"]}))
    check = server_check(Lock(True, 7, fake.url), health_of(Lock(True, 7, fake.url), Port(1, "free")))
    assert (check.state, check.found) == ("warn", f"degraded, version {__version__}, pipeline stream")
    assert (check.cause or "").startswith("expired_claims, sweep_orders did not go through")
    assert _sound(check)


def test_who_holds_the_lock_is_asked_at_its_own_address(fake: Fake) -> None:
    fake.on("GET /health", Answer(200, HEALTH))
    health, free = Health("ok", __version__, "stream"), Port(1, "free")
    assert health_of(Lock(True, 7, fake.url), free) == health
    assert lock_check(Lock(True, 7, fake.url), health).state == "ok"
    assert health_of(Lock(False), free) is None
    assert lock_check(Lock(False), None).state == "ok"
    assert health_of(Lock(True, 7, "http://127.0.0.1:2"), Port(1, "ready", health)) is None
    assert health_of(Lock(True), Port(1, "ready", health)) == health
    assert health_of(Lock(True, 7, "odd"), free) is None
