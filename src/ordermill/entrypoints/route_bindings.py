"""Every function's binding to HTTP, by name; what one needs is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from ordermill.entrypoints.bindings import BINDINGS, Binding
from ordermill.entrypoints.paging import Cursors


@dataclass(frozen=True, slots=True)
class Edge:
    """What bindings need: cursors, the sender of mails, the function `get_orders` and where it may block."""

    cursors: Cursors
    mail_from: str
    get_orders: Callable[[Any], Any]
    offload: Callable[[Callable[[], Any]], Awaitable[Any]]


def binding_of(function: str, edge: Edge) -> Binding:
    """The function's binding. Raises KeyError for one that no route is bound to."""
    known = BINDINGS.get(function)
    return known or _MADE[function](edge, function)


def _orders(edge: Edge, _: str) -> Binding:
    from ordermill.entrypoints.order_lists import OrderLists

    return OrderLists(edge.cursors, edge.get_orders, edge.offload).binding()


def _letters(edge: Edge, function: str) -> Binding:
    from ordermill.entrypoints.letter_lists import REDRIVE, LetterLists

    return REDRIVE if function == "redrive_dead_letters" else LetterLists(edge.cursors).binding()


def _alerts(edge: Edge, function: str) -> Binding:
    from ordermill.entrypoints.alerts import alert_bindings

    return alert_bindings(edge.cursors)[function]


def _mails(edge: Edge, function: str) -> Binding:
    from ordermill.entrypoints.mails import MailRoutes

    return MailRoutes(edge.cursors, edge.mail_from).bindings()[function]


def _archive(edge: Edge, function: str) -> Binding:
    from ordermill.entrypoints.archive import ArchiveRoutes

    return ArchiveRoutes(edge.cursors).bindings()[function]


def _erasures(edge: Edge, _: str) -> Binding:
    from ordermill.entrypoints.erasures import Erasures

    return Erasures(edge.cursors).binding()


def _managing(_: Edge, function: str) -> Binding:
    from ordermill.entrypoints.managing import MANAGING

    return MANAGING[function]


def _images(_: Edge, function: str) -> Binding:
    from ordermill.entrypoints.images import IMAGES

    return IMAGES[function]


def _reports(_: Edge, __: str) -> Binding:
    from ordermill.entrypoints.reports import REPORTS

    return REPORTS


def _subscriptions(edge: Edge, function: str) -> Binding:
    from ordermill.entrypoints.subscriptions import SUBSCRIPTIONS, SubscriptionLists

    return SUBSCRIPTIONS.get(function) or SubscriptionLists(edge.cursors).binding()


_MADE: Final[dict[str, Callable[[Edge, str], Binding]]] = {
    "get_orders": _orders,
    "update_order": _managing,
    "act_on_orders": _managing,
    "import_orders": _managing,
    "get_dead_letters": _letters,
    "redrive_dead_letters": _letters,
    "get_alerts": _alerts,
    "redeliver_alert": _alerts,
    "erase_customer": _erasures,
    "get_archive": _archive,
    "get_archived_order": _archive,
    "delete_order": _managing,
    "generate_pdf_report": _reports,
    "recognize_uploaded_image": _images,
    "get_image": _images,
    "get_mails": _mails,
    "get_mail": _mails,
    "resend_mail": _mails,
    "subscribe_email": _subscriptions,
    "show_subscription": _subscriptions,
    "confirm_subscription": _subscriptions,
    "unsubscribe_email": _subscriptions,
    "get_subscriptions": _subscriptions,
    "remove_subscription": _subscriptions,
}

BOUND: Final = frozenset({*BINDINGS, *_MADE})
"""The functions that routes can be bound to."""
