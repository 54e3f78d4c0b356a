"""What the routes answer besides their content: other methods, unknown paths, descriptions, pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urljoin

import httpx2
import pytest

from ordermill.entrypoints.openapi_operations import PAGES
from ordermill.topology.loader import load
from ordermill.topology.model import DEFAULT_PIPELINE
from ordermill.topology.views import RouteEntry, routes
from tests.e2e.server import FIRST_ORDER, Json, Server, order_until, wait_for
from tests.e2e.wire import connect, problem, receive, request
from tests.pictures import base64_of, picture

ROUTES = sorted(routes(load(), DEFAULT_PIPELINE), key=lambda entry: (entry.path, entry.method))
SHOWN = {"view": "orders", "id": "x"}
"""A view of the console."""
OBJECT = "/objects/{bucket}/{key}"
"""A link is good for one method: any other is 403; see test_links.py."""
# What these answer is another thing each time; test_live.py and test_log_tail.py look at their heads.
TELLING = ("/metrics", "/live", "/logs")
GETS = [entry for entry in ROUTES if entry.method == "GET" and entry.path not in (*TELLING, OBJECT)]


def name_of(entry: object) -> str:
    return f"{entry.method} {entry.path}" if isinstance(entry, RouteEntry) else ""


@pytest.fixture(scope="module")
def orders(api: httpx2.Client, running: Server) -> tuple[Json, Json]:
    """Two orders as they were answered, and with each the ids of what else there is: see `call`."""
    ids = {"executionId": api.post("/orders", json={}).json()["executionId"]}
    ids["imageId"] = api.post("/images", json={"image": base64_of(picture()), "description": "it"}).json()["imageId"]
    one, other, gone = (api.post("/orders", json=FIRST_ORDER).json() for _ in range(3))
    ids["archived"] = gone["orderId"]
    order_until(api, gone["orderId"], running.staff, "PROCESSED")
    assert api.delete(f"/orders/{gone['orderId']}", headers=running.staff).status_code == 202
    wait_for(lambda: api.get(f"/archive/{gone['orderId']}", headers=running.staff).status_code == 200, "it is archived")
    return {**one, **ids}, {**other, **ids}


def call(
    api: httpx2.Client, entry: RouteEntry, order: Json, headers: Mapping[str, str], method: str = ""
) -> httpx2.Response:
    ids = {name: order[name] for name in ("orderId", "executionId", "imageId")}
    ids |= {"alertId": "alr_" + "0" * 32, "subscriptionId": "sub_x", "bucket": "reports", "key": "k"}
    if entry.path.startswith("/archive/"):
        ids["orderId"] = order["archived"]
    path = entry.path.format(
        **ids, mailId=f"{order['orderId']}-OrderProcessed", name="app.css", slug="not-found", **SHOWN
    )
    query = {"orderId": order["orderId"]} if path == "/payments" else {}
    query |= {"token": "t"} if entry.function == "show_subscription" else {}
    with api.stream(method or entry.method, path, params=query, headers=headers) as answer:
        # A stream of events doesn't end by itself.
        if answer.headers.get("content-type") != "text/event-stream":
            answer.read()
        return answer


@pytest.mark.parametrize("entry", GETS, ids=name_of)
def test_head_is_get_without_the_body(
    api: httpx2.Client, running: Server, orders: tuple[Json, Json], entry: RouteEntry
) -> None:
    got = call(api, entry, orders[0], running.staff)
    head = call(api, entry, orders[0], running.staff, "HEAD")
    assert (got.status_code, head.status_code, head.content) == (200, 200, b"")
    # What is sent piece by piece has no length to tell.
    same = ("content-type", "content-length")
    assert [head.headers.get(name) for name in same] == [got.headers.get(name) for name in same]
    assert ("content-length" in got.headers) != ("transfer-encoding" in got.headers)


def is_taken(method: str, path: str) -> bool:
    """Whether some route has that method at the path."""
    return any(
        entry.method == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", entry.path), path) for entry in ROUTES
    )


@pytest.mark.parametrize(
    ("method", "entry"),
    [
        pytest.param(method, entry, id=f"{method}-{name_of(entry)}")
        for method in ("DELETE", "PATCH", "OPTIONS", "TRACE")
        for entry in ROUTES
        if not is_taken(method, entry.path) and entry.path != OBJECT
    ],
)
def test_another_method_is_405_with_those_that_are_allowed(
    api: httpx2.Client, orders: tuple[Json, Json], entry: RouteEntry, method: str
) -> None:
    answer = call(api, entry, orders[0], {}, method)
    problem(api, answer, 405, "method-not-allowed")
    allowed = {other.method for other in ROUTES if other.path == entry.path}
    assert set(answer.headers["allow"].split(", ")) >= allowed


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/orders/",
        "/ORDERS",
        "//orders",
        "/orders;x=1",
        "/orders/x",
        "/orders/../topology",
        "/orders/%2e%2e/topology",
        "/orders%2Fx",
        "/orders/ord_019AA1B2-7C3D-7E4F-8A5B-6C7D8E9F0A1B",
        "/orders/ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b",
        "/orders/ord_019aa1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b/",
        "/orders/" + "x" * 10_000,
        "/orders/%00",
        "/orders/%zz",
        "/assets/../staff-token",
        "/assets/..%2fserve.py",
        "/assets/nothing.js",
        "/problems/nothing",
        "/staff-token",
        "/.git/config",
    ],
)
def test_an_unknown_path_is_a_404_and_never_a_page(running: Server, path: str) -> None:
    with connect(running.port) as connection:
        connection.sendall(request(b"", method="GET", path=path))
        reply = receive(connection)
    assert (reply.status, reply.headers["content-type"]) == (404, "application/problem+json")
    assert b"/problems/not-found" in reply.body
    assert b"x" * 100 not in reply.body


def test_the_health(api: httpx2.Client) -> None:
    answer = api.get("/health")
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ok", "version": "0.1.0", "pipeline": DEFAULT_PIPELINE},
    )


def test_the_description_lists_what_is_served_and_nothing_else(api: httpx2.Client) -> None:
    document = api.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    described = {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}
    pages = PAGES
    assert described - pages == {f"{entry.method} {entry.path}" for entry in ROUTES} - pages


@pytest.mark.parametrize("path", ["/", "/docs", "/problems/not-found", "/sign-in"])
def test_a_page_loads_nothing_from_another_host(api: httpx2.Client, path: str) -> None:
    page = api.get(path)
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    loaded = re.findall(r'<(?:script|link|img)\b[^>]*?(?:src|href)="([^"]+)"', page.text)
    assert loaded
    for found in loaded:
        assert urljoin("http://here", found).startswith("http://here/assets/")
        asset = api.get(found)
        assert asset.status_code == 200
        assert api.get(found, headers={"If-None-Match": asset.headers["etag"]}).status_code == 304


def test_what_the_staff_token_opens_is_not_cached_or_sniffed(api: httpx2.Client, running: Server) -> None:
    order = api.post("/orders", json=FIRST_ORDER).json()
    for path in (f"/orders/{order['orderId']}", f"/payments?orderId={order['orderId']}"):
        answer = api.get(path, headers=running.staff)
        assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")


@pytest.mark.parametrize("name", ["Authorization", "Order-Token"])
def test_two_tokens_of_a_kind_are_refused(running: Server, name: str) -> None:
    with connect(running.port) as connection:
        connection.sendall(request(b"{}", headers=[f"{name}: a", f"{name}: b"]))
        assert receive(connection).status == 401
