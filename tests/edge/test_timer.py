"""What the timer of an engine does: it tells merchants again, and reads what webhooks missed."""

from collections.abc import Iterator

import httpx
import pytest

from edge_shop import Shop
from lightning_cart_host.filling import fill_form

pytestmark = pytest.mark.process
AN_HOUR, MINUTES = 3600, 400  # seconds: the second is longer than an order is left to its buyer
RUNS = 30  # one reads a few orders, and goes on where the last one stopped


@pytest.fixture
def deaf_shop(shop: Shop) -> Iterator[Shop]:
    """A shop whose webhooks get lost."""
    shop.gateway.loses_webhooks = True
    yield shop
    shop.gateway.loses_webhooks = False


@pytest.fixture
def shop_with_a_busy_merchant(shop: Shop) -> Iterator[Shop]:
    """A shop whose merchant refuses what it is told."""
    shop.merchant.refuses = True
    yield shop
    shop.merchant.refuses = False


def test_a_merchant_who_refused_is_told_again(shop_with_a_busy_merchant: Shop) -> None:
    shop = shop_with_a_busy_merchant
    checkout = shop.open()
    shop.send(shop.paid(checkout))
    shop.wait_until_refused(checkout)
    shop.merchant.refuses = False
    assert shop.merchant.told_of(checkout["order_id"]) == 0
    shop.runtime.run_timer(AN_HOUR)
    assert shop.merchant.told_of(checkout["order_id"]) == 1


def test_a_payment_that_no_webhook_told_of_is_found(deaf_shop: Shop) -> None:
    shop = deaf_shop
    checkout = shop.open()
    with httpx.Client(trust_env=False) as buyer:
        page = buyer.get(checkout["url"])
        form = fill_form(page.text)
        assert form
        assert buyer.post(page.url.join(form.action), data=form.data).status_code == 303
    assert shop.order(checkout)["status"] == "open"
    for _ in range(RUNS):
        if shop.order(checkout)["status"] == "open":
            shop.runtime.run_timer(MINUTES)
    assert (shop.order(checkout)["status"], shop.order(checkout)["paid_minor"]) == ("paid", 1000)
