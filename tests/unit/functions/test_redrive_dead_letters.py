"""`redrive_dead_letters`: what is sent on, what is refused, and that a dry run tells the same and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from ordermill.domain.commands import RedriveDeadLetters
from ordermill.domain.dead_letters import DeadLetter, Redriven
from ordermill.domain.order import Compensation, Order, Status, Step, advance
from ordermill.domain.redrive import MOST_AT_ONCE
from ordermill.functions.redrive_dead_letters import MOST_BYTES, redrive_dead_letters
from tests.unit.functions.functions_kit import NOW, Clock, DeadLetters, Messages, Orders, Tables

MakeOrder = Callable[..., Order]


def letter(id_: str, order_id: str | None = None, function: str = "send_email", **members: Any) -> DeadLetter:
    made = DeadLetter(id_, "mail-queue", function, order_id, "OSError: no", 5, 0, NOW, msgspec.Raw(b"{}"))
    return replace(made, **members)


def processing(id_: str, order_id: str) -> DeadLetter:
    return letter(id_, order_id, "process_order", queue="order-queue")


class Desk:
    """The function with its ports; `gone` are queues without a consumer."""

    def __init__(self, letters: Sequence[DeadLetter], *orders: Order, gone: str = "") -> None:
        self.clock = Clock()
        self.tables = Tables(self.clock)
        self.tables.orders = {order.order_id: order for order in orders}
        self.tables.letters = {each.id: each for each in letters}
        self.letters, self.messages = DeadLetters(self.tables), Messages(gone)

    def ask(self, *ids: str, queue: str | None = None, most: int = MOST_AT_ONCE, dry_run: bool = False) -> Redriven:
        """Run it; a run that is not dry is run dry before, and must have said the same."""
        message = RedriveDeadLetters(ids or None, queue, most, dry_run=True)
        before = (dict(self.tables.orders), set(self.tables.closed), list(self.messages.redriven))
        said = self._run(message)
        assert (self.tables.orders, self.tables.closed, self.messages.redriven) == before
        if dry_run:
            return said
        result = self._run(replace(message, dry_run=False))
        assert replace(result, dry_run=True) == said
        return result

    def _run(self, message: RedriveDeadLetters) -> Redriven:
        orders = Orders(self.tables, self.clock)
        return redrive_dead_letters(
            message, orders=orders, dead_letters=self.letters, messages=self.messages, clock=self.clock
        )


def failed(order: Order) -> Order:
    return advance(order, [Step(Status.FAILED)], at=NOW, by="fail_order")


def test_an_orders_letter_takes_it_to_its_next_attempt_in_one_write(make_order: MakeOrder) -> None:
    desk = Desk([processing("p", "ord_1"), processing("q", "ord_1"), letter("m", "ord_1")], failed(make_order()))
    assert desk.ask("p") == Redriven(("p",), (), 0)
    order = desk.tables.orders["ord_1"]
    assert (order.status, order.attempt, order.redrives, order.history[-1].by) == (Status.PENDING, 2, 1, "staff")
    assert (len(desk.tables.written), desk.tables.closed, desk.messages.redriven) == (1, {"p", "q"}, [])


def test_any_other_letter_goes_back_to_its_queue_and_is_closed() -> None:
    mail = letter("m", "ord_1")
    desk = Desk([mail])
    assert desk.ask("m") == Redriven(("m",), (), 0)
    assert (desk.messages.redriven, desk.tables.closed) == ([mail], {"m"})
    assert [refusal.reason for refusal in desk.ask("m").refused] == ["no dead letter with this id is open"]


def test_a_letter_whose_order_has_no_record_goes_back_to_its_queue() -> None:
    desk = Desk([processing("p", "ord_1")])
    assert desk.ask("p").redriven == ("p",)
    assert [each.id for each in desk.messages.redriven] == ["p"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": Status.CANCELLED}, "the order is CANCELLED"),
        ({"status": Status.PENDING}, "the order is PENDING"),
        ({"compensation": Compensation.RUNNING}, "the refund of the order's last attempt is not settled yet"),
        ({"compensation": Compensation.STUCK}, "the refund of the order's last attempt is not settled yet"),
        ({"redrives": 3}, "it was redriven 3 times already"),
    ],
)
def test_an_order_that_cannot_go_on_is_refused(make_order: MakeOrder, change: dict[str, Any], reason: str) -> None:
    order = replace(failed(make_order()), **change)
    desk = Desk([processing("p", "ord_1")], order)
    (refusal,) = desk.ask("p").refused
    assert (refusal.id, refusal.reason) == ("p", reason)
    assert (desk.tables.orders["ord_1"], desk.tables.closed) == (order, set())


def test_the_fourth_redrive_of_a_message_is_refused() -> None:
    desk = Desk([letter("three", redrives=3), letter("two", redrives=2)])
    result = desk.ask("three", "two")
    assert (result.redriven, result.refused[0].reason) == (("two",), "it was redriven 3 times already")


def test_what_nothing_consumes_is_refused() -> None:
    (refusal,) = Desk([letter("m")], gone="mail-queue").ask("m").refused
    assert refusal.reason == "nothing consumes mail-queue any more"


def test_an_order_goes_on_once_though_two_of_its_letters_are_named(make_order: MakeOrder) -> None:
    desk = Desk([processing("p", "ord_1"), processing("q", "ord_1")], failed(make_order()))
    result = desk.ask("p", "q")
    assert (result.redriven, [refusal.id for refusal in result.refused]) == (("p",), ["q"])
    assert desk.tables.orders["ord_1"].attempt == 2


def test_of_a_queue_the_oldest_go_and_refused_ones_do_not_count() -> None:
    letters = [letter("a", redrives=3), letter("b"), letter("x", queue="other"), letter("c"), letter("d")]
    result = Desk(letters).ask(queue="mail-queue", most=2)
    assert (result.redriven, [refusal.id for refusal in result.refused]) == (("b", "c"), ["a"])
    assert result.remaining == 1


@pytest.mark.parametrize(
    ("count", "redriven", "remaining"),
    [(3, 3, 0), (MOST_AT_ONCE, MOST_AT_ONCE, 0), (MOST_AT_ONCE + 200, MOST_AT_ONCE, 200)],
)
def test_all_has_an_end(count: int, redriven: int, remaining: int) -> None:
    desk = Desk([letter(f"m{number:04d}") for number in range(count)])
    result = desk.ask()
    assert (len(result.redriven), result.remaining) == (redriven, remaining)
    assert result.redriven == tuple(f"m{number:04d}" for number in range(redriven))


def test_large_letters_end_a_request_earlier() -> None:
    large = msgspec.Raw(msgspec.json.encode("x" * (MOST_BYTES // 2)))
    desk = Desk([letter(f"m{number}", payload=large) for number in range(5)])
    result = desk.ask()
    assert (result.redriven, result.remaining) == (("m0", "m1"), 3)
