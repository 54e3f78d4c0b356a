"""What changing several orders at once shows: what came of each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct

from ordermill.domain.errors import OrdermillError
from ordermill.entrypoints.problems import problem_of
from ordermill.entrypoints.wire import Problem

Status = Annotated[int, Meta(ge=200, le=599, description="As of a request about it alone.")]


class ActionResultView(Struct, frozen=True, rename="camel"):
    """What came of one order: `problem` is null where it stands as was asked for. `orderId` is as it was sent."""

    order_id: str
    status: Status
    problem: Problem | None


class ActionResultsView(Struct, frozen=True):
    """What came of each order, in the order sent."""

    results: tuple[ActionResultView, ...]


def results_view(results: Iterable[tuple[str, OrdermillError | None]]) -> ActionResultsView:
    """Of ids, and the errors they came to."""
    views = []
    for order_id, error in results:
        problem = None if error is None else problem_of(error)
        views.append(ActionResultView(order_id, 200 if problem is None else problem.status, problem))
    return ActionResultsView(tuple(views))
