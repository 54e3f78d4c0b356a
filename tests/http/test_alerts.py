"""Alerts as operators meet them: what is configured, what is told, and what can be asked for again."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from ordermill.adapters.local.data_dir import DataDirectory
from ordermill.adapters.local.messaging import LocalTopic
from ordermill.adapters.local.store import LocalStore
from ordermill.domain.alerts import Alert
from tests.e2e.server import ORDERMILL, Json, Server, environment, wait_for
from tests.e2e.wire import problem
from tests.webhook_target import Reply, Target, serving

ORDER = "ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
OTHER = "ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1c"
SECRET = "canary-canary-canary-canary"


class Clock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


def leave_alerts(data: Path, *alerts: Alert) -> None:
    """In the folder of a server that does not run yet, as functions would have published them."""
    directory = DataDirectory(data, "http://127.0.0.1:1")
    store = LocalStore(directory.database)
    store.begin()
    LocalTopic(store.messages, {"alert-handler": None}, Clock()).publish(alerts)
    store.commit()
    store.close()
    directory.close()


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    """Refuses the first post."""
    with serving(Target(Reply(404, body=b"canary of the target"), Reply(200))) as running:
        yield running


@pytest.fixture(scope="module")
def alerted(tmp_path_factory: pytest.TempPathFactory, target: Target) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("alerts") / "data"
    leave_alerts(
        data,
        *(Alert(f"a{n}", "critical", "process_order", ORDER, "TIMEOUT", "it timed out", 0) for n in range(3)),
        *(Alert(f"b{n}", "info", "create_order", OTHER, f"R{n}", "it was refused", 0) for n in range(3)),
    )
    server = Server(
        data,
        env={
            "ORDERMILL_ALERT_WEBHOOKS": f"json+{target.url}?canary=url",
            "ORDERMILL_ALLOW_LOCAL_WEBHOOKS": "1",
            "ORDERMILL_WEBHOOK_SECRET": SECRET,
            "ORDERMILL_LOG_LEVEL": "debug",
        },
    )
    try:
        yield server.start()
    finally:
        server.kill()


@pytest.fixture(scope="module")
def api(alerted: Server) -> Iterator[httpx2.Client]:
    with alerted.client() as client:
        client.headers.update(alerted.staff)
        yield client


def critical(api: httpx2.Client) -> Json:
    """The alert of process_order."""
    found: Json = next(each for each in api.get("/alerts").json()["alerts"] if each["severity"] == "critical")
    return found


def status(api: httpx2.Client) -> str:
    (delivery,) = critical(api)["deliveries"]
    return str(delivery["status"])


def test_what_was_refused_is_shown_and_can_be_asked_for_again(
    alerted: Server, api: httpx2.Client, target: Target
) -> None:
    wait_for(lambda: len(api.get("/alerts").json()["alerts"]) == 4, "all alerts are recorded")
    wait_for(lambda: status(api) == "UNDELIVERED", "the first post is refused")
    alert = critical(api)
    assert list(alert) == [
        *("alertId", "severity", "orderId", "function", "reason", "detail", "count", "link", "at", "deliveries"),
    ]
    assert (alert["count"], alert["orderId"], alert["at"]) == (3, ORDER, "1970-01-01T00:00:00.000Z")
    (delivery,) = alert["deliveries"]
    assert list(delivery) == ["kind", "target", "status", "attempts", "error", "at"]
    assert (delivery["kind"], delivery["target"], delivery["attempts"]) == ("json", "127.0.0.1", 1)
    assert delivery["error"] == "it answered 404"

    again = api.post(f"/alerts/{alert['alertId']}/redeliver")
    assert (again.status_code, again.json()["deliveries"][0]["status"]) == (202, "PENDING")
    wait_for(lambda: status(api) == "SENT", "the second post is taken")
    assert [json.loads(got.body)["count"] for got in target.got] == [1, 3]
    unchanged = api.post(f"/alerts/{alert['alertId']}/redeliver")
    assert (unchanged.status_code, unchanged.json()) == (200, critical(api))


def test_pages_and_those_of_one_order(api: httpx2.Client) -> None:
    wait_for(lambda: len(api.get("/alerts").json()["alerts"]) == 4, "all alerts are recorded")
    found, path = list[str](), "/alerts?limit=3"
    while path:
        answer = api.get(path)
        assert answer.headers["cache-control"] == "no-store"
        page = answer.json()
        found += [each["alertId"] for each in page["alerts"]]
        link = answer.headers.get("link", "")
        assert bool(link) == (page["nextCursor"] is not None)
        path = link.partition(">")[0].removeprefix("<")
    assert len(found) == len(set(found)) == 4
    of_other = api.get("/alerts", params={"orderId": OTHER, "limit": 2}).json()
    assert [each["orderId"] for each in of_other["alerts"]] == [OTHER, OTHER]
    assert {each["status"] for alert in of_other["alerts"] for each in alert["deliveries"]} == {"SKIPPED"}
    for params in ({"limit": 2}, {"orderId": ORDER}):
        answer = api.get("/alerts", params={**params, "cursor": of_other["nextCursor"]})
        problem(api, answer, 400, "invalid-cursor")


@pytest.mark.parametrize("alert_id", ["alr_0", "alr_" + "0" * 32, "x", "%00", "alr_" + "A" * 32])
def test_an_alert_that_is_not_there(api: httpx2.Client, alert_id: str) -> None:
    problem(api, api.post(f"/alerts/{alert_id}/redeliver"), 404, "not-found")


def test_no_secret_is_shown_or_logged(alerted: Server, api: httpx2.Client) -> None:
    shown = [api.get(path).text for path in ("/alerts", "/queues", "/metrics", "/topology")]
    stored = alerted.rows("SELECT body FROM alert_log UNION ALL SELECT body FROM messages")
    assert "canary" not in "".join([*shown, alerted.log_text(), str(stored)])
    environ = Path(f"/proc/{alerted.pid}/environ").read_bytes()
    assert b"canary" not in environ


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"ORDERMILL_ALERT_WEBHOOKS": "https://127.0.0.1/canary"}, "ORDERMILL_ALERT_WEBHOOKS: target 1"),
        ({"ORDERMILL_WEBHOOK_SECRET": "canary"}, "ORDERMILL_WEBHOOK_SECRET: secret 1"),
    ],
)
def test_a_wrong_setting_ends_the_start_with_its_cure(tmp_path: Path, environ: dict[str, str], said: str) -> None:
    command = [str(ORDERMILL), "up", "--data", str(tmp_path / "data")]
    ended = subprocess.run(command, env=environment(environ), capture_output=True, text=True, timeout=20, check=False)
    assert (ended.returncode, (tmp_path / "data").exists()) == (2, False)
    assert said in ended.stderr.replace("\n", " ")
    assert "canary" not in ended.stdout + ended.stderr
