"""What a write is billed at: its size, its transaction, and the indexes whose entries change."""

from __future__ import annotations

import pytest

from benchmarks.aws_costs import MILLION, PRICES, costs
from benchmarks.aws_meter import Item, size, write_units
from ordermill.topology.model import Index

INDEXES = {"by-creation": Index("shard", "at"), "by-status": Index("statusShard", "at")}


def item(status: str | None, *, bytes_: int = 100) -> Item:
    found = {"orderId": {"S": "o1"}, "shard": {"S": "a#1"}, "at": {"S": "1"}, "body": {"S": "x" * bytes_}}
    return found if status is None else found | {"statusShard": {"S": f"{status}#1"}}


@pytest.mark.parametrize(
    ("before", "after", "factor", "units"),
    [
        ({}, item("PENDING"), 1, 1 + 2),
        ({}, item("PENDING"), 2, 2 + 2),
        (item("PENDING"), item("PENDING", bytes_=200), 1, 1),
        (item("PENDING"), item("PAID"), 1, 1 + 2),
        (item("PAID"), item(None), 1, 1 + 1),
        (item("PAID"), {}, 1, 1 + 2),
        (item("PAID", bytes_=3000), item("PAID"), 2, 3 * 2),
        ({}, {}, 1, 1),
    ],
)
def test_a_write_counts_its_kilobytes_and_the_entries_that_change(
    before: Item, after: Item, factor: int, units: int
) -> None:
    assert write_units(INDEXES, before, after, factor) == units


def test_an_items_size_is_that_of_names_and_values() -> None:
    assert size({"id": {"S": "ü"}, "version": {"N": "12"}}) == 2 + 2 + 7 + 2


def test_a_million_cost_a_million_times_as_much() -> None:
    assert costs({"SQS requests": 2.5}) == {"SQS requests": pytest.approx(2.5 * PRICES["SQS requests"] * MILLION)}
