"""Parsing of carts: what a body must be, what browsers add to forms, and that any bytes give a cart or an error of ours."""

import contextlib
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.errors import InvalidField, LightningCartError, MalformedRequest, UnsupportedMediaType
from lightning_cart.http import HttpRequest, json_bytes
from lightning_cart.usecases.cart_request import CartRequest
from lightning_cart.web.cart_parser import parse_cart, parse_form_cart, parse_json_cart

CART = b'{"items": [{"id": "mug", "quantity": 2}]}'
MUGS = [{"id": "mug", "quantity": 2}]


def form(*pairs: tuple[str, str]) -> CartRequest:
    return parse_form_cart(urlencode(pairs).encode())


def parse(body: bytes, content_type: str) -> CartRequest:
    return parse_cart(HttpRequest("POST", "/checkout", {"content-type": content_type}, body))


# ---- JSON


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'"x"', b"[]", b"\xff\xfe", b'{"items": NaN}', b"[" * 100_000, b'{"items": 1' + b"0" * 5000 + b"}"],
    ids=["empty", "cut off", "text", "list", "not UTF-8", "NaN", "deep", "endless integer"],
)
def test_a_body_that_is_no_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        parse_json_cart(body)


def test_a_json_cart_may_have_a_byte_order_mark() -> None:
    assert parse_json_cart(b"\xef\xbb\xbf" + CART).items == MUGS


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"items": [], "items": []}', "items"),
        (b'{"items": [{"id": "mug", "quantity": 1, "quantity": 9}]}', "quantity"),
        (b'{"a\\nb": 1, "a\\nb": 2}', "body"),
    ],
)
def test_a_key_that_is_there_twice_is_refused(body: bytes, field: str) -> None:
    with pytest.raises(InvalidField, match="is there twice in one object") as caught:
        parse_json_cart(body)
    assert caught.value.field == field


def test_unknown_keys_are_kept_to_be_named() -> None:
    assert parse_json_cart(b'{"items": [], "coupon": "X", "gift": null}').unknown == ("coupon", "gift")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON; charset=UTF-8",
        "application/vnd.shop.cart+json",
        "text/json",
        "text/plain;charset=UTF-8",
        "application/x-www-form-urlencoded",
        "",
    ],
)
def test_json_is_taken_as_every_client_labels_it(content_type: str) -> None:
    assert parse(b" " + CART, content_type).items == MUGS


@pytest.mark.parametrize(("content_type", "body"), [("text/plain", b"id=mug"), ("", b""), ("application/xml", CART)])
def test_what_is_neither_json_nor_a_form_is_told_what_to_send(content_type: str, body: bytes) -> None:
    with pytest.raises(UnsupportedMediaType, match="application/json"):
        parse(body, content_type)


# ---- forms


def test_a_form_is_read_line_by_line() -> None:
    cart = parse_form_cart(
        b"id=test-10&quantity=2&id=mug&quantity=+&id=pin&quantity=1&site=shop&customer_email=&metadata%5Btable%5D=7"
    )
    assert cart == CartRequest(
        items=[{"id": "test-10", "quantity": "2"}, {"id": "pin", "quantity": "1"}],
        site="shop",
        metadata={"table": "7"},
        is_form=True,
    )


def test_a_form_with_ids_alone_means_one_of_each() -> None:
    assert form(("id", "mug"), ("id", "pin")).items == [{"id": "mug", "quantity": "1"}, {"id": "pin", "quantity": "1"}]


@pytest.mark.parametrize("row", [("mug", ""), ("mug", " "), ("mug", "0"), ("", "1"), (" ", "2")])
def test_a_row_of_which_nothing_is_chosen_is_no_line(row: tuple[str, str]) -> None:
    cart = form(("id", row[0]), ("quantity", row[1]), ("id", "pin"), ("quantity", "3"))
    assert cart.items == [{"id": "pin", "quantity": "3"}]


def test_a_form_without_a_quantity_for_each_id_is_refused() -> None:
    with pytest.raises(InvalidField, match="the form has 2 ids and 1 quantities") as caught:
        form(("id", "test-10"), ("id", "mug"), ("quantity", "1"))
    assert caught.value.field == "quantity"


@pytest.mark.parametrize("name", ["site", "strategy", "currency", "customer_email", "note", "code", "vat_id"])
def test_a_field_with_two_values_is_refused_and_with_the_same_twice_is_taken(name: str) -> None:
    assert getattr(form((name, "a"), (name, ""), (name, "a")), name) == "a"
    with pytest.raises(InvalidField, match="different values") as caught:
        form((name, "a"), (name, "b"))
    assert caught.value.field == name


FULL = (
    ("id", "tshirt"),
    ("quantity", "2"),
    ("option[size]", "L"),
    ("option[colour]", "blue"),
    ("input[engraving]", "Ada"),
    ("amount", "5,00"),
    ("delivery[country]", "ES"),
    ("delivery[method]", "post"),
    ("note", "Ring twice."),
    ("code", "spring"),
    ("vat_id", "ESB12345678"),
)


def test_a_form_has_the_parts_of_a_cart_in_json() -> None:
    body = json_bytes(
        {
            "items": [
                {
                    "id": "tshirt",
                    "quantity": "2",
                    "options": {"size": "L", "colour": "blue"},
                    "inputs": {"engraving": "Ada"},
                    "amount": "5,00",
                }
            ],
            "metadata": {},
            "delivery": {"country": "ES", "method": "post"},
            "note": "Ring twice.",
            "code": "spring",
            "vat_id": "ESB12345678",
        }
    )
    assert form(*FULL) == parse_json_cart(body)._replace(is_form=True)


def test_a_form_of_which_one_row_is_chosen_has_the_choices_of_that_row() -> None:
    assert form(("id", "mug"), ("quantity", "0"), *FULL).items == form(*FULL).items


@pytest.mark.parametrize("name", ["option[size]", "input[engraving]", "amount"])
def test_a_form_with_two_lines_cannot_say_whose_a_choice_is(name: str) -> None:
    two = (("id", "tshirt"), ("id", "mug"))
    with pytest.raises(InvalidField) as caught:
        form(*two, (name, "L"))
    assert (caught.value.field, caught.value.reason) == (
        name,
        "is of one product, and the form has 2: send one form for each product, or JSON",
    )
    assert form(*two, (name, " ")).items == form(*two).items


def test_a_name_that_would_disturb_an_error_is_not_repeated() -> None:
    for fields in ((("id", "a"), ("id", "b")), (("id", "a"), ("option[\n]", "M"))):
        with pytest.raises(InvalidField) as caught:
            form(*fields, ("option[\n]", "L"))
        assert caught.value.field == "cart"


@pytest.mark.parametrize("name", ["option[size]", "input[engraving]", "delivery[country]"])
def test_a_field_of_a_group_with_two_values_is_refused_and_a_blank_one_gives_way(name: str) -> None:
    assert form(("id", "a"), (name, ""), (name, "x"), (name, " "), (name, "x")) == form(("id", "a"), (name, "x"))
    with pytest.raises(InvalidField, match="different values") as caught:
        form(("id", "a"), (name, "x"), (name, "y"))
    assert caught.value.field == name


def test_a_blank_field_of_a_group_is_there_so_that_an_unknown_name_is_refused() -> None:
    assert form(("delivery[zip]", "")).delivery == {"zip": ""}


@pytest.mark.parametrize("name", ["option[]", "option", "option[size", "delivery", "delivery[]", "inputs[x]"])
def test_a_group_without_a_name_in_it_is_no_field(name: str) -> None:
    assert form(("id", "mug"), (name, "x")).unknown == (name,)


def test_checkboxes_of_one_name_keep_all_their_values() -> None:
    cart = form(*(("metadata[extra]", value) for value in ("", "milk", " ", "sugar", "")))
    assert cart.metadata == {"extra": "milk, sugar"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_charset_", "UTF-8"),
        ("submit", "Buy"),
        ("button", ""),
        ("x", "12"),
        ("y", "7"),
        ("buy.x", "12"),
        ("buy.y", "-1"),
    ],
)
def test_buttons_and_what_browsers_fill_is_ignored(name: str, value: str) -> None:
    assert form(("id", "mug"), (name, value)) == form(("id", "mug"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("size", "XL"),
        ("size", ""),
        ("id[]", "mug"),
        ("items[0][id]", "mug"),
        ("strategy.x", "12"),
        ("x", "mug"),
        ("metadata", "x"),
    ],
)
def test_any_other_field_of_a_form_is_kept_to_be_named(name: str, value: str) -> None:
    assert form(("id", "mug"), (name, value)).unknown == (name,)


@pytest.mark.parametrize("body", [b"id=%ff", b"\xff", b"a=1&" * 1001], ids=["not UTF-8", "bytes", "too many fields"])
def test_a_form_that_cannot_be_read_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        parse_form_cart(body)


def test_a_form_that_is_not_percent_encoded_is_taken() -> None:
    assert parse_form_cart("id=mug&metadata[to]=Grüße".encode()).metadata == {"to": "Grüße"}


@given(st.binary(max_size=200))
def test_any_bytes_as_a_body_give_a_cart_or_our_own_error(body: bytes) -> None:
    for content_type in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", ""):
        with contextlib.suppress(LightningCartError):
            assert isinstance(parse(body, content_type), CartRequest)
