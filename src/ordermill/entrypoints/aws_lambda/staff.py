"""Staff on AWS: whoever signed in through the user pool and is in the staff's group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from ordermill.adapters.aws.deployment import Deployment
from ordermill.domain.errors import Forbidden, Unauthorized
from ordermill.entrypoints.access import bearer_of

_GROUPS = "cognito:groups"


class SignIn(msgspec.Struct, frozen=True):
    """Where staff sign in: the user pool, by the issuer of its tokens; the client; the group that is staff."""

    issuer: str
    client_id: str
    group: str = "staff"


class PoolStaff:
    """See `access.Staff`. The token is an access token of the user pool, which verifies it."""

    def __init__(self, deployment: Deployment, sign_in: SignIn | None) -> None:
        """Where nobody can sign in, no token is valid."""
        self._deployment, self._sign_in = deployment, sign_in

    def check(self, authorization: str, address: str | None) -> None:
        """See `Staff.check`; raises Forbidden for one of the pool that is not in the group."""
        groups: Iterable[str] | None = None
        if self._sign_in is not None:
            from ordermill.adapters.aws.sign_in import CognitoUsers

            users = CognitoUsers(self._deployment, self._sign_in.issuer, self._sign_in.client_id)
            groups = users.groups_of(bearer_of(authorization))
        if self._sign_in is None or groups is None:
            raise Unauthorized("the bearer token is not valid")
        if self._sign_in.group not in groups:
            raise Forbidden("this needs to be staff")


def check_member(claims: Mapping[str, Any], group: str) -> None:
    """Raises Forbidden unless the verified token is of that group, which the gateway writes as `[one two]`."""
    groups = claims.get(_GROUPS, "")
    if isinstance(groups, str):
        groups = groups.strip("[]").replace(",", " ").split()
    if group not in groups:
        raise Forbidden("this needs to be staff")
