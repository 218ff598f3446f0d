"""Starting a checkout: what an idempotency key names, for how long, and what it gets after the end of its checkout."""

import json
from typing import Any

import pytest

from lightning_cart.domain.order import OrderStatus
from lightning_cart.errors import ProviderTimeout
from lightning_cart.http import json_bytes
from lightning_cart.web.responses import Answer
from support.app import ENV, PRODUCTS, Shop, make_catalog, problem
from support.builders import NOW, ORDER_ID, paid_session
from support.stripe import event

S = OrderStatus
DAY = 86_400
CART = {"items": [{"id": "test-10", "quantity": 1}], "site": "shop"}


@pytest.fixture
def shop() -> Shop:
    """Open a shop with two sites."""
    return Shop(catalog=make_catalog())


def start(shop: Shop, site: str = "shop", key: str = "k", **cart: Any) -> Answer:
    return shop.checkout(CART | {"site": site} | cart, idempotency_key=key)


def order_of(response: Answer) -> str:
    assert response.status == 201
    return str(json.loads(response.body)["order_id"])


# ---- a key is its site's


def test_a_key_that_another_site_uses_is_a_conflict_and_tells_nothing_of_its_order(shop: Shop) -> None:
    order_of(start(shop))
    response = start(shop, "other")
    assert (response.status, problem(response)["type"]) == (409, "/problems/idempotency-conflict")
    assert (b"ord_" in response.body, shop.database.count("orders"), len(shop.provider.requests)) == (False, 1, 1)


def test_a_key_that_another_site_used_a_day_ago_is_free(shop: Shop) -> None:
    first = order_of(start(shop))
    shop.now = NOW + DAY
    assert order_of(start(shop, "other")) != first


def test_two_sites_with_keys_of_their_own_are_two_orders(shop: Shop) -> None:
    assert order_of(start(shop)) != order_of(start(shop, "other", "k-2"))


# ---- a key lapses


def test_a_key_names_its_order_for_a_day_and_then_a_new_one(shop: Shop) -> None:
    shop.provider.answers = [ProviderTimeout("stripe", "slow")]
    for time, orders in ((NOW, 1), (NOW + DAY - 1, 1), (NOW + DAY, 2)):
        shop.now = time
        start(shop)
        assert shop.database.count("orders") == orders


def test_a_key_that_lapsed_is_taken_with_another_body(shop: Shop) -> None:
    first = order_of(start(shop))
    assert start(shop, items=[{"id": "test-10", "quantity": 2}]).status == 409
    shop.now = NOW + DAY
    assert order_of(start(shop, items=[{"id": "test-10", "quantity": 2}])) != first


def test_the_order_of_a_key_that_lapsed_can_still_be_paid(shop: Shop) -> None:
    first = order_of(start(shop))
    shop.now = NOW + DAY
    start(shop)
    shop.webhook(event("checkout.session.completed", paid_session(first)), time=int(shop.now))
    assert shop.order(first).status is S.PAID


def test_a_key_that_lapsed_does_not_find_its_order_for_a_product_that_is_gone(shop: Shop) -> None:
    start(shop)
    shop.app.engine.catalog = make_catalog(PRODUCTS.replace("max_quantity = 10\n", "active = false\n"))
    assert start(shop).status == 201
    shop.now = NOW + DAY
    assert (start(shop).status, problem(start(shop))["field"]) == (422, "items[0].id")


# ---- after the end of the checkout


@pytest.mark.parametrize("status", ["paid", "failed", "expired", "cancelled", "refunded", "partially_refunded"])
def test_after_its_end_the_same_key_gets_the_orders_status_and_how_to_go_on(shop: Shop, status: str) -> None:
    start(shop)
    shop.database.connection.execute("UPDATE orders SET status = ?", (status,))
    content = problem(start(shop))
    assert (content["status"], content["type"]) == (409, "/problems/checkout-ended")
    assert (content["order_id"], content["order_status"]) == (ORDER_ID, status)
    assert content["reason"].endswith("use a new key, which makes a new order")
    assert order_of(start(shop, key="new")) == "ord_00000000000000000000000003"


def test_a_session_that_is_over_is_ended_though_nobody_told_us(shop: Shop) -> None:
    start(shop)
    shop.now = NOW + 82_800 - 1
    assert start(shop).status == 201
    shop.now += 1
    assert (problem(start(shop))["order_status"], len(shop.provider.requests)) == ("open", 1)


def test_an_order_that_is_pending_still_gets_its_page(shop: Shop) -> None:
    first = start(shop)
    shop.webhook(event("checkout.session.completed", paid_session(ORDER_ID, payment_status="unpaid")))
    assert (shop.order().status, start(shop).body) == (S.PENDING, first.body)


def test_an_order_that_ended_without_a_page_gets_no_page_any_more(shop: Shop) -> None:
    shop.provider.answers = [ProviderTimeout("stripe", "slow")]
    start(shop)
    shop.database.connection.execute("UPDATE orders SET status = 'expired'")
    shop.provider.requests.clear()
    assert (problem(start(shop))["type"], shop.provider.requests) == ("/problems/checkout-ended", [])


def test_a_form_is_told_of_the_end_on_a_page(shop: Shop) -> None:
    body = b"id=test-10&quantity=1&site=shop"
    form = {"content_type": "application/x-www-form-urlencoded", "idempotency_key": "k", "accept": "text/html"}
    shop.handle("POST", "/checkout", body, **form)
    shop.database.connection.execute("UPDATE orders SET status = 'expired'")
    response = shop.handle("POST", "/checkout", body, **form)
    assert (response.status, b"The payment page of this order is closed." in response.body) == (409, True)


# ---- products and strategies that are gone


def test_without_a_key_a_product_that_is_gone_is_refused(shop: Shop) -> None:
    shop.app.engine.catalog = make_catalog(PRODUCTS.replace("max_quantity = 10\n", "active = false\n"))
    response = shop.checkout(CART)
    assert (response.status, shop.database.count("orders")) == (422, 0)


def test_a_key_finds_its_order_by_the_site_that_the_cart_names(shop: Shop) -> None:
    first = start(shop)
    shop.app.engine.catalog = make_catalog(PRODUCTS.replace("max_quantity = 10\n", "active = false\n"))
    assert start(shop).body == first.body
    assert start(shop, "other").status == 422


def test_a_cart_that_names_no_site_where_there_are_two_is_refused(shop: Shop) -> None:
    cart = {"items": [{"id": "test-10", "quantity": 1}]}
    assert problem(shop.checkout(json_bytes(cart), idempotency_key="k"))["field"] == "site"


def test_a_strategy_that_is_not_configured_saves_nothing() -> None:
    shop = Shop(ENV | {"STRIPE_SECRET_KEY": ""})
    assert (shop.checkout().status, shop.database.count("orders")) == (503, 0)
