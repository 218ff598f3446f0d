"""A cart with delivery, added tax and a discount, as a shop sends it: what is answered, shown, asked for and kept."""

from typing import Any

import pytest

from support.sandbox_clients import PayPalClient, amount, given, issues, item, order_body, paypal_money, source, unit

ADDRESS = {
    "address_line_1": "Carrer de la Rutlla 1",
    "admin_area_1": "Barcelona",
    "admin_area_2": "Sabadell",
    "postal_code": "08201",
    "country_code": "ES",
}
MUG = item(
    name="Mug, blue",
    quantity="2",
    description="300 ml",
    sku="MUG-BLUE",
    category="PHYSICAL_GOODS",
    image_url="https://shop.test/mug.png",
)
PARTS = {"item_total": "20.00", "discount": "2.50", "shipping": "4.90", "tax_total": "1.56"}
TOTAL = "23.96"


@pytest.fixture
def paypal(stripe: Any) -> PayPalClient:
    return PayPalClient(stripe)


def cart(*, total: str = TOTAL, parts: dict[str, str] | None = None, **shipping: Any) -> dict[str, Any]:
    """Return a purchase unit of two mugs, less a discount, with delivery and tax."""
    return given(unit(amount=amount(total, **(parts or PARTS)), items=[MUG], shipping=shipping or None))


def test_every_part_of_the_total_is_kept_and_shown(paypal: PayPalClient) -> None:
    order = paypal.order(purchase_units=[cart()], payment_source=source(brand_name="Mugs & More"))
    breakdown = order["purchase_units"][0]["amount"]["breakdown"]
    assert {name: part["value"] for name, part in breakdown.items()} == PARTS
    text = paypal.visit(order).text
    for shown in ("Mugs &amp; More", "Mug, blue", "300 ml", "$20.00", "-$2.50", "$4.90", "$1.56", "$23.96", "Shipping", "Tax"):
        assert shown in text
    assert 'src="https://shop.test/mug.png"' in text


@pytest.mark.parametrize(
    ("total", "changes", "issue"),
    [
        ("23.97", {}, "AMOUNT_MISMATCH"),
        (TOTAL, {"discount": "2.49"}, "AMOUNT_MISMATCH"),
        (TOTAL, {"shipping": "4.91"}, "AMOUNT_MISMATCH"),
        (TOTAL, {"tax_total": "1.55"}, "AMOUNT_MISMATCH"),
        (TOTAL, {"discount": "-2.50"}, "CANNOT_BE_NEGATIVE"),
        ("23.97", {"item_total": "20.01"}, "ITEM_TOTAL_MISMATCH"),
        ("0.00", {"discount": "26.46"}, "CANNOT_BE_ZERO_OR_NEGATIVE"),
    ],
)
def test_sums_are_exact(paypal: PayPalClient, total: str, changes: dict[str, str], issue: str) -> None:
    body = order_body(purchase_units=[cart(total=total, parts=PARTS | changes)])
    assert issues(paypal.create(body)) == [issue]


def test_tax_of_the_order_needs_no_tax_of_items_and_tax_of_items_needs_that_of_the_order(paypal: PayPalClient) -> None:
    paypal.order(purchase_units=[cart()])
    taxed = cart() | {"items": [MUG | {"tax": paypal_money("0.77")}]}
    assert issues(paypal.create(order_body(purchase_units=[taxed]))) == ["TAX_TOTAL_MISMATCH"]


def test_an_address_of_the_shop_is_fixed(paypal: PayPalClient) -> None:
    shipping: dict[str, Any] = {"type": "SHIPPING", "name": {"full_name": "Grace Hopper"}, "address": ADDRESS}
    order = paypal.order(purchase_units=[cart(**shipping)], payment_source=source(shipping_preference="SET_PROVIDED_ADDRESS"))
    text = paypal.visit(order).text
    assert ("Carrer de la Rutlla 1" in text, "Barcelona, Spain" in text, 'name="address"' in text) == (True, True, False)
    paypal.visit(order, "approve", address="berlin")
    assert paypal.read(order)["purchase_units"][0]["shipping"] == shipping


def test_the_country_of_the_payer_may_be_another_one_until_the_shop_captures(paypal: PayPalClient) -> None:
    order = paypal.order(purchase_units=[cart(name={"full_name": "Grace Hopper"}, address=ADDRESS)])
    paypal.visit(order, "approve", address="berlin")
    assert paypal.read(order)["purchase_units"][0]["shipping"]["address"]["country_code"] == "DE"
    # The shop does not capture, and sends the payer back to the page.
    paypal.visit(order, "approve", address="home")
    read = paypal.read(order)
    assert (read["status"], read["purchase_units"][0]["shipping"]["address"]["country_code"]) == ("APPROVED", "ES")
    payments = paypal.capture(order).json()["purchase_units"][0]["payments"]
    assert payments["captures"][0]["amount"]["value"] == TOTAL


def test_the_payer_is_in_the_order_and_in_its_webhook(paypal: PayPalClient) -> None:
    paypal.listen("CHECKOUT.ORDER.APPROVED")
    order = paypal.order(purchase_units=[cart()])
    paypal.visit(order, "approve")
    payer = paypal.read(order)["payer"]
    assert (payer["email_address"], payer["name"]) == ("ada@example.com", {"given_name": "Ada", "surname": "Lovelace"})
    assert (payer["phone"]["phone_number"]["national_number"], payer["address"]) == ("931234567", {"country_code": "ES"})
    (event,) = paypal.heard()
    assert event["resource"]["payer"] == payer
    assert event["resource"]["purchase_units"][0]["shipping"]["address"]["country_code"] == "ES"
