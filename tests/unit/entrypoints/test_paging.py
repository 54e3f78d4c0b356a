"""A cursor leads on in its own list alone."""

from __future__ import annotations

import msgspec
import pytest

from ordermill.adapters.cursors import HmacCursors
from ordermill.domain.errors import InvalidCursor
from ordermill.entrypoints.paging import Pages
from ordermill.entrypoints.web import Request, Response

CURSORS = HmacCursors(bytes(32))


def asked(**query: str) -> Request:
    return Request("GET", "GET /mails", {}, query, {}, b"", "staff")


def page(pages: Pages, after: str | None, filter_: str | None = None, **query: str) -> Response:
    return pages.answer(asked(**query), filter_, after, lambda cursor: {"nextCursor": cursor})


def cursor_of(response: Response) -> str | None:
    cursor: str | None = msgspec.json.decode(response.body)["nextCursor"]
    return cursor


def test_a_page_leads_to_the_next_one_with_what_was_asked_for() -> None:
    pages = Pages(CURSORS, "mails")
    response = page(pages, "7", "o", limit="2", orderId="o")
    cursor = cursor_of(response)
    assert cursor is not None
    assert dict(response.headers) == {
        "link": f'</mails?limit=2&orderId=o&cursor={cursor}>; rel="next"',
        "cache-control": "no-store",
    }
    assert pages.position(asked(cursor=cursor), "o") == "7"


def test_the_last_page_leads_nowhere() -> None:
    response = page(Pages(CURSORS, "mails"), None)
    assert (cursor_of(response), response.headers) == (None, [("cache-control", "no-store")])
    assert Pages(CURSORS, "mails").position(asked(), None) is None


@pytest.mark.parametrize(("name", "filter_"), [("alerts", None), ("mails", "o")], ids=["list", "filter"])
def test_a_cursor_of_another_list_is_refused(name: str, filter_: str | None) -> None:
    cursor = cursor_of(page(Pages(CURSORS, "mails"), "7"))
    assert cursor is not None
    with pytest.raises(InvalidCursor):
        Pages(CURSORS, name).position(asked(cursor=cursor), filter_)
