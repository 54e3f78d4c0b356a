"""How secrets are read from the parameter store, and for how long they are kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.secrets import KEPT_MS, SecretMissing, SsmSecrets
from ordermill.domain.errors import StorageUnavailable
from tests.contract import aws_services_kit as aws
from tests.contract.stores_kit import Time


@pytest.fixture
def deployment() -> Iterator[Deployment]:
    with aws.deployed() as deployment:
        yield deployment


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def secrets(deployment: Deployment, time: Time) -> SsmSecrets:
    return SsmSecrets(deployment, time)


def put(deployment: Deployment, value: str) -> None:
    """As Terraform makes them."""
    deployment.client("ssm").put_parameter(
        Name="/mill/signing-key", Value=value, Type="SecureString", Overwrite=True, KeyId="alias/aws/ssm"
    )


def test_a_secret_is_read_in_the_clear(deployment: Deployment, secrets: SsmSecrets) -> None:
    put(deployment, "grüße")
    assert secrets.read("signing-key") == "grüße"


def test_one_that_nobody_set_is_none(deployment: Deployment, secrets: SsmSecrets) -> None:
    put(deployment, "-")
    assert [secrets.read("signing-key") for _ in range(2)] == [None, None]


@pytest.mark.parametrize(("after", "seen"), [(KEPT_MS, "old"), (KEPT_MS + 1, "new"), (-1, "new")])
def test_it_is_kept_for_a_while_and_never_longer(
    deployment: Deployment, secrets: SsmSecrets, time: Time, after: int, seen: str
) -> None:
    """Nor where the clock was set back."""
    put(deployment, "old")
    assert secrets.read("signing-key") == "old"
    put(deployment, "new")
    time.ms += after
    assert secrets.read("signing-key") == seen


def test_one_that_is_not_there_is_told_by_its_name(secrets: SsmSecrets) -> None:
    with pytest.raises(SecretMissing, match="there is no parameter /mill/signing-key"):
        secrets.read("signing-key")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("AccessDeniedException", "this function may not read or decrypt the parameter /mill/stripe-key"),
        ("InvalidKeyId", "the key of the parameter /mill/stripe-key cannot be used"),
    ],
)
def test_one_that_may_not_be_read_is_told_by_its_name(
    deployment: Deployment, secrets: SsmSecrets, code: str, told: str
) -> None:
    """moto asks for no permission."""
    with Stubber(deployment.client("ssm")) as stub:
        stub.add_client_error("get_parameter", code)
        with pytest.raises(SecretMissing, match=told):
            secrets.read("stripe-key")


def test_an_outage_is_none_of_the_secrets_fault(deployment: Deployment, secrets: SsmSecrets) -> None:
    with Stubber(deployment.client("ssm")) as stub:
        stub.add_client_error("get_parameter", "ThrottlingException")
        with pytest.raises(StorageUnavailable, match="ThrottlingException"):
            secrets.read("signing-key")
    put(deployment, "x")
    assert secrets.read("signing-key") == "x"


def test_one_that_was_read_survives_an_outage(
    deployment: Deployment, secrets: SsmSecrets, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    put(deployment, "s3cret")
    secrets.read("signing-key")
    time.ms += KEPT_MS + 1
    lost: Any = EndpointConnectionError(endpoint_url="https://ssm")
    with aws.failing(deployment.client("ssm"), "GetParameter", lost):
        assert secrets.read("signing-key") == "s3cret"
    assert "/mill/signing-key cannot be read again" in caplog.text
    assert "s3cret" not in caplog.text
