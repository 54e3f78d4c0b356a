"""Subscriptions over HTTP: as JSON, as forms of pages, and as the one click of mail programs (RFC 8058)."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import HTTP
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from ordermill.domain.commands import (
    ConfirmSubscription,
    GetSubscriptions,
    RemoveSubscription,
    ShowSubscription,
    SubscribeEmail,
    UnsubscribeEmail,
)
from ordermill.domain.errors import FieldError, NotFound
from ordermill.domain.json_body import parse_json
from ordermill.domain.subscriptions import InvalidSubscription, read_subscription, read_token
from ordermill.entrypoints import subscription_pages as pages
from ordermill.entrypoints.bindings import FORMS, MULTIPART, Binding, InvalidQuery, media_of, wants_page
from ordermill.entrypoints.order_query import read_limit
from ordermill.entrypoints.paging import Cursors, Pages
from ordermill.entrypoints.web import NO_STORE, Request, Response
from ordermill.entrypoints.wire_subscriptions import (
    STATUSES,
    SUBSCRIPTION_ID_PATTERN,
    AskedView,
    OutcomeView,
    subscriptions_view,
)
from ordermill.ports.subscriptions import SubscriptionPage

_JSON: Final = "application/json"
_TAKEN: Final = (_JSON, *sorted(FORMS))
_TOKEN: Final = frozenset({"token"})
_FIELDS_MAX: Final = 8
_FORM_MAX: Final = 8192
_SUBSCRIPTION_ID: Final = re.compile(SUBSCRIPTION_ID_PATTERN)
_encode = msgspec.json.Encoder().encode


def _asked(_: Request, __: None) -> Response:
    """The same whatever is known of the address."""
    return Response(202, _encode(AskedView("ACCEPTED")), headers=[NO_STORE])


def _confirmed(request: Request, _: None) -> Response:
    if wants_page(request.headers):
        return pages.confirmed_page()
    return Response(200, _encode(OutcomeView("CONFIRMED")), headers=[NO_STORE])


def _unsubscribed(request: Request, _: None) -> Response:
    if wants_page(request.headers):
        return pages.unsubscribed_page()
    return Response(200, _encode(OutcomeView("UNSUBSCRIBED")), headers=[NO_STORE])


def _shown(_: Request, message: ShowSubscription) -> Response:
    return pages.confirm_page() if message.asks == "confirm" else pages.unsubscribe_page()


def _subscribe(request: Request) -> SubscribeEmail:
    return SubscribeEmail(read_subscription(parse_json(request.body)))


def _confirm(request: Request) -> ConfirmSubscription:
    if media_of(request.headers) in FORMS:
        _expect(request, ("confirm", "yes"))
        return ConfirmSubscription(_token_of(request))
    return ConfirmSubscription(_told_token(request))


def _unsubscribe(request: Request) -> UnsubscribeEmail:
    if media_of(request.headers) in FORMS:
        _expect(request, pages.ONE_CLICK)
        return UnsubscribeEmail(_token_of(request))
    return UnsubscribeEmail(_told_token(request))


def _show(request: Request) -> ShowSubscription:
    _token_of(request)
    return ShowSubscription("confirm" if request.route.endswith("/confirm") else "unsubscribe")


def _told_token(request: Request) -> str:
    """That of a JSON body, which leaves none to the query."""
    if request.query:
        raise InvalidQuery("send the token in the body, or in the query with a form")
    return read_token(parse_json(request.body))


def _token_of(request: Request) -> str:
    """That of the mailed link."""
    token = request.query.get("token")
    if token is None:
        raise InvalidQuery("the token is missing: the link was not copied whole")
    return token


def _expect(request: Request, pair: tuple[str, str]) -> None:
    """Raises InvalidSubscription unless the form says that, as our pages and mail programs have it say."""
    name, value = pair
    if _form(request).get(name) != value:
        raise InvalidSubscription([FieldError(f"/{name}", "required", f"the form says {name}={value}")])


def _form(request: Request) -> dict[str, Any]:
    """The form's fields. Raises InvalidSubscription where it cannot be read, or names one twice."""
    try:
        if len(request.body) > _FORM_MAX:
            raise ValueError("too large")
        pairs = _parts(request) if media_of(request.headers) == MULTIPART else _fields(request.body)
    except ValueError:
        raise InvalidSubscription([FieldError("", "wrong-type", "a form of few fields, in UTF-8")]) from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise InvalidSubscription([FieldError("", "duplicate-key", "each field once")])
    return fields


def _fields(body: bytes) -> list[tuple[str, str]]:
    # A line break at its end is how some programs send it by hand.
    text = body.decode("ascii").rstrip("\r\n")
    return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS_MAX)


def _parts(request: Request) -> list[tuple[str, str]]:
    """Raises ValueError for what is no such form, or has a file in it."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n"
    message = message_from_bytes(head.encode("latin-1") + request.body, policy=HTTP)
    parts = list(message.iter_parts())
    if message.defects or not parts or len(parts) > _FIELDS_MAX:
        raise ValueError("no form")
    return [_part(part) for part in parts]


def _part(part: Any) -> tuple[str, str]:
    name = part.get_param("name", header="content-disposition")
    if part.get_content_disposition() != "form-data" or not isinstance(name, str) or part.get_filename():
        raise ValueError("no field")
    return name, part.get_payload(decode=True).decode().rstrip("\r\n")


def _remove(request: Request) -> RemoveSubscription:
    id_ = request.path["subscriptionId"]
    if not _SUBSCRIPTION_ID.fullmatch(id_):
        raise NotFound("no subscription has this id")
    return RemoveSubscription(id_)


SUBSCRIPTIONS: Final[dict[str, Binding]] = {
    "subscribe_email": Binding(_JSON, _subscribe, _asked),
    "confirm_subscription": Binding(_TAKEN, _confirm, _confirmed, _TOKEN, pages=True),
    "unsubscribe_email": Binding(_TAKEN, _unsubscribe, _unsubscribed, _TOKEN, pages=True),
    "show_subscription": Binding(None, _show, _shown, _TOKEN),
    "remove_subscription": Binding(None, _remove, lambda _, __: Response(204, headers=[NO_STORE])),
}
"""By function."""


class SubscriptionLists:
    """GET /subscriptions."""

    def __init__(self, cursors: Cursors) -> None:
        self._pages = Pages(cursors, "subscriptions")

    def binding(self) -> Binding:
        """The function's."""
        return Binding(None, self._page, self._listed, frozenset({"status", "limit", "cursor"}))

    def _page(self, request: Request) -> GetSubscriptions:
        status = request.query.get("status")
        if status is not None and status not in STATUSES:
            raise InvalidQuery(f"status is none of {', '.join(STATUSES)}")
        position = self._pages.position(request, status)
        return GetSubscriptions(read_limit(request.query), position, STATUSES[status] if status else None)

    def _listed(self, request: Request, page: SubscriptionPage) -> Response:
        view = partial(subscriptions_view, page.subscriptions)
        return self._pages.answer(request, request.query.get("status"), page.after, view)
