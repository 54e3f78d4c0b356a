"""The functions of workflow `order-intake`: what each refuses, stores and tells; no repeat does anything twice."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from ordermill.domain.catalogue import Product
from ordermill.domain.commands import Accepted, ExecutionOutcome, IntakeRequest, PlaceOrder, StartExecution
from ordermill.domain.errors import (
    IdempotencyKeyInvalid,
    IdempotencyKeyReused,
    IntakeFailed,
    InvalidOrder,
    OrdermillError,
)
from ordermill.domain.idempotency import KEY_LIFETIME_MS
from ordermill.domain.json_body import parse_json, read_json
from ordermill.domain.order import Status, Step, advance
from ordermill.domain.task_errors import described, message_of, refusal
from ordermill.functions import create_order, start_workflow
from ordermill.functions.validate_order import validate_order
from ordermill.ports.ambient import Settings
from tests.unit.functions.functions_kit import NOW, Claims, Clock, Ids, Orders, Products, Tables, Tokens
from tests.unit.functions.images_kit import Images

GOOD: dict[str, Any] = {"items": [{"product": "Widget", "quantity": 2, "unitPrice": "9.99"}]}
OTHER: dict[str, Any] = {"items": [{"product": "Widget", "quantity": 3, "unitPrice": "9.99"}]}
LIMIT_BYTES = 256 * 1024


def asked(body: Any, key: str | None = None, order_id: str = "ord_1") -> IntakeRequest:
    return IntakeRequest(order_id, json.dumps(body), key)


def sent(raw: bytes, key: str | None = None) -> PlaceOrder:
    text = read_json(raw)
    return PlaceOrder(text.value, key, text=text)


class Intake:
    """The functions over one set of tables."""

    def __init__(self, *products: Product, strict: bool = False, blind: bool = False) -> None:
        self.clock = Clock()
        self.tables = Tables(self.clock, products)
        self.products = Products(self.tables)
        self.claims = Claims(self.tables, blind=blind)
        self.images = Images(self.tables, self.clock)
        self.settings = Settings(catalogue="strict" if strict else "open")

    def validate(self, message: IntakeRequest) -> None:
        validate_order(
            message,
            idempotency=self.claims,
            products=self.products,
            images=self.images,
            clock=self.clock,
            settings=self.settings,
        )

    def create(self, message: IntakeRequest) -> Accepted:
        return create_order.task(
            message,
            orders=Orders(self.tables, self.clock),
            idempotency=self.claims,
            products=self.products,
            images=self.images,
            clock=self.clock,
            settings=self.settings,
        )

    def prepare(self, message: PlaceOrder) -> StartExecution:
        return start_workflow.prepare(
            message, products=self.products, images=self.images, ids=Ids(), settings=self.settings
        )

    def settle(self, message: PlaceOrder, outcome: ExecutionOutcome) -> Any:
        return start_workflow.settle(
            message, outcome, products=self.products, images=self.images, tokens=Tokens(), settings=self.settings
        )


class Machine:
    """Port `order-intake`: ends as told."""

    def __init__(self, outcome: ExecutionOutcome) -> None:
        self.outcome = outcome
        self.started: list[StartExecution] = []

    def start(self, start: StartExecution) -> ExecutionOutcome:
        self.started.append(start)
        return self.outcome


def test_a_good_request_passes_and_changes_nothing() -> None:
    intake = Intake()
    intake.validate(asked(GOOD, "k"))
    assert (intake.tables.written, intake.tables.claims) == ([], {})


@pytest.mark.parametrize(
    ("body", "key", "error"),
    [
        ({"items": [], "total": 1}, None, InvalidOrder),
        (GOOD, "k\u00e9", IdempotencyKeyInvalid),
        ({**GOOD, "idempotency_key": "other"}, "k", IdempotencyKeyInvalid),
    ],
)
def test_what_cannot_be_met_is_refused(body: Any, key: str | None, error: type[OrdermillError]) -> None:
    for refuse in (Intake().validate, Intake().create):
        with pytest.raises(error):
            refuse(asked(body, key))


def test_a_product_that_the_catalogue_must_have_is_asked_of_it() -> None:
    with pytest.raises(InvalidOrder):
        Intake(strict=True).validate(asked(GOOD))
    Intake(Product("W", "Widget", 999, "USD", None), strict=True).validate(asked(GOOD))


def test_a_card_pays_only_where_cards_are_charged() -> None:
    intake, card = Intake(), {**GOOD, "paymentToken": "pm_1"}
    for refuse in (intake.validate, intake.create):
        with pytest.raises(InvalidOrder):
            refuse(asked(card))
    intake.settings = Settings(payments="stripe")
    intake.validate(asked(card))
    intake.create(asked(card))
    assert intake.tables.orders["ord_1"].payment_token == "pm_1"
    large = json.dumps({**card, "items": [], "note": '"' * 130_000}).encode()
    with pytest.raises(InvalidOrder) as raised:
        intake.prepare(sent(large))
    assert {error.pointer for error in raised.value.errors} == {"/items", "/note"}


def test_a_key_is_the_order_it_made_for_as_long_as_it_holds() -> None:
    intake = Intake()
    first = intake.create(asked(GOOD, "k"))
    intake.validate(asked(GOOD, "k"))
    again = intake.create(asked(GOOD, "k", "ord_2"))
    assert (again.order_id, again.replayed, first.replayed) == (first.order_id, True, False)
    for refuse in (intake.validate, intake.create):
        with pytest.raises(IdempotencyKeyReused):
            refuse(asked(OTHER, "k", "ord_3"))
    intake.clock.ms += KEY_LIFETIME_MS
    intake.validate(asked(OTHER, "k", "ord_4"))
    assert intake.create(asked(OTHER, "k", "ord_4")).order_id == "ord_4"


def test_what_was_met_once_is_not_looked_at_again_whatever_the_catalogue_says_by_then() -> None:
    intake = Intake()
    intake.create(asked(GOOD, "k"))
    intake.settings = Settings(catalogue="strict")
    intake.validate(asked(GOOD, "k"))
    assert intake.create(asked(GOOD, "k", "ord_2")).order_id == "ord_1"


def test_a_stored_order_is_told_with_what_its_caller_is_answered() -> None:
    accepted = Intake().create(asked(GOOD))
    assert accepted == Accepted("ord_1", 1, Status.PENDING, 1998, "USD", NOW, replayed=False)


@pytest.mark.parametrize("key", [None, "k"])
def test_a_task_that_is_tried_again_finds_its_order_as_it_stands(key: str | None) -> None:
    intake = Intake()
    intake.create(asked(GOOD, key))
    order = intake.tables.orders["ord_1"]
    intake.tables.orders["ord_1"] = advance(order, [Step(Status.CONFIRMED)], at=NOW, by="process_order")
    again = intake.create(asked(GOOD, key))
    assert (again.order_id, again.status, again.replayed) == ("ord_1", Status.CONFIRMED, False)
    assert len(intake.tables.written) == 1


def test_who_finds_the_key_taken_meanwhile_is_given_that_order() -> None:
    intake = Intake(blind=True)
    intake.create(asked(GOOD, "k"))
    again = intake.create(asked(GOOD, "k", "ord_2"))
    assert (again.order_id, again.replayed) == ("ord_1", True)


def test_a_text_without_its_value_is_the_same_request() -> None:
    text = read_json(json.dumps(GOOD).encode())
    plain, carrying = Intake(), Intake()
    plain.validate(IntakeRequest("ord_1", str(text)))
    carrying.validate(IntakeRequest("ord_1", text))
    assert plain.create(IntakeRequest("ord_1", str(text))) == carrying.create(IntakeRequest("ord_1", text))
    assert plain.tables.orders == carrying.tables.orders


def test_it_is_prepared_calls_and_settles() -> None:
    intake, message = Intake(), sent(json.dumps(GOOD).encode(), "k")
    start = intake.prepare(message)
    assert (start.execution_id, start.input["orderId"]) == ("exec_1", "ord_1")
    accepted = intake.create(msgspec.convert(json.loads(json.dumps(start.input)), IntakeRequest))
    machine = Machine(ExecutionOutcome("exec_1", "SUCCEEDED", msgspec.to_builtins(accepted)))
    outcome = start_workflow.call(start, order_intake=machine)
    assert machine.started == [start]
    placed = intake.settle(message, outcome)
    assert (placed.order, placed.token, placed.replayed) == (accepted, "token of ord_1", False)


def fields(count: int) -> dict[str, Any]:
    return {**GOOD, **{f"x{number}": 0 for number in range(count)}}


@pytest.mark.parametrize("wrong", [1, 50, 5_000])
def test_a_refusal_comes_back_as_the_error_it_was_with_every_wrong_member(wrong: int) -> None:
    intake, message = Intake(), sent(json.dumps(fields(wrong)).encode())
    with pytest.raises(InvalidOrder) as raised:
        intake.create(asked(fields(wrong)))
    error, cause = described(raised.value)
    assert len(cause) < 32_768
    with pytest.raises(InvalidOrder) as told:
        intake.settle(message, ExecutionOutcome("exec_1", "FAILED", None, error, cause))
    assert told.value.errors == raised.value.errors
    assert len(told.value.errors) == wrong
    assert (told.value.detail, told.value.execution_id) == (raised.value.detail, "exec_1")


@pytest.mark.parametrize("letter", ["x", '"', "\\", "ü", "中", "👩"])
def test_a_refusal_comes_back_from_lambda_whatever_letters_it_names(letter: str) -> None:
    """Which writes the cause itself: with members of its own, and nothing in it but ASCII."""
    body = {"items": [], **{f"{number}{letter * 500}": 1 for number in range(60)}}
    message = sent(json.dumps(body).encode())
    with pytest.raises(InvalidOrder) as raised:
        Intake().create(asked(body))
    error = raised.value
    trace = [f'  File "/var/task/ordermill/functions/module.py", line {n}, in name\n    a_call()\n' for n in range(20)]
    told = {"errorMessage": message_of(error), "errorType": "InvalidOrder", "requestId": "r" * 36, "stackTrace": trace}
    cause = json.dumps(told)
    assert len(cause) < 32_768
    with pytest.raises(InvalidOrder) as settled:
        Intake().settle(message, ExecutionOutcome("exec_1", "FAILED", None, "InvalidOrder", cause))
    assert settled.value.errors == error.errors


@pytest.mark.parametrize("error", [IdempotencyKeyInvalid("two keys"), IdempotencyKeyReused("another body")])
def test_a_refused_key_comes_back_as_the_error_it_was(error: OrdermillError) -> None:
    name, cause = described(error)
    with pytest.raises(type(error), match=error.detail):
        Intake().settle(sent(b"{}"), ExecutionOutcome("exec_1", "FAILED", None, name, cause))


@pytest.mark.parametrize(
    ("status", "error", "cause"),
    [
        ("FAILED", "IntakeFailed", described(OSError("the disk is gone"))[1]),
        ("FAILED", "InvalidOrder", "no JSON"),
        ("FAILED", "InvalidOrder", '{"errorMessage": "[]", "errorType": "InvalidOrder"}'),
        ("FAILED", None, None),
        ("TIMED_OUT", "States.Timeout", "it took longer than 20 s"),
    ],
)
def test_all_else_is_a_failure_that_tells_nothing_but_its_execution(status: Any, error: Any, cause: Any) -> None:
    with pytest.raises(IntakeFailed) as raised:
        Intake().settle(sent(b"{}"), ExecutionOutcome("exec_9", status, None, error, cause))
    assert raised.value.execution_id == "exec_9"
    assert "disk" not in str(raised.value)


def test_a_failure_is_no_refusal() -> None:
    assert refusal(*described(OSError("no"))) is None
    assert refusal("InvalidOrder", None) is None


SPACED = (json.dumps(GOOD) + " " * 300_000).encode()
ESCAPED = json.dumps({**GOOD, "description": "👩" * 5_000, "note": "\u00fc" * 2_000}).encode()
QUOTED = ('{"items":[],"note":"' + '\\"' * 100_000 + '"}').encode()


@pytest.mark.parametrize("raw", [json.dumps(GOOD).encode(), SPACED, ESCAPED, b" " * 100_000 + ESCAPED])
def test_an_order_that_can_be_met_fits_into_the_machine_and_stays_what_it_was(raw: bytes) -> None:
    start = Intake().prepare(sent(raw))
    assert len(msgspec.json.encode({**start.input, "body": str(start.input["body"])})) <= LIMIT_BYTES
    assert parse_json(start.input["body"].encode()) == parse_json(raw)


def test_a_request_without_room_is_told_all_that_is_wrong_with_it() -> None:
    with pytest.raises(InvalidOrder) as raised:
        Intake().prepare(sent(QUOTED))
    assert {error.pointer for error in raised.value.errors} == {"/items", "/note"}
    with pytest.raises(IdempotencyKeyInvalid):
        Intake().prepare(sent(QUOTED, "k\u00e9"))
