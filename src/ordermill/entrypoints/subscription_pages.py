"""The pages that mailed links open, and those that say what came of what was sent from them.

They work without scripts: a form without an action posts to the address of its page, with the token in it. That address
is told to nobody else: `strict-origin` leaves path and query out of every Referer. (With `no-referrer` browsers would
also hide the Origin, by which a form of ours is told from one of another site.)
"""

from __future__ import annotations

from html import escape
from string import Template
from typing import Final

import msgspec

from ordermill.entrypoints.web import NO_STORE, Response
from ordermill.entrypoints.webpage import CONTENT_SECURITY_POLICY

HTML: Final = "text/html; charset=utf-8"

_HEADERS: Final = (
    NO_STORE,
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("referrer-policy", "strict-origin"),
    ("x-content-type-options", "nosniff"),
)

_PAGE: Final = Template(
    """\
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <meta name="robots" content="noindex">
  <title>$title · Ordermill</title>
  <link rel="icon" href="/assets/favicon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/assets/app.css">
</head>
<body>
  <header class="top">
    <div class="bar">
      <a class="brand" href="/"><img src="/assets/favicon.svg" alt="" width="28" height="28">Ordermill</a>
    </div>
  </header>
  <main class="page">
    <article class="card article">
      <h1>$title</h1>
$body
    </article>
  </main>
</body>
</html>
"""
)
_PARAGRAPH: Final = "      <p>{}</p>"
_FORM: Final = """\
      <form method="post" class="ask">
        <input type="hidden" name="{}" value="{}">
        <button type="submit">{}</button>
      </form>"""


def confirm_page() -> Response:
    """Asks who opened the mailed link whether to subscribe."""
    text = ("You will be told by mail whenever an order is deleted. Each of these mails has a link to unsubscribe.",)
    return _page(200, "Confirm your subscription?", text, _FORM.format("confirm", "yes", "Confirm the subscription"))


def unsubscribe_page() -> Response:
    """Asks who opened the mailed link whether to unsubscribe."""
    text = ("Your address is deleted, and you are told of deleted orders no more.",)
    return _page(200, "Unsubscribe?", text, _FORM.format(*ONE_CLICK, "Unsubscribe"))


ONE_CLICK: Final = ("List-Unsubscribe", "One-Click")
"""Name and value of what is posted to unsubscribe with one click (RFC 8058)."""


def confirmed_page() -> Response:
    """Says that it is confirmed."""
    text = ("You will be told by mail when an order is deleted. Each of these mails has a link to unsubscribe.",)
    return _page(200, "You are subscribed", text)


def unsubscribed_page() -> Response:
    """Says that it has ended."""
    text = (
        "Your address is deleted. A mail that was on its way already may still arrive.",
        "If you have subscribed again since the mail that brought you here, use the link in your latest one.",
    )
    return _page(200, "You are unsubscribed", text)


def problem_shown(response: Response) -> Response:
    """The same problem for people, as a page."""
    said = msgspec.json.decode(response.body)
    details = [f"{each['detail']}." for each in said.get("errors", ())] or [f"{said['detail']}."]
    page = _page(response.status, said["title"], [text[:1].upper() + text[1:] for text in details])
    page.headers = [*response.headers, *page.headers]
    return page


def _page(status: int, title: str, text: tuple[str, ...] | list[str], form: str = "") -> Response:
    body = [*(_PARAGRAPH.format(escape(each)) for each in text), *([form] if form else [])]
    html = _PAGE.substitute(title=escape(title), body="\n".join(body))
    return Response(status, html.encode(), HTML, _HEADERS)
