"""Reads a Lambda's environment and makes its handler."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Final, get_args

import msgspec

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.secrets import SsmSecrets
from ordermill.bootstrap.aws import LambdaFunction
from ordermill.bootstrap.aws_ports import Choices
from ordermill.entrypoints.alert_config import alert_settings
from ordermill.entrypoints.aws_lambda.dispatch import Dispatcher
from ordermill.entrypoints.aws_lambda.staff import SignIn
from ordermill.entrypoints.aws_lambda.telemetry import set_up
from ordermill.ports.ambient import Settings
from ordermill.topology.loader import read_checked
from ordermill.topology.model import FunctionSpec

Handler = Callable[[Any, Any], Any]
"""What Lambda calls: the event, and the context of the call."""


class Misconfigured(Exception):
    """The environment lacks something, or has it wrong: which variable, and what is expected."""


_ALERTING: Final = "alert-log"


def handler_from_environment(environ: Mapping[str, str] | None = None) -> Handler:
    """The handler. Raises Misconfigured."""
    env = os.environ if environ is None else environ
    set_up()
    function = function_of(env)
    function.open_clients()
    return Dispatcher(function, sign_in_of(env))


def sign_in_of(env: Mapping[str, str]) -> SignIn | None:
    """Where staff sign in, None if nowhere. Raises Misconfigured."""
    issuer = env.get("ORDERMILL_STAFF_ISSUER")
    if not issuer:
        return None
    return SignIn(issuer, _needed(env, "ORDERMILL_STAFF_CLIENT"), env.get("ORDERMILL_STAFF_GROUP") or "staff")


def function_of(env: Mapping[str, str]) -> LambdaFunction:
    """The function that the environment names, wired. Raises Misconfigured."""
    name, pipeline = _needed(env, "ORDERMILL_FUNCTION"), _needed(env, "ORDERMILL_PIPELINE")
    region = env.get("AWS_REGION") or _needed(env, "AWS_DEFAULT_REGION")
    deployment = Deployment(
        _needed(env, "ORDERMILL_PREFIX"),
        region,
        _needed(env, "ORDERMILL_ACCOUNT"),
        emulated=bool(env.get("AWS_ENDPOINT_URL")),
    )
    choices = Choices(
        _choice(env, "ORDERMILL_MAIL", Choices, "mail", "store"),
        _choice(env, "ORDERMILL_PAYMENTS", Settings, "payments", "sandbox"),
        _choice(env, "ORDERMILL_LABELS", Choices, "labels", "none"),
        env.get("ORDERMILL_STRIPE_URL") or None,
    )
    try:
        return LambdaFunction(name, read_checked(), pipeline, deployment, lambda of: settings_of(env, of), choices)
    except KeyError as error:
        raise Misconfigured(f"no function {name!r} runs in a pipeline {pipeline!r}") from error


def settings_of(env: Mapping[str, str], function: LambdaFunction) -> Settings:
    """The operator's settings; of the secrets among them those that the function may read. Raises Misconfigured."""
    defaults = Settings()
    try:
        alerts = alert_settings({**env, **_alert_secrets(function.spec, function.secrets)})
    except ValueError as error:
        raise Misconfigured(str(error)) from error
    return Settings(
        catalogue=_choice(env, "ORDERMILL_CATALOGUE", Settings, "catalogue", defaults.catalogue),
        payments=_choice(env, "ORDERMILL_PAYMENTS", Settings, "payments", defaults.payments),
        mail_from=env.get("ORDERMILL_MAIL_FROM") or defaults.mail_from,
        public_url=(env.get("ORDERMILL_PUBLIC_URL") or defaults.public_url).rstrip("/"),
        payment_timeout_ms=_number(env, "ORDERMILL_PAYMENT_TIMEOUT_MS", defaults.payment_timeout_ms),
        retry_base_ms=_number(env, "ORDERMILL_RETRY_BASE_MS", defaults.retry_base_ms),
        order_deadline_s=_number(env, "ORDERMILL_ORDER_DEADLINE_S", defaults.order_deadline_s),
        label_min_confidence=_share(env, "ORDERMILL_LABEL_MIN_CONFIDENCE", defaults.label_min_confidence),
        **alerts,
    )


def _alert_secrets(spec: FunctionSpec, secrets: SsmSecrets) -> dict[str, str]:
    """The targets, for who records alerts or posts them; what signs posts, for who posts them."""
    found: dict[str, str] = {}
    if "webhooks" in spec.grants or "put" in spec.grants.get(_ALERTING, ()):
        found["ORDERMILL_ALERT_WEBHOOKS"] = secrets.read("alert-targets") or ""
    if "webhooks" in spec.grants:
        found["ORDERMILL_WEBHOOK_SECRET"] = secrets.read("webhook-secret") or ""
    return found


def _needed(env: Mapping[str, str], name: str) -> str:
    value = env.get(name)
    if not value:
        raise Misconfigured(f"{name} is not set")
    return value


def _choice(env: Mapping[str, str], name: str, struct: type, member: str, default: str) -> Any:
    field = next(each for each in msgspec.structs.fields(struct) if each.name == member)
    value, known = env.get(name) or default, get_args(field.type)
    if value not in known:
        raise Misconfigured(f"{name} is {value!r}; it takes {' or '.join(known)}")
    return value


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not text.isdecimal() or int(text) < 1:
        raise Misconfigured(f"{name} is {text!r}; it takes a whole number of at least 1")
    return int(text)


def _share(env: Mapping[str, str], name: str, default: float) -> float:
    try:
        value = float(env.get(name) or default)
    except ValueError:
        value = -1
    if not 0 <= value <= 1:
        raise Misconfigured(f"{name} is {env[name]!r}; it takes a number from 0 to 1")
    return value
