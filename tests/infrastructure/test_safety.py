"""What lies there is encrypted, kept, private, and costs nothing by the hour."""

from __future__ import annotations

import json
from typing import Any

from ordermill.topology.loader import load
from tests.infrastructure.conftest import Planned
from tests.infrastructure.expected import Expected
from tests.infrastructure.plans import ACCOUNT, Plan
from tests.infrastructure.workspace import ROOT

BILLED_BY_USE = {
    "aws_apigatewayv2_api",
    "aws_apigatewayv2_authorizer",
    "aws_apigatewayv2_integration",
    "aws_apigatewayv2_route",
    "aws_apigatewayv2_stage",
    "aws_budgets_budget",
    "aws_cloudfront_distribution",
    "aws_cloudfront_function",
    "aws_cloudfront_origin_access_control",
    "aws_cloudfront_response_headers_policy",
    "aws_cloudwatch_log_group",
    "aws_cognito_user",
    "aws_cognito_user_group",
    "aws_cognito_user_in_group",
    "aws_cognito_user_pool",
    "aws_cognito_user_pool_client",
    "aws_cognito_user_pool_domain",
    "aws_dynamodb_table",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_lambda_event_source_mapping",
    "aws_lambda_function",
    "aws_lambda_function_event_invoke_config",
    "aws_lambda_function_recursion_config",
    "aws_lambda_layer_version",
    "aws_lambda_permission",
    "aws_s3_bucket",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_notification",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_object",
    "aws_scheduler_schedule",
    "aws_sfn_state_machine",
    "aws_sns_topic",
    "aws_sns_topic_policy",
    "aws_sns_topic_subscription",
    "aws_sqs_queue",
    "aws_sqs_queue_policy",
    "aws_sqs_queue_redrive_policy",
    "aws_ssm_parameter",
}
"""Types of resources that cost by what is done with them or by what they hold, and nothing for being there."""

BILLED_BY_MONTH = {"aws_cloudwatch_metric_alarm", "aws_cloudwatch_dashboard"}
"""Those that do, beyond some that are free; the README says how much, and both can be switched off."""


def test_nothing_is_always_on(deployment: Plan) -> None:
    assert {each.type for each in deployment.resources} <= BILLED_BY_USE | BILLED_BY_MONTH
    for function in deployment.functions.values():
        assert function["reserved_concurrent_executions"] == -1
        assert function["vpc_config"] == []
        assert function["snap_start"] == []
    assert {each["billing_mode"] for each in deployment.every("aws_dynamodb_table")} == {"PAY_PER_REQUEST"}
    assert {each["tier"] for each in deployment.every("aws_ssm_parameter") if "tier" in each} <= {"Standard"}
    for mapping in deployment.every("aws_lambda_event_source_mapping"):
        assert mapping["provisioned_poller_config"] == []


def test_few_alarms_and_one_dashboard(deployment: Plan) -> None:
    assert len(deployment.every("aws_cloudwatch_metric_alarm")) <= 12
    assert len(deployment.every("aws_cloudwatch_dashboard")) == 1


def test_what_idles_is_as_much_as_the_readme_says(planned: Planned) -> None:
    readme, plan = (ROOT / "infrastructure/README.md").read_text(encoding="utf-8"), planned("workflow")
    queries = [query for alarm in plan.every("aws_cloudwatch_metric_alarm") for query in alarm["metric_query"]]
    assert f"| {sum(len(query['metric']) for query in queries)} metrics under alarms |" in readme
    asked = len(plan.of("aws_lambda_event_source_mapping", "queue"))
    also = len(planned("stream").of("aws_lambda_event_source_mapping", "queue"))
    assert f"| Lambda asks {asked} queues (`stream`: {also}) for messages" in readme
    public = len(Expected("workflow", staff=False).functions)
    assert f"| {public}, or {len(plan.functions)} with staff |" in readme


def test_tables_are_encrypted_protected_and_can_be_wound_back(deployment: Plan) -> None:
    for table in deployment.every("aws_dynamodb_table"):
        assert table["deletion_protection_enabled"] is True
        assert table["point_in_time_recovery"][0]["enabled"] is True
        assert table["server_side_encryption"][0]["enabled"] is True


def test_queues_topics_and_secrets_are_encrypted(deployment: Plan) -> None:
    for queue in deployment.every("aws_sqs_queue"):
        assert queue["sqs_managed_sse_enabled"] is True
    for topic in deployment.of("aws_sns_topic").values():
        assert topic["kms_master_key_id"] == "alias/aws/sns"
    # Alarms cannot publish to a topic under the account's key for SNS, and say nothing but names.
    others = [each.name for each in deployment.resources if each.type == "aws_sns_topic" and each.name != "this"]
    assert others == ["operators"]
    assert {each["type"] for each in deployment.every("aws_ssm_parameter")} == {"SecureString"}


def test_buckets_are_encrypted_and_nobody_elses(deployment: Plan) -> None:
    buckets = deployment.of("aws_s3_bucket").keys()
    assert buckets == {"code", "mail", "site", "stream-failures", *load().buckets}
    blocks = deployment.of("aws_s3_bucket_public_access_block")
    owners = deployment.of("aws_s3_bucket_ownership_controls")
    keys = deployment.of("aws_s3_bucket_server_side_encryption_configuration")
    assert blocks.keys() == owners.keys() == keys.keys() == deployment.of("aws_s3_bucket_policy").keys() == buckets
    for name in buckets:
        block = blocks[name]
        assert all(block[each] for each in ("block_public_acls", "block_public_policy"))
        assert all(block[each] for each in ("ignore_public_acls", "restrict_public_buckets"))
        assert owners[name]["rule"][0]["object_ownership"] == "BucketOwnerEnforced"
        assert keys[name]["rule"][0]["apply_server_side_encryption_by_default"][0]["sse_algorithm"] == "AES256"


def statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(policy["policy"])["Statement"]
    return found


def test_nobody_reaches_queues_topics_or_buckets_in_the_clear(deployment: Plan) -> None:
    kinds = ("aws_sqs_queue_policy", "aws_sns_topic_policy", "aws_s3_bucket_policy")
    # The policy of the site's bucket names the distribution, whose ARN is not known yet.
    policies = [each for kind in kinds for each in deployment.every(kind) if "policy" in each]
    assert len(policies) == sum(len(deployment.every(kind)) for kind in kinds) - 1
    for policy in policies:
        denied = [each for each in statements(policy) if each["Effect"] == "Deny"]
        assert [each["Condition"] for each in denied] == [{"Bool": {"aws:SecureTransport": "false"}}]
        assert denied[0]["Principal"] == "*"


def test_nobody_of_another_account_is_let_in(deployment: Plan) -> None:
    for kind in ("aws_sqs_queue_policy", "aws_sns_topic_policy", "aws_s3_bucket_policy"):
        for policy in deployment.every(kind):
            for each in statements(policy) if "policy" in policy else ():
                if each["Effect"] == "Allow":
                    assert each["Principal"].keys() == {"Service"}
                    assert each["Condition"]["StringEquals"]["aws:SourceAccount"] == ACCOUNT


def test_every_log_ends_sometime(deployment: Plan) -> None:
    groups = deployment.every("aws_cloudwatch_log_group")
    assert {each["retention_in_days"] for each in groups} == {30}
    names = {each["name"] for each in groups}
    logged = {function["logging_config"][0]["log_group"] for function in deployment.functions.values()}
    assert logged <= names
    assert len(logged) == len(deployment.functions)
    assert len(names - logged) == 1 + len(deployment.of("aws_sfn_state_machine"))


def test_logs_have_nothing_of_what_customers_sent(deployment: Plan) -> None:
    for machine in deployment.of("aws_sfn_state_machine").values():
        assert machine["logging_configuration"][0]["include_execution_data"] is False
    stage = deployment.one("aws_apigatewayv2_stage", "default")
    logged = json.loads(stage["access_log_settings"][0]["format"])
    assert logged["routeKey"] == "$context.routeKey"
    told = " ".join(logged.values())
    assert not any(each in told for each in ("path", "Ip", "userAgent", "protocol", "claims", "query"))


def test_secrets_are_nowhere_but_in_the_parameter_store(planned: Planned) -> None:
    for each in planned("workflow").every("aws_ssm_parameter"):
        assert not each.get("value")
        assert not each.get("insecure_value")
        assert each["value_wo_version"] >= 1


def test_staff_are_who_was_invited(deployment: Plan) -> None:
    pool = deployment.one("aws_cognito_user_pool", "staff")
    assert pool["admin_create_user_config"][0]["allow_admin_create_user_only"] is True
    assert pool["deletion_protection"] == "ACTIVE"
    client = deployment.one("aws_cognito_user_pool_client", "console")
    assert client["generate_secret"] is False
    assert client["allowed_oauth_flows"] == ["code"]
    assert {each["username"] for each in deployment.of("aws_cognito_user", "staff").values()} == {"ada@example.org"}
    assert all(url.startswith("https://") for url in client["callback_urls"])
