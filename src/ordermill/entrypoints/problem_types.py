"""Every type of problem the API answers with: its status, its title, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from html import escape
from string import Template
from typing import Final

from ordermill.entrypoints.webpage import Page, html_page, package_file


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One type of problem: HTTP `status`, `title` as in the answer, `meaning` in a sentence or two."""

    status: int
    title: str
    meaning: str


PROBLEM_TYPES: Final[dict[str, ProblemType]] = {
    "malformed-request": ProblemType(
        400,
        "This is not an HTTP request",
        "The bytes break the rules of HTTP/1.1, so where a request ends is uncertain and the connection was closed. "
        "The detail says which rule; look at the program that sends them, or at a proxy between.",
    ),
    "malformed-json": ProblemType(
        400,
        "The body is not valid JSON",
        "The body must be one JSON value in UTF-8. Check quotes, commas and encoding.",
    ),
    "duplicate-key": ProblemType(
        400,
        "A member is named twice",
        "Readers disagree on which of two members with one name counts, so none is guessed. Send each member once.",
    ),
    "too-deep": ProblemType(
        400,
        "The body is nested too deeply",
        "No request needs such nesting. Send the shape that the API's description shows.",
    ),
    "invalid-query": ProblemType(
        400,
        "The query is invalid",
        "A parameter is missing, unknown or malformed, or the combination is not served. The detail says which.",
    ),
    "invalid-cursor": ProblemType(
        400,
        "The cursor is invalid",
        "A cursor is only good as it was given, with the same filters. Start again without one.",
    ),
    "idempotency-key-invalid": ProblemType(
        400,
        "The idempotency key is invalid",
        "A key is 1 to 255 visible ASCII characters. Send it in the header or in the body; if in both, the same one.",
    ),
    "unauthorized": ProblemType(
        401,
        "A valid token is needed",
        "No token came, or it does not verify. Staff send Authorization: Bearer, the holder of an order Order-Token. "
        "A wrong token is refused even where none is needed.",
    ),
    "forbidden": ProblemType(
        403,
        "That is not allowed",
        "The token is valid but not for this: use one of somebody who may. Or a link has expired, or is not as it was "
        "given: ask for another. Or a browser sent it for a page of another site, which may change nothing here.",
    ),
    "not-found": ProblemType(
        404, "There is nothing here", "No such address or record exists, or it was deleted. Check the path and the id."
    ),
    "method-not-allowed": ProblemType(
        405,
        "This path does not take that method",
        "The address exists, but not for this method. The Allow header lists which do.",
    ),
    "request-timeout": ProblemType(
        408,
        "The request took too long to arrive",
        "Headers and body must come without long pauses. Nothing was stored: send the request again, in one go.",
    ),
    "invalid-transition": ProblemType(
        409,
        "The order cannot take that status now",
        "The members from, to and allowed say where the order stands and where it may go. Read it again first.",
    ),
    "not-editable": ProblemType(
        409,
        "The order cannot be edited now",
        "It has moved on too far for this change. Read it again to see where it stands.",
    ),
    "idempotency-in-progress": ProblemType(
        409,
        "The first request with this key is still running",
        "Its outcome is not known yet. Send the same request with the same key again in a moment.",
    ),
    "conflict": ProblemType(
        409, "The record changed meanwhile", "Somebody else wrote first. Read it again and decide anew."
    ),
    "not-sendable": ProblemType(
        409,
        "The mail cannot be sent",
        "There is nowhere to send it, or nothing to send: the detail says which.",
    ),
    "out-of-stock": ProblemType(
        409, "Not enough stock", "More was asked for than is there. Ask for less, or come back once it is restocked."
    ),
    "stale": ProblemType(
        412,
        "The order changed since it was read",
        "The version in If-Match is no longer the current one. Read the order again and repeat with its ETag.",
    ),
    "payload-too-large": ProblemType(
        413,
        "The body is too large",
        "A body may have 256 KiB, one with an image 6 MB. Send less, or in several requests.",
    ),
    "uri-too-long": ProblemType(
        414, "The address is too long", "An address may have 16 KiB. Nothing here has one that long: check the path."
    ),
    "unsupported-media-type": ProblemType(
        415,
        "The body has another type than this route takes",
        "Send Content-Type: application/json, or text/csv where a table is imported.",
    ),
    "expectation-failed": ProblemType(
        417,
        "The expectation cannot be met",
        "The only expectation that is known is Expect: 100-continue. Leave the header out.",
    ),
    "misdirected-request": ProblemType(
        421,
        "The request was meant for another host",
        "The Host is none of this server's names. Use its address, or have its operator add the name to "
        "ORDERMILL_ALLOWED_HOSTS.",
    ),
    "invalid-order": ProblemType(
        422,
        "The order is invalid",
        "The JSON is fine, its members are not. The member errors lists every one with a pointer to it and the rule.",
    ),
    "invalid-catalogue": ProblemType(
        422,
        "The catalogue is invalid",
        "Cells break the rules, so no row was written. The member errors lists every one: correct and send again.",
    ),
    "invalid-import": ProblemType(
        422,
        "The file cannot be imported",
        "It is no CSV, or its header or its size is wrong, so no row was looked at and no order placed. The member "
        "errors lists each place: correct the file and send it again.",
    ),
    "invalid-redrive": ProblemType(
        422,
        "The redrive is invalid",
        "Say which dead letters are meant: ids, a queue with max, or all. The member errors lists what is wrong.",
    ),
    "invalid-report": ProblemType(
        422,
        "The report cannot be made",
        "Say which period is meant, from and to, and for how long the link is to work. The member errors lists what is "
        "wrong; of too many orders it names the most that a report can have.",
    ),
    "invalid-subscription": ProblemType(
        422,
        "The subscription is invalid",
        "One address is subscribed at a time, and confirmed or left by the token of the mailed link. The member errors "
        "lists what is wrong.",
    ),
    "invalid-erasure": ProblemType(
        422,
        "The erasure is invalid",
        "Nothing was erased. Name a customer by the customer id or the whole e-mail; the member errors lists what is "
        "wrong.",
    ),
    "invalid-faults": ProblemType(
        422,
        "The faults are invalid",
        "Nothing was changed. The member errors lists every wrong one with a pointer to it and what is expected; of an "
        "unknown name it says which functions and services there are.",
    ),
    "idempotency-key-reused": ProblemType(
        422,
        "The idempotency key was used with another body",
        "Within 24 hours a key stands for one request. Repeat that one unchanged, or use a new key for a new order.",
    ),
    "invalid-image": ProblemType(
        422,
        "The image is invalid",
        "It must be a PNG, JPEG or WebP picture, whole and not animated, in base64. The member errors says what is "
        "wrong. Nothing was kept.",
    ),
    "image-mismatch": ProblemType(
        422,
        "The image does not show what was ordered",
        "The detail says what is seen in it. Choose another image, or confirm with confirmMismatch: true that it is "
        "meant.",
    ),
    "if-match-required": ProblemType(
        428,
        "If-Match is required",
        "Changes name the version they change. Read the order and send its ETag as If-Match.",
    ),
    "rate-limited": ProblemType(
        429,
        "Too many requests",
        "Wait as long as the Retry-After header says, then repeat with the same idempotency key.",
    ),
    "headers-too-large": ProblemType(
        431,
        "The headers are too large",
        "A request may have 100 headers and 64 KiB of them. Send fewer; cookies of other sites are a common cause.",
    ),
    "internal-error": ProblemType(
        500,
        "Something went wrong on our side",
        "This is our defect, not yours, and the outcome is unknown. Repeat with the same idempotency key to find out, "
        "and report the instance if it stays.",
    ),
    "access-denied": ProblemType(
        500,
        "The function may not do that",
        "A function reached for something the topology does not grant it. This is our defect; report the instance.",
    ),
    "not-implemented": ProblemType(
        501,
        "This server does not do that",
        "No address here knows this method, or this transfer coding. The Allow header lists the methods there are.",
    ),
    "overloaded": ProblemType(
        503,
        "Too much is waiting; try again shortly",
        "Nothing was stored. Wait as long as the Retry-After header says, then repeat with the same idempotency key.",
    ),
    "storage-unavailable": ProblemType(
        503,
        "Storage is unavailable; try again shortly",
        "The write may or may not have happened. Repeat with the same idempotency key: one order comes of it.",
    ),
    "issuer-unavailable": ProblemType(
        503,
        "Sign-in tokens cannot be verified now; try again shortly",
        "The issuer of staff's tokens could not be asked for its keys, and those known are too old to go by. The staff "
        "token works all the same. ordermill doctor says what is wrong.",
    ),
    "pages-not-built": ProblemType(
        503,
        "The pages are not built",
        "This is a checkout in which nobody built them: run make web, or start with make up, which does. The API works "
        "without. A wheel has them.",
    ),
    "intake-failed": ProblemType(
        503,
        "The order could not be taken in",
        "The intake broke off. Repeat with the same idempotency key: one order comes of it.",
    ),
    "version-not-supported": ProblemType(
        505,
        "Only HTTP/1.1 and HTTP/1.0 are spoken here",
        "Let your program, or the proxy before this server, speak HTTP/1.1.",
    ),
}


def status_of(slug: str) -> int:
    """The HTTP status of a problem type. Raises KeyError for a slug that is not in the table."""
    return PROBLEM_TYPES[slug].status


def problem_page(slug: str) -> Page | None:
    """What `/problems/<slug>` shows to people, or None for an unknown slug."""
    return _page(slug) if slug in PROBLEM_TYPES else None


@cache
def _page(slug: str) -> Page:
    problem = PROBLEM_TYPES[slug]
    values = {"slug": slug, "status": str(problem.status), "title": problem.title, "meaning": problem.meaning}
    template = Template(package_file("problem.html").decode())
    return html_page(template.substitute({name: escape(value) for name, value in values.items()}).encode())
