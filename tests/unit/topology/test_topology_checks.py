"""Each mistake in the topology is found, alone, in its place; and all of them at once."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from ordermill.topology.checks import Signature, check
from ordermill.topology.loader import load
from tests.unit.topology.topology_cases import ASKED, GONE, SHIPPED, SIGNATURES, found, functions, spoilt, trigger

PRODUCTS = "/functions/get_products"
COMMON = SHIPPED["functions"]
STREAM = "/pipelines/stream/functions"
QUEUE: dict[str, Any] = {"visibility_s": 60, "max_receives": 5, "subscribes": None}
SERVER: dict[str, Any] = {"caption": "A route", "function": None, "access": "anyone", "where": "local"}

SOURCES = [
    (f"{PRODUCTS}/trigger/source", "GET products", f"{PRODUCTS}/trigger/source", "METHOD /path"),
    (f"{PRODUCTS}/trigger/source", "HEAD /products", f"{PRODUCTS}/trigger/source", "METHOD /path"),
    (f"{PRODUCTS}/trigger/source", "GET /products/{id", f"{PRODUCTS}/trigger/source", "METHOD /path"),
    (f"{PRODUCTS}/trigger", trigger("queue", "nope", batch=1), f"{PRODUCTS}/trigger/source", "not a queue"),
    (f"{PRODUCTS}/trigger", trigger("stream", "nope", batch=1), f"{PRODUCTS}/trigger/source", "not a table"),
    (f"{PRODUCTS}/trigger", trigger("stream", "mails", batch=1), f"{PRODUCTS}/trigger/source", "no stream"),
    (f"{PRODUCTS}/trigger", trigger("workflow", "nope"), f"{PRODUCTS}/trigger/source", "not a workflow"),
    (f"{PRODUCTS}/trigger", trigger("schedule", "hourly"), f"{PRODUCTS}/trigger/source", "not a rate"),
    (f"{PRODUCTS}/trigger", trigger("schedule", "rate(1 minutes)"), f"{PRODUCTS}/trigger/source", "not a rate"),
    (f"{PRODUCTS}/trigger", trigger("schedule", "rate(1 minute) UTC"), f"{PRODUCTS}/trigger/source", "not a rate"),
    (f"{PRODUCTS}/trigger", trigger("dead_letters", "x", batch=1), f"{PRODUCTS}/trigger/source", "not '*'"),
]
MEMBERS = [
    (f"{PRODUCTS}/trigger/access", None, f"{PRODUCTS}/trigger/access", "nobody"),
    ("/functions/send_email/trigger/access", "staff", "/functions/send_email/trigger/access", "no caller"),
    (f"{PRODUCTS}/trigger/batch", 10, f"{PRODUCTS}/trigger/batch", "one message"),
    ("/functions/send_email/trigger/batch", None, "/functions/send_email/trigger/batch", "batches"),
    ("/functions/send_email/trigger/batch", 0, "/functions/send_email/trigger/batch", "from 1 to 10000"),
    ("/functions/send_email/trigger/batch", 10001, "/functions/send_email/trigger/batch", "from 1 to 10000"),
    (f"{PRODUCTS}/trigger/filter", [{"event": ["INSERT"]}], f"{PRODUCTS}/trigger/filter", "only a stream"),
    (
        f"{STREAM}/process_order/trigger/filter/1/event",
        ["INSERT", "UPSERT"],
        f"{STREAM}/process_order/trigger/filter/1/event/1",
        "UPSERT",
    ),
    (
        f"{STREAM}/process_order/trigger/filter/0/before",
        {"status": ["PAID"]},
        f"{STREAM}/process_order/trigger/filter/0/before",
        "unknown key",
    ),
]
TOGETHER = [
    (f"{PRODUCTS}/trigger/source", "GET /orders/{id}", f"{PRODUCTS}/trigger/source", "get_order_by_id"),
    (f"{PRODUCTS}/trigger/source", "GET /health", f"{PRODUCTS}/trigger/source", "GET /health"),
    (f"{STREAM}/create_order/trigger/source", "GET /products", f"{STREAM}/create_order/trigger/source", "get_products"),
    ("/routes/GET ~1problems~1{other}", SERVER, "/routes/GET ~1problems~1{other}", "already"),
    ("/routes/FETCH ~1", SERVER, "/routes/FETCH ~1", "METHOD /path"),
    ("/routes/GET ~1health/function", "get_product", "/routes/GET ~1health/function", "not a function"),
    (f"{PRODUCTS}/trigger", trigger("queue", "mail-queue", batch=1), f"{PRODUCTS}/trigger/source", "send_email"),
    (
        f"{PRODUCTS}/trigger",
        trigger("stream", "orders", batch=1),
        f"{STREAM}/process_order/trigger/source",
        "publish_order_event, get_products",
    ),
    ("/functions/send_email/trigger", trigger("schedule", "rate(1 hour)"), "/queues/mail-queue", "consumed by no"),
    (f"{STREAM}/get_products", COMMON["get_products"], f"{STREAM}/get_products", "common function"),
]
GRANTS = [
    (f"{PRODUCTS}/grants", {"product": ["list"]}, f"{PRODUCTS}/grants/product", "not a resource"),
    (f"{PRODUCTS}/grants/products", ["list", "scan"], f"{PRODUCTS}/grants/products/1", "'scan'"),
    (f"{PRODUCTS}/grants/products", ["send"], f"{PRODUCTS}/grants/products/0", "'send'"),
    ("/functions/send_email/grants/mail", ["sent"], "/functions/send_email/grants/mail/0", "'sent'"),
    (f"{STREAM}/create_order/grants/orders", ["creat"], f"{STREAM}/create_order/grants/orders/0", "'creat'"),
    (f"{STREAM}/process_order/grants/payments", ["chrge"], f"{STREAM}/process_order/grants/payments/0", "'chrge'"),
    (f"{PRODUCTS}/grants", {}, f"{PRODUCTS}/grants", "'products' is in the signature"),
    (f"{PRODUCTS}/grants/orders", ["read"], f"{PRODUCTS}/grants/orders", "not in the signature"),
    (f"{PRODUCTS}/grants/products", ["claim"], f"{PRODUCTS}/grants/products", "rides in"),
    (f"{PRODUCTS}/grants/products", ["list", "put"], f"{PRODUCTS}/grants/products", "effects does not name"),
    (f"{PRODUCTS}/effects", ["products"], f"{PRODUCTS}/effects/0", "no grant"),
    (f"{PRODUCTS}/effects", ["mails"], f"{PRODUCTS}/effects/0", "no grant"),
    ("/functions/update_catalogue/effects", ["products"] * 2, "/functions/update_catalogue/effects/1", "twice"),
    ("/functions/update_catalogue/effects", [], "/functions/update_catalogue/grants/products", "does not name"),
    (
        "/functions/list_products",
        {**COMMON["get_products"], "trigger": trigger("schedule", "rate(1 day)")},
        "/functions/list_products",
        "no code",
    ),
]
RESOURCES = [
    ("/topics/mails", {}, "/topics/mails", "name of a table"),
    ("/buckets/orders", {"expire_days": None}, "/buckets/orders", "name of a table"),
    ("/services/fax", {}, "/services/fax", "not a service"),
    ("/buckets/spare", {"expire_days": None}, "/buckets/spare", "no function uses"),
    ("/tables/spare", {**SHIPPED["tables"]["mails"]}, "/tables/spare", "no function uses"),
    ("/queues/spare", QUEUE, "/queues/spare", "no function uses"),
    ("/topics/spare", {}, "/topics/spare", "no function uses"),
    ("/buckets/spare", {"expire_days": None}, "/buckets/spare", "no function uses"),
    ("/workflows/spare", {"definition": "spare.asl.json"}, "/workflows/spare", "no function uses"),
    ("/functions/record_order_event/trigger", trigger("schedule", "rate(2 hours)"), "/queues/record-order-event", "no"),
    ("/queues/notify-customer/subscribes/topic", "order-event", "/queues/notify-customer/subscribes/topic", "topic"),
]
LIMITS = [
    ("/queues/mail-queue/max_receives", 0, "/queues/mail-queue/max_receives", "from 1 to 1000"),
    ("/queues/mail-queue/max_receives", 1001, "/queues/mail-queue/max_receives", "from 1 to 1000"),
    ("/queues/mail-queue/visibility_s", 179, "/queues/mail-queue/visibility_s", "6 times"),
    ("/queues/mail-queue/visibility_s", -1, "/queues/mail-queue/visibility_s", "from 0 to 43200"),
    ("/functions/send_email/timeout_s", 31, "/queues/mail-queue/visibility_s", "6 times"),
    ("/functions/send_email/timeout_s", 901, "/functions/send_email/timeout_s", "from 1 to 900"),
    (f"{PRODUCTS}/timeout_s", 0, f"{PRODUCTS}/timeout_s", "from 1 to 900"),
    (f"{STREAM}/create_order/timeout_s", 901, f"{STREAM}/create_order/timeout_s", "from 1 to 900"),
    (f"{PRODUCTS}/memory_mb", 127, f"{PRODUCTS}/memory_mb", "from 128 to 10240"),
    (f"{PRODUCTS}/memory_mb", 10241, f"{PRODUCTS}/memory_mb", "from 128 to 10240"),
]
FINE = [
    {f"{PRODUCTS}/trigger": trigger("schedule", "rate(10 minutes)")},
    {f"{PRODUCTS}/trigger": trigger("dead_letters", "*", batch=10), "/functions/fail_order": GONE},
    {"/workflows/intake": {"definition": "intake.asl.json"}, f"{PRODUCTS}/trigger": trigger("workflow", "intake")},
    {"/queues/mail-queue/visibility_s": 43200, "/queues/mail-queue/max_receives": 1000},
    {f"{PRODUCTS}/memory_mb": 128, f"{PRODUCTS}/timeout_s": 900},
    {"/routes/GET ~1orders~1{orderId}~1execution": {**SERVER, "function": "get_order_by_id"}},
    {"/pipelines/other": {"functions": {"get_products": COMMON["get_products"]}}, PRODUCTS: GONE},
    {
        "/pipelines/other": {
            "functions": {
                "get_products": {
                    **COMMON["get_products"],
                    "trigger": trigger("http", "POST /orders", access="anyone"),
                }
            }
        },
        PRODUCTS: GONE,
    },
]


def test_the_shipped_file_is_clean() -> None:
    assert check(load(), SIGNATURES, ASKED) == []


@pytest.mark.parametrize(
    ("place", "value", "pointer", "words"), [*SOURCES, *MEMBERS, *TOGETHER, *GRANTS, *RESOURCES, *LIMITS]
)
def test_one_mistake_is_one_finding(place: str, value: object, pointer: str, words: str, tmp_path: Path) -> None:
    findings = found(spoilt({place: value}), tmp_path)
    assert [finding.pointer for finding in findings] == [pointer], findings
    assert words in findings[0].problem
    assert findings[0].cure


@pytest.mark.parametrize("changes", FINE)
def test_what_is_allowed_is_not_found(changes: dict[str, Any], tmp_path: Path) -> None:
    assert found(spoilt(changes), tmp_path) == []


def test_all_mistakes_are_found_at_once(tmp_path: Path) -> None:
    rows = [SOURCES[0], MEMBERS[1], TOGETHER[5], RESOURCES[4], LIMITS[0]]
    findings = found(spoilt({place: value for place, value, _, _ in rows}), tmp_path)
    assert [finding.pointer for finding in findings] == sorted(pointer for _, _, pointer, _ in rows)


def test_a_queue_is_asked_to_receive_more_than_once_only_in_the_cure(tmp_path: Path) -> None:
    assert found(spoilt({"/queues/mail-queue/max_receives": 1}), tmp_path) == []
    (finding,) = found(spoilt({"/queues/mail-queue/max_receives": 0}), tmp_path)
    assert finding.cure == "AWS advises at least 5"


def test_an_unknown_name_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    change = {f"{PRODUCTS}/trigger": trigger("queue", "mail-quue", batch=1)}
    (finding,) = found(spoilt(change), tmp_path)
    assert finding.cure == "did you mean 'mail-queue'?"


def test_an_effect_is_repeated_by_staged_functions_alone(tmp_path: Path) -> None:
    plain = {**SIGNATURES, "send_email": Signature(SIGNATURES["send_email"].ports, staged=False)}
    (finding,) = found(SHIPPED, tmp_path, plain)
    assert finding.pointer == "/functions/send_email/effects/2"


def test_several_effects_in_order_need_no_stages(tmp_path: Path) -> None:
    change = {
        f"{PRODUCTS}/grants": {"products": ["list"], "idempotency": ["put"], "mail-queue": ["send"]},
        f"{PRODUCTS}/effects": ["idempotency", "mail-queue"],
    }
    ports = frozenset({"products", "idempotency", "mail-queue"})
    assert found(spoilt(change), tmp_path, {**SIGNATURES, "get_products": Signature(ports, staged=False)}) == []


def test_a_part_does_not_ride_in_a_message(tmp_path: Path) -> None:
    change = {
        f"{PRODUCTS}/grants": {"products": ["reserve"], "mail-queue": ["send"]},
        f"{PRODUCTS}/effects": ["mail-queue"],
    }
    code = {**SIGNATURES, "get_products": Signature(frozenset({"products", "mail-queue"}), staged=False)}
    (finding,) = found(spoilt(change), tmp_path, code)
    assert finding.pointer == f"{PRODUCTS}/grants/products"


def test_a_service_that_does_not_exist_is_one_finding_though_granted(tmp_path: Path) -> None:
    change = {"/services/fax": {}, f"{PRODUCTS}/grants/fax": ["send"], f"{PRODUCTS}/effects": ["fax"]}
    code = {**SIGNATURES, "get_products": Signature(frozenset({"products", "fax"}), staged=False)}
    assert [finding.pointer for finding in found(spoilt(change), tmp_path, code)] == ["/services/fax"]


def test_a_topic_that_fills_only_an_unused_queue_is_unused(tmp_path: Path) -> None:
    change = {"/topics/spare": {}, "/queues/idle": {**QUEUE, "subscribes": {"topic": "spare", "filter": None}}}
    assert [finding.pointer for finding in found(spoilt(change), tmp_path)] == ["/queues/idle", "/topics/spare"]


def test_the_dead_letters_have_one_reader(tmp_path: Path) -> None:
    change = {"/functions/update_catalogue/trigger": trigger("dead_letters", "*", batch=10)}
    (finding,) = found(spoilt(change), tmp_path)
    assert finding.pointer == "/functions/update_catalogue/trigger/source"


@pytest.mark.parametrize("name", sorted(functions(SHIPPED)))
def test_each_signature_is_held_against_its_grants(name: str, tmp_path: Path) -> None:
    is_ = SIGNATURES[name]
    wider = Signature(is_.ports | {"nowhere"}, is_.staged, None if is_.task is None else is_.task | {"nowhere"})
    findings = found(SHIPPED, tmp_path, {**SIGNATURES, name: wider})
    declared = [SHIPPED, *SHIPPED["pipelines"].values()]
    assert len(findings) == sum(name in part["functions"] for part in declared) > 0
    for finding in findings:
        assert "'nowhere'" in finding.problem
        assert finding.pointer.endswith(f"/{name}/grants")


def test_what_every_pipeline_has_is_found_once(tmp_path: Path) -> None:
    change = {
        "/pipelines/second": SHIPPED["pipelines"]["stream"],
        f"{PRODUCTS}/trigger": trigger("queue", "mail-queue", batch=1),
    }
    assert [finding.pointer for finding in found(spoilt(change), tmp_path)] == [f"{PRODUCTS}/trigger/source"]


def test_a_consumer_may_do_no_less_than_in_the_pipeline_whose_messages_it_inherits(tmp_path: Path) -> None:
    narrower = deepcopy(SHIPPED["pipelines"]["queue"])
    narrower["functions"]["process_order"]["grants"]["orders"] = ["read", "update"]
    findings = found(spoilt({"/pipelines/second": narrower}), tmp_path)
    assert {finding.pointer for finding in findings} == {"/pipelines/second/functions/process_order/grants/orders"}
    others = ("queue", "workflow")
    assert [finding.problem for finding in findings] == [
        f"lacks what it may do in pipeline '{other}': create" for other in others
    ]


def test_a_queue_may_have_another_consumer_in_each_pipeline(tmp_path: Path) -> None:
    consumer = COMMON["record_order_event"]
    change = {
        "/functions/record_order_event": GONE,
        f"{STREAM}/record_order_event": consumer,
        "/pipelines/second": {"functions": {"get_products": consumer}},
        PRODUCTS: GONE,
    }
    code = {**SIGNATURES, "get_products": SIGNATURES["record_order_event"]}
    assert found(spoilt(change), tmp_path, code) == []
