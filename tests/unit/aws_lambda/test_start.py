"""A Lambda's environment: what is missing or wrong is named, and what a function may not read it does not ask for."""

from __future__ import annotations

import pytest

from ordermill.entrypoints.aws_lambda.start import Misconfigured, function_of

ENVIRONMENT = {
    "ORDERMILL_FUNCTION": "process_order",
    "ORDERMILL_PIPELINE": "queue",
    "ORDERMILL_PREFIX": "ordermill",
    "ORDERMILL_ACCOUNT": "123456789012",
    "AWS_REGION": "us-east-1",
}


@pytest.mark.parametrize("name", sorted(ENVIRONMENT))
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(Misconfigured, match="AWS_DEFAULT_REGION" if name == "AWS_REGION" else name):
        function_of({key: value for key, value in ENVIRONMENT.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ORDERMILL_FUNCTION", "no_such"),
        ("ORDERMILL_FUNCTION", "start_workflow"),
        ("ORDERMILL_PIPELINE", "no_such"),
        ("ORDERMILL_MAIL", "smtp"),
        ("ORDERMILL_PAYMENTS", "paypal"),
    ],
)
def test_what_is_wrong_is_named(name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=value):
        function_of({**ENVIRONMENT, name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [("ORDERMILL_CATALOGUE", "shut"), ("ORDERMILL_RETRY_BASE_MS", "0"), ("ORDERMILL_ORDER_DEADLINE_S", "1.5")],
)
def test_settings_that_are_wrong_are_named(name: str, value: str) -> None:
    function = function_of({**ENVIRONMENT, name: value})
    with pytest.raises(Misconfigured, match=name):
        _ = function.settings


def test_settings_are_those_of_the_local_server() -> None:
    given = {"ORDERMILL_CATALOGUE": "strict", "ORDERMILL_PUBLIC_URL": "https://shop.example.org/"}
    settings = function_of({**ENVIRONMENT, **given}).settings
    assert (settings.catalogue, settings.public_url, settings.retry_base_ms) == (
        "strict",
        "https://shop.example.org",
        200,
    )
    assert settings.alert_targets == ()
