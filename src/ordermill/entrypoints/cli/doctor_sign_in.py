"""The check of who signs in: staff by their token, and by an issuer's where one is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ordermill.entrypoints.cli.diagnosis import Check
from ordermill.entrypoints.config import InvalidSetting, issuer_of
from ordermill.entrypoints.sign_in.issuer import StaffIssuer

NAME = "sign-in"


def sign_in_check(environ: Mapping[str, str], *, ask: Callable[[StaffIssuer], int] | None = None) -> Check:
    """Whether the issuer that `environ` names hands out keys; `ask` counts them, or raises what says why not."""
    try:
        issuer = issuer_of(environ)
    except InvalidSetting as error:
        cure = "Correct it: the server does not start with it."
        return Check(NAME, "fail", "ORDERMILL_STAFF_ISSUER", str(error), cure)
    if issuer is None:
        return Check(NAME, "ok", "by the staff token, or a link of ordermill sign-in")
    shown = f"also by tokens of {issuer.issuer}"
    try:
        count = (ask or _ask)(issuer)
    except Exception as error:
        cure = "Mend ORDERMILL_STAFF_ISSUER or ORDERMILL_STAFF_JWKS, or the way there. The staff token works meanwhile."
        return Check(NAME, "fail", shown, f"{error}.", cure)
    return Check(NAME, "ok", f"{shown}, which has {count} {'key' if count == 1 else 'keys'}")


def _ask(issuer: StaffIssuer) -> int:
    from ordermill.entrypoints.sign_in.jwks import fetch_keys

    return len(fetch_keys(issuer))
