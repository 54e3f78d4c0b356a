"""Buckets on S3."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, Final

from botocore.exceptions import ClientError

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.errors import code_of, storage
from ordermill.adapters.disposition import disposition
from ordermill.domain.errors import StorageUnavailable
from ordermill.ports.ambient import Clock
from ordermill.ports.objects import (
    BucketUnavailable,
    ObjectCorrupt,
    ObjectPage,
    StoredObject,
    checked_expiry,
    checked_key,
    checked_limit,
)

REST_MS: Final = 5000
_SIDE_BY_SIDE: Final = 32
"""As many as the client keeps connections."""
_ABSENT: Final = frozenset({"NoSuchKey", "404"})


class S3Bucket:
    """The port `Bucket`; any thread may call. Objects carry their SHA-256 twice: S3 verifies one, and we the other."""

    def __init__(self, deployment: Deployment, name: str, clock: Clock) -> None:
        """`name` is a key of the topology."""
        self._deployment, self.name, self._clock = deployment, name, clock

    def put(self, key: str, body: bytes, content_type: str) -> None:
        """See `Bucket.put`."""
        checked_key(key)
        digest = sha256(body)
        with self._told():
            self._s3.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=body,
                ContentType=content_type,
                ChecksumSHA256=b64encode(digest.digest()).decode("ascii"),
                Metadata={"sha256": digest.hexdigest(), "at": str(self._clock.now_ms())},
            )

    def read(self, key: str) -> StoredObject | None:
        """See `Bucket.read`."""
        checked_key(key)
        with self._told():
            try:
                answer = self._s3.get_object(Bucket=self._bucket, Key=key)
                body: bytes = answer["Body"].read()
            except ClientError as error:
                if code_of(error) in _ABSENT:
                    return None
                raise
        said = answer.get("Metadata", {})
        found = sha256(body).hexdigest()
        if said.get("sha256") != found or not said.get("at", "").isdecimal():
            raise ObjectCorrupt(f"object {key} of {self._bucket} is not what was put: its SHA-256 is another")
        return StoredObject(body, answer["ContentType"], found, int(said["at"]))

    def read_many(self, keys: Sequence[str]) -> tuple[StoredObject | None, ...]:
        """See `Bucket.read_many`."""
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as threads:
            return tuple(threads.map(self.read, keys))

    def list(self, limit: int, after: str | None = None, prefix: str = "") -> ObjectPage:
        """See `Bucket.list`."""
        beyond = {} if after is None else {"StartAfter": after}
        with self._told():
            answer = self._s3.list_objects_v2(
                Bucket=self._bucket, MaxKeys=checked_limit(limit), Prefix=prefix, **beyond
            )
        keys = tuple(each["Key"] for each in answer.get("Contents", ()))
        return ObjectPage(keys, keys[-1] if keys and answer.get("IsTruncated") else None)

    def delete(self, key: str) -> None:
        """See `Bucket.delete`."""
        checked_key(key)
        with self._told():
            self._s3.delete_object(Bucket=self._bucket, Key=key)

    def link(self, key: str, *, expires_s: int, content_type: str, filename: str | None = None) -> str:
        """See `Bucket.link`. It ends sooner where the credentials that sign it do, as those of a Lambda in time."""
        checked_key(key)
        with self._told():
            url: str = self._s3.generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self._bucket,
                    "Key": key,
                    "ResponseContentType": content_type,
                    "ResponseContentDisposition": disposition(filename),
                    "ResponseCacheControl": "no-store",
                },
                ExpiresIn=checked_expiry(expires_s),
                HttpMethod="GET",
            )
        return url

    @property
    def _s3(self) -> Any:
        return self._deployment.client("s3")

    @property
    def _bucket(self) -> str:
        return self._deployment.bucket(self.name)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            with storage():
                yield
        except StorageUnavailable as error:
            raise BucketUnavailable(f"bucket {self.name} is away: {error.detail}", REST_MS) from error
