"""SIGKILL at random moments under load: no accepted order is lost, doubled, charged twice or mailed twice."""

from __future__ import annotations

import os
import random
import secrets
import time
from itertools import cycle

import pytest

from tests.audit.auditor import audit
from tests.e2e.conftest import MakeServer
from tests.e2e.load import Load
from tests.e2e.server import HASTE, Server, wait_for

KILLS = int(os.environ.get("ORDERMILL_KILLS", "6"))
MET = 2
"""So many of the deaths a message may be in flight at; one that is given up sooner than after five receives is lost."""


@pytest.mark.parametrize(
    ("pipelines", "kills"),
    [(("workflow",), KILLS), (("queue", "stream", "workflow"), 6)],
    ids=["one", "switching"],
)
def test_a_storm_of_kills_loses_and_doubles_nothing(
    make_server: MakeServer, pipelines: tuple[str, ...], kills: int
) -> None:
    seed = int(os.environ.get("ORDERMILL_CRASH_SEED") or secrets.randbits(32))
    print(f"ORDERMILL_CRASH_SEED={seed}")
    server = make_server(env=HASTE)
    server.pipeline = pipelines[0]
    server.start()
    with Load(server.port, seed) as load:
        kill_again_and_again(server, random.Random(seed), pipelines, kills)
    sent = load.sent
    assert sent.unexpected == []
    assert len(sent.accepted) > 10 * kills
    assert sent.replay(server.port) > 0, "no kill met a request: the load was too light to tell anything"
    wait_for(server.settled, "everything is processed and mailed", within_s=20)
    audit(server.data, sent.attempts, deaths=MET)
    assert server.terminate() == 0


def kill_again_and_again(server: Server, rng: random.Random, pipelines: tuple[str, ...], kills: int) -> None:
    """Some hit the server process alone, and the supervisor starts it again; the others hit the whole group.

    After each of these the next of the pipelines takes over.
    """
    following = cycle((*pipelines[1:], pipelines[0]))
    alone = [number < kills // 4 for number in range(kills)]
    rng.shuffle(alone)
    for server_alone in alone:
        time.sleep(rng.uniform(0.02, 0.3))
        if server_alone:
            server.kill_server_and_wait()
        else:
            server.kill()
            server.pipeline = next(following)
            server.start()
