"""A well-behaved part of Stripe's API on a real socket: PaymentIntents, refunds, idempotency keys, faults on demand.

It holds requests to what Stripe documents: authentication, API version, forms, states, parameters that a key repeats.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl

SAID = "pm_card_visa, or a permission that is missing"
KEY = "sk_test_ofTheStub"
GOOD_CARD = "pm_card_visa"
BAD_CARD = "pm_card_visa_chargeDeclined"
STRICT_CARD = "pm_card_authenticationRequired"
_CARDS = {GOOD_CARD, BAD_CARD, STRICT_CARD}

Operation = Literal["create", "confirm", "cancel", "retrieve", "refund"]
_OPERATIONS: list[tuple[str, str, Operation]] = [
    ("POST", r"/v1/payment_intents", "create"),
    ("GET", r"/v1/payment_intents/(\w+)", "retrieve"),
    ("POST", r"/v1/payment_intents/(\w+)/confirm", "confirm"),
    ("POST", r"/v1/payment_intents/(\w+)/cancel", "cancel"),
    ("POST", r"/v1/refunds", "refund"),
]


@dataclass
class Fault:
    """What becomes of one request.

    Without `takes_effect` nothing is done. The answer is `status` with `headers`, or the true one; `lost` cuts the
    connection in its place, and `until` holds it back.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    takes_effect: bool = False
    lost: bool = False
    until: threading.Event | None = None


@dataclass
class Request:
    """One request: `fields` of its form, header names in lower case."""

    operation: Operation
    intent: str | None
    fields: dict[str, str]
    headers: dict[str, str]


class Refused(Exception):
    """An error's answer."""

    def __init__(self, status: int, type_: str = "invalid_request_error", **members: Any) -> None:
        super().__init__(status)
        self.status, self.body = status, {"error": {"type": type_, **members}}


class Stripe:
    """The account. `before` and `after` are called around each request, as another process would act then.

    Where it is `terse`, an error does not say how the PaymentIntent stands.
    """

    def __init__(self) -> None:
        self.intents: dict[str, dict[str, Any]] = {}
        self.requests: list[Request] = []
        self.faults: dict[Operation, list[Fault]] = {}
        self.before: Callable[[Operation], None] = lambda _: None
        self.after: Callable[[Operation], None] = lambda _: None
        self.refund_status = "succeeded"
        self.terse = False
        self.ended = threading.Event()
        self.port = 0
        self._saved: dict[str, tuple[dict[str, str], int, Any]] = {}
        self._lock = threading.RLock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def moved(self) -> int:
        """Captured less refunded, in Stripe's units."""
        return sum(intent["amount_received"] - intent["refunded"] for intent in self.intents.values())

    @property
    def charges(self) -> int:
        """How often money was taken."""
        return sum(intent["amount_received"] > 0 for intent in self.intents.values())

    @property
    def operations(self) -> list[Operation]:
        return [request.operation for request in self.requests]

    def fail(self, operation: Operation, *faults: Fault) -> None:
        """Let the next requests of that kind fail, one after another."""
        self.faults.setdefault(operation, []).extend(faults)

    def forget(self) -> None:
        """As after a day: no idempotency key is known any more."""
        self._saved.clear()

    def answer(self, request: Request) -> tuple[int, dict[str, Any], Fault]:
        self.before(request.operation)
        with self._lock:
            self.requests.append(request)
            waiting = self.faults.get(request.operation)
            fault = waiting.pop(0) if waiting else Fault(takes_effect=True)
            status, body = self._done(request) if fault.takes_effect else (500, {"error": {"type": "api_error"}})
        self.after(request.operation)
        if fault.status is not None:
            status, body = fault.status, {"error": {"type": "api_error", "code": "of_the_test", "message": SAID}}
        return status, body, fault

    def _done(self, request: Request) -> tuple[int, Any]:
        """The status and the body; a repeat under an idempotency key gives what the first gave."""
        try:
            self._check(request)
            key = request.headers.get("idempotency-key")
            if key is None or key not in self._saved:
                try:
                    status, body = 200, getattr(self, f"_{request.operation}")(request)
                except Refused as refused:
                    if refused.status == 400:
                        # What does not get past validation is not kept.
                        raise
                    status, body = refused.status, refused.body
                if key is not None:
                    self._saved[key] = (request.fields, status, json.loads(json.dumps(body)))
                return status, body
            fields, status, body = self._saved[key]
            if fields != request.fields:
                raise Refused(400, "idempotency_error")
        except Refused as refused:
            return refused.status, refused.body
        return status, body

    def _check(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            raise Refused(401)
        if request.headers.get("stripe-version") != "2024-06-20":
            raise Refused(400, param="stripe-version")

    def _create(self, request: Request) -> dict[str, Any]:
        fields = request.fields
        amount, method = int(fields["amount"]), fields["payment_method"]
        if fields["currency"] != fields["currency"].lower() or len(fields["currency"]) != 3:
            raise Refused(400, param="currency", code="invalid_currency")
        if not 50 <= amount <= 99_999_999:
            code = "amount_too_small" if amount < 50 else "amount_too_large"
            raise Refused(400, param="amount", code=code)
        if method not in _CARDS:
            raise Refused(400, param="payment_method", code="resource_missing")
        if fields["payment_method_types[]"] != "card" or fields.get("confirm"):
            raise Refused(400, param="payment_method_types")
        id_ = f"pi_{len(self.intents) + 1}"
        self.intents[id_] = {
            "id": id_,
            "object": "payment_intent",
            "amount": amount,
            "amount_received": 0,
            "refunded": 0,
            "currency": fields["currency"],
            "payment_method": method,
            "status": "requires_confirmation",
            "metadata": {name[9:-1]: value for name, value in fields.items() if name.startswith("metadata[")},
        }
        return self.intents[id_]

    def _confirm(self, request: Request) -> dict[str, Any]:
        intent = self._intent(request)
        if intent["status"] != "requires_confirmation":
            raise self._unexpected(intent)
        if intent["payment_method"] == GOOD_CARD:
            intent |= {"status": "succeeded", "amount_received": intent["amount"]}
            return intent
        intent |= {"status": "requires_payment_method", "payment_method": None}
        code = "authentication_required" if request.fields.get("error_on_requires_action") else "card_declined"
        raise Refused(402, "card_error", code=code, decline_code="generic_decline", payment_intent=intent)

    def _cancel(self, request: Request) -> dict[str, Any]:
        intent = self._intent(request)
        if intent["status"] in ("succeeded", "canceled", "processing"):
            raise self._unexpected(intent)
        intent["status"] = "canceled"
        return intent

    def _retrieve(self, request: Request) -> dict[str, Any]:
        return self._intent(request)

    def _refund(self, request: Request) -> dict[str, Any]:
        intent = self.intents[request.fields["payment_intent"]]
        left = intent["amount_received"] - intent["refunded"]
        if intent["status"] != "succeeded":
            raise self._unexpected(intent)
        if left == 0:
            raise Refused(400, code="charge_already_refunded")
        if self.refund_status in ("succeeded", "pending"):
            intent["refunded"] += left
        return {"id": "re_1", "object": "refund", "amount": left, "status": self.refund_status}

    def _intent(self, request: Request) -> dict[str, Any]:
        if request.intent not in self.intents:
            raise Refused(404, code="resource_missing", param="intent")
        return self.intents[request.intent]

    def _unexpected(self, intent: dict[str, Any]) -> Refused:
        about: dict[str, Any] = {} if self.terse else {"payment_intent": intent}
        return Refused(400, code="payment_intent_unexpected_state", **about)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are what the tests are about."""


def _handler(stripe: Stripe) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Heads and bodies in one piece: else each answer waits for the client's acknowledgement of its head.
        wbufsize = -1

        def do_GET(self) -> None:
            self._reply()

        do_POST = do_GET  # noqa: N815

        def _reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            for method, path, operation in _OPERATIONS:
                match = re.fullmatch(path, self.path)
                if match and method == self.command:
                    intent = match[1] if match.groups() else None
                    fields = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body)))
                    status, answer, fault = stripe.answer(Request(operation, intent, fields, headers))
                    break
            else:
                status, answer, fault = 404, {"error": {"type": "invalid_request_error"}}, Fault()
            if fault.until is not None:
                while not (fault.until.wait(0.02) or stripe.ended.is_set()):
                    pass
            if fault.lost:
                self.close_connection = True
                return
            data = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {"request-id": "req_1", "content-length": str(len(data)), **fault.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    return Handler


@contextmanager
def serving(stripe: Stripe) -> Iterator[Stripe]:
    """`stripe` on a port of its own, until the end."""
    server = _Server(("127.0.0.1", 0), _handler(stripe))
    stripe.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield stripe
    finally:
        stripe.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()
