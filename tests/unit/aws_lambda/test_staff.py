"""Who belongs to staff where no gateway has looked: the user pool is asked, and its answer counts."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from botocore.stub import Stubber

from ordermill.adapters.aws.deployment import Deployment
from ordermill.domain.errors import Forbidden, StorageUnavailable, Unauthorized
from ordermill.entrypoints.aws_lambda.staff import PoolStaff, SignIn

ISSUER, CLIENT = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_ours", "console"
SIGN_IN = SignIn(ISSUER, CLIENT)


def token(**claims: Any) -> str:
    """An access token that says this, signed by nobody we could ask here."""
    said = {"iss": ISSUER, "client_id": CLIENT, "token_use": "access", **claims}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in ({}, said)]
    return ".".join([*parts, "signature"])


STAFF = token(**{"cognito:groups": ["clerks", "staff"]})


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> Deployment:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    return Deployment("ordermill", "us-east-1", "123456789012")


def check(deployment: Deployment, sent: str, answer: str | None) -> None:
    """Ask, where the pool takes the token, or answers with an error of that name."""
    with Stubber(deployment.client("cognito-idp")) as pool:
        if answer is None:
            pool.add_response("get_user", {"Username": "ada", "UserAttributes": []}, {"AccessToken": sent[7:]})
        else:
            pool.add_client_error("get_user", answer)
        PoolStaff(deployment, SIGN_IN).check(sent, None)


def test_who_is_in_the_group_is_staff(deployment: Deployment) -> None:
    check(deployment, f"Bearer {STAFF}", None)


@pytest.mark.parametrize("groups", [[], ["clerks"], ["staffing"]])
def test_who_is_not_is_forbidden(deployment: Deployment, groups: list[str]) -> None:
    sent = f"Bearer {token(**{'cognito:groups': groups})}"
    with pytest.raises(Forbidden):
        check(deployment, sent, None)


@pytest.mark.parametrize("error", ["NotAuthorizedException", "UserNotFoundException", "InvalidParameterException"])
def test_a_token_that_the_pool_refuses_proves_nothing(deployment: Deployment, error: str) -> None:
    with pytest.raises(Unauthorized):
        check(deployment, f"Bearer {STAFF}", error)


@pytest.mark.parametrize(
    "sent",
    [
        "Bearer ",
        "Bearer x",
        "Bearer a.b.c",
        "Bearer a.%%%.c",
        "Basic " + STAFF,
        "Bearer " + token(**{"cognito:groups": ["staff"], "token_use": "id"}),
        "Bearer " + token(**{"cognito:groups": "staff"}),
        "Bearer " + token(**{"cognito:groups": ["staff"], "iss": ISSUER[:-4] + "theirs"}),
        "Bearer " + token(**{"cognito:groups": ["staff"], "iss": None}),
        "Bearer " + token(**{"cognito:groups": ["staff"], "client_id": "another"}),
    ],
)
def test_what_is_no_access_token_is_not_even_asked_about(deployment: Deployment, sent: str) -> None:
    with pytest.raises(Unauthorized):
        PoolStaff(deployment, SIGN_IN).check(sent, None)


def test_without_sign_in_nobody_is_staff(deployment: Deployment) -> None:
    with pytest.raises(Unauthorized):
        PoolStaff(deployment, None).check(f"Bearer {STAFF}", None)


def test_a_pool_that_does_not_answer_is_no_refusal(deployment: Deployment) -> None:
    with pytest.raises(StorageUnavailable):
        check(deployment, f"Bearer {STAFF}", "TooManyRequestsException")
