from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ordermill.adapters.aws.signing import DerivedTokens, Missing, derived_key
from ordermill.adapters.tokens import HmacTokens
from ordermill.ports.services import TokenSigner

TOKENS = HmacTokens(b"a key of the test")
DERIVED = DerivedTokens({"signing-key": "a secret of the test"}.get)
NOW = 1_763_640_000_000
TOKEN = TOKENS.sign_for("confirm", "sub_1", NOW)


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


@pytest.mark.parametrize("tokens", [TOKENS, DERIVED], ids=["local", "aws"])
class TestForAPurpose:
    def test_it_says_for_whom_it_is_until_it_expires(self, tokens: TokenSigner) -> None:
        token = tokens.sign_for("confirm", "sub_1", NOW)
        assert token == tokens.sign_for("confirm", "sub_1", NOW)
        assert token.startswith(f"sub_1.{NOW // 1000}.")
        assert tokens.verify_for("confirm", token, NOW - 1) == "sub_1"
        assert tokens.verify_for("confirm", token, NOW) is None

    def test_one_without_an_expiry_is_good_for_ever(self, tokens: TokenSigner) -> None:
        token = tokens.sign_for("confirm", "sub_1", None)
        assert tokens.verify_for("confirm", token, 10**15) == "sub_1"
        assert tokens.verify_for("confirm", tokens.sign_for("confirm", "sub_1", 0), 10**15) is None, "0 is long ago"

    def test_it_serves_no_other_purpose(self, tokens: TokenSigner) -> None:
        token = tokens.sign_for("confirm", "sub_1", None)
        for purpose in ("unsubscribe", "", "confirm:sub_1", "conf"):
            assert tokens.verify_for(purpose, token, NOW) is None

    def test_no_part_of_it_can_be_changed(self, tokens: TokenSigner) -> None:
        token = tokens.sign_for("confirm", "sub_1", NOW)
        subject, expiry, mac = token.split(".")
        later, other = str(int(expiry) + 1), tokens.sign_for("confirm", "sub_2", NOW).split(".")[2]
        changed = [f"sub_2.{expiry}.{mac}", f"sub_1.{later}.{mac}", f"sub_1.0.{mac}", f"sub_1.{expiry}.{other}"]
        # What stood in one part stands in another.
        changed += [f"sub_.{expiry}.{mac}", f"{subject}{expiry}.0.{mac}", f"sub_1.0{expiry}.{mac}"]
        flipped = [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in range(len(token))]
        for text in [*changed, *flipped[:-1], token + "A", token[:-1], token + "=", f" {token}", f"{token}\n"]:
            assert tokens.verify_for("confirm", text, 0) is None, text

    def test_neither_kind_is_the_other(self, tokens: TokenSigner) -> None:
        token = tokens.sign_for("confirm", "ord_1", None)
        assert not tokens.verify("ord_1", token)
        assert not tokens.verify("ord_1", token.split(".")[2])
        held = tokens.sign("ord_1")
        assert tokens.verify_for("confirm", held, NOW) is tokens.verify_for("", f"ord_1.0.{held}", NOW) is None

    @pytest.mark.parametrize("subject", ["", "a.b", "a b", "é", "a\n", "x" * 101])
    def test_what_cannot_be_a_subject(self, tokens: TokenSigner, subject: str) -> None:
        with pytest.raises(ValueError, match="subject"):
            tokens.sign_for("confirm", subject, None)


@given(st.text())
@example("é\ud800")
@example("sub_1.0." + "A" * 43)
@example("." * 10_000)
@example("a" * 1_000_000)
@example(TOKEN.replace("1", "\u0661"))
def test_no_text_is_a_token_of_a_purpose_and_none_raises(text: str) -> None:
    assert TOKENS.verify_for("confirm", text, NOW) is None


def test_the_token_of_a_purpose_is_its_keys() -> None:
    assert HmacTokens(b"another").verify_for("confirm", TOKEN, 0) is None
    # As of: printf 'purpose-token:7:confirm5:sub_110:1763640000' | openssl dgst -sha256 -hmac 'a key of the test' …
    assert TOKEN == "sub_1.1763640000.wI-laWBZ5jiDdUw4VAkzGjPTKkaw4SA5BPIYOEPMb34"


def test_both_derive_from_one_secret_and_without_it_there_are_none() -> None:
    key = derived_key("a secret of the test", "order-token")
    assert DERIVED.sign_for("confirm", "sub_1", None) == HmacTokens(key).sign_for("confirm", "sub_1", None)
    with pytest.raises(Missing):
        DerivedTokens(lambda _: None).verify_for("confirm", TOKEN, NOW)
