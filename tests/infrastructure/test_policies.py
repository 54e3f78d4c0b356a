"""Who may do what: exactly what the topology says, each by a role of its own."""

from __future__ import annotations

import json
import re

from ordermill.topology.loader import load
from tests.infrastructure.expected import Expected, table
from tests.infrastructure.plans import ACCOUNT, PREFIX, REGION, Pair, Plan, pairs_of

LOG_DELIVERY = {
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
}

LABELS = "rekognition:DetectLabels"
"""Rekognition has no resources for it."""

UNAVOIDABLE = {
    r"arn:aws:logs:[^*]+:log-group:/aws/lambda/[^*]+:\*": "log streams are named by Lambda",
    r"arn:aws:dynamodb:[^*]+:table/[^*]+/stream/\*": "a stream is named after the second in which it is made",
    r"arn:aws:s3:::[^*]+/aws/lambda/\*": "what Lambda lays down there is named by Lambda",
    rf"arn:aws:s3:::[^*]+-({'|'.join(['mail', *load().buckets])})/\*": "each mail, each report is an object of its own",
}
"""Resources that may have a star, which is their last character, and why."""

ARN = r"arn:aws:[a-z0-9]+:[a-z0-9-]*:[0-9]*:[A-Za-z0-9_./:*-]+|\*"


def role(name: str) -> str:
    return f"{PREFIX}-{REGION}-{name}"


def test_every_function_has_a_role_of_its_own_and_no_role_is_over(deployment: Plan, expected: Expected) -> None:
    assert deployment.functions.keys() == expected.functions
    roles = {each["name"] for each in deployment.every("aws_iam_role")}
    assert roles >= {role(name) for name in expected.functions}
    assert roles == deployment.policies.keys()
    others = roles - {role(name) for name in expected.functions}
    assert others == {
        *(role(f"schedule-{name}") for name, spec in expected.own.items() if spec.trigger.kind == "schedule"),
        *(role(f"workflow-{name}") for name in deployment.of("aws_sfn_state_machine")),
    }
    kinds = {each.type for each in deployment.resources if each.type.startswith("aws_iam")}
    assert kinds == {"aws_iam_role", "aws_iam_role_policy"}


def test_every_function_may_do_what_the_topology_grants_and_nothing_else(deployment: Plan, expected: Expected) -> None:
    for name in expected.functions:
        assert pairs_of(deployment.policies[role(name)]) == expected.permitted(name), name


def test_a_workflow_may_call_what_its_definition_names_and_deliver_its_log(
    deployment: Plan, expected: Expected
) -> None:
    for name, machine in deployment.of("aws_sfn_state_machine").items():
        source = expected.topology.workflows[name].definition
        pairs = pairs_of(deployment.policies[role(f"workflow-{name}")])
        delivery = {(action, "*") for action in LOG_DELIVERY}
        assert pairs >= delivery
        assert pairs - delivery == called(machine["definition"]), source


def called(definition: str) -> set[Pair]:
    """What the Tasks of a state machine need, each by what AWS calls it in the definition that is deployed."""
    found = set[Pair]()
    tasks = [state for state in json.loads(definition)["States"].values() if state["Type"] == "Task"]
    for task in tasks:
        parameters = task["Parameters"]
        if task["Resource"] == "arn:aws:states:::lambda:invoke":
            found.add(("lambda:InvokeFunction", parameters["FunctionName"]))
        elif task["Resource"] == "arn:aws:states:::sqs:sendMessage":
            queue = parameters["QueueUrl"].rpartition("/")[2]
            assert parameters["QueueUrl"] == f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{queue}"
            found.add(("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"))
        else:
            assert task["Resource"] == "arn:aws:states:::sns:publish"
            found.add(("sns:Publish", parameters["TopicArn"]))
    assert len(found) >= 3
    return found


def test_a_schedule_may_start_its_function_and_tell_of_what_it_could_not(deployment: Plan, expected: Expected) -> None:
    scheduled = [name for name, spec in expected.own.items() if spec.trigger.kind == "schedule"]
    assert scheduled
    for name in scheduled:
        assert pairs_of(deployment.policies[role(f"schedule-{name}")]) == {
            ("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{PREFIX}-{name}"),
            ("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{PREFIX}-dead-letters"),
        }


def test_no_star_that_could_be_a_name(deployment: Plan) -> None:
    for name, statements in deployment.policies.items():
        for action, resource in pairs_of(statements):
            assert re.fullmatch(r"[a-z0-9]+:[A-Za-z]+", action)
            assert re.fullmatch(ARN, resource), f"{name}: {resource}"
            if resource == "*":
                assert action in LOG_DELIVERY | {LABELS}, f"{name}: {action} on everything"
            elif "*" in resource:
                assert any(re.fullmatch(pattern, resource) for pattern in UNAVOIDABLE), f"{name}: {action} {resource}"


def test_the_actions_are_those_of_the_table(deployment: Plan, expected: Expected) -> None:
    known = set(re.findall(r'"([a-z0-9]+:[A-Za-z]+)"', json.dumps(table())))
    for name in expected.functions:
        assert {action for action, _ in pairs_of(deployment.policies[role(name)])} <= known


def test_only_who_has_to_may_assume_a_role(deployment: Plan) -> None:
    services = {"schedule-": "scheduler.amazonaws.com", "workflow-": "states.amazonaws.com"}
    for each in deployment.every("aws_iam_role"):
        (statement,) = json.loads(each["assume_role_policy"])["Statement"]
        kind = each["name"].removeprefix(role(""))
        service = next((service for begin, service in services.items() if kind.startswith(begin)), None)
        assert statement["Principal"] == {"Service": service or "lambda.amazonaws.com"}
        assert statement["Action"] == "sts:AssumeRole"
        if service is not None:
            assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
