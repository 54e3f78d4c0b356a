"""What an order is counted to cost."""

from __future__ import annotations

import pytest

from benchmarks.aws_costs import PRICES, counted
from tests.integration.aws.orders_kit import PIPELINES


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("pipeline", PIPELINES)
def test_an_order_is_counted_from_the_gateway_to_its_mail(pipeline: str) -> None:
    units = counted(pipeline, "quiet", 1)
    assert units.keys() == PRICES.keys()
    assert (units["API Gateway requests"], units["CloudFront requests"], units["S3 writes"]) == (1, 1, 1)
    assert (units["Step Functions requests"] == 1) == (pipeline == "workflow")
    assert (units["Step Functions GB-s"] > 0) == (pipeline == "workflow")
    # The record, its three indexes, its changes, four events, the mail: however they are written.
    assert 10 < units["DynamoDB write units"] < 40
    assert units["Lambda requests"] >= 5
    assert units["SNS requests"] >= 1
    assert 0 < units["Log GB"] < 1e-4


@pytest.mark.usefixtures("stack")
def test_in_tens_it_costs_less() -> None:
    busy = counted("queue", "busy", 10)
    assert busy["Lambda requests"] < 5
    assert busy["SQS requests"] < 8
