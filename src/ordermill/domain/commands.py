"""The messages that functions take: requests from outside and messages between functions."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

import msgspec

from ordermill.domain.actions import Action
from ordermill.domain.archive import ArchiveFilter
from ordermill.domain.json_body import parsed
from ordermill.domain.mail import MailContent, MailRecord
from ordermill.domain.order import Order, Status
from ordermill.domain.order_list import OrderFilter
from ordermill.domain.subscriptions import SubscriptionStatus


class PlaceOrder(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """POST /orders: the parsed body as `parse_json` gives it, the header's key if any, and who sends it.

    `subject` scopes idempotency: the signed-in caller, or "anonymous". `text` is the body as it was sent.
    """

    body: Any
    header_key: str | None = None
    subject: str = "anonymous"
    text: str = ""


class IntakeRequest(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """The input of workflow `order-intake`, and of its functions: a request, and the id that its order is to have.

    `body` is the JSON text as it was sent, the rest as in PlaceOrder.
    """

    order_id: str
    body: str
    header_key: str | None = None
    subject: str = "anonymous"

    def request(self) -> PlaceOrder:
        """The request. Raises what `parse_json` does."""
        return PlaceOrder(parsed(self.body), self.header_key, self.subject, self.body)


class Accepted(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """What workflow `order-intake` gives: of the order that was stored, what its caller is told.

    `total` in minor units of `currency`, `created_at` in epoch milliseconds; `replayed` if it was there before.
    """

    order_id: str
    attempt: int
    status: Status
    total: int
    currency: str
    created_at: int
    replayed: bool


def execution_id(order_id: str) -> str:
    """The id of the execution that makes the order: the same UUID."""
    return f"exec_{order_id.removeprefix('ord_')}"


class StartExecution(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """Start a workflow: under this id, which names nobody, with this input, which is plain JSON."""

    execution_id: str
    input: dict[str, Any]


class ExecutionOutcome(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """How an execution ended: with its output, or with an error's name and its cause."""

    execution_id: str
    status: Literal["SUCCEEDED", "FAILED", "TIMED_OUT"]
    output: Any = None
    error: str | None = None
    cause: str | None = None


OrderT = TypeVar("OrderT", bound=Order | Accepted, covariant=True)


class Placed(msgspec.Struct, Generic[OrderT], frozen=True, gc=False):
    """The answer to PlaceOrder: the order as it stands now, its holder's token, and whether it was there."""

    order: OrderT
    token: str
    replayed: bool


class UploadImage(msgspec.Struct, frozen=True, gc=False):
    """POST /images: the body as it was sent."""

    body: bytes

    def __repr__(self) -> str:
        # Somebody's picture has no place in a log.
        return f"UploadImage({len(self.body)} bytes)"


class GetImage(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """GET /images/{imageId}."""

    image_id: str


class GetOrder(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """GET /orders/{orderId}."""

    order_id: str


class GetOrders(msgspec.Struct, frozen=True):
    """GET /orders: at most `limit` orders, from the position `after` of the page before, or the newest."""

    filter: OrderFilter
    limit: int
    after: str | None = None


class GetProducts(msgspec.Struct, frozen=True, gc=False):
    """GET /products."""


class UpdateCatalogue(msgspec.Struct, frozen=True, gc=False):
    """PUT /catalogue: the CSV text, columns `sku,name,price,currency,stock`."""

    text: str


class ProcessOrder(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """Drive one attempt of an order to completion. `order` is the order itself where no record was made of it yet."""

    order_id: str
    attempt: int
    order: Order | None = None


class CancelOrder(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """POST /orders/{orderId}/cancel: the holder's, or staff's; `by` is `holder` or `staff`."""

    order_id: str
    by: str
    reason: str | None = None


class ActOnOrder(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """POST /orders/{orderId}/actions, by staff; carrier and number where it ships."""

    order_id: str
    action: Action
    reason: str | None = None
    carrier: str | None = None
    tracking_number: str | None = None


class ActOnOrders(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """POST /orders/actions, by staff: the same action on each of these orders, one after the other."""

    order_ids: tuple[str, ...]
    action: Action
    reason: str | None = None
    carrier: str | None = None
    tracking_number: str | None = None


class UpdateOrder(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """PATCH /orders/{orderId}, by staff: a JSON merge patch as `parse_json` gives it, and why.

    `versions` are the order's versions that it is meant for, as the ETags say them; None is any.
    """

    order_id: str
    patch: Any
    versions: tuple[str, ...] | None
    reason: str | None = None


class DeleteOrder(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """DELETE /orders/{orderId}, by staff.

    `versions` are the order's versions that it is meant for, as the ETags say them; None is any.
    """

    order_id: str
    versions: tuple[str, ...] | None = None
    reason: str | None = None


class EraseCustomer(msgspec.Struct, frozen=True):
    """POST /erasures, by staff: a customer id or a whole e-mail, and how far the erasure is; None: at its beginning."""

    customer: str
    after: str | None = None


class GetArchive(msgspec.Struct, frozen=True):
    """GET /archive: at most `limit` orders that were deleted, from the position `after` of the page before."""

    filter: ArchiveFilter
    limit: int
    after: str | None = None


class GetArchivedOrder(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """GET /archive/{orderId}."""

    order_id: str


class ImportOrders(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """POST /orders/import, by staff: the CSV text, the header's key if any, and the number of its first row."""

    text: str
    header_key: str | None = None
    first_row: int = 2


class GetDeadLetters(msgspec.Struct, frozen=True, gc=False):
    """GET /dead-letters: at most `limit`, from the position `after` of the page before.

    Of one `queue`, about the order `order_id`, or all.
    """

    limit: int
    after: str | None = None
    queue: str | None = None
    order_id: str | None = None


class RedriveDeadLetters(msgspec.Struct, frozen=True):
    """POST /dead-letters/redrive: the letters with these `ids`, or the oldest `most` of `queue`, or of all.

    `dry_run` tells what would come of it, and changes nothing.
    """

    ids: tuple[str, ...] | None
    queue: str | None
    most: int
    dry_run: bool


class Tick(msgspec.Struct, frozen=True, gc=False):
    """A schedule's turn at `at`; the one before was at `since`, or that is when the schedule began (epoch ms)."""

    at: int
    since: int


class GetMails(msgspec.Struct, frozen=True):
    """GET /mails: at most `limit` mails, of one order or of all, from the position `after` of the page before."""

    limit: int
    after: str | None = None
    order_id: str | None = None


class GetMail(msgspec.Struct, frozen=True):
    """GET /mails/{mailId}."""

    mail_id: str


class ResendMail(msgspec.Struct, frozen=True):
    """POST /mails/{mailId}/resend, by staff."""

    mail_id: str


class SendMail(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """One mail to one person about one event; `mail_id` is the same at every repeat. `order_id` None: about no order.

    It says its `content`, or its `text` where there is none. `resend` is 0, or which time it is that staff have it sent
    again: each of these is a message of its own. `headers` are names and values beside those that every mail has, in
    printable ASCII. `forget`: once it is dealt with, its record keeps neither the address nor what the mail said.
    """

    mail_id: str
    order_id: str | None
    event: str
    to: str | None
    subject: str
    text: str = ""
    content: MailContent | None = None
    resend: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    forget: bool = False

    @property
    def key(self) -> str:
        """What names the message: the same at every repeat, another for each resend."""
        return f"{self.mail_id}-resend-{self.resend}" if self.resend else self.mail_id


def mail_of(record: MailRecord) -> SendMail:
    """The message that a record is of, as it was sent last, or is to be sent."""
    return SendMail(
        record.mail_id,
        record.order_id,
        record.event,
        record.to,
        record.subject,
        record.text or "",
        record.content,
        record.resends,
        record.headers,
        record.forget,
    )


class SubscribeEmail(msgspec.Struct, frozen=True):
    """POST /subscriptions."""

    email: str


class ConfirmSubscription(msgspec.Struct, frozen=True):
    """POST /subscriptions/confirm: the token of the mailed link."""

    token: str


class UnsubscribeEmail(msgspec.Struct, frozen=True):
    """POST /subscriptions/unsubscribe: the token of the mailed link."""

    token: str


class ShowSubscription(msgspec.Struct, frozen=True):
    """GET of a mailed link: what its page is to ask."""

    asks: Literal["confirm", "unsubscribe"]


class GetSubscriptions(msgspec.Struct, frozen=True):
    """GET /subscriptions: at most `limit`, all or of one status, from the position `after` of the page before."""

    limit: int
    after: str | None = None
    status: SubscriptionStatus | None = None


class RemoveSubscription(msgspec.Struct, frozen=True):
    """DELETE /subscriptions/{subscriptionId}, by staff."""

    subscription_id: str


class TellSubscribers(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """Have subscribers mailed of an order that was deleted; `total` in minor units, `deleted_at` in epoch ms.

    Those from the position `after` on, or the first ones.
    """

    order_id: str
    total: int
    currency: str
    deleted_at: int
    after: str | None = None


class DeliverAlert(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """Tell one target, by its key, of an alert: how many there were, `count`, or as many as there are then.

    `summary` follows upon a first post. `attempt` counts the tries.
    """

    alert_id: str
    order_id: str | None
    target: str
    count: int | None = None
    summary: bool = False
    attempt: int = 1


class GetAlerts(msgspec.Struct, frozen=True):
    """GET /alerts: at most `limit`, all or those that began with one order, from the position `after` on."""

    limit: int
    after: str | None = None
    order_id: str | None = None


class RedeliverAlert(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """POST /alerts/{alertId}/redeliver."""

    alert_id: str


class GenerateReport(msgspec.Struct, frozen=True):
    """POST /reports: on orders deleted from `since` on and before `until`, epoch ms; the link works `expires_s`."""

    since: int
    until: int
    expires_s: int
