"""Who an access token of the user pool belongs to. The pool itself verifies it, so that one signed out is refused."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.errors import code_of
from ordermill.domain.errors import StorageUnavailable

_REFUSED: Final = frozenset(
    {"NotAuthorizedException", "UserNotFoundException", "PasswordResetRequiredException", "UserNotConfirmedException"}
)
_ACCESS: Final = "access"
"""The use of a token that tells of no person, only of rights."""
_INVALID: Final = "InvalidParameterException"


class _Claims(msgspec.Struct):
    groups: tuple[str, ...] = msgspec.field(default=(), name="cognito:groups")
    token_use: str | None = None
    iss: str | None = None
    client_id: str | None = None


class CognitoUsers:
    """A user pool, by its issuer, and a client of it. It is asked with the token alone, which needs no permission."""

    def __init__(self, deployment: Deployment, issuer: str, client_id: str) -> None:
        self._deployment, self._issuer, self._client_id = deployment, issuer, client_id

    def groups_of(self, access_token: str) -> Sequence[str] | None:
        """The groups of the token's user, None where the pool does not take the token. Raises StorageUnavailable."""
        claims = _claims(access_token)
        if claims is None or claims.token_use != _ACCESS:
            return None
        # The service verifies tokens of all pools, anybody's: only one of ours counts.
        if (claims.iss, claims.client_id) != (self._issuer, self._client_id):
            return None
        try:
            self._deployment.client("cognito-idp").get_user(AccessToken=access_token)
        except ClientError as error:
            if code_of(error) in _REFUSED or code_of(error) == _INVALID:
                return None
            raise StorageUnavailable(f"GetUser: {code_of(error)}") from error
        except BotoCoreError as error:
            raise StorageUnavailable(f"GetUser: {type(error).__name__}") from error
        return claims.groups


def _claims(token: str) -> _Claims | None:
    """What the token says, which counts only once the pool has taken it."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)), type=_Claims)
    except (ValueError, msgspec.MsgspecError):
        return None
