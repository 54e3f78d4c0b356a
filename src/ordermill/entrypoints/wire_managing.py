"""What changing several orders at once shows: what came of each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct

from ordermill.domain.errors import OrdermillError
from ordermill.domain.order import Status
from ordermill.entrypoints.problems import problem_of
from ordermill.entrypoints.wire import OrderId, Problem

Code = Annotated[int, Meta(ge=200, le=599, description="As of a request about it alone.")]


class ActionResultView(Struct, frozen=True, rename="camel"):
    """What came of one order: `problem` is null where it stands as was asked for. `orderId` is as it was sent."""

    order_id: str
    status: Code
    problem: Problem | None


class ActionResultsView(Struct, frozen=True):
    """What came of each order, in the order sent."""

    results: tuple[ActionResultView, ...]


class ImportRowView(Struct, frozen=True, rename="camel"):
    """What came of one row, by its number as a spreadsheet shows it: its order, or the problem that it has.

    A problem's pointers name columns.
    """

    row: Annotated[int, Meta(ge=2)]
    order_id: OrderId | None
    status: Code
    problem: Problem | None


class ImportReportView(Struct, frozen=True):
    """How many rows have an order now and how many were refused, then each; rows that are empty are left out."""

    imported: Annotated[int, Meta(ge=0)]
    refused: Annotated[int, Meta(ge=0)]
    rows: tuple[ImportRowView, ...]


class CountsView(Struct, frozen=True):
    """How many orders have each status."""

    counts: dict[Status, Annotated[int, Meta(ge=0)]]


def results_view(results: Iterable[tuple[str, OrdermillError | None]]) -> ActionResultsView:
    """Of ids, and the errors they came to."""
    views = []
    for order_id, error in results:
        problem = None if error is None else problem_of(error)
        views.append(ActionResultView(order_id, 200 if problem is None else problem.status, problem))
    return ActionResultsView(tuple(views))


def report_view(rows: Iterable[tuple[int, str | None, OrdermillError | None]]) -> ImportReportView:
    """Of rows by their numbers, with the ids of their orders, or the errors they came to."""
    views = []
    for row, order_id, error in rows:
        problem = None if error is None else problem_of(error)
        views.append(ImportRowView(row, order_id, 202 if problem is None else problem.status, problem))
    refused = sum(view.problem is not None for view in views)
    return ImportReportView(len(views) - refused, refused, tuple(views))
