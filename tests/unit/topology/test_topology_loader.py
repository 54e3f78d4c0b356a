"""The loader takes only a file that has every member, once, and no other; and says where it has not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from ordermill.topology.findings import Finding
from ordermill.topology.loader import TopologyInvalid, load
from ordermill.topology.model import StreamPattern
from tests.unit.topology.topology_cases import FILES, GONE, SHIPPED, found, spoilt

TEXT = (FILES / "topology.json").read_text(encoding="utf-8")
ORDERS_KEY = '"key": "orderId", "range": null, "ttl": "expiresAt", "stream": true,'


def refused(data: bytes, directory: Path) -> TopologyInvalid:
    path = directory / "topology.json"
    path.write_bytes(data)
    with pytest.raises(TopologyInvalid) as caught:
        load(path)
    return caught.value


def test_the_shipped_file_is_loaded_whole() -> None:
    topology = load()
    again = json.loads(msgspec.json.encode(topology))
    for part in ("tables", "queues", "topics", "buckets", "workflows", "services", "routes"):
        assert again[part] == SHIPPED[part]
    assert list(topology.functions) == list(SHIPPED["functions"])
    assert topology.pipelines["stream"].functions["process_order"].trigger.filter == (
        StreamPattern(event=("INSERT",), new={"status": ("PENDING",)}),
        StreamPattern(event=("MODIFY",), old={"status": ("FAILED",)}, new={"status": ("PENDING",)}),
    )


def test_a_file_elsewhere_is_loaded_like_the_shipped_one(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text(TEXT, encoding="utf-8")
    assert load(path) == load()


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "line 1, column 1"),
        (b'{\n  "tables": {},\n  "queues" {}\n}', "line 3, column 12"),
        (b'{"tables": {}', "line 1, column 14"),
        (b'\xef\xbb\xbf{"tables": {}}', "line 1, column 1"),
        (b'{"tables": "\xff"}', "not UTF-8: invalid start byte at byte 12"),
        (b'{"tables": NaN}', "NaN is not a JSON number"),
        (b'{"tables": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_not_json_is_refused_with_its_place(data: bytes, words: str, tmp_path: Path) -> None:
    (finding,) = refused(data, tmp_path).findings
    assert finding.pointer == ""
    assert words in finding.problem
    assert finding.cure


def test_a_doubled_key_is_refused_at_every_depth(tmp_path: Path) -> None:
    text = TEXT.replace(
        ORDERS_KEY,
        ORDERS_KEY.replace('"orderId",', '"orderId", "key": "sku",'),
    )
    text = text.replace('"GET /": {', '"GET /": {"caption": "", "function": null, "access": "anyone"}, "GET /": {')
    text = text.replace('[{"event": ["INSERT"],', '[{"event": ["INSERT"], "event": ["INSERT"],')
    findings = refused(text.encode(), tmp_path).findings
    assert [(finding.pointer, finding.problem) for finding in findings] == [
        ("/pipelines/stream/functions/process_order/trigger/filter/0/event", "is there twice"),
        ("/routes/GET ~1", "is there twice"),
        ("/tables/orders/key", "is there twice"),
    ]


def test_a_doubled_key_hides_nothing_else(tmp_path: Path) -> None:
    text = TEXT.replace(
        ORDERS_KEY,
        ORDERS_KEY.replace('"orderId",', '"orderId", "key": 7,'),
    )
    assert [finding.problem for finding in refused(text.encode(), tmp_path).findings] == [
        "is of type integer, not string",
        "is there twice",
    ]


@pytest.mark.parametrize(
    ("place", "misspelt", "cure"),
    [
        ("", "pipeline", "did you mean 'pipelines'?"),
        ("/queues/mail-queue", "visibilty_s", "did you mean 'visibility_s'?"),
        ("/functions/get_products/trigger", "acess", "did you mean 'access'?"),
        ("/functions/get_products", "colour", "remove it; known here: caption, effects, grants"),
        ("/topics/order-events", "fifo", "remove it; known here: nothing"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_known_one(
    place: str, misspelt: str, cure: str, tmp_path: Path
) -> None:
    (finding,) = found(spoilt({f"{place}/{misspelt}": None}), tmp_path)
    assert (finding.pointer, finding.problem) == (f"{place}/{misspelt}", "is an unknown key")
    assert finding.cure.startswith(cure)


def test_a_misspelt_key_is_one_finding(tmp_path: Path) -> None:
    change = {"/queues/mail-queue/visibility_s": GONE, "/queues/mail-queue/visibilty_s": 180}
    (finding,) = found(spoilt(change), tmp_path)
    expected = Finding("/queues/mail-queue/visibilty_s", "is an unknown key", "did you mean 'visibility_s'?")
    assert finding == expected


@pytest.mark.parametrize(
    ("place", "value", "pointer", "words"),
    [
        ("/buckets", GONE, "/buckets", "is missing"),
        ("/tables/orders/range", GONE, "/tables/orders/range", "is missing"),
        ("/tables/orders/stream", "yes", "/tables/orders/stream", "is of type string, not boolean"),
        ("/tables/orders/key", None, "/tables/orders/key", "is of type null, not string"),
        ("/tables/orders/range", 1, "/tables/orders/range", "is of type integer, not string or null"),
        ("/queues/mail-queue/visibility_s", 180.0, "/queues/mail-queue/visibility_s", "number, not integer"),
        ("/queues/mail-queue/max_receives", True, "/queues/mail-queue/max_receives", "boolean, not integer"),
        ("/functions/get_products/trigger/kind", "https", "/functions/get_products/trigger/kind", '"https"'),
        ("/routes/GET ~1health/access", None, "/routes/GET ~1health/access", "null"),
        ("/routes/GET ~1health/where", "aws", "/routes/GET ~1health/where", '"aws"'),
        ("/functions/get_products/caption", "", "/functions/get_products/caption", "is empty"),
        ("/functions/get_products/grants/products", [], "/functions/get_products/grants/products", "is empty"),
        ("/functions/get_products/grants/products", ["list"] * 2, "/functions/get_products/grants/products", "twice"),
        ("/functions/get-products", SHIPPED["functions"]["get_products"], "/functions/get-products", "valid name"),
        ("/tables/Spare", SHIPPED["tables"]["mails"], "/tables/Spare", "valid name"),
        ("/workflows/intake", {"definition": "../x"}, "/workflows/intake/definition", "does not match"),
        ("/pipelines", {}, "/pipelines", "is empty"),
    ],
)
def test_what_the_schema_refuses_is_named(place: str, value: object, pointer: str, words: str, tmp_path: Path) -> None:
    (finding,) = found(spoilt({place: value}), tmp_path)
    assert finding.pointer == pointer
    assert words in finding.problem
    assert finding.cure


def test_all_that_the_schema_refuses_is_named_at_once(tmp_path: Path) -> None:
    changes = {"/tables/orders/stream": "yes", "/topics/order-events/fifo": True, "/services": GONE}
    assert [finding.pointer for finding in found(spoilt(changes), tmp_path)] == [
        "/services",
        "/tables/orders/stream",
        "/topics/order-events/fifo",
    ]


@pytest.mark.parametrize("document", [None, [], "text", 7])
def test_a_document_of_another_type_is_one_finding(document: object, tmp_path: Path) -> None:
    (finding,) = found(document, tmp_path)
    assert finding.pointer == ""
    assert "not object" in finding.problem


def test_the_error_reads_as_a_list(tmp_path: Path) -> None:
    error = refused(json.dumps(spoilt({"/services": GONE, "/topics/order-events/fifo": 1})).encode(), tmp_path)
    first, *lines = str(error).splitlines()
    assert first == f"{tmp_path / 'topology.json'}: 2 problems"
    assert lines == [
        "/services: is missing",
        "    add it (null where empty): The services outside, by name.",
        "/topics/order-events/fifo: is an unknown key",
        "    remove it; known here: nothing",
    ]


def test_importing_the_loader_does_not_import_jsonschema() -> None:
    code = "import sys, ordermill.topology.loader, ordermill.topology.checks; sys.exit('jsonschema' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=30).returncode == 0
