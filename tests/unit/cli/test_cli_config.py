"""Where a flag's value comes from: flags, then variables, then the TOML file."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result

from tests.unit.cli.cli_fake import Fake, Ordermill, placed


@pytest.fixture
def quantity_sent(ordermill: Ordermill, fake: Fake) -> Ordermill:
    """Places an order without following it."""
    fake.on("POST /orders", placed())

    def run(*args: str, **options: object) -> Result:
        return ordermill(*args, **options)

    return run


def _quantity(fake: Fake) -> object:
    return fake.asked[-1].json()["items"][0]["quantity"]


def test_flags_win_over_variables_and_those_over_the_file(
    quantity_sent: Ordermill, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ordermill.toml").write_text("[order]\nquantity = 2\nno-wait = true\n")
    assert quantity_sent("order").exit_code == 0
    assert _quantity(fake) == 2
    monkeypatch.setenv("ORDERMILL_ORDER_QUANTITY", "3")
    assert quantity_sent("order").exit_code == 0
    assert _quantity(fake) == 3
    assert quantity_sent("order", "--quantity", "4").exit_code == 0
    assert _quantity(fake) == 4


def test_a_shared_key_holds_for_every_command(
    ordermill: Ordermill, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ORDERMILL_URL")
    fake.on("POST /orders", placed())
    (tmp_path / "ordermill.toml").write_text(f'url = "{fake.url}"\nport = 1\n')
    assert ordermill("order", "--no-wait").exit_code == 0
    assert ordermill("catalogue", "show").exit_code == 4
    assert [asked.path for asked in fake.asked] == ["/orders", "/products"]


def test_another_file_by_flag_or_variable(
    quantity_sent: Ordermill, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other.toml").write_text("[order]\nquantity = 7\n")
    quantity_sent("--config", "other.toml", "order", "--no-wait")
    assert _quantity(fake) == 7
    monkeypatch.setenv("ORDERMILL_CONFIG", "other.toml")
    quantity_sent("order", "--no-wait")
    assert _quantity(fake) == 7


def test_a_price_is_never_a_float(quantity_sent: Ordermill, fake: Fake, tmp_path: Path) -> None:
    (tmp_path / "ordermill.toml").write_text("[order]\nprice = 10.10\n")
    quantity_sent("order", "--no-wait")
    assert fake.asked[-1].json()["items"][0]["unitPrice"] == "10.10"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour = 1", ["unknown key colour"]),
        ("[ordr]\nquantity = 1", ["unknown key ordr; did you mean order?"]),
        ("[order]\nquantty = 1\nnam = 'Ada'", ["unknown key order.quantty; did you mean quantity?", "order.nam"]),
        ("[catalogue.shw]\njson = true", ["unknown key catalogue.shw; did you mean show?"]),
        ("[catalogue.import]\nfile = 'x'", ["unknown key catalogue.import.file"]),
        ("order = 1", ["order is a command, so it must be a table: [order]"]),
        ("[data]\nx = 1", ["data must be a text or a number"]),
        ("[order]\nquantity = true", ["order.quantity must be a text or a number"]),
        ("[order]\nno-wait = 'yes'", ["order.no_wait must be true or false"]),
        ("[order\n", ["not valid TOML", "line 1"]),
        ("[order]\nquantity = 'two'", ["Invalid value for '--quantity'"]),
    ],
)
def test_what_is_wrong_with_the_file_is_usage_and_named(
    ordermill: Ordermill, tmp_path: Path, text: str, said: list[str]
) -> None:
    (tmp_path / "ordermill.toml").write_text(text)
    result = ordermill("order")
    assert result.exit_code == 2
    assert "ordermill.toml" in result.stderr or "Invalid value" in result.stderr
    for words in said:
        assert words in result.stderr


def test_a_file_that_is_not_there_is_usage(ordermill: Ordermill) -> None:
    result = ordermill("--config", "none.toml", "order")
    assert result.exit_code == 2
    assert "none.toml" in result.stderr


@pytest.mark.parametrize("url", ["127.0.0.1:8420", "ftp://x", "http://", "http://x:99999", "http://[::1", ""])
def test_an_address_that_is_none_is_usage(ordermill: Ordermill, url: str) -> None:
    result = ordermill("order", "--url", url)
    assert result.exit_code == 2
    assert "is not an address such as http://127.0.0.1:8420" in result.stderr
