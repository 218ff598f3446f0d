"""Parsing of keys, reasons and refunds: what a body must be, and that any bytes give a value or an error of ours."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.refund import LineWish, RefundWish
from lightning_cart.errors import InvalidField, LightningCartError, MalformedRequest
from lightning_cart.web.requests import MAX_REFUND_LINES, check_idempotency_key, parse_reason, parse_refund


@pytest.mark.parametrize("key", ["", "k", "!~", "x" * 255])
def test_an_idempotency_key_is_any_visible_ascii(key: str) -> None:
    assert check_idempotency_key(key) == key


@pytest.mark.parametrize("key", ["x" * 256, "a b", "é", "a\n", "\x7f"])
def test_any_other_idempotency_key_is_refused(key: str) -> None:
    with pytest.raises(InvalidField) as caught:
        check_idempotency_key(key)
    assert caught.value.field == "Idempotency-Key"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", ""),
        (b" \n", ""),
        (b"{}", ""),
        (b'{"reason": ""}', ""),
        (b'{"reason": "agreed by phone"}', "agreed by phone"),
        ('{"reason": "Größe\\nfalsch 🫖"}'.encode(), "Größe\nfalsch 🫖"),
        (b'{"reason": "' + b"x" * 255 + b'"}', "x" * 255),
    ],
    ids=["empty", "blank", "no reason", "empty reason", "a reason", "two lines", "the longest"],
)
def test_a_reason_is_a_text_or_nothing(body: bytes, reason: str) -> None:
    assert parse_reason(body) == reason


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"reason": 7}', "reason"),
        (b'{"reason": null}', "reason"),
        (b'{"reason": ["x"]}', "reason"),
        (b'{"reason": "' + b"x" * 256 + b'"}', "reason"),
        (b'{"reason": "\\u0000"}', "reason"),
        (b'{"reason": "\\ud83e"}', "reason"),
        (b'{"reasons": "x"}', "reasons"),
        (b'{"reason": "x", "amount_minor": 3}', "amount_minor"),
        (b'{"\\ud83e": 1}', "body"),
    ],
    ids=["number", "null", "list", "too long", "U+0000", "half a character", "misspelled", "another field", "half a name"],
)
def test_any_other_reason_is_refused_by_its_field(body: bytes, field: str) -> None:
    with pytest.raises(InvalidField) as caught:
        parse_reason(body)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"x"', b"\xff", b"[" * 100_000], ids=["cut", "list", "text", "no UTF-8", "deep"]
)
def test_an_operators_body_that_is_no_object_is_malformed(body: bytes) -> None:
    for parse in (parse_reason, lambda content: parse_refund(content, "ord_x", "k")):
        with pytest.raises(MalformedRequest):
            parse(body)


def test_a_refund_without_a_body_is_of_all_that_is_left() -> None:
    assert parse_refund(b"", "ord_x", "k") == RefundWish("ord_x", None, "", "k")


def test_a_refund_may_say_how_much_and_why() -> None:
    assert parse_refund(b'{"amount_minor": 300, "reason": "torn"}', "ord_x", "k") == RefundWish("ord_x", 300, "torn", "k")


@pytest.mark.parametrize("amount", ["0", "-1", "3.0", "true", '"300"', "[300]"])
def test_a_refund_of_no_whole_amount_is_refused(amount: str) -> None:
    with pytest.raises(InvalidField) as caught:
        parse_refund(f'{{"amount_minor": {amount}}}'.encode(), "ord_x", "k")
    assert caught.value.field == "amount_minor"


def test_a_refund_may_say_which_lines_it_is_for() -> None:
    body = b"""{"lines": [
        {"id": "tshirt", "variant": "l-blue", "quantity": 2}, {"id": "mug", "quantity": 1}, {"line": 3, "quantity": 1}
    ]}"""
    lines = (LineWish(2, "tshirt", "l-blue"), LineWish(1, "mug"), LineWish(1, place=2))
    assert parse_refund(body, "ord_x", "k") == RefundWish("ord_x", None, "", "k", lines=lines)
    assert parse_refund(b'{"lines": null, "amount_minor": 5}', "ord_x", "k") == RefundWish("ord_x", 5, "", "k")


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ("[]", "lines"),
        ('"tshirt:2"', "lines"),
        (f"[{', '.join(['{}'] * (MAX_REFUND_LINES + 1))}]", "lines"),
        ('["tshirt:2"]', "lines[0]"),
        ('[{"id": "mug", "quantity": 1}, {"id": "mug", "quantity": 1, "amount": 3}]', "lines[1]"),
        ('[{"id": "mug"}]', "lines[0].quantity"),
        ('[{"id": "mug", "quantity": 0}]', "lines[0].quantity"),
        ('[{"id": "mug", "quantity": true}]', "lines[0].quantity"),
        ('[{"id": "mug", "quantity": 1.0}]', "lines[0].quantity"),
        ('[{"quantity": 1}]', "lines[0].id"),
        ('[{"id": "", "quantity": 1}]', "lines[0].id"),
        ('[{"id": 7, "quantity": 1}]', "lines[0].id"),
        ('[{"id": "mug", "variant": 7, "quantity": 1}]', "lines[0].variant"),
        ('[{"line": 0, "quantity": 1}]', "lines[0].line"),
        ('[{"line": "3", "quantity": 1}]', "lines[0].line"),
        ('[{"line": 3, "id": "mug", "quantity": 1}]', "lines[0].line"),
        ('[{"line": 3, "variant": "l", "quantity": 1}]', "lines[0].line"),
    ],
)
def test_a_line_that_is_not_clear_is_refused_by_its_field(lines: str, field: str) -> None:
    with pytest.raises(InvalidField) as raised:
        parse_refund(f'{{"lines": {lines}}}'.encode(), "ord_x", "k")
    assert raised.value.field == field


def test_a_misspelled_amount_does_not_refund_everything() -> None:
    with pytest.raises(InvalidField) as caught:
        parse_refund(b'{"amount": 300}', "ord_x", "k")
    assert caught.value.field == "amount"


def test_a_refund_of_two_amounts_is_refused() -> None:
    with pytest.raises(InvalidField, match="amount_minor: is there twice"):
        parse_refund(b'{"amount_minor": 300, "amount_minor": 30000}', "ord_x", "k")


@pytest.mark.parametrize("key", ["", "a b"])
def test_a_refund_needs_an_idempotency_key(key: str) -> None:
    with pytest.raises(InvalidField) as caught:
        parse_refund(b"", "ord_x", key)
    assert caught.value.field == "Idempotency-Key"


@given(st.binary(max_size=200))
def test_any_bytes_of_an_operator_give_a_value_or_our_own_error(body: bytes) -> None:
    with contextlib.suppress(LightningCartError):
        assert isinstance(parse_reason(body), str)
    with contextlib.suppress(LightningCartError):
        assert isinstance(parse_refund(body, "ord_x", "k"), RefundWish)
