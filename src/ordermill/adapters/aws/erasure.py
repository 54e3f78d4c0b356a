"""The services `remains` and `mail-files` of a deployment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.errors import code_of
from ordermill.adapters.aws.mail_store import BUCKET
from ordermill.adapters.mime import recipient_of, safe_name
from ordermill.ports.erasure import Swept
from ordermill.ports.services import MailUnavailable

STRETCH: Final = 500
"""How many mails a step reads the beginning of."""
_HEAD: Final = "bytes=0-4095"
_SIDE_BY_SIDE: Final = 16


class CloudRemains:
    """What waits, failed or ran is the cloud's: queues, logs and state machines, each for as long as it is set to keep.

    Requests that were taken in by a queue are kept with their idempotency key, a day.
    """

    def under_way(self, order_ids: Sequence[str]) -> frozenset[str]:
        """See `Remains.under_way`: nobody can look into a queue."""
        return frozenset()

    def erase(self, order_ids: Sequence[str]) -> None:
        """See `Remains.erase`."""

    def erase_of(self, customer: str, after: str | None) -> Swept:
        """See `Remains.erase_of`."""
        return Swept(0, None)


class NoMailFiles:
    """Where a server takes the mails."""

    def erase(self, keys: Sequence[str]) -> int:
        """See `MailFiles.erase`."""
        return 0

    def erase_to(self, email: str, after: str | None) -> Swept:
        """See `MailFiles.erase_to`."""
        return Swept(0, None)


class BucketMailFiles:
    """On bucket `mail`."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment, self._bucket = deployment, deployment.bucket(BUCKET)

    def erase(self, keys: Sequence[str]) -> int:
        """See `MailFiles.erase`. S3 does not say whether they were there."""
        return self._delete([f"{safe_name(key)}.eml" for key in keys])

    def erase_to(self, email: str, after: str | None) -> Swept:
        """See `MailFiles.erase_to`."""
        asked: dict[str, Any] = {"Bucket": self._bucket, "MaxKeys": STRETCH}
        with _told():
            answer = self._client.list_objects_v2(**asked, **({"StartAfter": after} if after else {}))
            names = [each["Key"] for each in answer.get("Contents", ())]
            with ThreadPoolExecutor(_SIDE_BY_SIDE) as threads:
                recipients = list(threads.map(self._recipient, names))
        theirs = [name for name, to in zip(names, recipients, strict=True) if to == email.lower()]
        return Swept(self._delete(theirs), names[-1] if answer.get("IsTruncated") else None)

    def _recipient(self, name: str) -> str | None:
        try:
            head = self._client.get_object(Bucket=self._bucket, Key=name, Range=_HEAD)["Body"].read()
        except ClientError as error:
            # It expired meanwhile.
            if code_of(error) == "NoSuchKey":
                return None
            raise
        return recipient_of(head)

    def _delete(self, names: Sequence[str]) -> int:
        with _told():
            for name in names:
                self._client.delete_object(Bucket=self._bucket, Key=name)
        return len(names)

    @property
    def _client(self) -> Any:
        return self._deployment.client("s3")


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise MailUnavailable(f"the bucket of mails cannot be used ({code_of(error)})") from error
    except BotoCoreError as error:
        raise MailUnavailable(f"the bucket of mails cannot be reached ({type(error).__name__})") from error
