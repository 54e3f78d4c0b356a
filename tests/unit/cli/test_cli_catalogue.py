"""`ordermill catalogue`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.cli_fake import Answer, Fake, Ordermill, problem

PRODUCTS = [
    {"sku": "LAPTOP-14", "name": "Laptop", "price": "1299.00", "currency": "USD", "stock": None},
    {"sku": "PEN-1", "name": 'Pen, "fine"', "price": "2.50", "currency": "USD", "stock": 40},
]
CSV = 'sku,name,price,currency,stock\nLAPTOP-14,Laptop,1299.00,USD,\nPEN-1,"Pen, ""fine""",2.50,USD,40\n'


@pytest.fixture
def stocked(fake: Fake) -> Fake:
    """A server with two products."""
    fake.on("GET /products", Answer(200, {"products": PRODUCTS}))
    return fake


def test_show_is_a_table(ordermill: Ordermill, stocked: Fake) -> None:
    result = ordermill("catalogue", "show")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "sku        name           price  currency      stock",
        "LAPTOP-14  Laptop       1299.00  USD       uncounted",
        'PEN-1      Pen, "fine"     2.50  USD              40',
    ]


def test_show_csv_is_what_import_takes(ordermill: Ordermill, stocked: Fake) -> None:
    assert ordermill("catalogue", "show", "--csv").stdout == CSV


def test_show_json_is_the_answer(ordermill: Ordermill, stocked: Fake) -> None:
    assert json.loads(ordermill("catalogue", "show", "--json").stdout) == {"products": PRODUCTS}


def test_one_format_at_a_time(ordermill: Ordermill, stocked: Fake) -> None:
    assert ordermill("catalogue", "show", "--csv", "--json").exit_code == 2


def test_import_sends_the_bytes_as_staff(ordermill: Ordermill, fake: Fake, tmp_path: Path) -> None:
    fake.on("PUT /catalogue", Answer(200, {"imported": 2}))
    (tmp_path / "catalogue.csv").write_bytes(b"\xef\xbb\xbf" + CSV.encode())
    (tmp_path / "ordermill-data").mkdir()
    (tmp_path / "ordermill-data" / "staff-token").write_text("from-the-file\n")
    result = ordermill("catalogue", "import", "catalogue.csv")
    assert (result.exit_code, result.stdout) == (0, "2 products imported\n")
    asked = fake.asked[0]
    assert asked.body == b"\xef\xbb\xbf" + CSV.encode()
    assert asked.headers["content-type"] == "text/csv"
    assert asked.headers["authorization"] == "Bearer from-the-file"


def test_import_from_stdin_with_the_variable_first(
    ordermill: Ordermill, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.on("PUT /catalogue", Answer(200, {"imported": 1}))
    (tmp_path / "staff-token").write_text("from-the-file")
    monkeypatch.setenv("ORDERMILL_STAFF_TOKEN", "from-the-variable")
    result = ordermill("catalogue", "import", "-", "--data", ".", input="sku\n")
    assert (result.exit_code, result.stdout) == (0, "1 product imported\n")
    assert fake.asked[0].body == b"sku\n"
    assert fake.asked[0].headers["authorization"] == "Bearer from-the-variable"


def test_import_shows_every_wrong_cell(ordermill: Ordermill, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERMILL_STAFF_TOKEN", "t")
    errors = [{"pointer": f"/{line}/price", "code": "invalid-price", "detail": "more than 0"} for line in (2, 9)]
    fake.on("PUT /catalogue", problem(422, "The catalogue is invalid", "2 cells need attention", errors=errors))
    result = ordermill("catalogue", "import", "-", input="x")
    assert result.exit_code == 4
    assert "  /2/price: more than 0\n  /9/price: more than 0\n" in result.stderr


def test_a_refused_token_says_where_to_look(ordermill: Ordermill, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERMILL_STAFF_TOKEN", "t")
    fake.on("PUT /catalogue", problem(401, "A valid token is needed"))
    result = ordermill("catalogue", "import", "-", input="x")
    assert result.exit_code == 4
    assert "ORDERMILL_STAFF_TOKEN" in result.stderr


@pytest.mark.parametrize("content", [None, b"", b"two words", b"\xff"])
def test_no_usable_token_is_usage(ordermill: Ordermill, fake: Fake, tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "staff-token").write_bytes(content)
    result = ordermill("catalogue", "import", "-", "--data", ".", input="x")
    assert result.exit_code == 2
    assert "staff-token" in result.stderr
    assert fake.asked == []


def test_a_file_that_is_not_there_is_usage(ordermill: Ordermill) -> None:
    assert ordermill("catalogue", "import", "none.csv").exit_code == 2
