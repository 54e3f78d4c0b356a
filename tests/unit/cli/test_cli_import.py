"""`ordermill import`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from ordermill.domain.order_import import ROWS_MAX
from ordermill.entrypoints.cli.import_orders import BYTES_MAX
from tests.unit.cli.cli_fake import Answer, Asked, Fake, Ordermill, problem


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch, ordermill: Ordermill) -> None:
    monkeypatch.setenv("ORDERMILL_STAFF_TOKEN", "t")


def write(text: str | bytes, name: str = "orders.csv") -> str:
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


def report(asked: Asked) -> Answer:
    """Every row of what was asked for is placed, but those without a product."""
    first, rows = int(asked.path.rpartition("=")[2]), list[dict[str, Any]]()
    for number, row in enumerate(csv.DictReader(io.StringIO(asked.body.decode(), newline="")), first):
        error = {"pointer": "/product", "code": "required", "detail": "product or sku"}
        wrong = {"title": "The order is invalid", "status": 422, "detail": "1 member", "errors": [error]}
        fine = bool(row["product"])
        order_id = f"ord_{number}" if fine else None
        status = 202 if fine else 422
        rows.append({"row": number, "orderId": order_id, "status": status, "problem": None if fine else wrong})
    refused = sum(row["problem"] is not None for row in rows)
    return Answer(200, {"imported": len(rows) - refused, "refused": refused, "rows": rows})


def serve(fake: Fake, *first_rows: int) -> None:
    for first_row in first_rows:
        fake.on(f"POST /orders/import?firstRow={first_row}", report)


def test_a_file_is_placed(ordermill: Ordermill, fake: Fake) -> None:
    serve(fake, 2)
    result = ordermill("import", write('product,note\r\nMug,"a\nb"\r\n\'=1,\r\n'))
    assert (result.exit_code, result.stdout, result.stderr) == (0, "2 orders placed\n", "")
    (asked,) = fake.asked
    assert (asked.headers["authorization"], asked.headers["content-type"]) == ("Bearer t", "text/csv")
    assert asked.body == b'product,note\r\nMug,"a\nb"\r\n\'=1,\r\n'


def test_a_file_of_standard_input_and_one_without_rows(ordermill: Ordermill, fake: Fake) -> None:
    serve(fake, 2)
    assert ordermill("import", "-", input="product\nMug\n").stdout == "1 order placed\n"
    assert ordermill("import", "-", input="product\n").stdout == "0 orders placed\n"
    assert len(fake.asked) == 1


def test_the_same_file_has_the_same_key_and_another_one_another(ordermill: Ordermill, fake: Fake) -> None:
    serve(fake, 2)
    for text in ("product\nMug\n", "product\nMug\n", "product\nJug\n"):
        ordermill("import", write(text))
    ordermill("import", write("product\nMug\n"), "--key", "mine")
    first, second, third, fourth = (asked.headers["idempotency-key"] for asked in fake.asked)
    assert first == second != third
    assert first.startswith("import-")
    assert fourth == "mine"


def test_rows_that_are_refused_are_shown_with_how_to_go_on(ordermill: Ordermill, fake: Fake) -> None:
    serve(fake, 2)
    result = ordermill("import", write("product,note\nMug,\n,x\n,y\n"))
    assert (result.exit_code, result.stdout) == (1, "1 order placed, 2 rows refused\n")
    key = fake.asked[0].headers["idempotency-key"]
    assert result.stderr.splitlines() == [
        "row 3: The order is invalid (422): 1 member",
        "  /product: product or sku",
        "row 4: The order is invalid (422): 1 member",
        "  /product: product or sku",
        f"Correct them in their rows, and repeat within 24 hours: ordermill import FILE --key {key}",
    ]


def test_json_is_one_report_of_all(ordermill: Ordermill, fake: Fake) -> None:
    serve(fake, 2, ROWS_MAX + 2)
    text = "product,note\n" + "Mug,\n" * ROWS_MAX + ",x\n"
    result = ordermill("import", write(text), "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (1, "")
    assert (found["imported"], found["refused"], len(found["rows"])) == (ROWS_MAX, 1, ROWS_MAX + 1)
    assert found["rows"][-1]["row"] == ROWS_MAX + 2
    assert found["rows"][-1]["problem"]["errors"][0]["pointer"] == "/product"


def test_large_files_go_in_parts_under_one_key(ordermill: Ordermill, fake: Fake) -> None:
    serve(fake, 2, ROWS_MAX + 2, 2 * ROWS_MAX + 2)
    result = ordermill("import", write("product,note\n" + "Mug,x\n" * (2 * ROWS_MAX + 1)))
    assert (result.exit_code, result.stdout) == (0, f"{2 * ROWS_MAX + 1} orders placed\n")
    assert len({asked.headers["idempotency-key"] for asked in fake.asked}) == 1
    assert all(asked.body.startswith(b"product,note\r\nMug,x\r\n") for asked in fake.asked)


def test_large_rows_go_in_parts_too_and_rows_keep_their_numbers(ordermill: Ordermill, fake: Fake) -> None:
    long = '"' + '""' * (BYTES_MAX // 5) + '"'
    serve(fake, 2, 4, 6)
    text = f"product,note\nMug,{long}\nMug,{long}\nMug,{long}\n\nMug,{long}\n"
    result = ordermill("import", write(text))
    assert (result.exit_code, result.stdout) == (0, "4 orders placed\n")
    assert [asked.path for asked in fake.asked] == [f"/orders/import?firstRow={row}" for row in (2, 4, 6)]
    assert all(len(asked.body) <= 256 * 1024 for asked in fake.asked)


def test_when_the_server_goes_away_what_was_placed_is_shown(ordermill: Ordermill, fake: Fake) -> None:
    serve(fake, 2)
    fake.on(f"POST /orders/import?firstRow={ROWS_MAX + 2}", problem(503, "Too much is waiting"))
    result = ordermill("import", write("product\n" + "Mug\n" * (ROWS_MAX + 1)), "--key", "k")
    assert (result.exit_code, result.stdout) == (4, f"{ROWS_MAX} orders placed\n")
    assert "goes on: ordermill import FILE --key k" in result.stderr
    assert "Too much is waiting (503)" in result.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"product\nM\xfcg\n", "not UTF-8: byte 10, in line 2"),
        (b"product;note\nMug;\n", "row 1: cells separated by commas, not by semicolons"),
        (b"product,colour\n", "row 1: column 2 is none of customerName"),
        (b'product\nMug\n"\n', "row 3: cells separated by commas, quoted with double quotes"),
        (b"", "row 1: a column product, sku, description or amount"),
    ],
)
def test_what_is_no_such_file_is_told_and_not_sent(ordermill: Ordermill, fake: Fake, text: bytes, told: str) -> None:
    result = ordermill("import", write(text))
    assert (result.exit_code, result.stdout, fake.asked) == (2, "", [])
    assert told in result.stderr


@pytest.mark.parametrize("args", [[], ["nothing.csv"], ["-", "--key", "a b"], ["-", "--key", ""]])
def test_misuse(ordermill: Ordermill, fake: Fake, args: list[str]) -> None:
    assert ordermill("import", *args, input="product\n").exit_code == 2
    assert fake.asked == []


def test_a_refused_request_is_exit_4(ordermill: Ordermill, fake: Fake) -> None:
    fake.on("POST /orders/import?firstRow=2", problem(401, "A valid token is needed"))
    result = ordermill("import", write("product\nMug\n"))
    assert (result.exit_code, result.stdout) == (4, "")
