"""Square: delivery, tax and discount of a link, what its page is filled with, and where the goods go."""

import json
from typing import Any

import pytest

from lightning_cart.domain.buyer import Address, Buyer, Destination
from lightning_cart.domain.order import Order, OrderStatus
from lightning_cart.errors import ProviderRefused
from lightning_cart.flow import drive
from lightning_cart.providers.square.checkout import Square
from lightning_cart.providers.square.link import link_body
from lightning_cart.web.responses import Answer
from support.app import ENV, SHOP, Provider, Reply, Shop, answer, make_catalog, run
from support.builders import make_order
from support.full_orders import ADDRESS, POST, make_addressed_order, make_full_order
from support.square import (
    LOCATION,
    OPENED,
    PAYMENT_ID,
    SQUARE_ENV,
    event_body,
    link,
    payment,
    signature,
    square,
    square_order,
    verify,
)

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


def test_a_discount_names_the_code_that_gives_it() -> None:
    (discount,) = body(make_full_order(code="SPRING"))["order"]["discounts"]
    assert discount["name"] == "Discount SPRING"


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


PRODUCTS = '[products.book]\nname = "Book"\nprices = { USD = "5.10" }\n'
SHIPPING = '[zones.here]\ncountries = ["US"]\n[methods.post]\nname = "Post"\nzones = ["here"]\nprices = { USD = "4.90" }\n'


class DeliveringShop(Shop):
    """A shop that delivers to the United States and sells by Square, and its first order, of ten dollars."""

    def __init__(self) -> None:
        sites = SHOP.replace("stripe_checkout", "square") + 'countries = ["US"]\nhome_country = "US"\n'
        super().__init__(ENV | SQUARE_ENV, make_catalog(PRODUCTS, sites, SHIPPING))
        self.provider.answers = [LOCATION, answer(link())]
        cart = {"items": [{"id": "book"}], "delivery": {"method": "post"}}
        self.order_id: str = json.loads(self.checkout(cart).body)["order_id"]

    def pays(self, address: object, *, shown_later: object) -> Answer:
        """Take the webhook of the payment, with an address or none, and let the order that is read have another."""
        fulfilled = [{"shipment_details": {"recipient": {"address": shown_later}}}]
        read = answer(square_order("OPEN", PAYMENT_ID, fulfillments=fulfilled))
        self.provider.answers, self.provider.requests = [read, answer({"payment": payment()})], []
        body = event_body("payment.updated", "payment", payment(shipping_address=address))
        return self.handle("POST", "/webhook", body, x_square_hmacsha256_signature=signature(body))

    @property
    def state(self) -> tuple[OrderStatus, str, int]:
        order = self.order(self.order_id)
        return order.status, order.review_reason, len(self.provider.requests)


@pytest.mark.parametrize(("country", "reason"), [("US", ""), ("FR", "delivery")])
def test_a_payment_that_says_where_the_goods_go_is_not_read(country: str, reason: str) -> None:
    shop = DeliveringShop()
    shop.pays({"country": country}, shown_later=None)
    assert shop.state == (OrderStatus.PAID, reason, 0)


@pytest.mark.parametrize(
    ("shown", "reason"), [({"country": "US"}, ""), ({"country": "FR"}, "delivery"), (None, "")], ids=["right", "wrong", "none"]
)
def test_a_payment_that_does_not_is_read_with_its_order(shown: object, reason: str) -> None:
    shop = DeliveringShop()
    assert shop.pays(None, shown_later=shown).status == 200
    assert shop.state == (OrderStatus.PAID, reason, 2)


def test_the_shop_is_not_told_to_send_goods_that_go_elsewhere() -> None:
    shop = DeliveringShop()
    shop.pays(None, shown_later={"country": "FR"})
    told = shop.database.connection.execute("SELECT effect FROM outbox").fetchall()
    assert [effect.partition(":")[0] for (effect,) in told] == ["order.needs_review"]


def test_a_repeated_webhook_tells_nothing_twice() -> None:
    shop = DeliveringShop()
    shop.pays(None, shown_later={"country": "FR"})
    told = shop.database.count("outbox")
    assert shop.pays(None, shown_later={"country": "FR"}).status == 200
    assert (shop.state[:2], shop.database.count("outbox")) == ((OrderStatus.PAID, "delivery"), told)


def test_a_payment_whose_order_cannot_be_read_now_comes_again() -> None:
    shop = DeliveringShop()
    shop.database.connection.execute("UPDATE orders SET busy_until = ?", (int(shop.now) + 20,))
    assert shop.pays(None, shown_later={"country": "FR"}).status == 503
    assert shop.order(shop.order_id).status is OrderStatus.OPEN
    shop.now += 30
    shop.pays(None, shown_later={"country": "FR"})
    assert shop.state[:2] == (OrderStatus.PAID, "delivery")


def test_a_payment_that_square_does_not_show_with_its_order_yet_counts() -> None:
    shop = DeliveringShop()
    body_of = event_body("payment.updated", "payment", payment())
    shop.provider.answers = [answer(square_order("OPEN"))]
    shop.handle("POST", "/webhook", body_of, x_square_hmacsha256_signature=signature(body_of))
    assert shop.state[:2] == (OrderStatus.PAID, "")
    assert shop.rows("SELECT name FROM reconciling WHERE name LIKE 'foreign:%'") == []  # it is ours
