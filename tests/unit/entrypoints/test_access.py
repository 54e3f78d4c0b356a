"""Who asks: tokens, what they open, and the table that says so for each route."""

from __future__ import annotations

import pytest

from ordermill.adapters.tokens import HmacTokens
from ordermill.domain.errors import Forbidden, OrdermillError, Unauthorized
from ordermill.entrypoints.access import Gatekeeper, StaffToken
from ordermill.entrypoints.problems import RateLimited
from ordermill.entrypoints.rate_limits import OFF, RateLimits
from ordermill.entrypoints.routing import Match
from ordermill.topology.loader import load
from ordermill.topology.model import Access
from ordermill.topology.views import routes
from tests.access_matrix import ROWS

STAFF = "s3cret-of-staff"
TOKENS = HmacTokens(b"key")
OF_ORDER = {"orderId": "ord_1"}


def gatekeeper(staff: str = STAFF) -> Gatekeeper:
    return Gatekeeper(StaffToken(staff, RateLimits(OFF, now=lambda: 0.0)), TOKENS)


def match(access: Access, path: dict[str, str] | None = None) -> Match:
    return Match("GET /x", None, access, OF_ORDER if path is None else path)


def test_every_route_has_its_row_and_every_row_its_route() -> None:
    topology = load()
    served = {f"{e.method} {e.path}": e.access for pipeline in topology.pipelines for e in routes(topology, pipeline)}
    assert served.keys() - ROWS.keys() == set(), "decide who may call these, in ROWS of tests/access_matrix.py"
    assert ROWS.keys() - served.keys() == set(), "these are not served; remove them from tests/access_matrix.py"
    assert {route: row.access for route, row in ROWS.items()} == served


@pytest.mark.parametrize("route", ROWS)
def test_a_row_fits_its_access(route: str) -> None:
    """What may differ from route to route is who is let in, never that a wrong token is refused."""
    row = ROWS[route]
    assert (row.staff, row.guesser, row.another, row.forged) == ("ok", 401, 401, 401)
    assert row.nobody == ("ok" if row.access == "anyone" else 401)
    holder = {"anyone": "ok", "holder": "ok", "staff": 403}[row.access] if "{orderId}" in route else 401
    assert row.holder == holder


@pytest.mark.parametrize(
    "sent",
    [f"Bearer {STAFF}", f"bearer {STAFF}", f"BEARER   {STAFF} "],
)
def test_the_staff_token_opens_everything(sent: str) -> None:
    for access in ("anyone", "holder", "staff"):
        assert gatekeeper().viewer(match(access), {"authorization": sent}, "127.0.0.1") == "staff"


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "Bearer",
        "Bearer ",
        STAFF,
        f"Basic {STAFF}",
        f"Bearer{STAFF}",
        f"Bearer {STAFF[:-1]}",
        f"Bearer {STAFF}x",
        f"Bearer {STAFF.upper()}",
        f"Bearer {STAFF}, Bearer {STAFF}",
        f"Bearer {STAFF}\xff",
        "Bearer \udcff",
        f"Bearer {STAFF}\0",
    ],
)
@pytest.mark.parametrize("access", ["anyone", "holder", "staff"])
def test_any_other_is_refused_even_where_none_is_needed(sent: str, access: Access) -> None:
    with pytest.raises(Unauthorized):
        gatekeeper().viewer(match(access), {"authorization": sent}, "127.0.0.1")


@pytest.mark.parametrize(
    ("access", "sent", "expected"),
    [
        ("anyone", {}, "anyone"),
        ("holder", {}, Unauthorized),
        ("staff", {}, Unauthorized),
        ("anyone", {"order-token": TOKENS.sign("ord_1")}, "holder"),
        ("holder", {"order-token": TOKENS.sign("ord_1")}, "holder"),
        ("staff", {"order-token": TOKENS.sign("ord_1")}, Forbidden),
        ("anyone", {"order-token": TOKENS.sign("ord_2")}, Unauthorized),
        ("anyone", {"order-token": ""}, Unauthorized),
        ("anyone", {"order-token": TOKENS.sign("ord_1") + "="}, Unauthorized),
        ("holder", {"order-token": TOKENS.sign("ord_1"), "authorization": f"Bearer {STAFF}"}, "staff"),
        ("staff", {"order-token": TOKENS.sign("ord_1"), "authorization": f"Bearer {STAFF}"}, "staff"),
        ("holder", {"order-token": TOKENS.sign("ord_2"), "authorization": f"Bearer {STAFF}"}, Unauthorized),
        ("holder", {"order-token": TOKENS.sign("ord_1"), "authorization": "Bearer wrong"}, Unauthorized),
    ],
)
def test_tokens_by_access(access: Access, sent: dict[str, str], expected: str | type[OrdermillError]) -> None:
    if isinstance(expected, str):
        assert gatekeeper().viewer(match(access), sent, "127.0.0.1") == expected
    else:
        with pytest.raises(expected):
            gatekeeper().viewer(match(access), sent, "127.0.0.1")


@pytest.mark.parametrize("access", ["anyone", "holder", "staff"])
def test_an_orders_token_is_refused_where_there_is_no_order(access: Access) -> None:
    with pytest.raises(Unauthorized, match="not about one order"):
        gatekeeper().viewer(match(access, {}), {"order-token": TOKENS.sign("ord_1")}, "127.0.0.1")


@pytest.mark.parametrize(("address", "allowed"), [("192.0.2.7", 10), ("127.0.0.1", 600), ("::1", 600), (None, 10)])
def test_guessing_ends_in_429_but_the_right_token_always_passes(address: str | None, allowed: int) -> None:
    gate, guess = gatekeeper(), {"authorization": "Bearer guess"}
    for _ in range(allowed):
        with pytest.raises(Unauthorized):
            gate.viewer(match("anyone"), guess, address)
    with pytest.raises(RateLimited):
        gate.viewer(match("anyone"), guess, address)
    assert gate.viewer(match("staff"), {"authorization": f"Bearer {STAFF}"}, address) == "staff"
    with pytest.raises(Unauthorized):
        gate.viewer(match("anyone"), guess, "198.51.100.1")


def test_right_tokens_are_not_counted() -> None:
    gate = gatekeeper()
    for _ in range(1000):
        gate.viewer(match("staff"), {"authorization": f"Bearer {STAFF}"}, "192.0.2.7")
    with pytest.raises(Unauthorized):
        gate.viewer(match("staff"), {"authorization": "Bearer guess"}, "192.0.2.7")
