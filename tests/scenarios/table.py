"""The table itself."""

from __future__ import annotations

from typing import Final

from tests.scenarios.scene import (
    PROCESSED,
    STOCK,
    Scene,
    cancel,
    delete,
    edited,
    fault,
    mended,
    nothing,
    once_dead,
    redrive,
    staff,
    then,
    when,
)

_BOUGHT: Final = ("OrderProcessed",)
_FAILED: Final = ("PENDING", "CONFIRMED", "FAILED")

SCENES: Final = (
    # First of all: a process that dies again and again is started again less and less soon.
    Scene(
        "processing kills the process each time",
        ("PENDING", "FAILED"),
        breaks={"process_order": fault("crash")},
        reason="INTERNAL",
        alerts=1,
        letters=("process_order",),
        pipelines=("workflow",),
    ),
    # The gateway's answers.
    Scene("approved", PROCESSED, kept=True, mails=_BOUGHT),
    Scene(
        "declined",
        ("PENDING", "CONFIRMED", "REJECTED"),
        token="tok_decline",
        reason="PAYMENT_DECLINED",
        mails=("OrderRejected",),
    ),
    Scene("out of stock", ("PENDING", "REJECTED"), quantity=STOCK + 1, reason="OUT_OF_STOCK", mails=("OrderRejected",)),
    Scene("flaky gateway", PROCESSED, token="tok_flaky", kept=True, mails=_BOUGHT),
    Scene("captured, answered late", PROCESSED, token="tok_timeout_once", kept=True, mails=_BOUGHT),
    Scene(
        "gateway always in error",
        _FAILED,
        token="tok_error",
        reason="PAYMENT_ERROR",
        alerts=1,
        letters=("process_order",),
    ),
    Scene(
        "captured, never answered",
        _FAILED,
        token="tok_timeout",
        reason="TIMEOUT",
        refunded=True,
        alerts=1,
        letters=("process_order",),
    ),
    # The call to the gateway fails on its way there, or on its way back.
    Scene(
        "gateway not reached at first", PROCESSED, breaks={"payments": fault("fail", times=2)}, kept=True, mails=_BOUGHT
    ),
    Scene(
        "gateway never reached",
        _FAILED,
        breaks={"payments": fault("fail")},
        then=when("FAILED", mended(nothing)),
        reason="INTERNAL",
        alerts=1,
        letters=("process_order",),
    ),
    Scene(
        "answer lost at first",
        PROCESSED,
        breaks={"payments": fault("timeout", times=2, at="after-charge")},
        kept=True,
        mails=_BOUGHT,
    ),
    # process_order breaks at each of its places.
    *(
        Scene(
            f"processing fails {at} at first",
            PROCESSED,
            breaks={"process_order": fault("fail", times=3, at=at)},
            kept=True,
            mails=_BOUGHT,
        )
        for at in ("start", "after-charge", "end")
    ),
    *(
        Scene(
            f"processing times out {at} at first",
            PROCESSED,
            breaks={"process_order": fault("timeout", times=2, at=at)},
            kept=True,
            mails=_BOUGHT,
        )
        for at in ("start", "after-charge")
    ),
    Scene(
        "processing is late",
        PROCESSED,
        breaks={"process_order": fault("delay", times=1, delay_ms=200)},
        kept=True,
        mails=_BOUGHT,
    ),
    # The whole process dies, and is started again.
    *(
        Scene(
            f"the process dies {at} of processing",
            PROCESSED,
            breaks={"process_order": fault("crash", times=2, at=at)},
            kept=True,
            mails=_BOUGHT,
        )
        for at in ("start", "after-charge", "end")
    ),
    Scene(
        "processing never works",
        ("PENDING", "FAILED"),
        breaks={"process_order": fault("fail")},
        reason="INTERNAL",
        alerts=1,
        letters=("process_order",),
    ),
    Scene(
        "processing never works after the charge",
        _FAILED,
        breaks={"process_order": fault("fail", at="after-charge")},
        reason="INTERNAL",
        refunded=True,
        alerts=1,
        letters=("process_order",),
    ),
    # Back from FAILED.
    Scene(
        "mended and redriven",
        ("PENDING", "FAILED", *PROCESSED),
        breaks={"process_order": fault("fail")},
        then=when("FAILED", mended(redrive)),
        kept=True,
        attempt=2,
        mails=_BOUGHT,
        alerts=1,
    ),
    Scene(
        "refunded, mended and redriven",
        (*_FAILED, *PROCESSED),
        breaks={"process_order": fault("fail", at="after-charge")},
        then=when("FAILED", mended(redrive)),
        kept=True,
        refunded=True,
        attempt=2,
        mails=_BOUGHT,
        alerts=1,
    ),
    Scene(
        "mended and retried by staff",
        (*_FAILED, *PROCESSED),
        breaks={"process_order": fault("fail", at="after-charge")},
        then=when("FAILED", mended(staff("retry"))),
        kept=True,
        refunded=True,
        attempt=2,
        mails=_BOUGHT,
        alerts=1,
    ),
    Scene(
        "failed, then cancelled",
        ("PENDING", "FAILED", "CANCELLED"),
        breaks={"process_order": fault("fail")},
        then=when("FAILED", cancel),
        mails=("OrderCancelled",),
        alerts=1,
        letters=("process_order",),
    ),
    # Cancelling, at each point of the charge.
    Scene(
        "cancelled before processing",
        ("PENDING", "CANCELLED"),
        breaks={"process_order": fault("delay", delay_ms=800)},
        then=when("PENDING", cancel),
        mails=("OrderCancelled",),
        # In `queue` there is no record to cancel before processing makes it.
        pipelines=("workflow", "stream"),
    ),
    Scene(
        "cancelled before the charge",
        ("PENDING", "CONFIRMED", "CANCELLED"),
        breaks={"payments": fault("delay", times=1, delay_ms=800)},
        then=when("CONFIRMED", cancel),
        mails=("OrderCancelled",),
    ),
    Scene(
        "cancelled after the charge, before its answer",
        ("PENDING", "CONFIRMED", "CANCELLED"),
        breaks={"process_order": fault("delay", at="after-charge", delay_ms=800)},
        then=when("CONFIRMED", cancel),
        refunded=True,
        mails=("OrderCancelled",),
    ),
    Scene(
        "cancelled by staff when processed",
        (*PROCESSED, "CANCELLED"),
        then=when("PROCESSED", staff("cancel")),
        refunded=True,
        mails=(*_BOUGHT, "OrderCancelled"),
    ),
    # What staff do about an order that goes well.
    Scene(
        "shipped and delivered",
        (*PROCESSED, "SHIPPED", "DELIVERED"),
        then=when("PROCESSED", then(staff("ship"), staff("deliver"))),
        kept=True,
        mails=(*_BOUGHT, "OrderShipped", "OrderDelivered"),
    ),
    Scene(
        "edited, shipped and edited again",
        (*PROCESSED, "SHIPPED"),
        note="second",
        then=when("PROCESSED", then(edited("first"), staff("ship"), edited("second"))),
        kept=True,
        mails=(*_BOUGHT, "OrderShipped"),
    ),
    Scene(
        "edited while it is charged",
        PROCESSED,
        note="meanwhile",
        breaks={"payments": fault("delay", times=1, delay_ms=400)},
        then=when("CONFIRMED", edited("meanwhile")),
        kept=True,
        mails=_BOUGHT,
    ),
    Scene(
        "edited before processing",
        PROCESSED,
        note="early",
        breaks={"process_order": fault("delay", times=1, delay_ms=800)},
        then=when("PENDING", edited("early")),
        kept=True,
        mails=_BOUGHT,
        # In `queue` there is no record to edit before processing makes it.
        pipelines=("workflow", "stream"),
    ),
    Scene(
        "edited and cancelled while its refund fails",
        (*PROCESSED, "CANCELLED"),
        note="sorry",
        breaks={"compensate_order": fault("fail", times=3, at="after-charge")},
        then=when("PROCESSED", then(edited("sorry"), staff("cancel"))),
        refunded=True,
        mails=(*_BOUGHT, "OrderCancelled"),
    ),
    # Deleted: settled first, archived whole, and then gone.
    Scene(
        "deleted when processed",
        (*PROCESSED, "CANCELLED"),
        then=when("PROCESSED", delete),
        refunded=True,
        mails=(*_BOUGHT, "OrderCancelled"),
        deleted=True,
    ),
    Scene(
        "deleted after the charge, before its answer",
        ("PENDING", "CONFIRMED", "CANCELLED"),
        breaks={"process_order": fault("delay", at="after-charge", delay_ms=800)},
        then=when("CONFIRMED", delete),
        refunded=True,
        mails=("OrderCancelled",),
        deleted=True,
    ),
    Scene(
        "deleted once delivered",
        (*PROCESSED, "SHIPPED", "DELIVERED"),
        then=when("PROCESSED", then(staff("ship"), staff("deliver"), delete)),
        kept=True,
        mails=(*_BOUGHT, "OrderShipped", "OrderDelivered"),
        deleted=True,
    ),
    Scene(
        "failed, then deleted with its dead letter",
        ("PENDING", "FAILED"),
        breaks={"process_order": fault("fail")},
        then=when("FAILED", once_dead(delete)),
        reason="INTERNAL",
        alerts=1,
        deleted=True,
    ),
    Scene(
        "deleted, and its refund fails until it is redriven",
        (*PROCESSED, "CANCELLED"),
        breaks={"compensate_order": fault("fail")},
        then=when("PROCESSED", then(delete, once_dead(mended(redrive)))),
        refunded=True,
        mails=(*_BOUGHT, "OrderCancelled"),
        alerts=1,
        deleted=True,
    ),
    Scene(
        "deleted while the archive is away",
        (*PROCESSED, "CANCELLED"),
        breaks={"archive": fault("fail", times=12)},
        then=when("PROCESSED", delete),
        refunded=True,
        mails=(*_BOUGHT, "OrderCancelled"),
        deleted=True,
    ),
    *(
        Scene(
            f"deleted, and its archiving breaks {at} at first",
            (*PROCESSED, "CANCELLED"),
            breaks={"archive_deleted_orders": fault("crash", times=1, at=at)},
            then=when("PROCESSED", delete),
            refunded=True,
            mails=(*_BOUGHT, "OrderCancelled"),
            deleted=True,
        )
        for at in ("start", "after-charge", "end")
    ),
    # Refunds.
    Scene(
        "refund flaky",
        (*PROCESSED, "CANCELLED"),
        token="tok_refund_flaky",
        then=when("PROCESSED", staff("cancel")),
        refunded=True,
        mails=(*_BOUGHT, "OrderCancelled"),
    ),
    Scene(
        "refund fails for ever",
        (*PROCESSED, "CANCELLED"),
        token="tok_refund_fail",
        then=when("PROCESSED", staff("cancel")),
        owed=True,
        mails=(*_BOUGHT, "OrderCancelled"),
        alerts=1,
        letters=("compensate_order",),
    ),
    Scene(
        "compensation breaks at first",
        (*PROCESSED, "CANCELLED"),
        breaks={"compensate_order": fault("fail", times=3, at="after-charge")},
        then=when("PROCESSED", staff("cancel")),
        refunded=True,
        mails=(*_BOUGHT, "OrderCancelled"),
    ),
    Scene(
        "refund fails until it is redriven",
        (*PROCESSED, "CANCELLED"),
        breaks={"compensate_order": fault("fail")},
        then=when("PROCESSED", then(staff("cancel"), once_dead(mended(redrive)))),
        refunded=True,
        mails=(*_BOUGHT, "OrderCancelled"),
        alerts=1,
    ),
    # What comes after processing is broken; the order is none the worse.
    *(
        Scene(
            f"{function} breaks at first",
            PROCESSED,
            breaks={function: fault("fail", times=3, at=at)},
            kept=True,
            mails=_BOUGHT,
        )
        for function in ("publish_order_event", "record_order_event", "notify_customer", "send_email")
        for at in ("start", "end")
    ),
    Scene("mail server away at first", PROCESSED, breaks={"mail": fault("fail", times=3)}, kept=True, mails=_BOUGHT),
    Scene(
        "mail server away for good",
        PROCESSED,
        breaks={"mail": fault("fail")},
        kept=True,
        alerts=1,
        letters=("send_email",),
    ),
    Scene(
        "mail server away, then redriven",
        PROCESSED,
        breaks={"mail": fault("fail")},
        then=when("PROCESSED", once_dead(mended(redrive))),
        kept=True,
        mails=_BOUGHT,
        alerts=1,
    ),
)
"""The rows, the same in every pipeline."""
