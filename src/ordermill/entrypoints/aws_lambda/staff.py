"""Staff on AWS: whoever signed in through the user pool and is in the staff's group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ordermill.adapters.aws.deployment import Deployment
from ordermill.domain.errors import Forbidden, Unauthorized
from ordermill.entrypoints.access import bearer_of

_GROUPS = "cognito:groups"


class PoolStaff:
    """See `access.Staff`. The token is an access token of the user pool, which verifies it."""

    def __init__(self, deployment: Deployment, group: str, *, sign_in: bool) -> None:
        """Where nobody can sign in, no token is valid."""
        self._deployment, self._group, self._sign_in = deployment, group, sign_in

    def check(self, authorization: str, address: str | None) -> None:
        """See `Staff.check`; raises Forbidden for one of the pool that is not in the group."""
        groups: Iterable[str] | None = None
        if self._sign_in:
            from ordermill.adapters.aws.sign_in import CognitoUsers

            groups = CognitoUsers(self._deployment).groups_of(bearer_of(authorization))
        if groups is None:
            raise Unauthorized("the bearer token is not valid")
        if self._group not in groups:
            raise Forbidden("this needs to be staff")


def check_member(claims: Mapping[str, Any], group: str) -> None:
    """Raises Forbidden unless the verified token is of that group, which the gateway writes as `[one two]`."""
    groups = claims.get(_GROUPS, "")
    if isinstance(groups, str):
        groups = groups.strip("[]").replace(",", " ").split()
    if group not in groups:
        raise Forbidden("this needs to be staff")
