"""Cases whose messages go to the oracles' own queue and topic; and the shipped machine, with its functions scripted."""

from __future__ import annotations

import json
from typing import Any, Final

from ordermill.runtime.workflow.model import Resource
from ordermill.topology.loader import shipped
from tests.unit.workflow.cases.errors import catcher
from tests.unit.workflow.workflow_kit import Case, function, gives, passing, queue, throws, topic

SENT: Final = {"MessageId": "m"}
"""What our queue or topic answers."""


def sending(name: str, state: dict[str, Any], given: Any = None) -> Case:
    """A machine that sends one message and throws the answer away."""
    return Case(name=name, states={"A": state}, input=given, script={"A": [gives(SENT)]}, output=given)


MESSAGES: Final = [
    sending("a text to a queue", queue(send={"MessageBody": "héllo \U0001f600"}, ResultPath=None)),
    sending("an object to a queue", queue(ResultPath=None), {"a": [1, 2.5, None, True], "b": {"c": "é"}}),
    sending("a text of the input to a queue", queue(send={"MessageBody.$": "$.t"}, ResultPath=None), {"t": "x"}),
    sending(
        "a payload to a queue",
        queue(send={"MessageBody": {"id.$": "$.id", "s.$": "$$.State.Name", "n": 1}}, ResultPath=None),
        {"id": "o1"},
    ),
    sending("an object to a topic", topic(ResultPath=None), {"a": {"b": [1]}}),
    sending("a text to a topic", topic(send={"Message.$": "$.t"}, ResultPath=None), {"t": "hello"}),
    Case(
        name="what a function returned, and then to the queue",
        states={"X": function("A"), "A": queue(ResultPath=None)},
        script={"X": [gives({"id": "o1"})], "A": [gives(SENT)]},
        output={"id": "o1"},
    ),
    Case(
        name="an error to the topic, and then the end",
        states={
            "X": function(Catch=[catcher("States.ALL", to="A")]),
            "A": topic("F", ResultPath=None),
            "F": {"Type": "Fail", "ErrorPath": "$.Error", "CausePath": "$.Cause"},
        },
        script={"X": [throws("ErrorA", "it broke")], "A": [gives(SENT)]},
        error="ErrorA",
        cause="it broke",
    ),
    Case(
        name="two messages, one after the other",
        states={"A": queue("B", ResultPath=None), "B": queue("C", ResultPath=None), "C": passing()},
        input={"n": 1},
        script={"A": [gives(SENT)], "B": [gives(SENT)]},
        output={"n": 1},
    ),
]

INTAKE: Final[dict[str, Any]] = json.loads(
    shipped("order-intake.asl.json").read_bytes().replace(b"${order-queue}", b"${q}").replace(b"${alerts}", b"${t}")
)
INTAKE_RESOURCES: Final = {
    "validate_order": Resource("function", "validate_order"),
    "create_order": Resource("function", "create_order"),
    "q": Resource("queue", "q"),
    "t": Resource("topic", "t"),
}
_REQUEST: Final = {"orderId": "ord_1", "items": [{"product": "Widget", "quantity": 2}]}
_PLACED: Final = {"orderId": "ord_1", "attempt": 1, "status": "PENDING", "total": "19.98"}
_DOWN: Final = throws("StorageUnavailable", "the disk is full")


def taking(name: str, validate: list[Any], create: list[Any], **end: Any) -> Case:
    """An order's way through the shipped machine, given the answers of the two functions."""
    script = {"validate_order": validate, "create_order": create}
    top = {name: value for name, value in INTAKE.items() if name not in {"States", "StartAt"}}
    return Case(name=f"order-intake: {name}", states=INTAKE["States"], top=top, input=_REQUEST, script=script, **end)


INTAKES: Final = [
    taking("accepted", [gives(None)], [gives(_PLACED)], output=_PLACED),
    taking("accepted after retries", [_DOWN, gives(None)], [_DOWN, _DOWN, gives(_PLACED)], output=_PLACED),
    taking("a repeat", [gives(None)], [gives({**_PLACED, "status": "PAID"})], output={**_PLACED, "status": "PAID"}),
    taking("refused", [throws("InvalidOrder", '{"status": 422}')], [], error="InvalidOrder", cause='{"status": 422}'),
    taking(
        "refused late", [gives(None)], [throws("IdempotencyKeyReused", "x")], error="IdempotencyKeyReused", cause="x"
    ),
    taking("failed", [gives(None)], [_DOWN] * 3, error="IntakeFailed", cause="the disk is full"),
    taking("timed out", [{"Hang": True}] * 2, [], error="IntakeFailed"),
]
