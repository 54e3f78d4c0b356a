"""What is left in an account: asked of AWS itself, not of Terraform, which knows only what it made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

ClientOf = Callable[[str], Any]

_LISTS: Final = (
    ("lambda", "list_functions", "Functions", "FunctionName"),
    ("lambda", "list_event_source_mappings", "EventSourceMappings", "EventSourceArn"),
    ("dynamodb", "list_tables", "TableNames", None),
    ("sqs", "list_queues", "QueueUrls", None),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("sns", "list_subscriptions", "Subscriptions", "SubscriptionArn"),
    ("s3", "list_buckets", "Buckets", "Name"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("stepfunctions", "list_state_machines", "stateMachines", "name"),
    ("apigatewayv2", "get_apis", "Items", "Name"),
    ("ssm", "describe_parameters", "Parameters", "Name"),
    ("scheduler", "list_schedules", "Schedules", "Name"),
    ("events", "list_rules", "Rules", "Name"),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
)
"""Service, operation, the member of its answer that is a list, and what names an entry there (None: it is a name)."""


def leftovers(client: ClientOf, account: str) -> list[str]:
    """A line for each thing that is there, as `service name`."""
    return sorted([*_listed(client), *_others(client, account)])


def _listed(client: ClientOf) -> Iterator[str]:
    for service, operation, member, name in _LISTS:
        for entry in getattr(client(service), operation)().get(member, []):
            yield f"{service} {entry if name is None else entry[name]}"


def _others(client: ClientOf, account: str) -> Iterator[str]:
    """What is asked for in a way of its own."""
    for pool in client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]:
        yield f"cognito-idp {pool['Name']}"
    for distribution in client("cloudfront").list_distributions()["DistributionList"].get("Items", []):
        yield f"cloudfront {distribution['Id']}"
    for budget in client("budgets").describe_budgets(AccountId=account).get("Budgets", []):
        yield f"budgets {budget['BudgetName']}"
