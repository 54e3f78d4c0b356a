"""What the SDK raises, as what ports promise to raise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from ordermill.domain.errors import StorageUnavailable


class Rejected(Exception):
    """The service takes no such request, an item that is too large for instance: the same again would be no better."""


def code_of(error: ClientError) -> str:
    """The error's code, such as ConditionalCheckFailedException."""
    code: str = error.response.get("Error", {}).get("Code", "")
    return code


@contextmanager
def storage() -> Iterator[None]:
    """Around a call to a table, queue, topic or bucket: whatever it raises is StorageUnavailable.

    So are throttling that outlasts the SDK's own tries, and an answer that never came: what was to be written may be
    there or not, and whoever repeats it finds out. What the service finds invalid is Rejected. Handle the codes that
    mean something inside.
    """
    try:
        yield
    except ClientError as error:
        if code_of(error) == "ValidationException":
            raise Rejected(f"{error.operation_name}: {error.response['Error'].get('Message', '')}") from error
        raise StorageUnavailable(f"{error.operation_name}: {code_of(error)}") from error
    except BotoCoreError as error:
        raise StorageUnavailable(type(error).__name__) from error
