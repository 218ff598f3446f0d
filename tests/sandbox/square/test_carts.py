"""A cart with delivery, added tax and a discount, as a shop sends it: what is answered, shown, asked for and kept."""

import re
from typing import Any

import pytest

from lightning_cart_host.shop_client.form_filling import fill_form
from support.sandbox_clients import REDIRECT, SquareClient, line, order, read_error, square_money

OPTIONS = {
    "redirect_url": REDIRECT,
    "ask_for_shipping_address": True,
    "allow_tipping": False,
    "enable_coupon": False,
    "enable_loyalty": False,
}
LINES = [
    line(name="Mug", variation_name="Blue", quantity="2", note="With “Ada”", metadata={"sku": "MUG-BLUE"}),
    line(name="Delivery: Standard", base_price_money=square_money(490), metadata={"kind": "delivery"}),
    line(name="Sales tax (8.875 %)", base_price_money=square_money(156), metadata={"kind": "tax"}),
]
DISCOUNT = {"uid": "code", "name": "Welcome", "type": "FIXED_AMOUNT", "amount_money": square_money(250), "scope": "ORDER"}
ADDRESS = {
    "address_line_1": "Carrer de la Rutlla 1",
    "locality": "Sabadell",
    "administrative_district_level_1": "Barcelona",
    "postal_code": "08201",
    "country": "ES",
    "first_name": "Ada",
    "last_name": "Lovelace",
}
BUYER = {"buyer_email": "grace@example.com", "buyer_phone_number": "+34930000000", "buyer_address": ADDRESS}


@pytest.fixture
def square(stripe: Any) -> SquareClient:
    client = SquareClient(stripe)
    client.provider.offers_tips = True  # the link forbids it
    return client


def cart(square: SquareClient, **changes: Any) -> Any:
    body = {"order": order(line_items=LINES, discounts=[DISCOUNT]), "checkout_options": OPTIONS, **changes}
    return square.link(**body)


def fill(square: SquareClient, link: Any) -> None:
    """Pay a link as a scripted buyer does."""
    filled = fill_form(square.look(link).text)
    assert filled is not None
    assert square.client.ask(filled.method, filled.action, data=dict(filled.data)).status_code == 303


def test_the_answer_has_the_total_of_all_lines_less_the_discount(square: SquareClient) -> None:
    body = {"order": order(line_items=LINES, discounts=[DISCOUNT]), "checkout_options": OPTIONS}
    (made,) = square.create(**body).json()["related_resources"]["orders"]
    assert (made["total_money"], made["total_discount_money"]) == (square_money(2396), square_money(250))


def test_the_page_shows_the_shop_each_line_and_the_discount(square: SquareClient) -> None:
    text = square.look(cart(square)).text
    for shown in (
        "Sandbox Shop",
        "Mug",
        "Blue",
        "With “Ada”",
        "Delivery: Standard",
        "Sales tax (8.875 %)",
        "Welcome",
        "-$2.50",
    ):
        assert shown in text
    assert ("$23.96" in text, 'name="tip"' in text, 'name="coupon"' in text) == (True, False, False)


def test_what_the_buyer_typed_is_in_the_order_and_the_payment(square: SquareClient) -> None:
    link = cart(square)
    fill(square, link)
    (fulfillment,) = square.read_order(link)["fulfillments"]
    recipient = fulfillment["shipment_details"]["recipient"]
    assert (recipient["display_name"], recipient["address"]) == ("Ada Lovelace", ADDRESS)
    payment = square.read_payment(link)
    assert (payment["shipping_address"], payment["buyer_email_address"]) == (ADDRESS, "ada@example.com")
    page = square.client.ask("GET", f"/square/links/{link['id']}").text
    assert "Ada Lovelace, Carrer de la Rutlla 1, 08201, Sabadell, Barcelona, ES" in page


def test_the_address_that_the_shop_knows_is_filled_in_and_can_be_changed(square: SquareClient) -> None:
    link = cart(square, pre_populated_data=BUYER)
    text = square.look(link).text
    assert '<option value="ES" selected>Spain</option>' in text
    for known in ("Carrer de la Rutlla 1", "grace@example.com", "+34930000000", "Ada Lovelace"):
        assert f'value="{known}"' in text
    fill(square, link)
    payment = square.read_payment(link)
    assert (payment["buyer_email_address"], payment["shipping_address"]["country"]) == ("grace@example.com", "ES")


def test_the_country_is_the_buyers_choice(square: SquareClient) -> None:
    link = cart(square, pre_populated_data=BUYER)
    moved = {"phone": "+49301234567", "ship_name": "Ada L", "ship_line_1": "Straße 1", "ship_city": "Berlin"}
    assert square.pay(link, **moved, ship_postal_code="10115", ship_country="DE").status_code == 303
    assert square.read_payment(link)["shipping_address"]["country"] == "DE"


def test_a_form_without_the_address_is_refused_with_sentences(square: SquareClient) -> None:
    answer = square.pay(cart(square))
    fields = re.findall(r'id="(\w+)-error"', answer.text)
    assert (answer.status_code, fields) == (
        422,
        ["ship_name", "phone", "ship_country", "ship_line_1", "ship_city", "ship_postal_code"],
    )


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("buyer_email", "nobody", "INVALID_EMAIL_ADDRESS"),
        ("buyer_phone_number", "931234567", "INVALID_PHONE_NUMBER"),
        ("buyer_address", {"country": "XX"}, "INVALID_ENUM_VALUE"),
    ],
)
def test_a_buyer_that_will_not_do_is_refused_with_the_field_named(
    square: SquareClient, name: str, value: Any, code: str
) -> None:
    status, found, field = read_error(square.create(pre_populated_data={name: value}))
    assert (status, found) == (400, code)
    assert (field or "").startswith(f"pre_populated_data.{name}")
