"""What buckets promise, kept by S3; and what its answers mean."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.objects import REST_MS, S3Bucket
from ordermill.ports.objects import BucketUnavailable, ObjectCorrupt
from tests.contract import aws_services_kit as aws
from tests.contract.buckets_kit import BucketContract, Kept, StillClock


@pytest.fixture
def deployment() -> Iterator[Deployment]:
    with aws.deployed() as deployment:
        for name in ("archive", "reports"):
            region = {"LocationConstraint": aws.REGION}
            deployment.client("s3").create_bucket(Bucket=deployment.bucket(name), CreateBucketConfiguration=region)
        yield deployment


@pytest.fixture
def bucket(deployment: Deployment) -> S3Bucket:
    return S3Bucket(deployment, "archive", StillClock())


class TestS3Bucket(BucketContract):
    @pytest.fixture
    def kept(self, bucket: S3Bucket, deployment: Deployment) -> Kept:
        def spoil(key: str) -> None:
            """Other bytes, with what was said of the first ones."""
            s3, name = deployment.client("s3"), deployment.bucket("archive")
            said = s3.head_object(Bucket=name, Key=key)["Metadata"]
            s3.put_object(Bucket=name, Key=key, Body=b"spoilt", Metadata=said)

        return Kept(bucket, spoil, S3Bucket(deployment, "reports", StillClock()))


def test_s3_is_given_the_hash_to_verify(bucket: S3Bucket, deployment: Deployment) -> None:
    """moto keeps no checksum of an object."""
    asked: list[str] = []
    deployment.client("s3").meta.events.register(
        "before-call.s3.PutObject", lambda params, **_: asked.append(params["headers"]["x-amz-checksum-sha256"])
    )
    bucket.put("a", b"hello", "text/plain")
    assert asked == ["LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="]


def test_what_we_did_not_put_is_corrupt(bucket: S3Bucket, deployment: Deployment) -> None:
    deployment.client("s3").put_object(Bucket=deployment.bucket("archive"), Key="a", Body=b"theirs")
    with pytest.raises(ObjectCorrupt):
        bucket.read("a")


@pytest.mark.parametrize(
    "error", [EndpointConnectionError(endpoint_url="https://s3"), ConnectTimeoutError(endpoint_url="https://s3")]
)
def test_a_store_that_cannot_be_reached_is_away(bucket: S3Bucket, deployment: Deployment, error: Exception) -> None:
    s3 = deployment.client("s3")
    with aws.failing(s3, "PutObject", error), pytest.raises(BucketUnavailable) as raised:
        bucket.put("a", b"x", "text/plain")
    assert raised.value.rest_ms == REST_MS
    with aws.failing(s3, "GetObject", error), pytest.raises(BucketUnavailable):
        bucket.read("a")
    with aws.failing(s3, "ListObjectsV2", error), pytest.raises(BucketUnavailable):
        bucket.list(1)
    with aws.failing(s3, "DeleteObject", error), pytest.raises(BucketUnavailable):
        bucket.delete("a")


def test_a_bucket_that_is_not_there_is_away_and_not_empty(deployment: Deployment) -> None:
    missing = S3Bucket(deployment, "nowhere", StillClock())
    with pytest.raises(BucketUnavailable, match="NoSuchBucket"):
        missing.read("a")
    with pytest.raises(BucketUnavailable, match="NoSuchBucket"):
        missing.put("a", b"x", "text/plain")


def test_a_link_is_signed_for_one_object_and_how_it_is_delivered(bucket: S3Bucket) -> None:
    url = urlsplit(bucket.link("r.pdf", expires_s=90, content_type="application/pdf", filename="Bericht März.pdf"))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert url.hostname == f"mill-{aws.ACCOUNT}-{aws.REGION}-archive.s3.{aws.REGION}.amazonaws.com"
    assert url.path == "/r.pdf"
    assert query["X-Amz-Expires"] == "90"
    assert query["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert query["response-content-type"] == "application/pdf"
    said = "attachment; filename=\"Bericht M_rz.pdf\"; filename*=UTF-8''Bericht%20M%C3%A4rz.pdf"
    assert query["response-content-disposition"] == said
    assert query["response-cache-control"] == "no-store"


def test_an_emulator_has_no_buckets_in_its_name() -> None:
    with aws.deployed() as plain:
        on = Deployment("mill", aws.REGION, aws.ACCOUNT, emulated=True, session=plain._session)
        url = S3Bucket(on, "archive", StillClock()).link("a", expires_s=1, content_type="text/plain")
    assert urlsplit(url).path == f"/mill-{aws.ACCOUNT}-{aws.REGION}-archive/a"
