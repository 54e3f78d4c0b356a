"""Mails over HTTP: pages of them, one as JSON or as the message itself, and sending one again."""

from __future__ import annotations

import re
from functools import partial
from typing import Final

import msgspec

from ordermill.adapters.mime import compose
from ordermill.domain.commands import GetMail, GetMails, ResendMail, mail_of
from ordermill.domain.errors import NotFound
from ordermill.domain.mail import MailRecord
from ordermill.entrypoints.bindings import Binding, optional_order_id
from ordermill.entrypoints.order_query import read_limit
from ordermill.entrypoints.paging import Cursors, Pages
from ordermill.entrypoints.web import NO_STORE, Request, Response
from ordermill.entrypoints.wire_mails import mail_message_view, mail_view, mails_view
from ordermill.ports.stores import MailPage

MESSAGE: Final = "message/rfc822"

MAIL_ID_PATTERN: Final = "^[A-Za-z0-9_-]{1,200}$"

_MAIL_ID: Final = re.compile(MAIL_ID_PATTERN)
_encode = msgspec.json.Encoder().encode


class MailRoutes:
    """`mail_from` is the sender that messages show."""

    def __init__(self, cursors: Cursors, mail_from: str) -> None:
        self._pages, self._from = Pages(cursors, "mails"), mail_from

    def bindings(self) -> dict[str, Binding]:
        """By function."""
        return {
            "get_mails": Binding(None, self._page, self._listed, frozenset({"orderId", "limit", "cursor"})),
            "get_mail": Binding(None, lambda request: GetMail(_mail_id(request)), self._mail),
            "resend_mail": Binding(None, lambda request: ResendMail(_mail_id(request)), _queued),
        }

    def _page(self, request: Request) -> GetMails:
        order_id = optional_order_id(request)
        return GetMails(read_limit(request.query), self._pages.position(request, order_id), order_id)

    def _listed(self, request: Request, page: MailPage) -> Response:
        order_id = request.query.get("orderId")
        return self._pages.answer(request, order_id, page.after, partial(mails_view, page.mails))

    def _mail(self, request: Request, record: MailRecord) -> Response:
        headers = [NO_STORE, ("vary", "accept")]
        if MESSAGE in request.headers.get("accept", "").lower():
            return Response(200, self._message(record), MESSAGE, headers)
        return Response(200, _encode(mail_message_view(record)), headers=headers)

    def _message(self, record: MailRecord) -> bytes:
        """As it was sent, or would be. Raises NotFound where there is no such message."""
        if record.to is None or (record.text is None and record.content is None):
            raise NotFound("there is no message: it has no address, or was not kept")
        try:
            return compose(mail_of(record), self._from, record.at)
        except ValueError as error:
            raise NotFound("there is no message: the address is none that mail could go to") from error


def _queued(_: Request, record: MailRecord) -> Response:
    return Response(202, _encode(mail_view(record)), headers=[NO_STORE])


def _mail_id(request: Request) -> str:
    mail_id = request.path["mailId"]
    if not _MAIL_ID.fullmatch(mail_id):
        raise NotFound("no mail has this id")
    return mail_id
