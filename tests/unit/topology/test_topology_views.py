"""What others read off the topology."""

from __future__ import annotations

import msgspec
import pytest

from ordermill.topology.checks import check
from ordermill.topology.loader import load
from ordermill.topology.model import Topology
from ordermill.topology.views import RouteEntry, enabled, interval_ms, left_behind, routes, subscriptions
from tests.unit.topology.topology_cases import SHIPPED, spoilt


def topology_with(changes: dict[str, object]) -> Topology:
    return msgspec.convert(spoilt(changes), Topology)


def test_a_pipeline_adds_its_functions_to_the_common_ones() -> None:
    topology = load()
    functions = enabled(topology, "stream")
    assert list(functions) == [*SHIPPED["functions"], *SHIPPED["pipelines"]["stream"]["functions"]]
    assert functions["create_order"] is topology.pipelines["stream"].functions["create_order"]


@pytest.mark.parametrize(
    ("rate", "minutes"),
    [("1 minute", 1), ("5 minutes", 5), ("1 hour", 60), ("36 hours", 2160), ("1 day", 1440), ("10 days", 14_400)],
)
def test_every_rate_that_is_accepted_is_an_interval(rate: str, minutes: int) -> None:
    changes: dict[str, object] = {
        "/functions/get_products/trigger/kind": "schedule",
        "/functions/get_products/trigger/source": f"rate({rate})",
    }
    assert [finding for finding in check(topology_with(changes), {}) if finding.pointer.endswith("/source")] == []
    assert interval_ms(f"rate({rate})") == minutes * 60_000


def test_another_pipelines_functions_are_not_enabled() -> None:
    topology = topology_with({"/pipelines/other": {"functions": {}}})
    assert list(enabled(topology, "other")) == list(SHIPPED["functions"])


def test_an_unknown_pipeline_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        enabled(load(), "teleport")
    with pytest.raises(KeyError):
        routes(load(), "teleport")


def test_a_pipeline_leaves_the_consumers_that_no_other_has_in_their_place() -> None:
    topology = load()
    process = {name: pipeline.functions["process_order"] for name, pipeline in topology.pipelines.items()}
    assert left_behind(topology, "queue") == [("process_order", process["stream"])]
    assert left_behind(topology, "workflow") == left_behind(topology, "queue")
    # Of a queue that two pipelines consume there is one consumer; the topology's checks keep it able to stand for both.
    assert left_behind(topology, "stream") == [("process_order", process["workflow"])]
    others = topology_with({"/pipelines/third": {"functions": {}}, "/pipelines/fourth": SHIPPED["pipelines"]["queue"]})
    left = [("process_order", process["workflow"]), ("process_order", process["stream"])]
    assert left_behind(others, "third") == left
    assert left_behind(others, "fourth") == left_behind(topology, "queue")
    with pytest.raises(KeyError):
        left_behind(topology, "teleport")


def test_a_queue_with_a_consumer_of_the_pipelines_own_is_not_left() -> None:
    topology = topology_with(
        {"/pipelines/stream/functions/get_order": SHIPPED["pipelines"]["queue"]["functions"]["process_order"]}
    )
    assert left_behind(topology, "stream") == []


def test_subscriptions_have_their_filters() -> None:
    found = subscriptions(load(), "order-events")
    assert found["record-order-event"] is None
    filtered = found["notify-customer"]
    assert filtered is not None
    assert "OrderProcessed" in filtered["type"]
    assert "mail-queue" not in found
    assert subscriptions(load(), "alerts") == {"alert-handler": None}
    assert subscriptions(load(), "other") == {}


def test_routes_are_those_of_functions_and_the_others() -> None:
    entries = {(entry.method, entry.path): entry for entry in routes(load(), "stream")}
    assert len(entries) == len(routes(load(), "stream"))
    assert entries["POST", "/orders"] == RouteEntry(
        "POST", "/orders", "create_order", "anyone", "both", "Validates an order and stores it"
    )
    assert entries["GET", "/health"] == RouteEntry(
        "GET", "/health", None, "anyone", "local", "Whether orders are accepted"
    )
    history = entries["GET", "/orders/{orderId}/history"]
    assert (history.function, history.access, history.where) == ("get_order_by_id", "holder", "both")
    assert not any(entry.function == "send_email" for entry in entries.values())


def test_only_http_makes_a_route() -> None:
    topology = topology_with({"/functions/send_email/trigger/access": "staff"})
    assert routes(topology, "stream") == routes(load(), "stream")


def test_a_route_to_a_function_of_another_pipeline_is_left_out() -> None:
    topology = topology_with({"/routes/GET ~1health/function": "create_order", "/pipelines/other": {"functions": {}}})
    assert "/health" in {entry.path for entry in routes(topology, "stream")}
    others = {(entry.method, entry.path) for entry in routes(topology, "other")}
    assert ("GET", "/health") not in others
    assert ("POST", "/orders") not in others
