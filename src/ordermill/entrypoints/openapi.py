"""`/openapi.json`: the route table and the wire's shapes, written as OpenAPI 3.1.

Paths, methods, captions and who may call come from the route table, shapes from `wire`, statuses and titles of
problems from `problem_types`; only prose and pairings are in `openapi_operations`. Nothing can be served undescribed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol

from msgspec.json import schema_components

from ordermill.domain.archive import ArchivedOrderView
from ordermill.domain.order_view import ImageView
from ordermill.entrypoints import (
    fault_rules,
    reports,
    wire,
    wire_alerts,
    wire_archive,
    wire_erasures,
    wire_executions,
    wire_images,
    wire_letters,
    wire_mails,
    wire_managing,
    wire_queues,
    wire_subscriptions,
)
from ordermill.entrypoints.execution.wire import OrderExecutionView
from ordermill.entrypoints.mails import MAIL_ID_PATTERN
from ordermill.entrypoints.openapi_archive import ARCHIVE_PARAMETERS, ERASURE_SCHEMAS
from ordermill.entrypoints.openapi_bodies import REQUEST_SCHEMAS
from ordermill.entrypoints.openapi_images import IMAGE_PATH, IMAGE_SCHEMAS
from ordermill.entrypoints.openapi_letters import LETTER_PARAMETERS, LETTER_SCHEMAS
from ordermill.entrypoints.openapi_lists import LIST_PARAMETERS
from ordermill.entrypoints.openapi_live import LIVE_PARAMETERS, LOG_PARAMETERS
from ordermill.entrypoints.openapi_managing import MANAGING_PARAMETERS, MANAGING_SCHEMAS
from ordermill.entrypoints.openapi_operations import EVERYWHERE, OPERATIONS, PAGES
from ordermill.entrypoints.openapi_parts import JSON, Answer, Body, Operation
from ordermill.entrypoints.openapi_reports import REPORT_SCHEMAS
from ordermill.entrypoints.openapi_sign_in import SIGN_IN_HEADERS, SIGN_IN_OPERATIONS, session_schemes, session_security
from ordermill.entrypoints.openapi_subscriptions import SUBSCRIPTION_PARAMETERS, SUBSCRIPTION_SCHEMAS
from ordermill.entrypoints.problem_types import PROBLEM_TYPES, status_of
from ordermill.entrypoints.sign_in import wire as sign_in
from ordermill.ports.objects import KEY_PATTERN

Json = dict[str, Any]

_VIEWS: Final = (
    wire.OrderView,
    wire.OrdersView,
    wire.PublicOrderView,
    wire.PlacedView,
    wire.HistoryView,
    wire_managing.ActionResultsView,
    wire_managing.CountsView,
    wire_managing.ImportReportView,
    wire_archive.DeletedView,
    wire_archive.ArchiveView,
    reports.ReportView,
    ArchivedOrderView,
    ImageView,
    wire_images.StoredImageView,
    wire_erasures.ErasureView,
    OrderExecutionView,
    wire.ProductsView,
    wire.PaymentsView,
    wire_queues.QueuesView,
    wire_letters.DeadLettersView,
    wire_letters.RedrivenView,
    wire_alerts.AlertsView,
    wire_mails.MailsView,
    wire_mails.MailMessageView,
    wire_subscriptions.AskedView,
    wire_subscriptions.OutcomeView,
    wire_subscriptions.SubscriptionsView,
    fault_rules.FaultsView,
    sign_in.LinkView,
    sign_in.CurrentSessionView,
    sign_in.SessionsView,
    sign_in.EndedView,
    wire_executions.ExecutionView,
    wire.HealthView,
    wire.ImportedView,
    wire.Problem,
)
_REF: Final = "#/components/{}/{}"
_ALERT_ID: Final[Json] = {"type": "string", "pattern": wire_alerts.ALERT_ID_PATTERN}
_ORDER_ID: Final[Json] = {"type": "string", "pattern": wire.ORDER_ID_PATTERN, "examples": [wire.ORDER_ID_EXAMPLE]}

_PATH_PARAMETERS: Final[dict[str, Json]] = {
    "orderId": {"description": "The order's id.", "schema": _ORDER_ID},
    "alertId": {"description": "The alert's id.", "schema": _ALERT_ID},
    "mailId": {
        "description": "The mail's id.",
        "schema": {
            "type": "string",
            "pattern": MAIL_ID_PATTERN,
            "examples": [f"{wire.ORDER_ID_EXAMPLE}-OrderProcessed"],
        },
    },
    "subscriptionId": {
        "description": "The subscription's id.",
        "schema": {
            "type": "string",
            "pattern": wire_subscriptions.SUBSCRIPTION_ID_PATTERN,
            "examples": [wire_subscriptions.SUBSCRIPTION_ID_EXAMPLE],
        },
    },
    "executionId": {
        "description": "The execution's id: the `executionId` of a problem.",
        "schema": {
            "type": "string",
            "pattern": wire_executions.EXECUTION_ID_PATTERN,
            "examples": [wire_executions.EXECUTION_ID_EXAMPLE],
        },
    },
    "imageId": IMAGE_PATH,
    "bucket": {"description": "Part of the link.", "schema": {"type": "string", "pattern": "^[a-z-]+$"}},
    "key": {"description": "Part of the link.", "schema": {"type": "string", "pattern": KEY_PATTERN}},
    "slug": {"description": "The last segment of a problem's `type`.", "schema": {"enum": sorted(PROBLEM_TYPES)}},
}
_PARAMETERS: Final[dict[str, Json]] = {
    **LIST_PARAMETERS,
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A name for this request, such as a UUID, to use again when it is repeated; bare or quoted.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The ETag of the version already read: 304 if it is still the current one.",
        "schema": {"type": "string"},
    },
    "OrderIdQuery": {
        "name": "orderId",
        "in": "query",
        "required": True,
        "description": "Whose payments.",
        "schema": _ORDER_ID,
    },
    **LETTER_PARAMETERS,
    **MANAGING_PARAMETERS,
    **ARCHIVE_PARAMETERS,
    **SUBSCRIPTION_PARAMETERS,
    "MailsOfOrder": {
        "name": "orderId",
        "in": "query",
        "description": "Only mails about this order.",
        "schema": _ORDER_ID,
    },
    "LetterOrder": {
        "name": "orderId",
        "in": "query",
        "description": "Only letters about this order; not together with `queue`.",
        "schema": _ORDER_ID,
    },
    "AlertOrder": {
        "name": "orderId",
        "in": "query",
        "description": "Only alerts that began with this order.",
        "schema": _ORDER_ID,
    },
    **LIVE_PARAMETERS,
    **LOG_PARAMETERS,
}
_HEADERS: Final[dict[str, Json]] = {
    "Location": {"description": "The order's path.", "schema": {"type": "string", "examples": ["/orders/ord_…"]}},
    "ETag": {"description": "The order's version, quoted.", "schema": {"type": "string", "pattern": '^"[0-9]+"$'}},
    "Idempotent-Replayed": {
        "description": "`true` where the key was known and this is the order it made.",
        "schema": {"type": "string", "const": "true"},
    },
    "Link": {
        "description": 'Where there is a next page: its path, with `rel="next"`.',
        "schema": {"type": "string", "examples": ['</orders?cursor=…>; rel="next"']},
    },
    "Content-Disposition": {"description": "The name to save it under.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}},
    "RateLimit": {"description": "The policy, what is left, seconds until more.", "schema": {"type": "string"}},
    "RateLimit-Policy": {"description": "The policy's quota and its window in seconds.", "schema": {"type": "string"}},
    **SIGN_IN_HEADERS,
    "WWW-Authenticate": {"description": "How to present a token.", "schema": {"type": "string"}},
}
_PROBLEM_HEADERS: Final = {
    401: ("WWW-Authenticate",),
    429: ("Retry-After", "RateLimit", "RateLimit-Policy"),
    503: ("Retry-After",),
}
_SECURITY_SCHEMES: Final[Json] = {
    "staffToken": {"type": "http", "scheme": "bearer", "description": "Staff."},
    "orderToken": {
        "type": "apiKey",
        "in": "header",
        "name": "Order-Token",
        "description": "The holder of one order: the `orderToken` that POST /orders answered.",
    },
}
_SECURITY: Final[dict[str, list[Json]]] = {
    "anyone": [],
    "holder": [{"orderToken": []}, {"staffToken": []}],
    "staff": [{"staffToken": []}],
}
_TAGS: Final = (
    ("Orders", "Place orders and see what becomes of them."),
    ("Catalogue", "What there is, at which price."),
    ("Subscriptions", "Be told of deleted orders by mail."),
    ("Operation", "For those who run it."),
    ("Sign-in", "For staff with a browser."),
)


class RouteEntry(Protocol):
    """One row of the route table; `access` is `anyone`, `holder` or `staff`, `function` None where none answers."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def function(self) -> str | None: ...
    @property
    def access(self) -> str: ...
    @property
    def caption(self) -> str: ...


class UndescribedRoute(LookupError):
    """A route, or a parameter in its path, that the description does not know."""


def document(routes: Sequence[RouteEntry], version: str, server_url: str, session_cookie: str | None = None) -> Json:
    """The OpenAPI 3.1 document of `routes`, ready for JSON. Raises UndescribedRoute.

    `session_cookie` is the name of the cookie that staff are signed in by, where the server has sessions.
    """
    paths: dict[str, Json] = {}
    for route in routes:
        name = f"{route.method} {route.path}"
        if name in PAGES:
            continue
        operation = OPERATIONS.get(name) or SIGN_IN_OPERATIONS.get(name)
        if operation is None:
            raise UndescribedRoute(f"{name} is served but not described in OPERATIONS")
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(
            route, operation, sessions=session_cookie is not None
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Ordermill",
            "version": version,
            "summary": "Takes orders and processes them.",
            "description": "Money is a decimal string, times are RFC 3339 in UTC. Errors are "
            "`application/problem+json` (RFC 9457); their `type` leads to a page that says what to do.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": server_url}],
        "tags": [{"name": tag, "description": text} for tag, text in _TAGS],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "parameters": _PARAMETERS,
            "headers": _HEADERS,
            "securitySchemes": _SECURITY_SCHEMES | (session_schemes(session_cookie) if session_cookie else {}),
        },
    }


def _operation(route: RouteEntry, operation: Operation, *, sessions: bool) -> Json:
    result: Json = {
        "operationId": operation.id,
        "summary": route.caption,
        "description": operation.text,
        "tags": [operation.tag],
        "security": _security(route, operation.tokens_help, sessions=sessions),
        "responses": _responses(operation),
    }
    parameters = [_path_parameter(name) for name in re.findall(r"\{(\w+)\}", route.path)]
    parameters += [{"$ref": _REF.format("parameters", name)} for name in operation.parameters]
    if parameters:
        result["parameters"] = parameters
    if operation.body is not None:
        result["requestBody"] = _body(operation.body)
    if route.function is not None:
        result["x-function"] = route.function
    return result


def _security(route: RouteEntry, tokens_help: bool, *, sessions: bool) -> list[Json]:
    schemes = [{}, *_SECURITY["holder"]] if tokens_help else _SECURITY[route.access]
    # Links are the staff token's alone.
    if sessions and schemes and route.path != "/sign-in/links":
        return [*schemes, session_security(route.method)]
    return schemes


def _path_parameter(name: str) -> Json:
    if name not in _PATH_PARAMETERS:
        raise UndescribedRoute(f"the path parameter {name} is not described")
    return {"name": name, "in": "path", "required": True, **_PATH_PARAMETERS[name]}


def _body(body: Body) -> Json:
    schema = {"type": "string"} if body.schema is None else _schema(body.schema)
    content = {"schema": schema, "examples": body.examples}
    return {"required": True, "content": dict.fromkeys((body.media, *body.also), content)}


def _responses(operation: Operation) -> Json:
    """By status; where one stands for an answer and for problems, with the content of both."""
    responses = {str(status): _answer(answer) for status, answer in operation.answers.items()}
    for status, response in _problems((*operation.problems, *EVERYWHERE)).items():
        answer = responses.get(status, {})
        content = {**answer.get("content", {}), **response["content"]}
        description = " · ".join(each["description"] for each in (answer, response) if each)
        responses[status] = {**answer, **response, "description": description, "content": content}
    return responses


def _answer(answer: Answer) -> Json:
    if answer.schema is not None:
        schema = _schema(answer.schema)
    else:
        schema = {"type": "object" if answer.media == JSON else "string"}
    response = _response(answer.text, answer.media, schema, answer.headers)
    for media in answer.also:
        response["content"][media] = {"schema": {"type": "string"}}
    return response


def _problems(slugs: Iterable[str]) -> Json:
    by_status: dict[int, list[str]] = {}
    for slug in dict.fromkeys(slugs):
        by_status.setdefault(status_of(slug), []).append(slug)
    return {
        str(status): _response(
            " · ".join(f"`{slug}`: {PROBLEM_TYPES[slug].title}." for slug in group),
            "application/problem+json",
            _schema("Problem"),
            _PROBLEM_HEADERS.get(status, ()),
        )
        for status, group in sorted(by_status.items())
    }


def _response(text: str, media: str | None, schema: Json, headers: Iterable[str]) -> Json:
    response: Json = {"description": text}
    if media is not None:
        response["content"] = {media: {"schema": schema}}
    named = {name: {"$ref": _REF.format("headers", name)} for name in headers}
    return {**response, "headers": named} if named else response


def _schema(name: str) -> Json:
    """A reference, or any of several joined by `|`."""
    references = [{"$ref": _REF.format("schemas", part)} for part in name.split("|")]
    return references[0] if len(references) == 1 else {"anyOf": references}


def _schemas() -> Json:
    _, schemas = schema_components(_VIEWS, ref_template=_REF.format("schemas", "{name}"))
    own = {
        **LETTER_SCHEMAS,
        **MANAGING_SCHEMAS,
        **ERASURE_SCHEMAS,
        **REPORT_SCHEMAS,
        **SUBSCRIPTION_SCHEMAS,
        **IMAGE_SCHEMAS,
    }
    return {**schemas, **REQUEST_SCHEMAS, **own}
