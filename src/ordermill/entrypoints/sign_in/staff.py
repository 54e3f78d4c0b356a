"""Who is staff here: whoever has the staff token, or a token of the issuer that the operator trusts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ordermill.domain.errors import Unauthorized
from ordermill.entrypoints.access import StaffToken, bearer_of

if TYPE_CHECKING:
    from ordermill.entrypoints.rate_limits import RateLimits


class Verifier(Protocol):
    """Verifies tokens of an issuer; see `jwt_staff.JwtStaff`."""

    def check(self, token: str) -> None: ...


class AnyStaff:
    """See `access.Staff`. Both kinds of wrong tokens are counted together."""

    def __init__(self, token: StaffToken, issuer: Verifier | None, limits: RateLimits) -> None:
        self._token, self._issuer, self._limits = token, issuer, limits

    def check(self, authorization: str, address: str | None) -> None:
        """See `Staff.check`. Raises Forbidden too, for a good token whose bearer is not of staff."""
        token = bearer_of(authorization)
        if self._issuer is None or token.count(".") != 2 or self._token.matches(authorization):
            self._token.check(authorization, address)
            return
        try:
            self._issuer.check(token)
        except Unauthorized:
            self._limits.wrong_token(address)
            raise
