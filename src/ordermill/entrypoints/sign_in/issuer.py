"""The issuer whose tokens make staff: its settings, held to rules before anything starts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Final
from urllib.parse import urlsplit

import msgspec

from ordermill.entrypoints.hosts import is_loopback, origin_of

_NAMES: Final = ("AUDIENCE", "CLIENT", "GROUP", "GROUP_CLAIM", "JWKS")
_TEXT: Final = re.compile(r"[!-~]{1,512}")
DISCOVERY: Final = "/.well-known/openid-configuration"


class StaffIssuer(msgspec.Struct, frozen=True):
    """Tokens of `issuer` for `audience` make staff whose `group_claim` names `group`; `jwks` None: it is discovered.

    A token without `aud` is held against `client_id`, as access tokens of Cognito are by API Gateway.
    """

    issuer: str
    audience: str
    group: str = "staff"
    group_claim: str = "groups"
    jwks: str | None = None


def fetchable(url: str) -> bool:
    """Whether keys may come from there: over https, or from this machine."""
    try:
        origin_of(url)
    except ValueError:
        return False
    parts = urlsplit(url)
    plain = not (parts.username or parts.password or parts.fragment)
    return plain and (parts.scheme == "https" or is_loopback(parts.hostname or ""))


def staff_issuer(env: Mapping[str, str], find: Callable[[str], object] = find_spec) -> StaffIssuer | None:
    """The issuer that `env` names, None where it names none. Raises ValueError, which says what to change.

    `find` says whether a library is installed, None if it is not.
    """
    issuer = env.get("ORDERMILL_STAFF_ISSUER") or ""
    sent = {name: text for name in _NAMES if (text := env.get(f"ORDERMILL_STAFF_{name}"))}
    if not issuer:
        if sent:
            name = min(sent)
            raise ValueError(f"ORDERMILL_STAFF_{name} is set, but ORDERMILL_STAFF_ISSUER is not; set it too")
        return None
    if not fetchable(issuer) or "?" in issuer:
        raise ValueError(_bad("ISSUER", issuer, "an https URL such as https://login.example.org"))
    for name in ("AUDIENCE", "CLIENT", "GROUP", "GROUP_CLAIM"):
        if name in sent and not _TEXT.fullmatch(sent[name]):
            raise ValueError(_bad(name, sent[name], "visible ASCII characters"))
    audience = sent.get("AUDIENCE", sent.get("CLIENT"))
    if audience is None:
        raise ValueError(
            "ORDERMILL_STAFF_ISSUER is set, but ORDERMILL_STAFF_AUDIENCE is not; set it to the `aud` of your tokens"
        )
    if sent.get("CLIENT", audience) != audience:
        raise ValueError("ORDERMILL_STAFF_AUDIENCE and ORDERMILL_STAFF_CLIENT are both set and differ; set one of them")
    jwks = sent.get("JWKS")
    if jwks is not None and not fetchable(jwks):
        raise ValueError(_bad("JWKS", jwks, "an https URL such as https://login.example.org/keys"))
    if find("jwt") is None or find("cryptography") is None:
        raise ValueError("ORDERMILL_STAFF_ISSUER needs the extra `oidc`; install it: pip install 'PyJWT[crypto]>=2.10'")
    defaults = StaffIssuer(issuer, audience)
    return StaffIssuer(
        issuer,
        audience,
        group=sent.get("GROUP", defaults.group),
        group_claim=sent.get("GROUP_CLAIM", defaults.group_claim),
        jwks=jwks,
    )


def _bad(name: str, text: str, wanted: str) -> str:
    return f"ORDERMILL_STAFF_{name} is {text[:200]!r}; it takes {wanted}"
