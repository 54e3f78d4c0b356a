"""What leads to what: routes, queues, subscriptions, streams and the clock, as the topology has them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ordermill.topology.model import StreamPattern
from tests.infrastructure.conftest import Planned
from tests.infrastructure.expected import Expected, retry_queue, table
from tests.infrastructure.plans import ACCOUNT, PREFIX, REGION, Plan

QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{PREFIX}-"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{PREFIX}-"


def test_every_route_is_deployed_with_its_access_and_no_other(deployment: Plan, expected: Expected) -> None:
    routes = deployment.of("aws_apigatewayv2_route")
    assert {name: each["authorization_type"] for name, each in routes.items()} == {
        f"{route.method} {route.path}": "JWT" if route.access == "staff" else "NONE" for route in expected.routes
    }
    assert {name: each["route_key"] for name, each in routes.items()} == {name: name for name in routes}
    integrations = deployment.of("aws_apigatewayv2_integration")
    assert integrations.keys() == {route.function for route in expected.routes}
    for name, each in integrations.items():
        assert each["payload_format_version"] == "2.0"
        assert f"{FUNCTION}{name}/invocations" in each["integration_uri"]
        assert expected.timeout_s(name) * 1000 <= each["timeout_milliseconds"] <= 30000
    permissions = deployment.of("aws_lambda_permission", "api")
    assert {name: each["function_name"] for name, each in permissions.items()} == {
        f"{route.method} {route.path}": f"{PREFIX}-{route.function}" for route in expected.routes
    }
    assert len({each["statement_id"] for each in permissions.values()}) == len(permissions)


def test_the_api_answers_at_its_root_throttled_and_no_other_origin(deployment: Plan) -> None:
    stage = deployment.one("aws_apigatewayv2_stage", "default")
    assert (stage["name"], stage["auto_deploy"]) == ("$default", True)
    assert stage["default_route_settings"][0]["throttling_rate_limit"] > 0
    assert stage["default_route_settings"][0]["throttling_burst_limit"] > 0
    assert deployment.one("aws_apigatewayv2_api", "this")["cors_configuration"] == []


def test_every_queue_has_its_consumer_and_no_consumer_another_queue(deployment: Plan, expected: Expected) -> None:
    mappings = deployment.of("aws_lambda_event_source_mapping", "queue")
    takers = expected.consumers | expected.retries | {"dead-letters": expected.dead_letters}
    assert {name: each["function_name"] for name, each in mappings.items()} == {
        queue: f"{PREFIX}-{function}" for queue, function in takers.items()
    }
    assert {name: each["event_source_arn"] for name, each in mappings.items()} == {
        queue: QUEUE + queue for queue in takers
    }
    assert deployment.of("aws_sqs_queue").keys() == {*takers, "dead-messages"}
    for each in mappings.values():
        assert each["function_response_types"] == ["ReportBatchItemFailures"]
        assert each["scaling_config"][0]["maximum_concurrency"] >= 2
        assert each["maximum_batching_window_in_seconds"] is None
        assert 1 <= each["batch_size"] <= 10


def test_a_queue_is_consumed_in_batches_of_the_topology_or_of_ten(deployment: Plan, expected: Expected) -> None:
    mappings = deployment.of("aws_lambda_event_source_mapping", "queue")
    for queue, function in (expected.consumers | expected.retries).items():
        batches = {spec.trigger.batch or 0 for spec in expected.specs(function)}
        assert mappings[queue]["batch_size"] in {min(batch, 10) for batch in batches}


def test_a_message_stays_hidden_for_six_time_outs_of_its_consumer(deployment: Plan, expected: Expected) -> None:
    queues = deployment.of("aws_sqs_queue")
    takers = expected.consumers | expected.retries | {"dead-letters": expected.dead_letters}
    for queue, function in takers.items():
        timeout = deployment.functions[function]["timeout"]
        assert timeout == expected.timeout_s(function)
        assert queues[queue]["visibility_timeout_seconds"] >= 6 * timeout, queue
    for queue in expected.consumers:
        assert queues[queue]["visibility_timeout_seconds"] == expected.topology.queues[queue].visibility_s


def test_topics_fill_the_queues_that_subscribe_filtered_as_they_say(deployment: Plan, expected: Expected) -> None:
    subscriptions = deployment.of("aws_sns_topic_subscription")
    assert subscriptions.keys() == expected.subscribed()
    policies = deployment.of("aws_sqs_queue_policy")
    for queue, each in subscriptions.items():
        declared = expected.topology.queues[queue].subscribes
        assert declared is not None
        topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:{PREFIX}-{declared.topic}"
        assert (each["protocol"], each["endpoint"], each["topic_arn"]) == ("sqs", QUEUE + queue, topic)
        assert each["raw_message_delivery"] is True
        filter_ = each.get("filter_policy")
        wanted = None if declared.filter is None else {name: list(values) for name, values in declared.filter.items()}
        assert (json.loads(filter_) if filter_ else None) == wanted
        assert each.get("filter_policy_scope") == (None if declared.filter is None else "MessageAttributes")
        assert ("sns.amazonaws.com", topic) in senders(policies[queue])


def senders(policy: dict[str, Any]) -> set[tuple[str, str]]:
    """The services that a queue's policy lets send, each with the resource on whose account."""
    statements = [each for each in json.loads(policy["policy"])["Statement"] if each["Effect"] == "Allow"]
    for each in statements:
        assert each["Action"] == "sqs:SendMessage"
        assert each["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    return {(each["Principal"]["Service"], each["Condition"]["ArnEquals"]["aws:SourceArn"]) for each in statements}


def test_no_queue_takes_from_a_service_that_nothing_here_leads_from(deployment: Plan, expected: Expected) -> None:
    policies = deployment.of("aws_sqs_queue_policy")
    assert policies.keys() == deployment.of("aws_sqs_queue").keys()
    for queue in policies.keys() - expected.subscribed() - {"dead-letters"}:
        assert senders(policies[queue]) == set(), queue


def test_streams_are_read_as_the_topology_filters_them(deployment: Plan, expected: Expected) -> None:
    mappings = deployment.of("aws_lambda_event_source_mapping", "stream")
    assert mappings.keys() == expected.retries.keys()
    for name, spec in expected.streams.items():
        mapping, filters = mappings[retry_queue(name, spec)], spec.trigger.filter
        assert mapping["function_name"] == f"{PREFIX}-{name}"
        given = mapping["filter_criteria"]
        patterns = [json.loads(each["pattern"]) for each in given[0]["filter"]] if given else []
        assert sorted(patterns, key=json.dumps) == sorted((pattern_of(each) for each in filters or ()), key=json.dumps)
        assert mapping["function_response_types"] == ["ReportBatchItemFailures"]
        assert mapping["bisect_batch_on_function_error"] is True
        waits = bool(spec.grants.keys() & set(table()["outside"]))
        batch = spec.trigger.batch or 0
        assert mapping["batch_size"] == (min(batch, 10) if waits else batch)
        assert mapping["parallelization_factor"] == (10 if waits else 1)
        assert deployment.of("aws_dynamodb_table")[spec.trigger.source]["stream_enabled"] is True


def pattern_of(pattern: StreamPattern) -> dict[str, Any]:
    """A pattern as Lambda has it: of the record, in DynamoDB's own notation. Its members are in alphabetical order."""
    images = {"NewImage": pattern.new, "OldImage": pattern.old}
    wanted = {
        image: {name: {"S": list(values)} for name, values in attributes.items()}
        for image, attributes in images.items()
        if attributes
    }
    event = {"eventName": list(pattern.event)} if pattern.event else {}
    return ({"dynamodb": wanted} if wanted else {}) | event


def test_a_filter_is_written_as_lambda_reads_it(planned: Planned) -> None:
    (mapping,) = (
        each
        for key, each in planned("stream").of("aws_lambda_event_source_mapping", "stream").items()
        if key == "orders-process-order"
    )
    patterns = [json.loads(each["pattern"]) for each in mapping["filter_criteria"][0]["filter"]]
    assert {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"status": {"S": ["PENDING"]}}}} in patterns


def test_the_clock_starts_what_it_is_to_start(deployment: Plan, expected: Expected) -> None:
    schedules = deployment.of("aws_scheduler_schedule")
    assert {name: each["schedule_expression"] for name, each in schedules.items()} == {
        name: spec.trigger.source for name, spec in expected.own.items() if spec.trigger.kind == "schedule"
    }
    for name, each in schedules.items():
        assert each["target"][0]["arn"] == FUNCTION + name


def test_a_state_machine_is_the_file_with_names_filled_in(deployment: Plan, expected: Expected) -> None:
    machines = deployment.of("aws_sfn_state_machine")
    started = {spec.trigger.source for spec in expected.own.values() if spec.trigger.kind == "workflow"}
    assert machines.keys() == started
    for machine in machines.values():
        assert machine["type"] == "EXPRESS"
        assert "${" not in machine["definition"]
        states = json.loads(machine["definition"])["States"]
        assert states["validate_order"]["Parameters"]["FunctionName"] == FUNCTION + "validate_order"


def test_tables_have_the_keys_that_the_topology_says(deployment: Plan, expected: Expected) -> None:
    tables = deployment.of("aws_dynamodb_table")
    granted = {name for spec in expected.own.values() for name in spec.grants if name in expected.topology.tables}
    assert tables.keys() == {*granted, "payments"}
    for name in granted:
        declared, made = expected.topology.tables[name], tables[name]
        assert (made["hash_key"], made["range_key"]) == (declared.key, declared.range)
        assert {each["name"]: (each["hash_key"], each["range_key"]) for each in made["global_secondary_index"]} == {
            index: (keys.key, keys.range) for index, keys in declared.indexes.items()
        }
        assert {each["projection_type"] for each in made["global_secondary_index"]} <= {"KEYS_ONLY"}
        assert {each["type"] for each in made["attribute"]} == {"S"}
        expiring = [each["attribute_name"] for each in made.get("ttl", ()) if each["enabled"]]
        assert expiring == ([declared.ttl] if declared.ttl else [])
        assert made["stream_enabled"] == declared.stream
        assert (made.get("stream_view_type") == "NEW_AND_OLD_IMAGES") == declared.stream


@pytest.mark.parametrize(("pipeline", "left"), [("stream", {"order-queue"}), ("workflow", set()), ("queue", set())])
def test_who_was_left_behind_goes_on_and_gets_nothing_new(planned: Planned, pipeline: str, left: set[str]) -> None:
    assert set(Expected(pipeline).left) == left
    plan = planned(pipeline)
    mapping = plan.of("aws_lambda_event_source_mapping", "queue")["order-queue"]
    assert mapping["function_name"] == f"{PREFIX}-process_order"
    assert ("order-queue" in plan.of("aws_sns_topic_subscription")) == (not left)
