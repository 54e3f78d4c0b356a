"""How each function's HTTP request becomes its message, and its result the answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from ordermill.domain.actions import read_action, read_cancellation
from ordermill.domain.catalogue import Product
from ordermill.domain.commands import (
    ActOnOrder,
    CancelOrder,
    GetOrder,
    GetProducts,
    Placed,
    PlaceOrder,
    UpdateCatalogue,
)
from ordermill.domain.errors import MalformedJson, NotFound, OrdermillError
from ordermill.domain.json_body import parse_json, read_json
from ordermill.domain.order import Order
from ordermill.entrypoints.web import BODY_MAX, NO_STORE, Request, Response, is_unchanged
from ordermill.entrypoints.wire import (
    ORDER_ID_PATTERN,
    ImportedView,
    history_view,
    order_view,
    placed_view,
    products_view,
    public_view,
)

_encode = msgspec.json.Encoder().encode
_ORDER_ID: Final = re.compile(ORDER_ID_PATTERN)


class UnsupportedMediaType(OrdermillError):
    slug = "unsupported-media-type"
    title = "The body has another type than this route takes"


class InvalidQuery(OrdermillError):
    slug = "invalid-query"
    title = "The query is invalid"


@dataclass(frozen=True, slots=True)
class Binding:
    """`media` is the type the body must have, or those it may have, None where no body is looked at.

    `query` are the parameters it may have, `body_max` how many bytes of a body. With `pages`, who sends a form from a
    page is answered with a page.
    """

    media: str | tuple[str, ...] | None
    decode: Callable[[Request], Any]
    encode: Callable[[Request, Any], Response]
    query: frozenset[str] = frozenset()
    pages: bool = False
    body_max: int = BODY_MAX


def is_order_id(text: str) -> bool:
    """Whether an order could have this id."""
    return _ORDER_ID.fullmatch(text) is not None


def order_id_of(request: Request) -> str:
    """The order id of the path. Raises NotFound for anything that cannot be one."""
    order_id = request.path["orderId"]
    if not is_order_id(order_id):
        raise NotFound("no order has this id")
    return order_id


def optional_order_id(request: Request) -> str | None:
    """The query's order id, if there is one. Raises InvalidQuery for anything that cannot be one."""
    order_id = request.query.get("orderId")
    if order_id is not None and not is_order_id(order_id):
        raise InvalidQuery("orderId is not the id of an order")
    return order_id


def _place(request: Request) -> PlaceOrder:
    text = read_json(request.body)
    return PlaceOrder(text.value, request.headers.get("idempotency-key"), text=text)


def _placed(_: Request, placed: Placed[Any]) -> Response:
    headers = [("location", f"/orders/{placed.order.order_id}"), NO_STORE]
    if placed.replayed:
        headers.append(("idempotent-replayed", "true"))
    return Response(202, _encode(placed_view(placed.order, placed.token)), headers=headers)


def _order(request: Request, order: Order) -> Response:
    headers = [("etag", f'"{order.version}"'), NO_STORE]
    if is_unchanged(request.headers.get("if-none-match"), headers[0][1]):
        return Response(304, headers=headers)
    if request.route.endswith("/history"):
        return Response(200, _encode(history_view(order)), headers=headers)
    view = public_view(order) if request.viewer == "anyone" else order_view(order)
    return Response(200, _encode(view), headers=headers)


def _cancel(request: Request) -> CancelOrder:
    return CancelOrder(order_id_of(request), request.viewer, read_cancellation(parse_json(request.body)))


def _act(request: Request) -> ActOnOrder:
    order_id = order_id_of(request)
    return ActOnOrder(order_id, *read_action(parse_json(request.body)))


def _changed(_: Request, order: Order) -> Response:
    return Response(200, _encode(order_view(order)), headers=[("etag", f'"{order.version}"'), NO_STORE])


def _products(_: Request, products: Sequence[Product]) -> Response:
    return Response(200, _encode(products_view(products)), headers=[("cache-control", "no-cache")])


def _catalogue(request: Request) -> UpdateCatalogue:
    try:
        return UpdateCatalogue(request.body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise MalformedJson("the catalogue must be UTF-8 text") from error


BINDINGS: Final[dict[str, Binding]] = {
    "start_workflow": Binding("application/json", _place, _placed),
    "create_order": Binding("application/json", _place, _placed),
    "submit_order": Binding("application/json", _place, _placed),
    "get_order_by_id": Binding(None, lambda request: GetOrder(order_id_of(request)), _order),
    "cancel_order": Binding("application/json", _cancel, _changed),
    "act_on_order": Binding("application/json", _act, _changed),
    "get_products": Binding(None, lambda _: GetProducts(), _products),
    "update_catalogue": Binding("text/csv", _catalogue, lambda _, n: Response(200, _encode(ImportedView(n)))),
}
"""By function."""


MULTIPART: Final = "multipart/form-data"
FORMS: Final = frozenset({"application/x-www-form-urlencoded", MULTIPART})
"""What pages and mail programs send."""


def media_of(headers: Mapping[str, str]) -> str:
    """The type of the body, without its parameters."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def wants_page(headers: Mapping[str, str]) -> bool:
    """Whether a browser sent a form, and so shows people what comes back."""
    return media_of(headers) in FORMS and "text/html" in headers.get("accept", "").lower()


def check_media(headers: Mapping[str, str], wanted: str | tuple[str, ...]) -> None:
    """Raises UnsupportedMediaType unless the body is `wanted`, or one of these, in UTF-8 and not encoded."""
    sent = headers.get("content-type", "")
    if sent == wanted and "content-encoding" not in headers:
        return
    allowed = (wanted,) if isinstance(wanted, str) else wanted
    media = media_of(headers)
    # Parts of a form say how they are written themselves.
    parameters = "" if media == MULTIPART else sent.partition(";")[2]
    charset = parameters.strip().lower().replace('"', "")
    if media not in allowed or charset not in ("", "charset=utf-8"):
        raise UnsupportedMediaType(f"send Content-Type: {' or '.join(allowed)}")
    if headers.get("content-encoding", "identity") != "identity":
        raise UnsupportedMediaType("send the body without a Content-Encoding")
