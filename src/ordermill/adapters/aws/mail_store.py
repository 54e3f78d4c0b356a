"""Mail as `.eml` objects in a bucket: what a customer would get, to be looked at without sending anything."""

from __future__ import annotations

from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.errors import code_of
from ordermill.adapters.mime import address_of, compose, safe_name
from ordermill.domain.commands import SendMail
from ordermill.ports.ambient import Clock
from ordermill.ports.services import MailError, MailRefused, MailUnavailable

BUCKET: Final = "mail"
_THERE: Final = "PreconditionFailed"
_UNDER_WAY: Final = "ConditionalRequestConflict"


class BucketMailer:
    """The port `Mailer` on bucket `mail`: one object per mail, named by its `key`. What is there is not replaced."""

    def __init__(self, deployment: Deployment, mail_from: str, clock: Clock) -> None:
        """`mail_from` is an address or `Name <address>`. Raises ValueError if it is neither."""
        address_of(mail_from)
        self._deployment, self._from, self._clock = deployment, mail_from, clock

    def send(self, mail: SendMail) -> None:
        """See `Mailer.send`."""
        try:
            data = compose(mail, self._from, self._clock.now_ms())
        except ValueError as error:
            raise MailRefused("it has no address that mail could go to") from error
        try:
            self._deployment.client("s3").put_object(
                Bucket=self._deployment.bucket(BUCKET),
                Key=f"{safe_name(mail.key)}.eml",
                Body=data,
                ContentType="message/rfc822",
                IfNoneMatch="*",
            )
        except ClientError as error:
            code = code_of(error)
            if code == _THERE:
                return
            if code == _UNDER_WAY:
                raise MailError("the same mail is being written") from error
            raise MailUnavailable(f"the bucket of mails cannot be written ({code})") from error
        except BotoCoreError as error:
            raise MailUnavailable(f"the bucket of mails cannot be reached ({type(error).__name__})") from error
