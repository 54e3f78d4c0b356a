"""How mails are kept in a bucket, and sent through SES."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError
from botocore.stub import ANY, Stubber
from moto.backends import get_backend

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.mail_ses import SesMailer
from ordermill.adapters.aws.mail_store import BucketMailer
from ordermill.ports.services import MailError, MailRefused, MailUnavailable
from tests.contract import aws_services_kit as aws
from tests.contract.mailer_kit import SENDER, MailerContract, Outbox, StillClock, mail_of, parse

NOT_VERIFIED = "Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: "


@pytest.fixture
def deployment() -> Iterator[Deployment]:
    with aws.deployed() as deployment:
        yield deployment


def keys_in(deployment: Deployment) -> list[str]:
    found = deployment.client("s3").list_objects_v2(Bucket=deployment.bucket("mail"))
    return [each["Key"] for each in found.get("Contents", [])]


def object_of(deployment: Deployment, key: str) -> bytes:
    content: bytes = deployment.client("s3").get_object(Bucket=deployment.bucket("mail"), Key=key)["Body"].read()
    return content


@pytest.fixture
def bucket(deployment: Deployment) -> Deployment:
    region = {"LocationConstraint": aws.REGION}
    deployment.client("s3").create_bucket(Bucket=deployment.bucket("mail"), CreateBucketConfiguration=region)
    return deployment


class TestBucketMailer(MailerContract):
    @pytest.fixture
    def outbox(self, bucket: Deployment) -> Outbox:
        mailer = BucketMailer(bucket, SENDER, StillClock())
        return Outbox(mailer, lambda: [object_of(bucket, key) for key in keys_in(bucket)])


class TestBucket:
    @pytest.fixture
    def mailer(self, bucket: Deployment) -> BucketMailer:
        return BucketMailer(bucket, SENDER, StillClock())

    def test_a_mail_is_named_by_its_key(self, mailer: BucketMailer, bucket: Deployment) -> None:
        mailer.send(mail_of())
        mailer.send(mail_of(resend=2))
        assert keys_in(bucket) == ["ord_1-OrderProcessed-resend-2.eml", "ord_1-OrderProcessed.eml"]
        head = bucket.client("s3").head_object(Bucket=bucket.bucket("mail"), Key="ord_1-OrderProcessed.eml")
        assert head["ContentType"] == "message/rfc822"

    @pytest.mark.parametrize("mail_id", ["../../evil", "/etc/passwd", "", "é\ud800", "x" * 5000])
    def test_an_odd_id_is_a_name_of_its_own(self, mailer: BucketMailer, bucket: Deployment, mail_id: str) -> None:
        for each in (mail_id, mail_id, mail_id + "?", mail_id + "_"):
            mailer.send(mail_of(each))
        assert len(keys_in(bucket)) == 3
        assert all(key.endswith(".eml") and "/" not in key and len(key) < 200 for key in keys_in(bucket))

    def test_a_mail_that_is_there_is_not_written_again(self, mailer: BucketMailer, bucket: Deployment) -> None:
        mailer.send(mail_of(text="first"))
        mailer.send(mail_of(text="second"))
        (key,) = keys_in(bucket)
        assert "first" in object_of(bucket, key).decode()

    def test_one_that_is_being_written_is_tried_again(self, mailer: BucketMailer, bucket: Deployment) -> None:
        """moto knows no two writes at once."""
        with Stubber(bucket.client("s3")) as stub:
            stub.add_client_error("put_object", "ConditionalRequestConflict", http_status_code=409)
            with pytest.raises(MailError, match="is being written"):
                mailer.send(mail_of())

    def test_a_bucket_that_cannot_be_written_is_no_mails_fault(self, deployment: Deployment) -> None:
        mailer = BucketMailer(deployment, SENDER, StillClock())
        with pytest.raises(MailUnavailable, match="NoSuchBucket"):
            mailer.send(mail_of())
        lost = EndpointConnectionError(endpoint_url="https://s3")
        with (
            aws.failing(deployment.client("s3"), "PutObject", lost),
            pytest.raises(MailUnavailable, match="cannot be reached"),
        ):
            mailer.send(mail_of())

    @pytest.mark.parametrize("sender", ["", "Ordermill", "a@b.c, d@e.f", "Ordermill <>"])
    @pytest.mark.parametrize("make", [BucketMailer, SesMailer])
    def test_a_sender_that_is_no_address_is_refused_at_once(
        self, deployment: Deployment, sender: str, make: Callable[..., object]
    ) -> None:
        with pytest.raises(ValueError, match="not a mail address"):
            make(deployment, sender, StillClock())


@pytest.fixture
def verified(deployment: Deployment) -> Deployment:
    deployment.client("sesv2").create_email_identity(EmailIdentity="ordermill.example")
    return deployment


def sent_by_ses() -> list[Any]:
    messages: list[Any] = get_backend("ses")[aws.ACCOUNT][aws.REGION].sent_messages
    return messages


class TestSesMailer(MailerContract):
    @pytest.fixture
    def outbox(self, verified: Deployment) -> Outbox:
        mailer = SesMailer(verified, SENDER, StillClock())
        return Outbox(mailer, lambda: [message.raw_data.encode() for message in sent_by_ses()])


class TestSes:
    @pytest.fixture
    def mailer(self, verified: Deployment) -> SesMailer:
        return SesMailer(verified, SENDER, StillClock(), rest_ms=7)

    def test_the_envelope_is_ours_and_all_is_ascii(self, mailer: SesMailer, verified: Deployment) -> None:
        with Stubber(verified.client("sesv2")) as stub:
            stub.add_response(
                "send_email",
                {"MessageId": "1"},
                {
                    "FromEmailAddress": "orders@ordermill.example",
                    "Destination": {"ToAddresses": ["joe@xn--exmple-cua.org"]},
                    "Content": {"Raw": {"Data": ANY}},
                },
            )
            mailer.send(mail_of(to="Jörg <joe@exämple.org>", text="Grüße"))
            stub.assert_no_pending_responses()

    def test_what_ses_gets_is_a_mail_for_any_server(self, mailer: SesMailer) -> None:
        mailer.send(mail_of(to="Jörg <joe@exämple.org>", text="Grüße"))
        (message,) = sent_by_ses()
        assert message.raw_data.isascii()
        assert parse(message.raw_data.encode())["To"].addresses[0].addr_spec == "joe@xn--exmple-cua.org"

    def test_an_international_name_before_the_at_is_refused(self, mailer: SesMailer) -> None:
        with pytest.raises(MailRefused, match="SMTPUTF8"):
            mailer.send(mail_of(to="jörg@example.org"))
        assert sent_by_ses() == []

    @pytest.mark.parametrize(
        ("code", "said"),
        [
            ("MessageRejected", "Email contains invalid content"),
            ("BadRequestException", "Illegal\naddress"),
            # As in SES's sandbox, where recipients are to be verified too.
            ("MessageRejected", NOT_VERIFIED + "ada@example.org"),
        ],
    )
    def test_what_it_says_of_a_mail_is_for_good(
        self, mailer: SesMailer, verified: Deployment, code: str, said: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        with Stubber(verified.client("sesv2")) as stub, caplog.at_level(logging.WARNING):
            stub.add_client_error("send_email", code, said)
            with pytest.raises(MailRefused, match=rf"^SES refused the mail \({code}\)$") as raised:
                mailer.send(mail_of())
        assert raised.value.reason == f"SES refused the mail: {code} {' '.join(said.split())}"
        assert "ada@example.org" not in caplog.text

    @pytest.mark.parametrize(
        "said", [NOT_VERIFIED + "Orders@ordermill.example", NOT_VERIFIED + "ada@x.org, ordermill.example"]
    )
    def test_what_it_says_of_our_address_is_no_mails_fault(
        self, mailer: SesMailer, verified: Deployment, said: str
    ) -> None:
        with Stubber(verified.client("sesv2")) as stub:
            stub.add_client_error("send_email", "MessageRejected", said)
            with pytest.raises(MailUnavailable, match="has not verified the sender") as raised:
                mailer.send(mail_of())
        assert raised.value.rest_ms == 7

    @pytest.mark.parametrize(
        ("code", "status"),
        [
            ("AccountSuspendedException", 400),
            ("SendingPausedException", 400),
            ("MailFromDomainNotVerifiedException", 400),
            ("TooManyRequestsException", 429),
            ("LimitExceededException", 400),
            ("NotFoundException", 404),
            ("AccessDeniedException", 403),
            ("ServiceUnavailable", 503),
        ],
    )
    def test_what_it_says_of_us_is_no_mails_fault(
        self, mailer: SesMailer, verified: Deployment, code: str, status: int
    ) -> None:
        with Stubber(verified.client("sesv2")) as stub:
            stub.add_client_error("send_email", code, "no", http_status_code=status)
            with pytest.raises(MailUnavailable, match=code) as raised:
                mailer.send(mail_of())
        assert raised.value.rest_ms == 7

    def test_a_failure_of_its_own_leaves_it_open(self, mailer: SesMailer, verified: Deployment) -> None:
        with Stubber(verified.client("sesv2")) as stub:
            stub.add_client_error("send_email", "InternalFailure", "no", http_status_code=500)
            with pytest.raises(MailError, match="may have taken"):
                mailer.send(mail_of())

    @pytest.mark.parametrize(
        ("error", "meant"),
        [
            (ReadTimeoutError(endpoint_url="https://email"), MailError),
            (ConnectTimeoutError(endpoint_url="https://email"), MailUnavailable),
            (EndpointConnectionError(endpoint_url="https://email"), MailUnavailable),
            (NoCredentialsError(), MailUnavailable),
        ],
    )
    def test_a_connection_that_fails_means_what_can_have_happened(
        self, mailer: SesMailer, verified: Deployment, error: Exception, meant: type[Exception]
    ) -> None:
        with aws.failing(verified.client("sesv2"), "SendEmail", error), pytest.raises(meant):
            mailer.send(mail_of())
