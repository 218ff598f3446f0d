"""Square: delivery, tax and discount of a link, what its page is filled with, and where the goods go."""

from typing import Any

import pytest

from lightning_cart.domain.buyer import Address, Buyer, Destination
from lightning_cart.domain.order import Order
from lightning_cart.errors import ProviderRefused
from lightning_cart.flow import drive
from lightning_cart.providers.square.checkout import Square
from lightning_cart.providers.square.link import link_body
from support.app import Provider, Reply, answer, run
from support.builders import make_order
from support.full_orders import ADDRESS, POST, make_addressed_order, make_full_order
from support.square import LOCATION, OPENED, PAYMENT_ID, event_body, link, payment, square, square_order, verify

SUCCESS = "https://pay.shop.example/return/x"
OFF = {"allow_tipping": False, "enable_coupon": False, "enable_loyalty": False}


def usd(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


def body(order: Order) -> Any:
    return link_body(order, "L1", SUCCESS, Square.limits)


def test_delivery_and_tax_are_lines_and_the_discount_is_one_of_the_order() -> None:
    sold = body(make_full_order())["order"]
    assert sold["line_items"] == [
        {"name": "T-shirt (L, blue)", "quantity": "3", "base_price_money": usd(2500), "note": "Soft cotton"},
        {"name": "Book", "quantity": "1", "base_price_money": usd(1500)},
        {"name": "Standard post", "quantity": "1", "base_price_money": usd(490), "metadata": {"kind": "delivery"}},
        {"name": "Sales tax (8.875 %)", "quantity": "1", "base_price_money": usd(753), "metadata": {"kind": "tax"}},
    ]
    assert sold["discounts"] == [
        {"uid": "discount", "name": "Discount", "type": "FIXED_AMOUNT", "scope": "ORDER", "amount_money": usd(1000)}
    ]


def test_the_page_asks_for_an_address_only_if_goods_go_to_one_and_changes_no_total() -> None:
    asks = {"redirect_url": SUCCESS, **OFF, "ask_for_shipping_address": True}
    assert body(make_full_order())["checkout_options"] == asks
    for order in (make_order(), make_full_order(delivery=POST._replace(pick_up=True))):
        assert body(order)["checkout_options"] == {"redirect_url": SUCCESS, **OFF}


def test_the_page_is_filled_with_what_the_cart_has() -> None:
    assert body(make_addressed_order(customer_email="ada@example.com"))["pre_populated_data"] == {
        "buyer_email": "ada@example.com",
        "buyer_phone_number": "+12125550100",
        "buyer_address": {
            "address_line_1": "1 Main Street",
            "address_line_2": "Flat 2",
            "locality": "New York",
            "administrative_district_level_1": "NY",
            "postal_code": "10001",
            "country": "US",
            "first_name": "Ada",
            "last_name": "Lovelace",
        },
    }


@pytest.mark.parametrize(
    ("address", "known"),
    [
        (Address("ES"), {"buyer_address": {"country": "ES"}}),
        (Address("ES", "Ada", phone="600 123 456"), {"buyer_address": {"country": "ES", "first_name": "Ada"}}),
        (Address("ES", postal_code="2" * 13), {"buyer_address": {"country": "ES"}}),
        (Address("ES", line1="x" * 301), {"buyer_address": {"country": "ES"}}),
        (None, {}),
    ],
    ids=["a country", "a phone number in another form", "a long postal code", "a long street", "nothing"],
)
def test_what_square_would_refuse_is_left_out(address: Address | None, known: dict[str, Any]) -> None:
    assert body(make_full_order(buyer=Buyer(address))).get("pre_populated_data", {}) == known


def test_a_buyer_who_fetches_the_goods_gives_no_address() -> None:
    order = make_full_order(buyer=Buyer(ADDRESS), delivery=POST._replace(pick_up=True))
    assert body(order)["pre_populated_data"] == {"buyer_phone_number": "+12125550100"}


def test_only_totals_are_compared() -> None:
    def create(total: int) -> str:
        opened = link(related_resources={"orders": [{"total_money": usd(total)}]})
        flow = square().create_checkout(make_full_order(), SUCCESS, "")
        return run(drive(flow, Provider([LOCATION, answer(opened)]))).url

    assert create(9243) == "https://sandbox.square.link/u/EXAMPLE"
    with pytest.raises(ProviderRefused, match="no order of this total"):
        create(9242)


SPAIN = {"country": "es", "administrative_district_level_1": "TF", "postal_code": "38001"}


def test_a_payments_webhook_says_where_the_goods_go() -> None:
    event, _ = verify(event_body("payment.updated", "payment", payment(shipping_address=SPAIN)))
    assert event.place == Destination("ES", "TF", "38001")
    assert verify(event_body("payment.updated", "payment", payment()))[0].place is None


@pytest.mark.parametrize(
    ("of_order", "of_payment", "place"),
    [
        (SPAIN, {"country": "FR"}, Destination("ES", "TF", "38001")),
        (None, {"country": "FR"}, Destination("FR")),
        ([], None, None),
        ({"country": "Spain"}, {"country": 7}, None),
    ],
    ids=["the order's goes first", "else the payment's", "none", "not readable"],
)
def test_an_order_that_was_read_says_where_the_goods_go(
    of_order: object, of_payment: object, place: Destination | None
) -> None:
    fulfilled = [{"type": "SHIPMENT", "shipment_details": {"recipient": {"address": of_order}}}]
    read: list[Reply] = [
        answer(square_order("OPEN", PAYMENT_ID, fulfillments=fulfilled)),
        answer({"payment": payment(shipping_address=of_payment)}),
    ]
    reading = run(drive(square().read_checkout(OPENED, capture=True), Provider(read)))
    assert [event.place for event in reading.events] == [place]
