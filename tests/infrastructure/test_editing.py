"""A new function in topology.json is one in the plan: with its queue, its permissions and its failure path."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.infrastructure.conftest import Planned, initialised, packaged
from tests.infrastructure.expected import Expected
from tests.infrastructure.plans import ACCOUNT, EVERYTHING, PREFIX, REGION, Plan, pairs_of
from tests.infrastructure.workspace import OFFLINE, plan
from tests.new_function import NAME, QUEUE, copied


@pytest.fixture(scope="module")
def topology(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(tmp_path_factory.mktemp("checkout")) / "topology"


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory, topology: Path) -> Plan:
    """The plan from the edited file; nothing else is touched but that its package is there."""
    directory = tmp_path_factory.mktemp("edited")
    packaged(directory, NAME)
    root = initialised(directory, override=OFFLINE, topology=topology)
    return Plan(plan(root, pipeline="workflow", **EVERYTHING), "workflow")


def test_it_adds_what_the_function_needs_and_nothing_else(planned: Planned, after: Plan) -> None:
    before = {(each.type, each.name, each.key) for each in planned("workflow").resources}
    added = {(each.type, each.name, each.key) for each in after.resources} - before
    # Ten queues fill an alarm: with one more of them there may be another alarm.
    added = {each for each in added if not (each[0] == "aws_cloudwatch_metric_alarm" and each[2].startswith("queues-"))}
    assert added == {
        ("aws_lambda_function", "this", NAME),
        ("aws_s3_object", "package", NAME),
        ("aws_cloudwatch_log_group", "this", NAME),
        ("aws_iam_role", "this", NAME),
        ("aws_iam_role_policy", "this", NAME),
        ("aws_sqs_queue", "this", QUEUE),
        ("aws_sqs_queue_policy", "this", QUEUE),
        ("aws_sqs_queue_redrive_policy", "this", QUEUE),
        ("aws_sns_topic_subscription", "this", QUEUE),
        ("aws_lambda_event_source_mapping", "queue", QUEUE),
    }


def test_it_is_wired_as_declared(after: Plan) -> None:
    mapping = after.of("aws_lambda_event_source_mapping", "queue")[QUEUE]
    assert mapping["function_name"] == f"{PREFIX}-{NAME}"
    assert mapping["event_source_arn"] == f"arn:aws:sqs:{REGION}:{ACCOUNT}:{PREFIX}-{QUEUE}"
    subscription = after.of("aws_sns_topic_subscription")[QUEUE]
    assert subscription["topic_arn"] == f"arn:aws:sns:{REGION}:{ACCOUNT}:{PREFIX}-order-events"
    assert json.loads(subscription["filter_policy"]) == {"type": ["OrderProcessed"]}
    redrive = json.loads(after.of("aws_sqs_queue_redrive_policy")[QUEUE]["redrive_policy"])
    assert redrive["maxReceiveCount"] == 5
    assert after.functions[NAME]["memory_size"] == 256


def test_it_may_do_what_it_is_granted_and_its_queue_can_be_redriven_to(after: Plan, topology: Path) -> None:
    expected = Expected("workflow", topology=topology / "topology.json")
    for name in (NAME, "redrive_dead_letters"):
        assert pairs_of(after.policies[f"{PREFIX}-{REGION}-{name}"]) == expected.permitted(name)
    redriven = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{PREFIX}-{QUEUE}"
    assert ("sqs:SendMessage", redriven) in pairs_of(after.policies[f"{PREFIX}-{REGION}-redrive_dead_letters"])


def test_its_queue_is_watched(after: Plan) -> None:
    alarms = after.of("aws_cloudwatch_metric_alarm")
    watching = [alarm for name, alarm in alarms.items() if name.startswith("queues")]
    metrics = [metric for alarm in watching for query in alarm["metric_query"] for metric in query["metric"]]
    assert {"QueueName": f"{PREFIX}-{QUEUE}"} in [metric["dimensions"] for metric in metrics]
