"""`alert_handler`, `deliver_alert`, `redeliver_alert`: alerts are told in few posts, each once, and never for ever."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace
from standardwebhooks import Webhook

from ordermill.domain.alert_log import MOST_ATTEMPTS, AlertDelivery
from ordermill.domain.alerts import Alert
from ordermill.domain.commands import DeliverAlert, RedeliverAlert
from ordermill.domain.errors import NotFound
from ordermill.functions import deliver_alert as delivery
from ordermill.functions.alert_handler import alert_handler, from_json
from ordermill.functions.redeliver_alert import Redelivered, redeliver_alert
from ordermill.ports.ambient import Settings
from ordermill.ports.journal import StorageFull
from ordermill.ports.messaging import LONGEST_DELAY_MS
from ordermill.ports.services import WebhookBusy, WebhookError, WebhookRefused
from ordermill.ports.staged import Done
from tests.unit.functions.alerts_kit import JSON, MAIL, SLACK, TARGETS, AlertLog, AlertQueue, Webhooks
from tests.unit.functions.functions_kit import NOW, Clock, Mailer

MINUTE = NOW - NOW % 60_000
KEY = b"a key that is long enough"


class World:
    """The functions with their ports, in memory."""

    def __init__(self, **settings: Any) -> None:
        self.settings = Settings(**{"alert_targets": TARGETS, "webhook_keys": (KEY,), **settings})
        self.clock, self.log, self.queue = Clock(), AlertLog(), AlertQueue()
        self.clock.ms = MINUTE + 10_000
        self.webhooks, self.mail = Webhooks(), Mailer()
        self.told = 0

    def alert(self, number: int = 1, **members: Any) -> None:
        given = {"severity": "warning", "order_id": f"ord_{number}", "reason": "TIMEOUT", "detail": "it failed"}
        made = Alert(f"a{number}", function="process_order", **{**given, "at": MINUTE + 9_000, **members})
        ports: Any = {"alert_log": self.log, "alert_queue": self.queue}
        alert_handler(made, **ports, settings=self.settings, clock=self.clock)

    def deliver(self, message: DeliverAlert) -> AlertDelivery:
        """All three stages; what the record then says of the target."""
        prepared = delivery.prepare(message, alert_log=self.log, settings=self.settings, clock=self.clock)
        if not isinstance(prepared, Done):
            self.told += 1
            outcome = delivery.call(
                prepared, webhooks=self.webhooks, mail=self.mail, settings=self.settings, clock=self.clock
            )
            self.settle(message, outcome)
        found = self.log.records[message.alert_id].delivery(message.target)
        assert found is not None
        return found

    def settle(self, message: DeliverAlert, outcome: delivery.Posted) -> None:
        ports: Any = {"alert_log": self.log, "alert_queue": self.queue}
        delivery.settle(message, outcome, **ports, settings=self.settings, clock=self.clock)

    def redeliver(self) -> Redelivered:
        message, ports = RedeliverAlert(self.log.only.alert_id), {"alert_log": self.log, "alert_queue": self.queue}
        return redeliver_alert(message, **ports, settings=self.settings, clock=self.clock)  # type: ignore[arg-type]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def one() -> World:
    """With one target, Slack's."""
    return World(alert_targets=(SLACK,))


def first(world: World) -> DeliverAlert:
    """The message that an alert led to."""
    world.alert()
    ((message, _),) = world.queue.taken()
    return message


class TestGrouping:
    def test_the_first_is_told_at_once_to_every_target(self, world: World) -> None:
        world.alert()
        record = world.log.only
        assert world.queue.taken() == [
            (DeliverAlert(record.alert_id, "ord_1", target.key, count=1), 0) for target in TARGETS
        ]
        assert (record.count, record.order_id, record.link) == (
            1,
            "ord_1",
            "http://127.0.0.1:8420/console/orders/ord_1",
        )
        assert [(each.kind, each.status) for each in record.deliveries] == [
            ("slack", "PENDING"),
            ("json", "PENDING"),
            ("mailto", "PENDING"),
        ]

    def test_further_ones_count_and_are_told_once_at_the_minutes_end(self, world: World) -> None:
        for number in range(200):
            world.alert(number)
            world.clock.ms += 100
        sent = world.queue.taken()
        assert [delay for _, delay in sent] == [0, 0, 0, 49_900, 49_900, 49_900]
        assert [message.summary for message, _ in sent] == [False] * 3 + [True] * 3
        assert world.log.only.count == 200

    def test_one_alone_is_told_once(self, world: World) -> None:
        world.alert()
        assert [delay for _, delay in world.queue.taken()] == [0, 0, 0]

    @pytest.mark.parametrize("members", [{}, {"detail": "told otherwise"}])
    def test_what_is_told_of_again_is_not_counted_again(self, one: World, members: dict[str, Any]) -> None:
        for number in (1, 2):
            one.alert(number)
        before = one.log.only
        one.queue.taken()
        for number in (1, 2, 1):
            one.alert(number, **members)
        assert (one.log.only, one.queue.taken()) == (before, [])

    @pytest.mark.parametrize("members", [{"reason": "INTERNAL"}, {"severity": "critical"}, {"at": MINUTE + 60_000}])
    def test_another_kind_or_minute_is_told_of_by_itself(self, one: World, members: dict[str, Any]) -> None:
        one.alert(1)
        one.alert(2, **members)
        assert (len(one.log.records), [delay for _, delay in one.queue.taken()]) == (2, [0, 0])

    def test_who_comes_after_the_minutes_end_is_told_of_too_but_not_one_by_one(self, one: World) -> None:
        """A backlog of alerts: their minute was over before they came."""
        one.clock.ms = MINUTE + 600_000
        for number in range(50):
            one.alert(number)
        assert [delay for _, delay in one.queue.taken()] == [0, 60_000]
        one.clock.ms += 60_000
        one.alert(50)
        assert [delay for _, delay in one.queue.taken()] == [60_000]

    def test_a_clock_behind_the_alert_delays_no_summary_for_long(self, one: World) -> None:
        one.clock.ms = MINUTE - 3_600_000
        for number in range(2):
            one.alert(number)
        assert [delay for _, delay in one.queue.taken()] == [0, 60_000]

    def test_info_is_recorded_and_not_told(self) -> None:
        world = World()
        for number in range(3):
            world.alert(number, severity="info")
        assert (world.log.only.count, world.queue.taken()) == (3, [])
        assert {each.status for each in world.log.only.deliveries} == {"SKIPPED"}

    def test_unless_the_operator_wants_it(self) -> None:
        world = World(alert_info=True)
        world.alert(severity="info")
        assert len(world.queue.taken()) == 3

    def test_without_a_target_alerts_are_recorded_alone(self) -> None:
        world = World(alert_targets=())
        for number in range(3):
            world.alert(number)
        assert (world.log.only.count, world.log.only.deliveries, world.queue.taken()) == (3, (), [])

    def test_messages_on_the_topic_have_two_forms(self) -> None:
        body = b'{"alertId":"a","severity":"critical","function":"f","orderId":null,"reason":"r","detail":"d","at":7}'
        assert from_json(body) == Alert("a", "critical", "f", None, "r", "d", 7)
        machine = (
            b'{"workflow":"order-intake","executionId":"e","orderId":"ord_1","startedAt":"1970-01-01T00:00:01Z",'
            b'"error":"E","cause":"{\\"errorMessage\\":\\"no room\\"}"}'
        )
        assert from_json(machine) == Alert("e", "warning", "order-intake", "ord_1", "E", "E: no room", 1000)

    @pytest.mark.parametrize("body", [b"", b"[]", b'{"alertId":"a"}', b"\xff"])
    def test_what_is_neither_is_an_error(self, body: bytes) -> None:
        with pytest.raises(Exception, match=r"missing|Expected|JSON|utf|truncated"):
            from_json(body)


class TestPosts:
    def test_each_kind_of_target_gets_its_form(self, world: World) -> None:
        world.alert()
        for message, _ in world.queue.taken():
            assert world.deliver(message).status == "SENT"
        (slack_url, slack_headers, slack), (json_url, json_headers, told) = world.webhooks.posts
        assert (slack_url, json_url) == (SLACK.address, JSON.address)
        assert slack_headers == {"content-type": "application/json"}
        assert json.loads(slack)["text"].startswith("process_order failed for ord_1: it failed http")
        assert json.loads(told)["count"] == 1
        assert json_headers["webhook-id"] == f"{world.log.only.alert_id}-1"
        assert json_headers["webhook-timestamp"] == str(world.clock.ms // 1000)
        (mail,) = world.mail.sent
        assert (mail.to, mail.order_id, mail.event) == (MAIL.address, "ord_1", "Alert")
        assert world.queue.taken() == []

    def test_what_is_about_an_order_carries_its_trace(self, world: World) -> None:
        order_id = "ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
        world.alert(order_id=order_id)
        for message, _ in world.queue.taken():
            world.deliver(message)
        carried = [headers["traceparent"] for _, headers, _ in world.webhooks.posts]
        assert carried == ["00-019aa1b27c3d7e4f8a5b6c7d8e9f0a1b-8a5b6c7d8e9f0a1b-01"] * 2

    def test_a_json_target_can_verify_it(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        import time

        world.clock.ms = int(time.time() * 1000)
        world.alert(at=world.clock.ms)
        for message, _ in world.queue.taken():
            world.deliver(message)
        _, headers, body = world.webhooks.posts[1]
        assert Webhook(KEY).verify(body, dict(headers))["alertId"] == world.log.only.alert_id

    def test_the_summary_says_how_many(self, one: World) -> None:
        for number in range(200):
            one.alert(number)
        (message, _), (summary, _) = one.queue.taken()
        assert one.deliver(message).told == 1
        assert one.deliver(summary).told == 200
        texts = [json.loads(body)["text"] for _, _, body in one.webhooks.posts]
        assert "200" not in texts[0]
        assert "200 times within a minute" in texts[1]
        assert one.queue.taken() == []

    def test_what_a_target_knows_it_is_not_told_again(self, one: World) -> None:
        for number in range(2):
            one.alert(number)
        (message, _), (summary, _) = one.queue.taken()
        for each in (message, message, summary, summary, message):
            one.deliver(each)
        assert len(one.webhooks.posts) == 2

    def test_alerts_after_the_minutes_end_are_told_in_a_summary_of_their_own(self, one: World) -> None:
        """The summary was prepared, and then came more."""
        for number in range(2):
            one.alert(number)
        (_, _), (summary, _) = one.queue.taken()
        one.alert(2)
        one.settle(summary, delivery.Posted(2))
        assert one.queue.taken() == [(summary, 60_000)]
        assert one.deliver(summary).told == 3

    def test_what_is_gone_is_told_to_nobody(self, one: World) -> None:
        message = first(one)
        assert isinstance(
            delivery.prepare(
                replace(message, alert_id="alr_gone"), alert_log=one.log, settings=one.settings, clock=one.clock
            ),
            Done,
        )
        one.settings = Settings()
        after = one.deliver(message)
        assert (after.status, after.error) == ("SKIPPED", "the target is not configured any more")

    def test_a_record_that_went_meanwhile_is_not_made_anew(self, one: World) -> None:
        message = first(one)
        one.log.records.clear()
        one.settle(message, delivery.Posted(1))
        assert one.log.records == {}


class TestFailures:
    def test_it_is_tried_again_later_each_time_and_then_given_up(self, one: World) -> None:
        message = first(one)
        delays = []
        for attempt in range(1, MOST_ATTEMPTS):
            one.webhooks.failures = [WebhookError("it answered 500")]
            after = one.deliver(message)
            assert (after.status, after.attempts, after.error) == ("PENDING", attempt, "it answered 500")
            ((message, delay),) = one.queue.taken()
            delays.append(delay)
        assert delays == [200, 800, 3200, 12_800, 51_200, 204_800, 819_200]
        one.webhooks.failures = [WebhookError("it answered 502")]
        after = one.deliver(message)
        assert (after.status, after.attempts, after.error) == ("UNDELIVERED", MOST_ATTEMPTS, "it answered 502")
        assert (one.queue.taken(), one.webhooks.posts) == ([], [])

    def test_no_delay_is_longer_than_a_queue_takes(self) -> None:
        world = World(alert_targets=(SLACK,), retry_base_ms=10_000_000)
        message = first(world)
        world.webhooks.failures = [WebhookError("it answered 500")]
        world.deliver(message)
        assert [delay for _, delay in world.queue.taken()] == [LONGEST_DELAY_MS]

    @pytest.mark.parametrize("asked_ms", [0, 7000, 900_000])
    def test_a_target_that_asks_for_time_gets_just_that(self, one: World, asked_ms: int) -> None:
        message = first(one)
        one.webhooks.failures = [WebhookError("it answered 429", asked_ms)]
        one.deliver(message)
        ((again, delay),) = one.queue.taken()
        assert (again.attempt, again.count, delay) == (2, 1, asked_ms)
        assert one.deliver(again).status == "SENT"

    def test_what_will_not_change_is_given_up_at_once(self, one: World) -> None:
        message = first(one)
        one.webhooks.failures = [WebhookRefused("it answered 404")]
        after = one.deliver(message)
        assert (after.status, after.attempts, after.error) == ("UNDELIVERED", 1, "it answered 404")
        assert one.queue.taken() == []

    def test_a_post_that_was_not_tried_is_no_attempt(self, one: World) -> None:
        message = first(one)
        one.webhooks.failures = [WebhookBusy("other posts to it are under way")]
        after = one.deliver(message)
        assert (after.status, after.attempts) == ("PENDING", 0)
        assert one.queue.taken() == [(message, 1000)]

    def test_of_a_defect_only_its_name_is_told(self, one: World) -> None:
        message = first(one)
        one.webhooks.failures = [KeyError("a secret")]
        assert one.deliver(message).error == "KeyError"

    def test_a_full_disk_is_not_the_targets_fault(self, one: World) -> None:
        message = first(one)
        one.webhooks.failures = [StorageFull("no room")]
        with pytest.raises(StorageFull):
            one.deliver(message)

    def test_a_late_failure_of_the_first_post_changes_nothing(self, one: World) -> None:
        """The summary got through while the first post still hung."""
        for number in range(2):
            one.alert(number)
        (message, _), (summary, _) = one.queue.taken()
        told = one.deliver(summary)
        one.settle(message, delivery.Posted(1, WebhookError("no answer within 10 s")))
        assert (one.log.only.delivery(SLACK.key), one.queue.taken()) == (told, [])

    def test_what_was_given_up_can_be_asked_for_again(self, world: World) -> None:
        world.alert()
        world.webhooks.failures = [WebhookRefused("it answered 404")]
        for message, _ in world.queue.taken():
            world.deliver(message)
        again = world.redeliver()
        assert (again.again, [each.status for each in again.alert.deliveries]) == (1, ["PENDING", "SENT", "SENT"])
        ((message, delay),) = world.queue.taken()
        assert (message.target, message.attempt, delay) == (SLACK.key, 1, 0)
        assert world.deliver(message).status == "SENT"
        assert (world.redeliver().again, world.queue.taken()) == (0, [])

    def test_to_a_target_that_is_gone_nothing_is_sent_again(self, one: World) -> None:
        message = first(one)
        one.webhooks.failures = [WebhookRefused("it answered 404")]
        one.deliver(message)
        one.settings = Settings()
        assert (one.redeliver().again, one.queue.taken()) == (0, [])

    def test_an_unknown_alert_cannot(self, world: World) -> None:
        ports: Any = {"alert_log": world.log, "alert_queue": world.queue}
        with pytest.raises(NotFound):
            redeliver_alert(RedeliverAlert("alr_0"), **ports, settings=world.settings, clock=world.clock)
