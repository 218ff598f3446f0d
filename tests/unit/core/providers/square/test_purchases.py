"""Whole purchases with Square: by webhook, by return, in parts, and in a currency that the location does not have."""

import json

import pytest

from lightning_cart.domain.order import OrderStatus
from lightning_cart.web.responses import Answer
from support.app import ENV, PRODUCTS, SHOP, Shop, answer, make_catalog, problem
from support.square import LOCATION, PAYMENT_ID, SQUARE_ENV, event_body, link, payment, signature, square_order

PAID = event_body("payment.updated", "payment", payment())


class SquareShop(Shop):
    """A shop that sells by Square."""

    def __init__(self, others: str = "") -> None:
        sites = SHOP.replace("stripe_checkout", "square") + others
        super().__init__(ENV | SQUARE_ENV, make_catalog(PRODUCTS.replace('sites = ["other"]', "active = false"), sites))

    def hook(self, body: bytes) -> Answer:
        return self.handle("POST", "/webhook", body, x_square_hmacsha256_signature=signature(body))

    def buy(self) -> str:
        """Open a checkout of ten dollars, and return its order's id."""
        self.provider.answers = [LOCATION, answer(link())]
        order_id: str = json.loads(self.checkout().body)["order_id"]
        self.provider.requests = []
        return order_id


def test_a_purchase_is_paid_by_its_webhook_without_a_call() -> None:
    shop = SquareShop()
    order_id = shop.buy()
    assert shop.hook(PAID).log_fields["order_status"] == "paid"
    assert (shop.order(order_id).status, shop.provider.requests) == (OrderStatus.PAID, [])


def test_a_refund_is_read_and_its_total_is_the_payments() -> None:
    shop = SquareShop()
    order_id = shop.buy()
    shop.hook(PAID)
    refunded = payment(refunded_money={"amount": 300, "currency": "USD"})
    shop.provider.answers = [answer(square_order("OPEN", PAYMENT_ID)), answer({"payment": refunded})]
    shop.hook(event_body("refund.updated", "refund", {"id": "r1", "status": "COMPLETED", "payment_id": PAYMENT_ID}, "e-2"))
    assert (shop.order(order_id).status, shop.order(order_id).refunded_minor) == (OrderStatus.PARTIALLY_REFUNDED, 300)


def test_a_refund_that_cannot_be_read_must_come_again() -> None:
    shop = SquareShop()
    shop.buy()
    shop.hook(PAID)
    shop.provider.answers = [answer({}, 503)]
    body = event_body("refund.updated", "refund", {"id": "r1", "status": "COMPLETED", "payment_id": PAYMENT_ID}, "e-2")
    assert shop.hook(body).status == 503


def test_a_gift_card_and_a_card_pay_an_order_together() -> None:
    shop = SquareShop()
    order_id = shop.buy()
    statuses = []
    for number, amount in enumerate((300, 700)):
        part = payment(id=f"p{number}", amount_money={"amount": amount, "currency": "USD"})
        shop.hook(event_body("payment.updated", "payment", part, f"e-{number}"))
        statuses.append(shop.order(order_id).status)
    assert statuses == [OrderStatus.PENDING, OrderStatus.PAID]


def test_a_sale_at_the_till_is_acknowledged_and_leaves_no_row() -> None:
    shop = SquareShop()
    shop.buy()
    response = shop.hook(event_body("payment.updated", "payment", payment(order_id="till-7")))
    assert (response.status, response.log_fields["verdict"], shop.database.count("events")) == (200, "ignored", 0)


def test_a_purchase_is_read_when_the_buyer_returns() -> None:
    shop = SquareShop()
    order_id = shop.buy()
    shop.provider.answers = [answer(square_order("OPEN", PAYMENT_ID)), answer({"payment": payment()})]
    assert shop.come_back(order_id).status == 303
    assert shop.order(order_id).status is OrderStatus.PAID


def test_the_buyer_is_told_which_currency_the_location_has() -> None:
    shop = SquareShop()
    shop.provider.answers = [LOCATION]
    response = shop.checkout({"items": [{"id": "test-10", "quantity": 1}], "currency": "EUR"})
    assert (response.status, problem(response)["field"]) == (422, "currency")


@pytest.mark.parametrize(
    ("others", "hint"),
    [
        ("", "; no way to pay of this site can take it"),
        ('strategies = ["paypal", "stripe_links"]\n', "; paypal or stripe_links can take it"),
    ],
)
def test_the_buyer_is_told_who_can_take_a_currency_that_the_location_has_not(others: str, hint: str) -> None:
    shop = SquareShop(others)
    shop.provider.answers = [LOCATION]
    response = shop.checkout({"items": [{"id": "test-10", "quantity": 1}], "currency": "EUR"})
    assert problem(response)["reason"].endswith(hint)
