"""Who asks: staff by their bearer token, an order's holder by its token. A token that does not verify is an error."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from ordermill.domain.errors import Forbidden, Unauthorized
from ordermill.entrypoints.routing import Match
from ordermill.entrypoints.web import Viewer
from ordermill.ports.services import TokenSigner


class Gatekeeper:
    """Holds the routes' `access` of the topology against a request's tokens."""

    def __init__(self, staff_token: str, tokens: TokenSigner) -> None:
        self._staff, self._tokens = staff_token.encode(), tokens

    def viewer(self, match: Match, headers: Mapping[str, str]) -> Viewer:
        """Who asks. Raises Unauthorized without the token the route needs, Forbidden with one that is not enough."""
        viewer = self._identify(match, headers)
        if match.access == "anyone" or viewer == "staff" or (match.access == "holder" and viewer == "holder"):
            return viewer
        if viewer == "anyone":
            wanted = "the staff token" if match.access == "staff" else "the order's token or the staff token"
            raise Unauthorized(f"this needs {wanted}")
        raise Forbidden("this needs the staff token")

    def _identify(self, match: Match, headers: Mapping[str, str]) -> Viewer:
        viewer: Viewer = "anyone"
        order_token = headers.get("order-token")
        if order_token is not None:
            order_id = match.path.get("orderId")
            if order_id is not None and not self._tokens.verify(order_id, order_token):
                raise Unauthorized("the Order-Token does not belong to this order")
            viewer = "holder" if order_id is not None else "anyone"
        authorization = headers.get("authorization")
        if authorization is not None:
            scheme, _, token = authorization.partition(" ")
            sent = token.strip().encode("utf-8", "surrogateescape")
            if scheme.lower() != "bearer" or not hmac.compare_digest(sent, self._staff):
                raise Unauthorized("the bearer token is not valid")
            viewer = "staff"
        return viewer
