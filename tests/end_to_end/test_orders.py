"""Whole orders over real HTTP with each payment strategy; the provider's events arrive as signed webhooks."""

import time
from typing import Any

import httpx
import pytest

from proofs.load import until
from support.processes import ShopClient

pytestmark = pytest.mark.process


def test_a_buyer_pays_and_comes_back_with_a_receipt(buy: Any, strategy_name: str) -> None:
    purchase = buy(strategy_name)
    paid = purchase.do("pay")
    assert (paid.status_code, f"/return/{purchase.id}" in paid.headers["location"]) == (303, True)
    thanks = purchase.come_back(paid)
    receipt = purchase.checkout["receipt"]
    assert thanks.headers["location"] == f"https://shop.example/thanks#order={purchase.id}&receipt={receipt}"
    assert purchase.until_status("paid")["paid_minor"] == 1000


def test_a_buyer_who_pays_and_never_comes_back_has_paid(buy: Any, strategy_name: str) -> None:
    purchase = buy(strategy_name)
    purchase.do("pay")
    assert purchase.until_status("paid")["paid_minor"] == 1000


def test_an_order_that_is_paid_is_fulfilled_once(buy: Any, strategy_name: str) -> None:
    purchase = buy(strategy_name)
    paid = purchase.do("pay")
    for _ in range(3):
        purchase.come_back(paid)
    purchase.until_status("paid")
    assert purchase.shop.effects(purchase.id).count("order.paid") == 1


@pytest.mark.parametrize("card_strategy", ["stripe_checkout", "stripe_links", "square"])
def test_a_declined_card_leaves_the_order_open_and_another_pays_it(buy: Any, card_strategy: str) -> None:
    purchase = buy(card_strategy)
    assert purchase.do("decline").status_code == 402
    assert purchase.read()["status"] == "open"
    purchase.pay()


def test_a_declined_wallet_brings_the_buyer_back_to_choose_another_card(buy: Any) -> None:
    purchase = buy("paypal")
    answer = purchase.do("decline")
    # A return while the webhook of the same approval asks PayPal shows what is stored.
    until(lambda: purchase.come_back(answer).headers["location"] == purchase.checkout["url"] or None, "the buyer goes back")
    assert purchase.read()["status"] == "open"
    time.sleep(1.1)  # PayPal's times have seconds, and nobody chooses another card within one
    purchase.pay()


@pytest.mark.parametrize(
    ("slow_strategy", "outcome", "status"),
    [
        ("stripe_checkout", "async_success", "paid"),
        ("stripe_checkout", "async_failure", "failed"),
        ("stripe_links", "async_success", "paid"),
        ("stripe_links", "async_failure", "failed"),
        ("paypal", "settle", "paid"),
        ("paypal", "deny", "failed"),
    ],
)
def test_a_payment_that_takes_its_time_is_pending_until_it_is_decided(
    buy: Any, slow_strategy: str, outcome: str, status: str
) -> None:
    purchase = buy(slow_strategy)
    purchase.come_back(purchase.do("pending"))
    purchase.until_status("pending")
    purchase.at_provider(outcome)
    purchase.until_status(status)


def test_refunds_at_the_provider_are_followed_to_the_cent(buy: Any, strategy_name: str) -> None:
    purchase = buy(strategy_name)
    purchase.pay()
    purchase.at_provider("refund", **({"amount": "3.00"} if strategy_name == "paypal" else {"amount_minor": "300"}))
    assert purchase.until_status("partially_refunded")["refunded_minor"] == 300
    purchase.at_provider("refund")
    assert purchase.until_status("refunded")["refunded_minor"] == 1000


@pytest.mark.parametrize("outcome", ["dispute_won", "dispute_lost"])
def test_a_dispute_is_flagged_until_it_is_won(buy: Any, strategy_name: str, outcome: str) -> None:
    purchase = buy(strategy_name)
    purchase.pay_and_dispute()
    assert purchase.until(lambda order: order["disputed"])["status"] == "paid"
    purchase.at_provider(outcome)
    if outcome == "dispute_won":
        purchase.until(lambda order: not order["disputed"])


def test_a_form_without_javascript_leads_to_the_pay_page(shop: ShopClient, strategy_name: str) -> None:
    form = {"site": "shop", "strategy": strategy_name, "id": "test-10", "quantity": "1", "customer_email": ""}
    response = shop.client.post("/checkout", data=form)
    assert (response.status_code, response.headers["location"].startswith(shop.sandbox)) == (303, True)
    assert httpx.get(response.headers["location"], follow_redirects=True, trust_env=False).status_code == 200


def test_the_same_key_twice_over_http_is_one_order(shop: ShopClient, strategy_name: str) -> None:
    body = {"site": "shop", "strategy": strategy_name, "items": [{"id": "test-10", "quantity": 1}]}
    headers = {"idempotency-key": f"flow-key-{strategy_name}"}
    before = shop.rows("orders")
    answers = {shop.client.post("/checkout", json=body, headers=headers).text for _ in range(3)}
    assert (len(answers), shop.rows("orders")) == (1, before + 1)


def test_the_shop_lists_its_ways_to_pay_in_its_order(shop: ShopClient) -> None:
    listed = shop.client.get("/strategies?site=shop").json()["strategies"]
    assert [one["name"] for one in listed] == ["stripe_checkout", "stripe_links", "paypal", "square"]
