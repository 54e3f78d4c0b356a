"""`erase_customer`: erases a person, step by step: each request does a bounded part, and says where the next goes on.

Staged. What stands in files goes first, then what belongs to an order, and last what finds it by its customer. So a
step that a crash cuts off is found again, and each step can be repeated. Orders still under way are left, and named.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from ordermill.domain.archive import JSON, ArchivedOrder, archive_key
from ordermill.domain.commands import EraseCustomer
from ordermill.domain.dead_letters import DeadLetter
from ordermill.domain.erasure import (
    Counts,
    Erased,
    Position,
    erased_json,
    erased_letter,
    erased_mail,
    erased_order,
    erased_row,
    following,
    is_settled,
    mail_keys,
    position_of,
    recipient_of,
)
from ordermill.domain.mail import MailRecord
from ordermill.domain.mail_content import MAILED
from ordermill.domain.order_list import email_key
from ordermill.ports.ambient import Clock
from ordermill.ports.archive import ArchiveIndex
from ordermill.ports.erasure import MailFiles, Remains
from ordermill.ports.images import ImageStore
from ordermill.ports.objects import Bucket
from ordermill.ports.stores import DeadLetterStore, EventLog, MailStore, OrderStore
from ordermill.ports.subscriptions import SubscriptionStore

PAGE: Final = 20
"""How many orders a step erases at most; each has some ten records."""
REPORTS: Final = 100
LETTERS: Final = 100


class Step(msgspec.Struct, frozen=True):
    """What the step is about: orders in the table, rows of the archive, files of mails; and what follows it."""

    at: Position
    orders: tuple[str, ...] = ()
    archived: tuple[ArchivedOrder, ...] = ()
    files: tuple[str, ...] = ()
    remaining: tuple[str, ...] = ()
    next: Position | None = None
    customer: str = ""


class Outside(NamedTuple):
    """What was erased in files, and what follows now."""

    step: Step
    mails: int = 0
    reports: int = 0
    next: Position | None = None


def prepare(
    message: EraseCustomer, *, orders: OrderStore, archived_orders: ArchiveIndex, mails: MailStore, remains: Remains
) -> Step:
    """What this step is about."""
    at, customer = position_of(message.after), message.customer
    then = following(at.phase, customer)
    if at.phase == "orders":
        page = orders.of_customer(customer, PAGE, at.after)
        waiting = remains.under_way([order.order_id for order in page.orders])
        settled = [order.order_id for order in page.orders if is_settled(order) and order.order_id not in waiting]
        left = tuple(order.order_id for order in page.orders if order.order_id not in settled)
        files = _files(settled, mails)
        follows = then if page.next is None else Position("orders", page.next)
        return Step(at, orders=tuple(settled), files=files, remaining=left, next=follows, customer=customer)
    if at.phase == "reports" and not archived_orders.of_customer(customer, 1).orders:
        # Nothing of theirs is in any report.
        then = following("archive", customer)
        return Step(Position("archive"), next=then, customer=customer)
    if at.phase == "archive":
        rows = archived_orders.of_customer(customer, PAGE, at.after)
        waiting = remains.under_way([row.order_id for row in rows.orders])
        erased = tuple(row for row in rows.orders if row.order_id not in waiting)
        files = _files([row.order_id for row in erased], mails)
        follows = then if rows.after is None else Position("archive", rows.after)
        return Step(at, archived=erased, files=files, remaining=tuple(sorted(waiting)), next=follows, customer=customer)
    return Step(at, next=then, customer=customer)


def _files(order_ids: list[str], mails: MailStore) -> tuple[str, ...]:
    return tuple(key for order_id in order_ids for record in _mails(order_id, mails) for key in mail_keys(record))


def _mails(order_id: str, mails: MailStore) -> list[MailRecord]:
    """The mails to the order's customer: those to subscribers name nobody, and are not kept."""
    found = [mails.read(f"{order_id}-{event}") for event in sorted(MAILED)]
    return [record for record in found if record is not None]


def call(step: Step, *, archive: Bucket, reports: Bucket, mail_files: MailFiles) -> Outside:
    """What stands in files. Raises ServiceUnavailable, ObjectCorrupt."""
    for row in step.archived:
        stored = archive.read(archive_key(row.order_id))
        if stored is not None:
            archive.put(archive_key(row.order_id), erased_json(stored.body), JSON)
    if step.files:
        mail_files.erase(step.files)
    if step.at.phase == "reports":
        # They can be made anew, without what is erased now.
        page = reports.list(REPORTS)
        for key in page.keys:
            reports.delete(key)
        return Outside(step, 0, len(page.keys), step.next if page.after is None else Position("reports"))
    if step.at.phase == "mails":
        swept = mail_files.erase_to(step.customer, step.at.after)
        then = step.next if swept.after is None else Position("mails", swept.after)
        return Outside(step, swept.erased, 0, then)
    return Outside(step, 0, 0, step.next)


def settle(
    message: EraseCustomer,
    done: Outside,
    *,
    orders: OrderStore,
    archived_orders: ArchiveIndex,
    mails: MailStore,
    dead_letters: DeadLetterStore,
    events: EventLog,
    images: ImageStore,
    subscriptions: SubscriptionStore,
    remains: Remains,
    clock: Clock,
) -> Erased:
    """What stands in tables."""
    step, customer, then = done.step, message.customer, done.next
    remaining, counts = list(step.remaining), Counts(mails=done.mails, reports=done.reports)
    gone = list[str]()
    for order_id in step.orders:
        order = orders.read(order_id)
        if order is None or not is_settled(order):
            remaining.append(order_id)
            continue
        counts = _erase_about(order_id, order.email, counts, mails, dead_letters, events)
        if order.image is not None:
            images.release(order.image.image_id, order_id)
        orders.update(erased_order(order, at=clock.now_ms(), by="staff"), expect=order.version)
        counts = replace(counts, orders=counts.orders + 1)
        gone.append(order_id)
    for row in step.archived:
        counts = _erase_about(row.order_id, row.email, counts, mails, dead_letters, events)
        archived_orders.put(erased_row(row))
        counts = replace(counts, archived=counts.archived + 1)
        gone.append(row.order_id)
    if step.at.phase == "letters":
        page = dead_letters.of_order(None, LETTERS, step.at.after)
        theirs = [letter for letter in page.letters if email_key(recipient_of(letter)) == email_key(customer)]
        for letter in theirs:
            dead_letters.erase(erased_letter(letter))
        counts = replace(counts, dead_letters=len(theirs))
        then = then if page.after is None else Position("letters", page.after)
    if step.at.phase == "mails" and (then is None or then.phase != "mails"):
        known = subscriptions.read(customer)
        if known is not None:
            subscriptions.delete(known)
            counts = replace(counts, subscriptions=1)
    if step.at.phase == "executions":
        swept = remains.erase_of(customer, step.at.after)
        counts = replace(counts, executions=swept.erased)
        then = None if swept.after is None else Position("executions", swept.after)
    if gone:
        remains.erase(gone)
    return Erased(counts, tuple(remaining), then)


def _erase_about(
    order_id: str,
    email: str | None,
    counts: Counts,
    mails: MailStore,
    dead_letters: DeadLetterStore,
    events: EventLog,
) -> Counts:
    """What belongs to an order: the records of its mails, its dead letters, what was typed. The counts with it."""
    records = [record for record in _mails(order_id, mails) if erased_mail(record) != record]
    for record in records:
        mails.put(erased_mail(record))
    letters, after = 0, None
    while True:
        page = dead_letters.of_order(order_id, LETTERS, after)
        for letter in page.letters:
            if _is_theirs(letter, email):
                dead_letters.erase(erased_letter(letter))
                letters += 1
        if page.after is None:
            break
        after = page.after
    events.redact(order_id)
    return replace(counts, mails=counts.mails + len(records), dead_letters=counts.dead_letters + letters)


def _is_theirs(letter: DeadLetter, email: str | None) -> bool:
    """Whether there is anything to erase. A mail to somebody else about the order is not about the person."""
    return erased_letter(letter) != letter and email_key(recipient_of(letter)) in (None, email_key(email))
