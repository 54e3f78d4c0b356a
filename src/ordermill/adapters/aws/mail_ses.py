"""Mail through SES: at least once, composed with the same Message-ID at each repeat.

SES puts a Message-ID of its own in its place. A mail that was taken, but whose answer was lost, so arrives twice with
two ids; `X-Ordermill-Order` and `X-Ordermill-Event` are the same in both.
"""

from __future__ import annotations

import logging
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError, ReadTimeoutError
from msgspec.structs import replace

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.errors import code_of
from ordermill.adapters.mime import address_of, compose, deliverable
from ordermill.domain.commands import SendMail
from ordermill.ports.ambient import Clock
from ordermill.ports.services import MailError, MailRefused, MailUnavailable

log = logging.getLogger(__name__)

_REFUSED: Final = frozenset({"MessageRejected", "BadRequestException"})
"""What SES says of a mail; all else it says of us, of itself, or of how much we send."""
_UNAVAILABLE: Final = 503
_REPLY_MAX: Final = 300


class SesMailer:
    """The port `Mailer` on SES, in the deployment's region."""

    def __init__(self, deployment: Deployment, mail_from: str, clock: Clock, *, rest_ms: int = 0) -> None:
        """`mail_from` is an address or `Name <address>`, verified at SES; `rest_ms` how long to rest while it is away.

        Raises ValueError if `mail_from` is neither.
        """
        self._deployment, self._clock, self._rest_ms = deployment, clock, rest_ms
        self._from, self._sender = deliverable(mail_from)
        self._domain = address_of(self._from)[1]

    def send(self, mail: SendMail) -> None:
        """See `Mailer.send`."""
        try:
            to, recipient = deliverable(mail.to or "")
            data = compose(replace(mail, to=to), self._from, self._clock.now_ms(), eight_bit=False)
        except ValueError as error:
            raise MailRefused("it has no address that mail could go to") from error
        if not data.isascii():
            raise MailRefused("SES takes no international addresses (SMTPUTF8)")
        try:
            self._deployment.client("sesv2").send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [recipient]},
                Content={"Raw": {"Data": data}},
            )
        except ClientError as error:
            raise self._meant(error, mail) from error
        except (ReadTimeoutError, ConnectionClosedError) as error:
            raise MailError("SES did not answer: it may have taken the mail or not") from error
        except BotoCoreError as error:
            raise MailUnavailable(f"SES cannot be reached ({type(error).__name__})", self._rest_ms) from error

    def _meant(self, error: ClientError, mail: SendMail) -> Exception:
        code = code_of(error)
        if code in _REFUSED:
            said = str(error.response["Error"].get("Message", ""))
            if self._is_about_us(said):
                return MailUnavailable(f"SES has not verified the sender {self._sender}", self._rest_ms)
            log.warning("SES refused a mail for good", extra={"mailId": mail.mail_id})
            return MailRefused(f"SES refused the mail ({code})", f"SES refused the mail: {code} {_readable(said)}")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status >= 500 and status != _UNAVAILABLE:
            return MailError(f"SES failed ({code}): it may have taken the mail or not")
        return MailUnavailable(f"SES takes no mail now ({code})", self._rest_ms)

    def _is_about_us(self, said: str) -> bool:
        """Whether SES names our address or domain as not verified. Of a recipient it says so too, in its sandbox."""
        words = {word.strip("<>()[]'\".") for word in said.replace(",", " ").lower().split()}
        return "not verified" in said and not words.isdisjoint({self._sender.lower(), self._domain.lower()})


def _readable(text: str) -> str:
    """What SES said, on one line."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:_REPLY_MAX]
