"""How many connections a process may have, and the settings that say so."""

from __future__ import annotations

import resource
import socket
import subprocess
import sys
from contextlib import closing

import pytest

from ordermill.entrypoints.config import InvalidSetting, from_environment
from ordermill.entrypoints.limits import Limits, notice_lost_peers


def limits(**env: str) -> Limits:
    return from_environment(data="d", host="h", port=1, pipeline="stream", environ=env).limits


def test_the_settings_of_the_limits() -> None:
    assert limits() == Limits()
    changed = limits(
        ORDERMILL_MAX_CONNECTIONS="7",
        ORDERMILL_HEAD_TIMEOUT_S="0.5",
        ORDERMILL_BODY_TIMEOUT_S="1.5",
        ORDERMILL_IDLE_TIMEOUT_S="3",
        ORDERMILL_SEND_TIMEOUT_S="2.5",
    )
    assert changed == Limits(connections=7, head_s=0.5, body_s=1.5, idle_s=3, stalled_s=2.5)


@pytest.mark.parametrize("name", ["MAX_CONNECTIONS", "HEAD_TIMEOUT_S", "IDLE_TIMEOUT_S"])
@pytest.mark.parametrize("text", ["0", "-1", "many", "nan", "inf"])
def test_a_limit_that_is_none_is_refused(name: str, text: str) -> None:
    with pytest.raises(InvalidSetting, match=f"ORDERMILL_{name}"):
        limits(**{f"ORDERMILL_{name}": text})


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "allowed", "raised"),
    [
        (64, 64, 10_000, 16, 64),
        (64, 200, 10_000, 152, 200),
        (64, 500, 100, 100, 148),
        (400, 500, 100, 100, 400),
        (20, 20, 10, 1, 20),
    ],
)
def test_connections_leave_files_for_the_server_itself(
    soft: int, hard: int, wanted: int, allowed: int, raised: int
) -> None:
    # The limit is the process's, so it is tried in one of its own.
    code = (
        "import resource; from ordermill.entrypoints.limits import allowed_connections;"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}));"
        f"print(allowed_connections({wanted}), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert out.split() == [str(allowed), str(raised)]
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 64


def test_accepted_connections_are_probed() -> None:
    with closing(socket.socket()) as listener:
        notice_lost_peers(listener)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with closing(socket.create_connection(listener.getsockname())), closing(listener.accept()[0]) as accepted:
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60
