"""The engine's timer: it repeats fulfilment messages, and reads what webhooks missed."""

from collections.abc import Iterator

import pytest

from support.runtimes import RuntimeShop

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("runtimes")]
HOURS = (1, 3, 9)
LATER = 400  # seconds: longer than an order is left to its buyer
RUNS = 30  # one reads a few orders, and goes on where the last one stopped


@pytest.fixture
def deaf_shop(shop: RuntimeShop) -> Iterator[RuntimeShop]:
    """Open a shop whose webhooks are lost."""
    shop.gateway.loses_webhooks = True
    yield shop
    shop.gateway.loses_webhooks = False


@pytest.fixture
def shop_with_a_busy_merchant(shop: RuntimeShop) -> Iterator[RuntimeShop]:
    """Open a shop whose merchant refuses messages."""
    shop.merchant.refuses = True
    yield shop
    shop.merchant.refuses = False


def test_a_merchant_who_refused_is_told_again(shop_with_a_busy_merchant: RuntimeShop) -> None:
    shop = shop_with_a_busy_merchant
    checkout = shop.open()
    shop.send(shop.paid(checkout))
    shop.wait_until_refused(checkout)
    shop.merchant.refuses = False
    assert shop.merchant.count_messages(checkout["order_id"]) == 0
    for hours in HOURS:  # its refusal may be written down only while the timer runs, and in the timer's time
        if not shop.merchant.count_messages(checkout["order_id"]):
            shop.runtime.run_timer(hours * 3600)
    assert shop.merchant.count_messages(checkout["order_id"]) == 1


def test_a_payment_that_no_webhook_told_of_is_found(deaf_shop: RuntimeShop) -> None:
    shop = deaf_shop
    checkout = shop.open()
    shop.pay(checkout)
    assert shop.order(checkout)["status"] == "open"
    for _ in range(RUNS):
        if shop.order(checkout)["status"] == "open":
            shop.runtime.run_timer(LATER)
    assert (shop.order(checkout)["status"], shop.order(checkout)["paid_minor"]) == ("paid", 1000)
