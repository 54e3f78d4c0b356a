"""The bucket of change records whose consumer died of them: what the stream's mapping wrote there."""

from __future__ import annotations

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.errors import storage


class StreamFailures:
    """`bucket` as the topology's names have it."""

    def __init__(self, deployment: Deployment, bucket: str) -> None:
        self._deployment, self._bucket = deployment, bucket

    def read(self, key: str) -> bytes:
        """The object. Raises StorageUnavailable, also where there is none: its notification then comes again."""
        with storage():
            answer = self._deployment.client("s3").get_object(Bucket=self._deployment.bucket(self._bucket), Key=key)
            body: bytes = answer["Body"].read()
        return body
