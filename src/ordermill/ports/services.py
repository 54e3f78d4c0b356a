"""The world outside: money and mail. Each call is repeatable under the key that was recorded before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from ordermill.domain.commands import ProcessOrder, SendMail
from ordermill.domain.dead_letters import DeadLetter


class Charge(msgspec.Struct, frozen=True, gc=False):
    """What to charge: `amount` in minor units of `currency`, under `key`, from the payer's `token`."""

    key: str
    order_id: str
    amount: int
    currency: str
    token: str

    @property
    def keys(self) -> tuple[str, ...]:
        """The gateway's keys that it is about."""
        return (self.key,)


class Refund(msgspec.Struct, frozen=True, gc=False):
    """What to void: every key under which an order that left may have moved money."""

    keys: tuple[str, ...]


class Refunded(msgspec.Struct, frozen=True, gc=False):
    """All of `keys` are voided, which gave `amount` back, in minor units."""

    keys: tuple[str, ...]
    amount: int


class ChargeResult(msgspec.Struct, frozen=True, gc=False):
    """What the gateway answered; `captured` in minor units."""

    outcome: Literal["approved", "declined"]
    captured: int


class PaymentError(Exception):
    """The gateway answered with an error: nothing is known to have moved. Try again under the same key."""


class PaymentTimeout(PaymentError):
    """No answer within `after_ms`: money may have moved. Try again under the same key."""

    def __init__(self, after_ms: int) -> None:
        super().__init__(f"the payment gateway did not answer within {after_ms} ms")
        self.after_ms = after_ms


class Payments(Protocol):
    """Service `payments`."""

    def charge(self, charge: Charge) -> ChargeResult:
        """Charge once per key: a repeat answers what the first one did.

        Raises PaymentError on an error, PaymentTimeout without an answer, StorageFull where only room is missing.
        """
        ...

    def void(self, key: str) -> int:
        """Refund what was captured under `key` and refuse any later charge; the refund in minor units.

        A repeat answers what the first did. Raises as `charge` does.
        """
        ...


class ServiceUnavailable(Exception):
    """The service is away as a whole: no message is to blame, and none uses up a receive for it.

    Whoever calls it rests for `rest_ms`.
    """

    def __init__(self, why: str, rest_ms: int = 0) -> None:
        super().__init__(why)
        self.rest_ms = rest_ms


class MailUnavailable(ServiceUnavailable):
    """No mail can be handed over now."""


class MailError(Exception):
    """This mail could not be handed over, or nobody knows whether it was. Try again: it is the same mail."""


class MailRefused(Exception):
    """This mail will never be taken. `reason` is for staff alone: it may name the recipient."""

    def __init__(self, why: str, reason: str | None = None) -> None:
        super().__init__(why)
        self.reason = reason or why


class Mailer(Protocol):
    """Service `mail`."""

    def send(self, mail: SendMail) -> None:
        """Hand the mail over for delivery; a repeat with the same `key` is the same mail.

        Raises MailRefused, MailError or MailUnavailable, StorageFull where only room is missing.
        """
        ...


class WebhookError(Exception):
    """The target could not be reached, or answered that it cannot now: try again, after `retry_after_ms` if it said."""

    def __init__(self, why: str, retry_after_ms: int | None = None) -> None:
        super().__init__(why)
        self.retry_after_ms = retry_after_ms


class WebhookBusy(WebhookError):
    """Enough posts to this target are under way: this one was not tried."""


class WebhookRefused(Exception):
    """The target refused the post, or we do not post there: trying again would not help."""


class Webhooks(Protocol):
    """Service `webhooks`: posts to URLs outside."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Post once and wait for the answer, at most some ten seconds. What it says is shown to nobody.

        Raises WebhookError, or WebhookRefused.
        """
        ...


class Messages(Protocol):
    """Service `messages`: sends on what was to be consumed, wherever its consumer takes it from."""

    def reaches(self, letter: DeadLetter) -> bool:
        """Whether anything consumes what `redrive` would send."""
        ...

    def redrive(self, letter: DeadLetter) -> None:
        """Send a dead letter's payload back to its queue, or to the consumer of its change record.

        It has all its receives again, and counts one redrive more.
        """
        ...

    def start(self, messages: Sequence[ProcessOrder]) -> None:
        """Have new orders processed that have their records: as `process`, unless the records themselves lead there.

        Sends all, or raises.
        """
        ...

    def process(self, message: ProcessOrder) -> None:
        """Send to where `process_order` takes its messages from in this pipeline."""
        ...


class TokenSigner(Protocol):
    """Service `tokens`: HMACs that prove to be the holder of an order, or to have been sent a link of one purpose."""

    def sign(self, order_id: str) -> str:
        """The token of the order's holder."""
        ...

    def verify(self, order_id: str, token: str) -> bool:
        """Whether `token` is that order's, compared in constant time."""
        ...

    def sign_for(self, purpose: str, subject: str, expires_at: int | None) -> str:
        """A token that names `subject` (letters, digits, `_`, `-`; readable in it) and serves that purpose alone.

        It is good until `expires_at` (epoch ms, in whole seconds), or for ever. It needs no escaping in a URL.
        Raises ValueError for a subject that is none.
        """
        ...

    def verify_for(self, purpose: str, token: str, now: int) -> str | None:
        """The subject of a token of that purpose that is good at `now` (epoch ms); None for any other text."""
        ...
