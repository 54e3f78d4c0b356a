"""Who asks: staff by their bearer token, an order's holder by its token. A token that does not verify is an error."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from ordermill.domain.errors import Forbidden, Unauthorized
from ordermill.entrypoints.rate_limits import RateLimits
from ordermill.entrypoints.routing import Match
from ordermill.entrypoints.web import Viewer
from ordermill.ports.services import TokenSigner


class Gatekeeper:
    """Holds the routes' `access` of the topology against a request's tokens."""

    def __init__(self, staff_token: str, tokens: TokenSigner, limits: RateLimits) -> None:
        self._staff, self._tokens, self._limits = staff_token.encode(), tokens, limits

    def viewer(self, match: Match, headers: Mapping[str, str], address: str | None) -> Viewer:
        """Who asks, from the client's `address`.

        Raises Unauthorized without the token the route needs or with one that is wrong, RateLimited where such keep
        coming, Forbidden with one that is not enough.
        """
        viewer: Viewer = "anyone"
        if "order-token" in headers:
            self._check_holder(match.path.get("orderId"), headers["order-token"])
            viewer = "holder"
        if "authorization" in headers:
            self._check_staff(headers["authorization"], address)
            viewer = "staff"
        if match.access == "anyone" or viewer == "staff" or (match.access == "holder" and viewer == "holder"):
            return viewer
        if viewer == "anyone":
            wanted = "the staff token" if match.access == "staff" else "the order's token or the staff token"
            raise Unauthorized(f"this needs {wanted}")
        raise Forbidden("this needs the staff token")

    def _check_holder(self, order_id: str | None, token: str) -> None:
        """On a route without an order the token can prove nothing, so nothing verifies it: an error like any other.

        Who sends it there expects it to matter, and learns at once that it does not.
        """
        if order_id is None:
            raise Unauthorized("this route is not about one order, so send no Order-Token")
        if not self._tokens.verify(order_id, token):
            raise Unauthorized("the Order-Token does not belong to this order")

    def _check_staff(self, authorization: str, address: str | None) -> None:
        """Guesses from one address are refused sooner than told apart; the right token always passes."""
        scheme, _, token = authorization.partition(" ")
        sent = token.strip().encode("utf-8", "surrogateescape")
        if scheme.lower() != "bearer" or not hmac.compare_digest(sent, self._staff):
            self._limits.wrong_token(address)
            raise Unauthorized("the bearer token is not valid")
