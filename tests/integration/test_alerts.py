"""Alerts from the topic to real sockets: few posts, none lost, none that holds up an order or raises another."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from ordermill.adapters.local.messaging import LocalTopic
from ordermill.bootstrap.local_ports import engine_ports
from ordermill.domain.alert_log import AlertRecord
from ordermill.domain.alert_targets import parse_targets
from ordermill.domain.alerts import Alert
from ordermill.domain.commands import GetAlerts, RedeliverAlert
from ordermill.domain.events import OrderEvent
from ordermill.ports.ambient import Settings
from ordermill.topology.loader import load
from ordermill.topology.views import enabled, subscriptions
from tests.integration.system_kit import Mill, Noted, SettableClock, StartMill, widgets
from tests.webhook_target import Reply, Target, serving

KEY = b"a key that is long enough"
ORDER = "ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"


@pytest.fixture
def targets() -> Iterator[Any]:
    """`targets(*replies)`: a target that runs until the end."""
    with ExitStack() as stack:
        yield lambda *replies: stack.enter_context(serving(Target(*replies)))


def settings(*targets: str) -> Settings:
    found = parse_targets(",".join(targets), allow_local=True)
    return Settings(
        retry_base_ms=10,
        payment_timeout_ms=50,
        alert_targets=found,
        webhook_keys=(KEY,),
        allow_local_webhooks=True,
    )


def at_second(second: float) -> SettableClock:
    """A clock that is at this second of its minute now."""
    clock = SettableClock()
    clock.ahead_ms = int(second * 1000) - clock.now_ms() % 60_000 + 60_000
    return clock


def alert(number: int = 1, at: int = 0, **members: Any) -> Alert:
    given = {"severity": "warning", "function": "process_order", "reason": "TIMEOUT", "detail": "it timed out"}
    return Alert(f"a{number}", order_id=ORDER, at=at, **{**given, **members})


def publish(mill: Mill, *alerts: Alert) -> None:
    """As functions do; before the system is started."""
    store = mill.system.store
    store.begin()
    LocalTopic(store.messages, dict.fromkeys(subscriptions(load(), "alerts")), SettableClock()).publish(alerts)
    store.commit()


def records(mill: Mill) -> Sequence[AlertRecord]:
    found: Sequence[AlertRecord] = mill.system.readers["get_alerts"](GetAlerts(200)).alerts
    return found


def statuses(mill: Mill) -> list[str]:
    """Of all deliveries."""
    return [delivery.status for record in records(mill) for delivery in record.deliveries]


class Alerting:
    """Topic `order-events` of a system in which every order that was processed raises an alert."""

    def __init__(self) -> None:
        self.inner: Any = None
        self.alerts: Any = None
        self.published = 0

    def publish(self, events: Sequence[OrderEvent]) -> None:
        self.inner.publish(events)
        for event in events:
            if event.type == "OrderProcessed":
                self.published += 1
                self.alerts.publish([Alert(event.id, "warning", "f", event.subject, "R", "d", event.data.at)])


def alerting_mill(start_mill: StartMill, ports: Mapping[str, object], **options: Any) -> tuple[Mill, Alerting]:
    topic = Alerting()
    mill = start_mill(ports={"order-events": topic, **ports}, start=False, **options)
    system = mill.system
    clock = SettableClock()
    real = engine_ports(system.store, system.topology, system.pipeline, clock, clock.now_ms)
    topic.inner, topic.alerts = real["order-events"], real["alerts"]
    system.start()
    return mill, topic


def test_a_storm_of_failures_makes_a_few_posts(start_mill: StartMill, targets: Any) -> None:
    slack, ops = targets(), targets()
    clock = at_second(58.5)
    mill = start_mill(settings=settings(f"slack+{slack.url}", f"json+{ops.url}"), clock=clock, start=False)
    now = clock.now_ms()
    publish(mill, *(alert(number, now) for number in range(200)))
    mill.system.start()
    mill.settle(lambda: len(slack.got) + len(ops.got) == 2)
    assert records(mill)[0].count == 200
    mill.settle(mill.quiet)
    assert (len(slack.got), len(ops.got)) == (2, 2)
    first, summary = (json.loads(got.body)["text"] for got in slack.got)
    assert first.startswith(f"process_order failed for {ORDER}: it timed out http://")
    assert summary.startswith(f"process_order failed 200 times within a minute, first for {ORDER}: it timed out http")
    assert [json.loads(got.body)["count"] for got in ops.got] == [1, 200]
    assert len({got.headers["webhook-id"] for got in ops.got}) == 2
    assert statuses(mill) == ["SENT", "SENT"]


def test_what_a_state_machine_says_is_told_with_its_order_and_why(start_mill: StartMill, targets: Any) -> None:
    slack = targets()
    mill = start_mill(settings=settings(slack.url), start=False)
    said = {
        "workflow": "order-intake",
        "executionId": "exe_1",
        "orderId": ORDER,
        "startedAt": "2026-11-20T12:00:00.123Z",
        "error": "StorageUnavailable",
        "cause": json.dumps({"errorMessage": "the disk is full", "errorType": "StorageUnavailable"}),
    }
    store = mill.system.store
    store.begin()
    topic = LocalTopic(store.messages, {"alert-handler": None}, SettableClock())
    for _ in range(2):
        topic.publish_json(said, ORDER)
    store.commit()
    mill.system.start()
    mill.settle(mill.quiet)
    (got,) = slack.got
    text = json.loads(got.body)["text"]
    assert text.startswith(f"order-intake failed for {ORDER}: StorageUnavailable: the disk is full http")


def test_what_is_posted_can_be_verified(start_mill: StartMill, targets: Any) -> None:
    ops = targets()
    clock = SettableClock()
    mill = start_mill(settings=settings(f"json+{ops.url}"), clock=clock, start=False)
    publish(mill, alert(at=clock.now_ms()))
    mill.system.start()
    mill.settle(lambda: bool(ops.got))
    body: Any = Webhook(KEY).verify(ops.got[0].body, dict(ops.got[0].headers))
    assert (body["orderId"], body["alertId"]) == (ORDER, records(mill)[0].alert_id)


def test_the_summary_comes_after_a_restart_too(start_mill: StartMill, targets: Any) -> None:
    slack = targets()
    clock = at_second(57)
    mill = start_mill(settings=settings(slack.url), clock=clock, start=False)
    publish(mill, *(alert(number, clock.now_ms()) for number in range(3)))
    mill.system.start()
    mill.settle(lambda: statuses(mill) == ["SENT"])
    mill.close()
    again = start_mill(mill.data, settings=settings(slack.url), clock=clock)
    again.settle(again.quiet)
    assert ["3 times" in got.body.decode() for got in slack.got] == [False, True]
    assert clock.now_ms() % 60_000 < 30_000, "it came before its minute's end"


def test_a_new_target_is_configuration_alone(start_mill: StartMill, targets: Any) -> None:
    old, new = targets(), targets()
    mill = start_mill(settings=settings(old.url), start=False)
    publish(mill, alert(1, 0))
    mill.system.start()
    mill.settle(mill.quiet)
    mill.close()
    again = start_mill(mill.data, settings=settings(old.url, f"json+{new.url}", "mailto:ops@example.org"), start=False)
    publish(again, alert(2, 60_000))
    again.system.start()
    again.settle(again.quiet)
    assert (len(old.got), len(new.got)) == (2, 1)
    (mail,) = (again.data.parent / "mail").glob("*.eml")
    told = message_from_bytes(mail.read_bytes(), policy=policy.default)
    assert (told["To"], told["Subject"]) == (
        "ops@example.org",
        "Ordermill warning: process_order failed (TIMEOUT)",
    )
    assert ORDER in told.get_content()


def test_no_text_of_an_alert_adds_a_header_to_its_mail(start_mill: StartMill) -> None:
    mill = start_mill(settings=settings("mailto:ops@example.org"), start=False)
    evil = "x\r\nBcc: a@example.org\r\n\r\nbody"
    publish(mill, alert(function="f", reason=evil, detail=evil))
    mill.system.start()
    mill.settle(mill.quiet)
    (mail,) = (mill.data.parent / "mail").glob("*.eml")
    told = message_from_bytes(mail.read_bytes(), policy=policy.default)
    assert told["Bcc"] is None
    assert told.get_all("To") == ["ops@example.org"]


def test_a_target_that_hangs_delays_neither_orders_nor_other_targets(
    start_mill: StartMill, targets: Any, pipeline: str
) -> None:
    released = threading.Event()
    hanging, good = targets(Reply(until=released)), targets()
    told = settings(hanging.url, f"json+{good.url}")
    mill, _ = alerting_mill(start_mill, {}, settings=told, pipeline=pipeline, clock=at_second(5))
    order_id = mill.place(widgets()).order.order_id
    assert hanging.arrived.acquire(timeout=10)
    assert mill.finished(order_id).status == "PROCESSED"
    mill.settle(lambda: len(good.got) == 1)
    for _ in range(5):
        assert mill.finished(mill.place(widgets()).order.order_id).status == "PROCESSED"
    assert len(hanging.got) == 1
    released.set()
    mill.settle(lambda: statuses(mill)[:2] == ["SENT", "SENT"])


class Broken:
    """A port of which every verb fails."""

    def __init__(self) -> None:
        self.calls = 0

    def _fail(self, *_: Any, **__: Any) -> Any:
        self.calls += 1
        raise RuntimeError("the alerting is broken")

    read = put = list = send = post = _fail


@pytest.mark.parametrize("resource", ["alert-log", "alert-queue", "webhooks"])
def test_broken_alerting_fails_no_order_and_raises_no_alert(
    start_mill: StartMill, pipeline: str, resource: str
) -> None:
    """Its messages end where they are, and nothing grows of them."""
    broken = Broken()
    mill, topic = alerting_mill(
        start_mill, {resource: broken}, settings=settings("http://127.0.0.1:9/x"), pipeline=pipeline
    )
    order_ids = [mill.place(widgets()).order.order_id for _ in range(3)]
    assert {mill.finished(order_id).status for order_id in order_ids} == {"PROCESSED"}
    if resource == "webhooks":
        mill.settle(lambda: broken.calls > 1)
    else:
        mill.settle(mill.quiet)
        assert {letter["queue"] for letter in mill.dead()} == {"alert-handler"}
    assert topic.published == 3


def test_nothing_that_handles_alerts_can_raise_one() -> None:
    """Never recursive, by what it may touch: neither topic `alerts` nor anything that leads there."""
    topology = load()
    for pipeline in topology.pipelines:
        functions = enabled(topology, pipeline)
        reached, queues = set[str](), set(subscriptions(topology, "alerts"))
        while queues:
            queue = queues.pop()
            for name, spec in functions.items():
                if spec.trigger.kind == "queue" and spec.trigger.source == queue and name not in reached:
                    reached.add(name)
                    queues |= spec.grants.keys() & topology.queues.keys()
        assert reached == {"alert_handler", "deliver_alert"}
        for name in reached:
            assert not functions[name].grants.keys() & topology.topics.keys()


def test_what_fails_is_tried_again_and_told(start_mill: StartMill, targets: Any) -> None:
    noted, slack = Noted(), targets(Reply(500), Reply(502), Reply(200))
    mill = start_mill(settings=settings(slack.url), start=False, sinks=[noted])
    publish(mill, alert())
    mill.system.start()
    mill.settle(lambda: statuses(mill) == ["SENT"])
    (delivery,) = records(mill)[0].deliveries
    assert (len(slack.got), delivery.attempts, delivery.error) == (3, 3, None)
    calls = [(hop.outcome, hop.error, hop.detail) for hop in noted.of("deliver_alert>webhooks")]
    assert calls == [
        ("failed", "WebhookError", "it answered 500"),
        ("failed", "WebhookError", "it answered 502"),
        ("ok", None, None),
    ]
    assert {hop.outcome for hop in noted.of("alert-queue>deliver_alert")} == {"ok"}


def test_a_target_that_asks_for_a_second_is_left_in_peace_for_it(start_mill: StartMill, targets: Any) -> None:
    clock, slack = SettableClock(), targets(Reply(429, {"retry-after": "1"}), Reply(200))
    mill = start_mill(settings=settings(slack.url), clock=clock, start=False)
    publish(mill, alert())
    mill.system.start()
    mill.settle(lambda: len(slack.got) == 1)
    mill.settle(lambda: bool(mill.rows("SELECT 1 FROM messages WHERE queue = 'alert-queue' AND retry_at > 0")))
    ((retry_at,),) = mill.rows("SELECT retry_at FROM messages WHERE queue = 'alert-queue'")
    mill.settle(lambda: statuses(mill) == ["SENT"])
    assert retry_at - 200 <= clock.now_ms()
    assert records(mill)[0].deliveries[0].at >= retry_at - 200


def test_what_was_refused_is_given_up_until_somebody_asks(start_mill: StartMill, targets: Any) -> None:
    slack = targets(Reply(404), Reply(200))
    mill = start_mill(settings=settings(slack.url), start=False)
    publish(mill, alert())
    mill.system.start()
    mill.settle(lambda: statuses(mill) == ["UNDELIVERED"])
    mill.settle(mill.quiet)
    assert (len(slack.got), mill.dead()) == (1, [])
    (record,) = records(mill)
    assert record.deliveries[0].error == "it answered 404"
    answer = mill.send(RedeliverAlert(record.alert_id), "redeliver_alert").result(10)
    assert answer.again == 1
    mill.settle(lambda: statuses(mill) == ["SENT"])
    assert mill.send(RedeliverAlert(record.alert_id), "redeliver_alert").result(10).again == 0


def test_a_post_under_way_at_a_death_is_repeated_under_its_id(
    start_mill: StartMill, targets: Any, tmp_path: Path
) -> None:
    released = threading.Event()
    ops = targets(Reply(until=released), Reply(200))
    mill = start_mill(settings=settings(f"json+{ops.url}"), start=False)
    publish(mill, alert())
    mill.system.start()
    assert ops.arrived.acquire(timeout=10)
    copy = mill.copy_files(tmp_path / "copy")
    again = start_mill(copy, settings=settings(f"json+{ops.url}"))
    again.settle(lambda: statuses(again) == ["SENT"])
    released.set()
    first, second = ops.got
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    assert records(again)[0].count == 1


def test_without_targets_alerts_are_kept_and_nothing_is_sent(start_mill: StartMill) -> None:
    mill = start_mill(start=False)
    publish(mill, *(alert(number) for number in range(5)), alert(9, severity="info"))
    mill.system.start()
    mill.settle(mill.quiet)
    assert sorted((record.count, record.severity, record.deliveries) for record in records(mill)) == [
        (1, "info", ()),
        (5, "warning", ()),
    ]
