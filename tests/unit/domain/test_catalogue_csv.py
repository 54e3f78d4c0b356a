"""The catalogue as CSV: what is read, what is refused and where, and that writing loses nothing."""

from __future__ import annotations

from contextlib import suppress
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordermill.domain import money
from ordermill.domain.catalogue import MAX_PRODUCTS, Product, name_key, read_catalogue, write_catalogue
from ordermill.domain.errors import InvalidCatalogue
from ordermill.domain.text import NAME, text_fault

HEADER = "sku,name,price,currency,stock\n"


def places(text: str) -> list[tuple[str, str]]:
    """The pointers and codes of all errors of a catalogue that must be refused."""
    with pytest.raises(InvalidCatalogue) as caught:
        read_catalogue(text)
    assert all(error.detail for error in caught.value.errors)
    return [(error.pointer, error.code) for error in caught.value.errors]


def test_the_shipped_catalogue() -> None:
    products = {product.name: product for product in read_catalogue((files("ordermill") / "catalogue.csv").read_text())}
    assert len(products) == 10
    assert products["Laptop"].sku == "LAPTOP-14"
    assert products["Laptop"].stock is None
    assert products["Mug"].stock is None
    counted = [product.stock for product in products.values() if product.stock is not None]
    assert len(counted) == 8
    assert all(25 <= stock <= 500 for stock in counted)
    assert {product.currency for product in products.values()} == {"USD"}


def test_columns_in_any_order_after_a_byte_order_mark() -> None:
    text = '\ufeffstock,currency,price,name,sku\r\n,USD,9.99,"Mug, ""white""",M-1\r\n\r\n0,JPY,500,\u8336,=T\r\n'
    assert read_catalogue(text) == [
        Product("M-1", 'Mug, "white"', 999, "USD", None),
        Product("=T", "\u8336", 500, "JPY", 0),
    ]


def test_a_header_alone_is_an_empty_catalogue() -> None:
    assert read_catalogue(HEADER) == []


@pytest.mark.parametrize(
    ("header", "errors"),
    [
        ("", [(f"/1/{column}", "required") for column in ("sku", "name", "price", "currency", "stock")]),
        ("sku,name,price,currency", [("/1/stock", "required")]),
        ("sku,name,price,currency,stock,colour", [("/1", "unknown-field")]),
        ("SKU,name,price,currency,stock", [("/1/sku", "required"), ("/1", "unknown-field")]),
        ("sku,name,price,currency,stock,sku", [("/1/sku", "duplicate")]),
        ('"sku', [("/1", "malformed")]),
    ],
)
def test_the_header_is_exact(header: str, errors: list[tuple[str, str]]) -> None:
    assert places(header) == errors


@pytest.mark.parametrize(
    ("row", "errors"),
    [
        (",Mug,1,USD,", [("/2/sku", "blank")]),
        ("M, ,1,USD,", [("/2/name", "blank")]),
        ("M,Mug,,USD,", [("/2/price", "invalid-price")]),
        ("M,Mug,0,USD,", [("/2/price", "invalid-price")]),
        ("M,Mug,-1,USD,", [("/2/price", "invalid-price")]),
        ("M,Mug,1.999,USD,", [("/2/price", "invalid-price")]),
        ("M,Mug,1.5,JPY,", [("/2/price", "invalid-price")]),
        ("M,Mug,10000000000001,USD,", [("/2/price", "out-of-range")]),
        ("M,Mug,1,usd,", [("/2/currency", "unknown-currency")]),
        ("M,Mug,1,,", [("/2/currency", "unknown-currency")]),
        ("M,Mug,1,USD,-1", [("/2/stock", "out-of-range")]),
        ("M,Mug,1,USD,1.0", [("/2/stock", "out-of-range")]),
        ("M,Mug,1,USD, 1", [("/2/stock", "out-of-range")]),
        ("M,Mug,1,USD,\u0661", [("/2/stock", "out-of-range")]),
        ("M,Mug,1,USD,1000000001", [("/2/stock", "out-of-range")]),
        ("M,Mug,1,USD," + "9" * 5_000, [("/2/stock", "out-of-range")]),
        ("M,Mug,1,USD", [("/2", "malformed")]),
        ("M,Mug,1,USD,1,2", [("/2", "malformed")]),
        ("M,M\u202eug,1,USD,", [("/2/name", "invalid-text")]),
        ("M,M\x00ug,1,USD,", [("/2/name", "invalid-text")]),
        ('M,"M\nug",1,USD,', [("/2/name", "invalid-text")]),
        ("M" * 201 + ",Mug,1,USD,", [("/2/sku", "too-long")]),
        ("M,Mug,x,XXX,", [("/2/currency", "unknown-currency"), ("/2/price", "invalid-price")]),
        ('M,"Mug"x,1,USD,', [("/2", "malformed")]),
        ('M,"Mug,1,USD,', [("/2", "malformed")]),
        ("M," + "x" * 200_000 + ",1,USD,", [("/2", "malformed")]),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named_by_line_and_column(row: str, errors: list[tuple[str, str]]) -> None:
    assert places(HEADER + row + "\n") == errors


def test_lines_are_those_of_the_file() -> None:
    assert places(HEADER + '\nA,"x\ny",1,USD,\n\nB,Mug,0,USD,\n') == [
        ("/3/name", "invalid-text"),
        ("/6/price", "invalid-price"),
    ]


def test_skus_and_names_are_unique_and_names_in_any_case() -> None:
    text = HEADER + "A,Mug,1,USD,\nA,Cup,1,USD,\nB,MUG,1,USD,\nC,Stra\u00dfe,1,USD,\nD,STRASSE,1,USD,\na,Pot,1,USD,\n"
    assert places(text) == [("/3/sku", "duplicate"), ("/4/name", "duplicate"), ("/6/name", "duplicate")]


def test_a_catalogue_has_at_most_ten_thousand_products() -> None:
    rows = [f"S{number},N{number},1,USD,\n" for number in range(MAX_PRODUCTS + 1)]
    assert len(read_catalogue(HEADER + "".join(rows[:-1]))) == MAX_PRODUCTS
    assert places(HEADER + "".join(rows)) == [("", "out-of-range")]


TEXTS = st.text(st.characters(), min_size=1, max_size=20).filter(lambda text: text_fault(text, NAME) is None)
PRODUCTS = st.builds(
    Product,
    TEXTS,
    TEXTS,
    st.integers(1, money.MAX_TOTAL),
    st.sampled_from(("USD", "JPY", "KWD")),
    st.none() | st.integers(0, 10**9),
)


@given(st.lists(PRODUCTS, max_size=6, unique_by=(lambda product: product.sku, lambda product: name_key(product.name))))
def test_what_is_written_reads_as_the_same(products: list[Product]) -> None:
    assert read_catalogue(write_catalogue(products)) == products


@given(st.text(st.characters(), max_size=60) | st.text('a,"\n\r\x00 1', max_size=60))
def test_any_text_is_a_catalogue_or_refused(text: str) -> None:
    for catalogue in (text, HEADER + text):
        with suppress(InvalidCatalogue):
            products = read_catalogue(catalogue)
            assert read_catalogue(write_catalogue(products)) == products
