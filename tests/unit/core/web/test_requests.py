"""Parsing of carts: what a body must be, and that any bytes give a cart or an error of ours."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.errors import InvalidField, LightningCartError, MalformedRequest
from lightning_cart.usecases.cart import CartRequest
from lightning_cart.web.requests import parse_form_cart, parse_json_cart


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"\xff\xfe",
        b'{"items": NaN}',
        b"[" * 100_000,
        b"\xef\xbb\xbf{}",
        b'{"items": 1' + b"0" * 5000 + b"}",
    ],
    ids=["empty", "cut off", "list", "text", "not UTF-8", "NaN", "deep", "BOM", "endless integer"],
)
def test_a_body_that_is_no_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        parse_json_cart(body)


def test_a_form_is_read_line_by_line() -> None:
    cart = parse_form_cart(
        b"id=test-10&quantity=2&id=mug&quantity=+&id=pin&quantity=1&site=shop&customer_email=&metadata%5Btable%5D=7"
    )
    assert cart == CartRequest(
        items=[{"id": "test-10", "quantity": 2}, {"id": "pin", "quantity": 1}], site="shop", metadata={"table": "7"}
    )


def test_a_form_without_a_quantity_for_each_id_is_refused() -> None:
    with pytest.raises(InvalidField, match="quantity"):
        parse_form_cart(b"id=test-10&id=mug&quantity=1")


@pytest.mark.parametrize("body", [b"id=%ff", b"\xff", b"a=1&" * 1001], ids=["not UTF-8", "not ASCII", "too many fields"])
def test_a_form_that_cannot_be_read_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        parse_form_cart(body)


@given(st.binary(max_size=200))
def test_any_bytes_as_a_body_give_a_cart_or_our_own_error(body: bytes) -> None:
    for parse in (parse_json_cart, parse_form_cart):
        with contextlib.suppress(LightningCartError):
            assert isinstance(parse(body), CartRequest)
