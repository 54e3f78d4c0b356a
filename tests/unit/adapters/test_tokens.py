from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ordermill.adapters.tokens import HmacTokens

TOKENS = HmacTokens(b"a key of the test")


def test_the_token_is_the_hmac_of_prefix_and_order_id() -> None:
    # As of: printf order-token:ord_1 | openssl dgst -sha256 -hmac 'a key of the test' -binary | basenc --base64url
    assert TOKENS.sign("ord_1") == "zOA0AyT-HVYlwaAhIxQoqu7dbAY645F3mtbL4fpG07o"


def test_the_token_is_its_orders_alone_and_its_keys() -> None:
    token = TOKENS.sign("ord_1")
    assert TOKENS.verify("ord_1", token)
    assert not TOKENS.verify("ord_2", token)
    assert not HmacTokens(b"another").verify("ord_1", token)


@given(st.text(), st.text(alphabet=st.characters()))
@example("ord_1", "")
@example("ord_1", "é\ud800")
@example("é\ud800", "x")
@example("ord_1", "A" * 10_000_000)
@example("ord_1", TOKENS.sign("ord_1") + "=")
@example("ord_1", TOKENS.sign("ord_1")[:-1])
@example("ord_1", TOKENS.sign("ord_1") + "\0")
def test_anything_else_does_not_verify_and_does_not_raise(order_id: str, token: str) -> None:
    assert not TOKENS.verify(order_id, token)


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        HmacTokens(b"")
