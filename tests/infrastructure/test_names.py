"""Names: those that Terraform gives are those under which the code looks for things."""

from __future__ import annotations

from pathlib import Path

from ordermill.adapters.aws.deployment import Deployment
from ordermill.topology import names
from tests.infrastructure.expected import Expected
from tests.infrastructure.plans import ACCOUNT, EVERYTHING, PREFIX, PUBLIC_URL, REGION, Plan
from tests.infrastructure.workspace import plan

DEPLOYMENT = Deployment(PREFIX, REGION, ACCOUNT)


def test_resources_are_called_as_the_code_calls_them(deployment: Plan) -> None:
    for kind, member in {
        "aws_dynamodb_table": "name",
        "aws_sqs_queue": "name",
        "aws_sns_topic": "name",
        "aws_sfn_state_machine": "name",
        "aws_lambda_function": "function_name",
        "aws_scheduler_schedule": "name",
    }.items():
        resources = deployment.of(kind)
        assert {each[member] for each in resources.values()} == {DEPLOYMENT.name(name) for name in resources}
    buckets = deployment.of("aws_s3_bucket")
    assert {each["bucket"] for each in buckets.values()} == {DEPLOYMENT.bucket(name) for name in buckets}
    assert {each["name"] for each in deployment.every("aws_ssm_parameter")} == {
        DEPLOYMENT.parameter(name) for name in ("signing-key", "alert-targets", "webhook-secret", "stripe-key")
    }


def test_the_code_has_the_same_queues_in_mind(deployment: Plan, expected: Expected) -> None:
    topology, pipeline = expected.topology, deployment.pipeline
    mappings = deployment.of("aws_lambda_event_source_mapping", "queue")
    consumers = names.consumers(topology, pipeline) | {
        queue: place.rpartition(">")[2] for place, queue in names.retry_queues(topology, pipeline).items()
    }
    assert {queue: DEPLOYMENT.name(function) for queue, function in consumers.items()} == {
        queue: each["function_name"] for queue, each in mappings.items() if queue != names.DEAD_LETTERS
    }
    assert {names.DEAD_LETTERS, names.DEAD_MESSAGES} <= deployment.of("aws_sqs_queue").keys()
    assert names.STREAM_FAILURES in deployment.of("aws_s3_bucket")


def test_every_function_knows_where_it_is_and_what_is_set(root: Path) -> None:
    # With staff there are two more, that nobody knows before there is a user pool: then the plan shows none of them.
    deployment = Plan(plan(root, pipeline="queue", **{**EVERYTHING, "staff_emails": []}), "queue")
    for name in Expected("queue", staff=False).functions:
        (environment,) = deployment.functions[name]["environment"]
        assert environment["variables"] == {
            "ORDERMILL_FUNCTION": name,
            "ORDERMILL_PREFIX": PREFIX,
            "ORDERMILL_ACCOUNT": ACCOUNT,
            "ORDERMILL_PIPELINE": deployment.pipeline,
            "ORDERMILL_CATALOGUE": "open",
            "ORDERMILL_PUBLIC_URL": PUBLIC_URL,
            "ORDERMILL_ORDER_DEADLINE_S": "900",
            "ORDERMILL_PAYMENT_TIMEOUT_MS": "1000",
            "ORDERMILL_RETRY_BASE_MS": "200",
            "ORDERMILL_ALERT_INFO": "0",
            "ORDERMILL_ALLOW_LOCAL_WEBHOOKS": "0",
            "ORDERMILL_MAIL": "store",
            "ORDERMILL_MAIL_FROM": "Ordermill <orders@ordermill.example>",
            "ORDERMILL_PAYMENTS": "sandbox",
            "ORDERMILL_LABELS": "rekognition",
            "ORDERMILL_LABEL_MIN_CONFIDENCE": "0.7",
        }


def test_every_function_runs_its_own_package_within_the_topologys_limits(deployment: Plan, expected: Expected) -> None:
    for name in expected.functions:
        function = deployment.functions[name]
        assert function["memory_size"] == max(spec.memory_mb for spec in expected.specs(name))
        assert (function["runtime"], function["architectures"]) == ("python3.13", ["arm64"])
        assert function["handler"] == "ordermill.entrypoints.aws_lambda.handler"
        assert function["s3_key"].startswith(f"{name}/")
        assert deployment.of("aws_s3_object", "package")[name]["source"].endswith(f"/lambda/arm64/{name}.zip")


def test_names_are_short_enough_for_aws(deployment: Plan) -> None:
    assert max(len(each["function_name"]) for each in deployment.functions.values()) <= 64
    assert max(len(each["name"]) for each in deployment.every("aws_iam_role")) <= 64
    assert max(len(each["bucket"]) for each in deployment.every("aws_s3_bucket")) <= 63
