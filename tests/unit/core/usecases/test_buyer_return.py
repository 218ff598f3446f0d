"""The buyer's return: who is let in, what is read, and how often."""

from typing import Any

import pytest

from lightning_cart.domain.order import OrderStatus
from lightning_cart.http import HttpResponse
from support.app import PRODUCTS, SHOP, Shop, answer, make_catalog, run, stripe_routes
from support.builders import NOW, ORDER_ID
from support.every_provider import EveryProvider
from support.paypal import paypal_order
from support.stripe import stripe_session

S = OrderStatus
DAY = 86_400


@pytest.fixture
def shop() -> Shop:
    """Open a shop with one order that was paid without a webhook."""
    shop = Shop()
    shop.checkout()
    shop.provider.requests.clear()
    shop.provider.routes = stripe_routes()
    return shop


def without_token(shop: Shop) -> None:
    """Make the order one of before return URLs had a token."""
    shop.database.connection.execute("UPDATE orders SET return_token = ''")


# ---- who is let in


def test_the_return_url_has_a_secret_of_128_bits_that_is_the_same_for_a_repeated_checkout() -> None:
    shop = Shop()
    for _ in range(2):
        shop.checkout(idempotency_key="k")
    token = shop.order().return_token
    assert (len(bytes.fromhex(token)), f"%2Freturn%2F{ORDER_ID}%2F{token}&".encode() in shop.provider.requests[0].body) == (
        16,
        True,
    )


def test_each_order_has_its_own_token_and_its_own_only(shop: Shop) -> None:
    shop.provider.routes.clear()
    shop.checkout()
    first, second = (order.return_token for order in run(shop.app.engine.orders.list_orders()))
    assert first != second
    assert shop.handle("GET", f"/return/{ORDER_ID}/{first}").status == 404


@pytest.mark.parametrize("token", ["", "/", "/x", "/\ud800", "/é", f"/{'0' * 32}", f"/{'0' * 9999}"])
def test_a_wrong_token_is_not_found_and_nothing_is_read(shop: Shop, token: str) -> None:
    assert (shop.handle("GET", f"/return/{ORDER_ID}{token}").status, shop.provider.requests) == (404, [])
    assert shop.order().status is S.OPEN


def test_a_wrong_token_is_answered_like_an_order_that_is_not_there(shop: Shop) -> None:
    wrong = shop.handle("GET", f"/return/{ORDER_ID}/x")
    absent = shop.handle("GET", "/return/ord_00000000000000000000000099/x")
    assert (wrong.status, wrong.body) == (absent.status, absent.body)


def test_an_order_of_before_tokens_is_let_in_for_a_day(shop: Shop) -> None:
    without_token(shop)
    shop.now = NOW + DAY - 1
    assert shop.handle("GET", f"/return/{ORDER_ID}").status == 303
    shop.now = NOW + DAY
    assert shop.handle("GET", f"/return/{ORDER_ID}").status == 404


@pytest.mark.parametrize("token", ["x", "0" * 32])
def test_an_order_of_before_tokens_is_not_let_in_with_one(shop: Shop, token: str) -> None:
    without_token(shop)
    assert shop.handle("GET", f"/return/{ORDER_ID}/{token}").status == 404


# ---- what is read


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"sec_purpose": "prefetch"}),
        ("GET", {"sec_purpose": "prefetch;prerender"}),
        ("GET", {"purpose": "prefetch"}),
        ("GET", {"x_moz": "prefetch"}),
    ],
    ids=["head", "prefetch", "prerender", "an older browser", "an older Firefox"],
)
def test_a_head_or_prefetch_changes_nothing(shop: Shop, method: str, headers: dict[str, str]) -> None:
    before = list(shop.database.connection.iterdump())
    response = shop.come_back(method=method, **headers)
    assert (response.status, shop.provider.requests) == (303, [])
    assert list(shop.database.connection.iterdump()) == before
    assert shop.come_back().log_fields["order_status"] == "paid"  # and does not take the turn of the buyer


def test_an_order_is_read_at_most_once_in_five_seconds(shop: Shop) -> None:
    shop.provider.routes = {"/v1/checkout/sessions": answer(stripe_session())}
    for seconds, calls in ((0, 1), (0, 1), (4, 1), (1, 2), (4, 2), (1, 3)):
        shop.now += seconds
        assert (shop.come_back().status, len(shop.provider.requests)) == (303, calls)


def test_a_return_while_another_call_reads_shows_what_is_stored(shop: Shop) -> None:
    shop.database.connection.execute(f"UPDATE orders SET busy_until = {NOW + 20}")
    response = shop.come_back()
    assert (response.status, response.log_fields["order_status"], shop.provider.requests) == (303, "open", [])
    shop.now += 20
    assert shop.come_back().log_fields["order_status"] == "paid"


def test_a_reading_ends_its_lease(shop: Shop) -> None:
    for status in ("unpaid", "paid"):
        shop.provider.routes = stripe_routes(payment_status=status)
        shop.come_back()
        assert shop.rows("SELECT busy_until FROM orders") == [(0,)]
        shop.now += 5


@pytest.mark.parametrize("trouble", [HttpResponse(401), HttpResponse(503)], ids=["refused", "no answer"])
def test_a_provider_that_cannot_be_asked_leaves_no_lease_and_no_row(shop: Shop, trouble: HttpResponse) -> None:
    shop.provider.routes = {"stripe.com": trouble}
    response = shop.come_back()
    assert (response.status, response.log_fields["reason"].startswith("stripe:")) == (303, True)
    assert (shop.rows("SELECT busy_until FROM orders"), shop.database.count("events")) == ([(0,)], 0)


def test_an_order_of_an_unknown_strategy_shows_what_is_stored_and_says_why(shop: Shop) -> None:
    shop.database.connection.execute("UPDATE orders SET strategy = 'former_pay'")
    response = shop.come_back()
    assert (response.status, "former_pay" in response.log_fields["reason"]) == (303, True)


def test_a_return_counts_a_payment_that_does_not_fit_as_one_that_needs_review(shop: Shop) -> None:
    shop.provider.routes = stripe_routes(amount_total=900)
    shop.come_back()
    assert (shop.order().status, shop.order().review_reason) == (S.PENDING, "amount")


def test_a_buyer_whose_card_was_declined_is_sent_back_to_the_providers_page() -> None:
    shop = EveryProvider()
    shop.add_order(strategy="paypal", return_token="t" * 32)
    shop.provider.routes |= {
        "/capture": answer({"details": [{"issue": "ORDER_NOT_APPROVED"}]}, 422),
        "/v2/checkout/orders/": answer(paypal_order("APPROVED")),
    }
    response = shop.come_back()
    assert (response.header("location"), "another way to pay" in response.log_fields["reason"]) == (
        "https://pay.example/1",
        True,
    )
    assert shop.rows("SELECT busy_until FROM orders") == [(0,)]


def test_a_site_that_left_the_catalogue_is_not_found_after_the_payment_was_recorded(shop: Shop) -> None:
    products = PRODUCTS.replace('["shop"]', '["other"]')
    shop.app.engine.catalog = make_catalog(products, SHOP.replace("[sites.shop]", "[sites.other]"))
    assert (shop.come_back().status, shop.order().status) == (404, S.PAID)


@pytest.mark.parametrize("status", ["paid", "expired", "cancelled", "refunded"])
def test_an_order_that_is_not_open_is_not_read(shop: Shop, status: str) -> None:
    shop.database.connection.execute("UPDATE orders SET status = ?", (status,))
    response: Any = shop.come_back()
    assert (response.log_fields["order_status"], shop.provider.requests) == (status, [])
