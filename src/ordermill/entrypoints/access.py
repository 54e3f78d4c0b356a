"""Who asks: staff by their bearer token, an order's holder by its token. A token that does not verify is an error."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from ordermill.domain.errors import Forbidden, Unauthorized
from ordermill.entrypoints.routing import Match
from ordermill.entrypoints.web import Viewer
from ordermill.ports.services import TokenSigner

if TYPE_CHECKING:
    from ordermill.entrypoints.rate_limits import RateLimits


class Staff(Protocol):
    """Who belongs to staff."""

    def check(self, authorization: str, address: str | None) -> None:
        """Raises Unauthorized unless the header `authorization`, sent from `address`, proves it."""
        ...


class StaffToken:
    """One token for all of staff. Guesses from one address are refused sooner than told apart; the right one passes."""

    def __init__(self, token: str, limits: RateLimits) -> None:
        self._token, self._limits = token.encode(), limits

    def check(self, authorization: str, address: str | None) -> None:
        """See `Staff.check`; raises RateLimited where wrong ones keep coming."""
        if not self.matches(authorization):
            self._limits.wrong_token(address)
            raise Unauthorized("the bearer token is not valid")

    def matches(self, authorization: str) -> bool:
        """Whether the header has the token."""
        return hmac.compare_digest(bearer_of(authorization).encode("utf-8", "surrogateescape"), self._token)


def bearer_of(authorization: str) -> str:
    """The bearer token of the header, empty where it is of another scheme."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


class Gatekeeper:
    """Holds the routes' `access` of the topology against a request's tokens."""

    def __init__(self, staff: Staff, tokens: TokenSigner) -> None:
        self._staff, self._tokens = staff, tokens

    def viewer(
        self, match: Match, headers: Mapping[str, str], address: str | None, *, signed_in: bool = False
    ) -> Viewer:
        """Who asks, from the client's `address`; `signed_in`: a session of staff counts for this request.

        Raises Unauthorized without the token the route needs or with one that is wrong, RateLimited where such keep
        coming, Forbidden with one that is not enough.
        """
        viewer: Viewer = "anyone"
        if "order-token" in headers:
            self.check_holder(match.path.get("orderId"), headers["order-token"])
            viewer = "holder"
        if "authorization" in headers:
            self._staff.check(headers["authorization"], address)
            viewer = "staff"
        if signed_in:
            viewer = "staff"
        if match.access == "anyone" or viewer == "staff" or (match.access == "holder" and viewer == "holder"):
            return viewer
        if viewer == "anyone":
            wanted = "the staff token" if match.access == "staff" else "the order's token or the staff token"
            raise Unauthorized(f"this needs {wanted}")
        raise Forbidden("this needs the staff token")

    def check_holder(self, order_id: str | None, token: str) -> None:
        """Raises Unauthorized unless the token is the order's.

        On a route without an order it can prove nothing, so nothing verifies it: an error like any other. Who sends it
        there expects it to matter, and learns at once that it does not.
        """
        if order_id is None:
            raise Unauthorized("this route is not about one order, so send no Order-Token")
        if not self._tokens.verify(order_id, token):
            raise Unauthorized("the Order-Token does not belong to this order")
