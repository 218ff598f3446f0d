"""Receipts: each is valid for its order until it expires."""

from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.errors import ReceiptRequired
from lightning_cart.secret import Secret
from lightning_cart.security.receipt import RECEIPT_SECONDS, Receipts
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
