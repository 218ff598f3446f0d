"""Receipts: each is valid for its order until it expires."""

from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.errors import ReceiptRequired
from lightning_cart.secret import Secret
from lightning_cart.security.receipt import RECEIPT_SECONDS, Receipts, network_of
from support.builders import NOW, ORDER_ID, make_order

OLD, NEW = Secret("the-old-secret-of-thirty-two-chars"), Secret("the-new-secret-of-thirty-two-chars")


def test_a_receipt_opens_its_own_order() -> None:
    receipts = Receipts([NEW])
    receipts.check(receipts.issue(make_order()), ORDER_ID, NOW)


def test_a_receipt_is_the_same_each_time_it_is_issued() -> None:
    assert Receipts([NEW]).issue(make_order()) == Receipts([NEW]).issue(make_order(updated_at=NOW + 9))


def test_a_receipt_is_what_every_library_issues_and_a_key_of_another_kind_is_refused() -> None:
    receipts, order = Receipts([NEW]), make_order()
    claims = {"sub": order.id, "iat": order.created_at, "exp": order.created_at + RECEIPT_SECONDS}
    assert [receipts.issue(order) for _ in range(2)] == [jwt.encode(claims, NEW.reveal(), "HS256")] * 2
    with pytest.raises(jwt.InvalidKeyError):
        Receipts([Secret("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ")]).issue(order)


def test_a_receipt_signed_before_a_rotation_still_opens() -> None:
    Receipts([NEW, OLD]).check(Receipts([OLD]).issue(make_order()), ORDER_ID, NOW)


def forged(claims: dict[str, Any], key: str = NEW.reveal()) -> str:
    return jwt.encode(claims, key, "HS256")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x.y.z",
        forged({"sub": "ord_other", "exp": NOW + 9}),
        forged({"sub": ORDER_ID}),
        forged({"sub": ORDER_ID, "exp": NOW}),
        forged({"sub": ORDER_ID, "exp": "9999999999"}),
        forged({"sub": ORDER_ID, "exp": NOW + 9}, "another-secret-of-thirty-two-chars!"),
        jwt.encode({"sub": ORDER_ID, "exp": NOW + 9}, "", "none"),
    ],
    ids=["empty", "not a token", "other order", "no end", "ended", "end of another type", "other secret", "unsigned"],
)
def test_anything_else_does_not_open_it(token: str) -> None:
    with pytest.raises(ReceiptRequired):
        Receipts([NEW]).check(token, ORDER_ID, NOW)


@given(st.text())
def test_any_text_as_a_receipt_is_refused_cleanly(token: str) -> None:
    with pytest.raises(ReceiptRequired):
        Receipts([NEW]).check(token, ORDER_ID, NOW)


def test_a_return_token_has_128_bits_in_hex() -> None:
    token = Receipts([NEW]).return_token(ORDER_ID)
    assert (len(token), len(bytes.fromhex(token))) == (32, 16)


def test_a_return_token_is_the_same_for_a_repeated_checkout() -> None:
    assert Receipts([NEW]).return_token(ORDER_ID) == Receipts([NEW, OLD]).return_token(ORDER_ID)


def test_each_order_has_a_return_token_of_its_own() -> None:
    assert Receipts([NEW]).return_token(ORDER_ID) != Receipts([NEW]).return_token("ord_other")


def test_a_return_token_cannot_be_made_without_the_secret() -> None:
    assert Receipts([NEW]).return_token(ORDER_ID) != Receipts([OLD]).return_token(ORDER_ID)


def test_a_return_token_is_no_receipt() -> None:
    receipts = Receipts([NEW])
    with pytest.raises(ReceiptRequired):
        receipts.check(receipts.return_token(ORDER_ID), ORDER_ID, NOW)


def test_a_receipt_ends() -> None:
    token = Receipts([NEW]).issue(make_order())
    with pytest.raises(ReceiptRequired):
        Receipts([NEW]).check(token, ORDER_ID, NOW + RECEIPT_SECONDS)


# ---- keys of who tries something


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:DB8:1:2::1", "2001:db8:1:2::"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::"),
        ("::1", "::"),
        ("", ""),
        ("unix:/run/engine.sock", ""),
        ("203.0.113.7:443", ""),
    ],
)
def test_a_caller_is_an_address_or_the_network_of_one(address: str, network: str) -> None:
    assert network_of(address) == network


def test_the_key_of_a_caller_is_of_the_network_and_of_the_secret() -> None:
    receipts = Receipts([NEW, OLD])
    key = receipts.caller_key("2001:db8:1:2::1")
    assert key == Receipts([NEW]).caller_key("2001:db8:1:2:ffff::9")
    others = [receipts.caller_key(one) for one in ("2001:db8:1:3::1", "203.0.113.7", "")]
    assert len({key, Receipts([OLD]).caller_key("2001:db8:1:2::1"), *others}) == 5
    assert (len(key), key == receipts.caller_key("::ffff:1.2.3.4")) == (32, False)


def test_the_key_of_an_email_is_of_the_goods_and_not_of_its_case() -> None:
    receipts = Receipts([NEW])
    key = receipts.email_key("Ada@Example.com", "SPRING")
    assert key == receipts.email_key("ada@example.com", "SPRING")
    assert len({key, receipts.email_key("ada@example.com", "SUMMER"), receipts.email_key("bob@example.com", "SPRING")}) == 3


def test_the_tokens_of_an_order_are_secrets_of_their_own() -> None:
    receipts = Receipts([NEW])
    tokens = {receipts.return_token(ORDER_ID), receipts.page_token(ORDER_ID), receipts.page_token(ORDER_ID[:-1] + "2")}
    assert [len(token) for token in tokens] == [32] * 3
