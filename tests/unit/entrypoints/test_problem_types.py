"""The table of problem types holds every slug that can be sent, with the contract's status."""

from __future__ import annotations

import pytest

from ordermill.domain import errors
from ordermill.domain.errors import OrdermillError
from ordermill.entrypoints import bindings, fault_rules, hosts, preconditions, problems, refusals, site
from ordermill.entrypoints.problem_types import PROBLEM_TYPES, ProblemType, problem_page, status_of
from ordermill.entrypoints.sign_in import needs

CONTRACT = {
    400: "malformed-request malformed-json duplicate-key too-deep invalid-query invalid-cursor idempotency-key-invalid",
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    408: "request-timeout",
    409: "invalid-transition not-editable idempotency-in-progress conflict not-sendable out-of-stock",
    412: "stale",
    413: "payload-too-large",
    414: "uri-too-long",
    415: "unsupported-media-type",
    417: "expectation-failed",
    421: "misdirected-request",
    422: "invalid-order invalid-catalogue invalid-import invalid-redrive invalid-erasure invalid-report invalid-faults "
    "invalid-subscription idempotency-key-reused invalid-image image-mismatch",
    428: "if-match-required",
    429: "rate-limited",
    431: "headers-too-large",
    500: "internal-error access-denied",
    501: "not-implemented",
    503: "overloaded storage-unavailable intake-failed issuer-unavailable pages-not-built",
    505: "version-not-supported",
}
RAISED: set[type[OrdermillError]] = {
    error
    for module in (errors, problems, preconditions, bindings, fault_rules, hosts, needs, refusals, site)
    for error in vars(module).values()
    if isinstance(error, type) and issubclass(error, OrdermillError)
}


def test_the_table_is_the_contracts() -> None:
    by_slug = {slug: status for status, slugs in CONTRACT.items() for slug in slugs.split()}
    assert {slug: problem.status for slug, problem in PROBLEM_TYPES.items()} == by_slug


def test_status_of_a_slug_nobody_knows_is_a_defect() -> None:
    assert status_of("stale") == 412
    with pytest.raises(KeyError):
        status_of("nothing")


@pytest.mark.parametrize("error", sorted(RAISED - {errors.AlreadyClaimed}, key=str))
def test_every_error_is_listed_under_its_own_title(error: type[OrdermillError]) -> None:
    assert PROBLEM_TYPES[error.slug].title == error.title


def test_a_type_has_a_page_that_explains_it() -> None:
    for slug, problem in PROBLEM_TYPES.items():
        found = problem_page(slug)
        assert found is not None
        html = found.body.decode()
        assert "$" not in html
        assert f"{problem.status} · {slug}" in html
        assert found.headers["content-security-policy"].startswith("default-src 'self'")


def test_an_unknown_type_has_no_page() -> None:
    assert problem_page("nothing") is None
    assert problem_page("../problem") is None


def test_text_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROBLEM_TYPES, "test-markup", ProblemType(400, "a < b", "<script>"))
    found = problem_page("test-markup")
    assert found is not None
    assert b"<h1>a &lt; b</h1>" in found.body
    assert b"<script>" not in found.body
