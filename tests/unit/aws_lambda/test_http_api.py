"""Requests through API Gateway: the same answers as the local server gives, in the gateway's form."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from ordermill.adapters.aws.signing import DerivedTokens
from ordermill.domain.errors import Conflict, StorageUnavailable
from ordermill.domain.order import Order
from ordermill.domain.order_list import OrderFilter, OrderPage
from ordermill.domain.tracing import traceparent_of
from ordermill.entrypoints.web import BODY_MAX
from tests.cloud.envelopes import http
from tests.unit.aws_lambda.lambda_kit import answered, function, handler
from tests.unit.functions.functions_kit import Claims, Clock, Orders, Products, Tables, Tokens

MakeOrder = Callable[..., Order]
ORDER_ID = "ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
JSON = {"content-type": "application/json"}
BODY = json.dumps({"items": [{"product": "Widget", "quantity": 2, "unitPrice": "9.99"}]}).encode()
STAFF = {"cognito:groups": "[clerks staff]"}


def tables() -> Tables:
    return Tables(Clock())


def placing(tables: Tables) -> Any:
    return handler(
        "create_order",
        orders=Orders(tables, Clock()),
        idempotency=Claims(tables),
        products=Products(tables),
        tokens=Tokens(),
    )


def place(headers: dict[str, str] | None = None, body: bytes = BODY, query: str = "") -> dict[str, Any]:
    return http("POST /orders", "/orders", {}, headers=JSON if headers is None else headers, body=body, query=query)


def test_an_order_is_placed() -> None:
    kept = tables()
    answer = placing(kept)(place(), None)
    (order,) = kept.orders.values()
    assert answered(answer) == (202, "application/json")
    assert answer["headers"]["location"] == f"/orders/{order.order_id}"
    assert json.loads(answer["body"])["orderToken"] == f"token of {order.order_id}"
    assert answer["isBase64Encoded"] is False


def test_an_order_answers_with_its_trace_and_the_log_names_the_callers(caplog: pytest.LogCaptureFixture) -> None:
    kept, trace = tables(), "4bf92f3577b34da6a3ce929d0e0e4736"
    with caplog.at_level("INFO"):
        answer = placing(kept)(place({**JSON, "traceparent": f"00-{trace}-00f067aa0ba902b7-01"}), None)
    (order,) = kept.orders.values()
    assert answer["headers"]["traceparent"] == traceparent_of(order.order_id)
    (line,) = [record for record in caplog.records if record.message == "called from a trace"]
    assert (vars(line)["orderId"], vars(line)["callerTraceId"]) == (order.order_id, trace)


def test_a_body_may_come_encoded() -> None:
    kept = tables()
    event = place()
    event["body"], event["isBase64Encoded"] = base64.b64encode(BODY).decode(), True
    assert placing(kept)(event, None)["statusCode"] == 202


def test_header_names_have_no_case() -> None:
    kept = tables()
    placing(kept)(place({"Content-Type": "application/json", "Idempotency-Key": "k1"}), None)
    assert len(kept.claims) == 1


@pytest.mark.parametrize(
    ("event", "status", "slug"),
    [
        (place({}), 415, "unsupported-media-type"),
        (place(body=b"{"), 400, "malformed-json"),
        (place(body=b"{}"), 422, "invalid-order"),
        (place(query="x=1"), 400, "invalid-query"),
        (place(query="x=1&x=2"), 400, "invalid-query"),
        (place(query="%zz"), 400, "invalid-query"),
        (place(body=BODY.ljust(BODY_MAX + 1)), 413, "payload-too-large"),
        (place({**JSON, "order-token": "x"}), 401, "unauthorized"),
        (place({**JSON, "authorization": "Bearer x"}), 401, "unauthorized"),
        ({**place(), "body": "%%%", "isBase64Encoded": True}, 400, "invalid-query"),
        ({**place(), "routeKey": "POST /other"}, 404, "not-found"),
    ],
)
def test_what_is_wrong_is_a_problem_and_leaves_nothing(event: dict[str, Any], status: int, slug: str) -> None:
    kept = tables()
    answer = placing(kept)(event, None)
    assert answered(answer) == (status, "application/problem+json")
    assert json.loads(answer["body"])["type"] == f"/problems/{slug}"
    assert not kept.orders
    assert not kept.claims


def test_a_body_at_the_limit_is_taken() -> None:
    kept = tables()
    assert placing(kept)(place(body=BODY.ljust(BODY_MAX)), None)["statusCode"] == 202


class Failing:
    """Every verb raises it."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def read(self, order_id: str) -> Order | None:
        raise self._error

    def list(self, filter_: OrderFilter, limit: int, after: str | None = None) -> OrderPage:
        raise self._error


def reading(order: Order | None, headers: dict[str, str] | None = None) -> Any:
    kept = tables()
    if order is not None:
        kept.orders[order.order_id] = order
    event = http("GET /orders/{orderId}", f"/orders/{ORDER_ID}", {"orderId": ORDER_ID}, headers=headers)
    return handler("get_order_by_id", orders=Orders(kept, Clock()))(event, None)


def test_an_order_is_read(make_order: MakeOrder) -> None:
    answer = reading(make_order(ORDER_ID))
    assert answered(answer) == (200, "application/json")
    assert answer["headers"]["etag"] == '"1"'
    assert "email" not in json.loads(answer["body"])


def test_what_is_unchanged_has_no_body(make_order: MakeOrder) -> None:
    answer = reading(make_order(ORDER_ID), {"if-none-match": '"1"'})
    assert (answer["statusCode"], answer["body"]) == (304, "")
    assert "content-type" not in answer["headers"]


def test_no_such_order() -> None:
    assert answered(reading(None)) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("error", "status"),
    [(StorageUnavailable("DynamoDB"), 503), (RuntimeError("a secret"), 500), (Conflict("again"), 409)],
)
def test_what_fails_tells_nothing(error: Exception, status: int) -> None:
    event = http("GET /orders/{orderId}", f"/orders/{ORDER_ID}", {"orderId": ORDER_ID})
    answer = handler("get_order_by_id", orders=Failing(error))(event, None)
    assert answer["statusCode"] == status
    assert "secret" not in answer["body"]
    assert ("retry-after" in answer["headers"]) == (status == 503)


class Listed:
    """Pages of so many orders, so many times."""

    def __init__(self, order: Order, pages: int) -> None:
        self._order, self._pages = order, pages

    def list(self, filter_: OrderFilter, limit: int, after: str | None = None) -> OrderPage:
        at = int(after or 0) + 1
        return OrderPage((self._order,) * limit, str(at) if at < self._pages else None)


def exporting(order: Order, pages: int, claims: dict[str, str] | None = STAFF) -> Any:
    event = http("GET /orders.csv", "/orders.csv", {}, claims=claims)
    return handler("get_orders", orders=Listed(order, pages))(event, None)


def test_an_export_is_one_answer(make_order: MakeOrder) -> None:
    answer = exporting(make_order(ORDER_ID), 3)
    assert answered(answer) == (200, "text/csv; charset=utf-8; header=present")
    assert len(answer["body"].splitlines()) == 1 + 3 * 200
    assert answer["headers"]["content-disposition"] == 'attachment; filename="orders.csv"'


def test_an_export_that_no_answer_holds_is_refused(make_order: MakeOrder) -> None:
    answer = exporting(make_order(ORDER_ID), 10_000)
    assert answered(answer) == (400, "application/problem+json")
    assert "from and to" in json.loads(answer["body"])["detail"]


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        (STAFF, 200),
        ({"cognito:groups": "staff"}, 200),
        ({"cognito:groups": "[staff]"}, 200),
        ({"cognito:groups": "[staffing]"}, 403),
        ({"cognito:groups": ""}, 403),
        ({}, 403),
        (None, 401),
    ],
)
def test_staff_is_who_is_in_the_group(claims: dict[str, str] | None, status: int, make_order: MakeOrder) -> None:
    assert exporting(make_order(ORDER_ID), 1, claims)["statusCode"] == status


def test_a_conflict_is_waited_out(make_order: MakeOrder) -> None:
    waits = list[float]()
    orders = Stubborn(make_order(ORDER_ID), conflicts=4)
    asked = function("get_order_by_id", orders=orders)
    asked.ambient.pause, asked.ambient.chance = waits.append, lambda: 1.0
    from ordermill.domain.commands import GetOrder

    assert asked.run(GetOrder(ORDER_ID)).order_id == ORDER_ID
    assert waits == [0.05, 0.1, 0.2, 0.4]
    with pytest.raises(Conflict):
        function("get_order_by_id", orders=Stubborn(make_order(ORDER_ID), conflicts=5)).run(GetOrder(ORDER_ID))


class Stubborn:
    """Somebody else's write comes before, so often."""

    def __init__(self, order: Order, conflicts: int) -> None:
        self._order, self._left = order, conflicts

    def read(self, order_id: str) -> Order:
        if self._left:
            self._left -= 1
            raise Conflict("again")
        return self._order


def test_the_keys_of_tokens_and_cursors_differ() -> None:
    from ordermill.adapters.aws.signing import derived_key

    assert derived_key("secret", "order-token") != derived_key("secret", "cursor")
    tokens = DerivedTokens(lambda _: "secret")
    assert tokens.verify("ord_1", tokens.sign("ord_1"))
    assert not tokens.verify("ord_2", tokens.sign("ord_1"))
    assert not DerivedTokens(lambda _: "other").verify("ord_1", tokens.sign("ord_1"))
