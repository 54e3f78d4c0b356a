"""Nothing is lost: whatever is asynchronous has a way for what fails, and an alarm that says when it is used up."""

from __future__ import annotations

import json
from typing import Any

from ordermill.topology.names import LETTER_RECEIVES, STREAM_RECEIVES
from tests.infrastructure.expected import Expected
from tests.infrastructure.plans import ACCOUNT, PREFIX, REGION, Plan, Values
from tests.infrastructure.test_wiring import QUEUE, senders

FAILURES = f"arn:aws:s3:::{PREFIX}-{ACCOUNT}-{REGION}-stream-failures"


def redrives(deployment: Plan) -> dict[str, Any]:
    """Queue to its redrive policy."""
    found = deployment.of("aws_sqs_queue_redrive_policy")
    return {name: json.loads(each["redrive_policy"]) for name, each in found.items()}


def watched(deployment: Plan, alarm: str) -> set[tuple[str, str, str]]:
    """What an alarm looks at: namespace, metric, and the value of its dimension if it has one."""
    queries = deployment.of("aws_cloudwatch_metric_alarm")[alarm]["metric_query"]
    metrics = [metric for query in queries for metric in query["metric"]]
    return {
        (each["namespace"], each["metric_name"], next(iter((each.get("dimensions") or {}).values()), ""))
        for each in metrics
    }


def test_every_queue_hands_on_what_it_cannot_get_rid_of(deployment: Plan, expected: Expected) -> None:
    policies = redrives(deployment)
    assert policies.keys() == deployment.of("aws_sqs_queue").keys() - {"dead-messages"}
    for queue, policy in policies.items():
        onward = "dead-messages" if queue == "dead-letters" else "dead-letters"
        assert policy["deadLetterTargetArn"] == QUEUE + onward
        if queue in expected.consumers:
            assert policy["maxReceiveCount"] == expected.topology.queues[queue].max_receives
        else:
            assert policy["maxReceiveCount"] == (STREAM_RECEIVES if queue in expected.retries else LETTER_RECEIVES)


def test_a_queue_keeps_longer_than_those_that_hand_on_to_it(deployment: Plan) -> None:
    keeps = {name: each["message_retention_seconds"] for name, each in deployment.of("aws_sqs_queue").items()}
    for queue, policy in redrives(deployment).items():
        onward = policy["deadLetterTargetArn"].removeprefix(QUEUE)
        assert keeps[onward] >= keeps[queue] + 4 * 24 * 3600, queue


def test_a_subscription_that_cannot_deliver_lays_the_message_with_the_dead_letters(
    deployment: Plan, expected: Expected
) -> None:
    taken = senders(deployment.of("aws_sqs_queue_policy")["dead-letters"])
    for queue, each in deployment.of("aws_sns_topic_subscription").items():
        assert json.loads(each["redrive_policy"]) == {"deadLetterTargetArn": QUEUE + "dead-letters"}
        assert ("sns.amazonaws.com", each["topic_arn"]) in taken
        declared = expected.topology.queues[queue].subscribes
        assert declared is not None
        lost = ("AWS/SNS", "NumberOfNotificationsFailedToRedriveToDlq", f"{PREFIX}-{declared.topic}")
        assert lost in watched(deployment, "lost")


def test_what_a_streams_reader_died_of_is_laid_down_and_the_dead_letters_are_told(
    deployment: Plan, expected: Expected
) -> None:
    mappings = deployment.of("aws_lambda_event_source_mapping", "stream")
    for name, each in mappings.items():
        (destination,) = each["destination_config"][0]["on_failure"]
        assert destination["destination_arn"] == FAILURES
        assert 0 <= each["maximum_retry_attempts"] <= 100
        assert 60 <= each["maximum_record_age_in_seconds"] < 24 * 3600
        assert ("AWS/Lambda", "IteratorAge", f"{PREFIX}-{expected.retries[name]}") in watched(deployment, "streams")
    (told,) = deployment.one("aws_s3_bucket_notification", "stream_failures")["queue"]
    assert (told["queue_arn"], told["events"]) == (QUEUE + "dead-letters", ["s3:ObjectCreated:*"])
    assert not told.get("filter_prefix")
    assert ("s3.amazonaws.com", FAILURES) in senders(deployment.of("aws_sqs_queue_policy")["dead-letters"])


def test_what_a_clock_could_not_start_or_what_failed_then_is_a_dead_letter(
    deployment: Plan, expected: Expected
) -> None:
    invoked = deployment.of("aws_lambda_function_event_invoke_config")
    schedules = deployment.of("aws_scheduler_schedule")
    assert invoked.keys() == schedules.keys()
    for name, schedule in schedules.items():
        assert schedule["target"][0]["dead_letter_config"][0]["arn"] == QUEUE + "dead-letters"
        assert invoked[name]["function_name"] == f"{PREFIX}-{name}"
        (destination,) = invoked[name]["destination_config"][0]["on_failure"]
        assert destination["destination"] == QUEUE + "dead-letters"
    assert {
        ("AWS/Lambda", "DestinationDeliveryFailures", ""),
        ("AWS/Scheduler", "InvocationsFailedToBeSentToDeadLetterCount", "default"),
    } <= watched(deployment, "lost")


def test_nothing_else_is_asynchronous(deployment: Plan) -> None:
    kinds = {each.type for each in deployment.resources}
    assert not kinds & {
        "aws_cloudwatch_event_rule",
        "aws_cloudwatch_event_target",
        "aws_pipes_pipe",
        "aws_lambda_function_url",
        "aws_cloudwatch_log_subscription_filter",
    }
    notified = [each.name for each in deployment.resources if each.type == "aws_s3_bucket_notification"]
    assert notified == ["stream_failures"]
    assert {each["protocol"] for each in deployment.every("aws_sns_topic_subscription")} == {"sqs", "email"}


def test_every_queue_is_watched_and_those_of_the_dead_more_closely(deployment: Plan) -> None:
    alarms = deployment.of("aws_cloudwatch_metric_alarm")
    names = [name for name in alarms if name == "queues" or name.startswith("queues-")]
    aged = {dimension for name in names for _, metric, dimension in watched(deployment, name)}
    waiting = deployment.of("aws_sqs_queue").keys() - {"dead-letters", "dead-messages"}
    assert aged == {f"{PREFIX}-{queue}" for queue in waiting}
    letters = ("AWS/SQS", "ApproximateAgeOfOldestMessage", f"{PREFIX}-dead-letters")
    assert watched(deployment, "dead-letters") == {letters}
    messages = ("AWS/SQS", "ApproximateNumberOfMessagesVisible", f"{PREFIX}-dead-messages")
    assert watched(deployment, "dead-messages") == {messages}
    loudest = alarms["dead-messages"]
    assert (loudest["threshold"], loudest["evaluation_periods"]) == (0, 1)
    assert "CRITICAL" in loudest["alarm_description"]


def test_every_alarm_says_what_it_means_and_can_go_off(deployment: Plan) -> None:
    for name, alarm in deployment.of("aws_cloudwatch_metric_alarm").items():
        assert alarm["alarm_description"], name
        assert alarm["actions_enabled"] is True
        assert alarm["comparison_operator"] == "GreaterThanThreshold"
        assert alarm["treat_missing_data"] == "notBreaching"
        assert alarm["datapoints_to_alarm"] <= alarm["evaluation_periods"]
        queries: list[Values] = alarm["metric_query"]
        assert [query["id"] for query in queries if query["return_data"]] == ["watched"]
        assert 1 <= sum(bool(query["metric"]) for query in queries) <= 10


def test_operators_are_told(deployment: Plan) -> None:
    told = deployment.of("aws_sns_topic_subscription", "operators")
    assert {each["endpoint"] for each in told.values()} == {"operators@example.org"}
    allowed = [
        each["Principal"]["Service"]
        for each in json.loads(deployment.one("aws_sns_topic_policy", "operators")["policy"])["Statement"]
        if each["Effect"] == "Allow"
    ]
    assert allowed == ["cloudwatch.amazonaws.com"]
