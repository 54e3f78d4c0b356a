"""The settings of alerts: where they go, and what signs them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from ordermill.domain.alert_targets import AlertTarget, parse_targets
from ordermill.domain.webhook_signing import parse_secrets

_CURE = "openssl rand -base64 32 makes one, and the receiver needs the same"


class AlertSettings(TypedDict):
    """Members of `Settings`."""

    alert_targets: tuple[AlertTarget, ...]
    alert_info: bool
    webhook_keys: tuple[bytes, ...]
    allow_local_webhooks: bool


def alert_settings(env: Mapping[str, str]) -> AlertSettings:
    """Raises ValueError that says which setting is wrong and what is expected, and quotes neither URLs nor secrets."""
    local = _switch(env, "ORDERMILL_ALLOW_LOCAL_WEBHOOKS")
    try:
        targets = parse_targets(env.get("ORDERMILL_ALERT_WEBHOOKS") or "", allow_local=local)
    except ValueError as error:
        raise ValueError(f"ORDERMILL_ALERT_WEBHOOKS: {error}") from error
    try:
        keys = parse_secrets(env.get("ORDERMILL_WEBHOOK_SECRET") or "")
    except ValueError as error:
        raise ValueError(f"ORDERMILL_WEBHOOK_SECRET: {error}; {_CURE}") from error
    return AlertSettings(
        alert_targets=targets,
        alert_info=_switch(env, "ORDERMILL_ALERT_INFO"),
        webhook_keys=keys,
        allow_local_webhooks=local,
    )


def _switch(env: Mapping[str, str], name: str) -> bool:
    text = env.get(name) or "0"
    if text not in ("0", "1"):
        raise ValueError(f"{name} is {text!r}; it takes 1 or 0")
    return text == "1"
