"""The steps that tell of an order's changes: published, recorded, and mailed to the customer."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any, Final

from ordermill.domain.events import OrderChange, OrderEvent, events_of
from ordermill.domain.mail import MailRecord
from ordermill.entrypoints.execution.facts import Facts, changes_of, next_attempt
from ordermill.entrypoints.execution.states import State, success
from ordermill.ports.hops import Hop
from ordermill.ports.journal import FailedAttempt

PUBLISHING: Final = "publish_order_event"
RECORDING: Final = "record_order_event"
NOTIFYING: Final = "notify_customer"
MAILING: Final = "send_email"
ANNOUNCING: Final = frozenset({PUBLISHING, RECORDING, NOTIFYING, MAILING})

Published = tuple[OrderEvent, int]
"""An event and when it was published, epoch ms."""


def announcing(facts: Facts) -> Iterator[State]:
    """All of them, of an order that has a record."""
    events = events_of(OrderChange("INSERT", 0, None, facts.order))
    published = yield from _publishing(facts, events)
    yield from _recording(facts, published)
    yield from _notifying(facts, [told for told in published if told[0].type in facts.told])
    for mail in facts.trace.mails:
        yield from _mailing(facts, mail)


def _publishing(facts: Facts, events: list[OrderEvent]) -> Generator[State, None, list[Published]]:
    """Returns the events that were published."""
    changes = changes_of(facts.order)
    own = [[event for event in events if change[0].seq <= event.data.seq <= change[-1].seq] for change in changes]
    failed = [
        [each for each in facts.failed(PUBLISHING) if each.input.get("version", change[0].seq) in _seqs(told)]
        for change, told in zip(changes, own, strict=True)
    ]
    # One after the other is published, so what a later one has left tells of those before.
    last = max((event.data.seq for event in events if _arrived(facts, event)), default=0)
    evident = [
        any(_arrived(facts, event) for event in told)
        or (told[0].data.seq < last and not facts.given_up(PUBLISHING, tries))
        for told, tries in zip(own, failed, strict=True)
    ]
    done = _progress(facts, PUBLISHING, evident, failed)
    hops = _hops(facts, PUBLISHING, done)
    published: list[Published] = []
    for change, told, tries, is_done in zip(changes, own, failed, done, strict=True):
        input_: dict[str, Any] = {"orderId": facts.order.order_id, "version": change[-1].seq}
        if is_done:
            output = {"events": [event.type for event in told]}
            state = _done(PUBLISHING, change[-1].at, next(hops), tries, input_, output)
            published += [(event, state.at) for event in told]
            yield state
        else:
            yield from facts.waiting(PUBLISHING, tries, change[-1].at, input_)
    return published


def _arrived(facts: Facts, event: OrderEvent) -> bool:
    """Whether something is durable that only a published event leaves."""
    seq = event.data.seq
    return (
        seq in facts.recorded
        or facts.tried(RECORDING, seq=seq)
        or facts.tried(NOTIFYING, seq=seq)
        or (event.type in facts.told and _mail_id(event) in facts.mails)
    )


def _recording(facts: Facts, published: Sequence[Published]) -> Iterator[State]:
    done = [event.data.seq in facts.recorded for event, _ in published]
    hops = _hops(facts, RECORDING, done)
    for (event, at), is_done in zip(published, done, strict=True):
        failed = facts.failed(RECORDING, seq=event.data.seq)
        if is_done:
            yield _done(RECORDING, at, next(hops), failed, _about(event), {"id": event.id})
        else:
            yield from facts.waiting(RECORDING, failed, at, _about(event))


def _notifying(facts: Facts, told: Sequence[Published]) -> Iterator[State]:
    failed = [facts.failed(NOTIFYING, seq=event.data.seq) for event, _ in told]
    evident = [_mail_id(event) in facts.mails or facts.tried(MAILING, mailId=_mail_id(event)) for event, _ in told]
    done = _progress(facts, NOTIFYING, evident, failed)
    hops = _hops(facts, NOTIFYING, done)
    for (event, at), tries, is_done in zip(told, failed, done, strict=True):
        mail_id = _mail_id(event)
        if not is_done:
            yield from facts.waiting(NOTIFYING, tries, at, _about(event))
            continue
        state = _done(NOTIFYING, at, next(hops), tries, _about(event), {"mailId": mail_id})
        yield state
        if mail_id not in facts.mails:
            sent = facts.failed(MAILING, mailId=mail_id)
            yield from facts.waiting(MAILING, sent, state.at, {"orderId": event.subject, "mailId": mail_id})


def _mailing(facts: Facts, mail: MailRecord) -> Iterator[State]:
    failed = facts.failed(MAILING, mailId=mail.mail_id)
    input_: dict[str, Any] = {"orderId": mail.order_id, "mailId": mail.mail_id}
    hop, output = facts.hops.at(MAILING, mail.at), {"status": mail.status}
    if mail.status in ("SENT", "NO_ADDRESS"):
        yield success(MAILING, mail.at, hop, next_attempt(failed), input_, output)
    elif mail.status == "QUEUED":
        yield from facts.waiting(MAILING, failed, mail.at, input_)
    elif not any(each.last for each in failed):
        # Refused for good: that attempt did not fail, and is not tried again.
        took_ms = None if hop is None else hop.duration_ms
        yield State(MAILING, "FAILED", next_attempt(failed), mail.at, took_ms, input_, output, "mail-refused")


def _done(
    name: str,
    at: int,
    hop: Hop | None,
    failed: list[FailedAttempt],
    input_: dict[str, Any],
    output: dict[str, Any],
) -> State:
    """The state of a step that leaves no time of its own: that of its hop, or else of what it was about."""
    return success(name, at if hop is None else hop.at, hop, next_attempt(failed), input_, output)


def _progress(
    facts: Facts, function: str, evident: Sequence[bool], failed: Sequence[list[FailedAttempt]]
) -> list[bool]:
    """Which steps are done: those with evidence, and of those that may come yet as many as there are hops more."""
    left, done = facts.hops.done(function), list[bool]()
    for is_evident, tries in zip(evident, failed, strict=True):
        done.append(is_evident or (left > 0 and not facts.given_up(function, tries)))
        left -= done[-1]
    return done


def _seqs(events: Sequence[OrderEvent]) -> set[str | int]:
    return {event.data.seq for event in events}


def _hops(facts: Facts, function: str, done: list[bool]) -> Iterator[Hop | None]:
    """The hops of the steps that are done; where some are missing and others to come, nobody knows which is whose."""
    count = sum(done)
    if facts.hops.complete or count == len(done):
        return iter(facts.hops.each(function, count))
    return iter([None] * count)


def _about(event: OrderEvent) -> dict[str, Any]:
    return {"orderId": event.subject, "event": event.type, "seq": event.data.seq}


def _mail_id(event: OrderEvent) -> str:
    return f"{event.subject}-{event.type}"
