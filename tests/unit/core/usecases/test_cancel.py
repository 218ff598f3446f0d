"""Cancelling: the checkout is closed first, by the one call that holds the order's lease, and never while money is kept."""

from typing import Any

import pytest

from lightning_cart.domain.order import OrderStatus
from lightning_cart.errors import NotFound, OrderStateConflict, ProviderRefused, UnknownStrategy
from lightning_cart.http import HttpResponse
from lightning_cart.storage.operator_log import Operator
from lightning_cart.usecases.cancel import cancel_order
from lightning_cart.usecases.expire import expire_order, lease_order
from support.app import answer, problem, run, stripe_routes
from support.builders import ADMIN_TOKEN, NOW, ORDER_ID, paid_session
from support.every_provider import EveryProvider
from support.stripe import event, stripe_session

S = OrderStatus
SHE = Operator("cli", "sold out")


@pytest.fixture
def shop() -> EveryProvider:
    """Open a shop with one open order, whose session Stripe expires when asked."""
    shop = EveryProvider()
    shop.add_order()
    shop.provider.routes |= {"/v1/checkout/sessions": answer(stripe_session(id="cs_1", status="expired"))}
    return shop


def log(shop: EveryProvider) -> list[tuple[Any, ...]]:
    return shop.rows("SELECT who, action, subject, reason FROM operator_log")


def test_a_cancelled_order_has_no_checkout_any_more_and_is_logged(shop: EveryProvider) -> None:
    assert run(cancel_order(shop.app.engine, ORDER_ID, SHE)).status is S.EXPIRED
    assert log(shop) == [("cli", "cancel", ORDER_ID, "sold out")]
    assert shop.rows("SELECT busy_until FROM orders") == [(0,)]


def test_cancelling_twice_asks_and_logs_once(shop: EveryProvider) -> None:
    for _ in range(2):
        assert run(cancel_order(shop.app.engine, ORDER_ID, SHE)).status is S.EXPIRED
    assert (len(shop.provider.requests), len(log(shop))) == (1, 1)


def test_an_order_is_not_cancelled_while_another_call_asks_the_provider(shop: EveryProvider) -> None:
    shop.database.connection.execute(f"UPDATE orders SET busy_until = {NOW + 20}")
    response = shop.handle("POST", f"/admin/orders/{ORDER_ID}/cancel", authorization=f"Bearer {ADMIN_TOKEN}")
    assert (response.status, "try again in some seconds" in problem(response)["detail"]) == (409, True)
    assert (shop.provider.requests, shop.order().status, log(shop)) == ([], S.OPEN, [])
    shop.now += 20
    assert run(cancel_order(shop.app.engine, ORDER_ID, SHE)).status is S.EXPIRED


def test_an_order_is_not_cancelled_while_money_is_kept_and_says_how_much(shop: EveryProvider) -> None:
    shop.webhook(event("checkout.session.completed", paid_session(ORDER_ID, id="cs_1", amount_total=900)))
    with pytest.raises(OrderStateConflict, match=r"\$9.00 of \$10.00 was paid and \$9.00 is kept: refund it first"):
        run(cancel_order(shop.app.engine, ORDER_ID, SHE))
    assert (shop.provider.requests, shop.order().status) == ([], S.PENDING)


def test_a_paid_order_is_refunded_instead(shop: EveryProvider) -> None:
    shop.webhook(event("checkout.session.completed", paid_session(ORDER_ID, id="cs_1")))
    with pytest.raises(OrderStateConflict, match="the order is paid: refund it instead"):
        run(cancel_order(shop.app.engine, ORDER_ID, SHE))


def test_an_order_that_the_buyer_pays_at_that_moment_is_paid(shop: EveryProvider) -> None:
    shop.provider.routes = stripe_routes(id="cs_1")
    with pytest.raises(OrderStateConflict, match="the order is paid: refund it instead"):
        run(cancel_order(shop.app.engine, ORDER_ID, SHE))
    assert (shop.order().status, log(shop)) == (S.PAID, [])


def test_an_order_whose_payment_is_under_way_stays_pending(shop: EveryProvider) -> None:
    shop.provider.routes = stripe_routes(id="cs_1", payment_status="unpaid")
    with pytest.raises(OrderStateConflict, match="the order is pending and the provider cannot close it now"):
        run(cancel_order(shop.app.engine, ORDER_ID, SHE))
    assert (shop.order().status, log(shop)) == (S.PENDING, [])


def test_an_order_that_is_not_there_is_not_found(shop: EveryProvider) -> None:
    with pytest.raises(NotFound):
        run(cancel_order(shop.app.engine, "ord_x"))
    with pytest.raises(NotFound):
        run(lease_order(shop.app.engine, "ord_x"))


def test_a_provider_that_refuses_leaves_the_order_open_and_ends_the_lease(shop: EveryProvider) -> None:
    shop.provider.routes = {"stripe.com": HttpResponse(401)}
    with pytest.raises(ProviderRefused):
        run(cancel_order(shop.app.engine, ORDER_ID))
    assert (shop.order().status, shop.rows("SELECT busy_until FROM orders")) == (S.OPEN, [(0,)])


def test_an_order_of_an_unknown_strategy_is_named_and_stays(shop: EveryProvider) -> None:
    shop.database.connection.execute("UPDATE orders SET strategy = 'former_pay'")
    with pytest.raises(UnknownStrategy, match="former_pay"):
        run(cancel_order(shop.app.engine, ORDER_ID))
    response = shop.handle("POST", f"/admin/orders/{ORDER_ID}/cancel", authorization=f"Bearer {ADMIN_TOKEN}")
    assert (response.status, problem(response)["type"]) == (409, "/problems/unknown-strategy")


def test_an_order_that_never_had_a_checkout_is_cancelled_even_if_its_strategy_is_unknown(shop: EveryProvider) -> None:
    shop.database.connection.execute("UPDATE orders SET strategy = 'former_pay', session_id = NULL")
    assert run(cancel_order(shop.app.engine, ORDER_ID, SHE)).status is S.EXPIRED
    assert (shop.provider.requests, shop.messages()) == ([], ["order.expired"])


def test_an_order_that_vanishes_while_its_checkout_is_closed_is_returned_as_it_was(shop: EveryProvider) -> None:
    shop.database.connection.execute("UPDATE orders SET session_id = NULL")
    lease = run(lease_order(shop.app.engine, ORDER_ID))
    shop.database.connection.execute("DELETE FROM orders")
    assert run(expire_order(shop.app.engine, lease)) == lease.order
