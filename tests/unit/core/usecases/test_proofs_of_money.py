"""What proves nothing changes nothing: forged reports of refunds, other accounts, and money that is kept elsewhere."""

from typing import Any

import pytest

from lightning_cart.domain.order import OrderStatus
from lightning_cart.domain.refund import Refund, RefundWish
from lightning_cart.errors import InvalidField, OrderStateConflict
from lightning_cart.storage.operator_log import Operator
from lightning_cart.usecases.reconcile import reconcile
from lightning_cart.usecases.review import accept_order, close_order
from support.app import Reply, answer, run, stripe_routes
from support.builders import NOW, ORDER_ID, paid_session
from support.every_provider import EveryProvider
from support.paypal import paypal_order
from support.stripe import event, stripe_session

S = OrderStatus
DAY = 86_400
SHE = Operator("cli", "refunded by bank transfer")
USD_10 = {"currency_code": "USD", "value": "10.00"}
UP = [{"rel": "up", "href": "https://api.paypal.com/v2/payments/captures/CAP1"}]


def of_paypal(refund_status: str) -> Reply:
    """Return PayPal's paid order with one refund of three dollars."""
    capture_status = "COMPLETED" if refund_status == "FAILED" else "PARTIALLY_REFUNDED"
    document = paypal_order("COMPLETED", {"id": "CAP1", "status": capture_status, "amount": USD_10}, id="cs_1")
    refund = {"id": "R1", "status": refund_status, "amount": {"currency_code": "USD", "value": "3.00"}, "links": UP}
    document["purchase_units"][0]["payments"]["refunds"] = [refund]
    return answer(document)


def with_refund(refund_status: str) -> EveryProvider:
    """Return a shop with an order that was paid at PayPal, and a refund of three dollars that PayPal knows as R1."""
    shop = EveryProvider()
    shop.add_order(strategy="paypal")
    shop.provider.routes["/v2/checkout/orders/cs_1"] = of_paypal(refund_status)
    shop.post("paypal", {"id": "WH-1", "event_type": "CHECKOUT.ORDER.COMPLETED", "resource": {"id": "cs_1"}})
    run(shop.app.engine.refunds.create_refund(RefundWish(ORDER_ID, 300, "", "k"), "USD", "rfd_1", NOW))
    shop.database.connection.execute("UPDATE refunds SET status = 'pending', provider_ref = 'R1'")
    return shop


def refund_of(shop: EveryProvider) -> Refund:
    history = run(shop.app.engine.orders.history(ORDER_ID))
    assert history is not None
    return history.refunds[0]


@pytest.mark.parametrize(
    ("reported", "shown", "status", "told"),
    [
        ("PAYMENT.REFUND.FAILED", "COMPLETED", "succeeded", False),
        ("PAYMENT.REFUND.FAILED", "PENDING", "pending", False),
        ("PAYMENT.REFUND.FAILED", "FAILED", "failed", True),
        ("PAYMENT.CAPTURE.REFUNDED", "FAILED", "failed", True),
        ("PAYMENT.CAPTURE.REFUNDED", "PENDING", "pending", False),
        ("PAYMENT.CAPTURE.REFUNDED", "COMPLETED", "succeeded", False),
    ],
)
def test_what_paypal_shows_of_a_refund_counts_and_not_what_a_webhook_says(
    reported: str, shown: str, status: str, told: bool
) -> None:
    shop = with_refund(shown)
    response = shop.post("paypal", {"id": "WH-2", "event_type": reported, "resource": {"id": "R1", "links": UP}})
    assert (response.status, refund_of(shop).status) == (200, status)
    assert ("order.refund_failed:R1" in shop.messages()) is told


@pytest.mark.parametrize("changes", [{"account": "acct_other"}, {"livemode": True}], ids=["account", "mode"])
def test_another_account_or_mode_cannot_bring_our_order_into_review(changes: dict[str, Any]) -> None:
    shop = EveryProvider()
    shop.add_order()
    body = event("checkout.session.completed", paid_session(ORDER_ID, id="cs_other"), **changes)
    assert (shop.webhook(body).status, shop.order().needs_review, shop.database.count("events")) == (200, False, 0)


def paid_elsewhere(**changes: Any) -> EveryProvider:
    shop = EveryProvider()
    shop.add_order()
    shop.provider.routes |= stripe_routes() | {"/v1/checkout/sessions": answer(stripe_session(id="cs_1", status="expired"))}
    shop.webhook(event("checkout.session.completed", paid_session(ORDER_ID, id="cs_1") | changes))
    return shop


@pytest.mark.parametrize("changes", [{"currency": "eur"}, {"id": "cs_other"}], ids=["currency", "checkout"])
def test_an_order_whose_money_is_kept_elsewhere_is_closed_for_a_reason_only(changes: dict[str, Any]) -> None:
    shop = paid_elsewhere(**changes)
    with pytest.raises(InvalidField, match="say how the money was refunded"):
        run(close_order(shop.app.engine, ORDER_ID, Operator("cli")))
    assert shop.order().needs_review
    assert not run(close_order(shop.app.engine, ORDER_ID, SHE)).needs_review


def test_an_event_of_another_account_at_our_own_checkout_is_flagged_and_accepting_it_pays_nothing() -> None:
    shop = EveryProvider()
    shop.add_order()
    shop.webhook(event("checkout.session.completed", paid_session("", id="cs_1", metadata={}), account="acct_other"))
    assert shop.order().review_reason == "another_account"
    assert run(accept_order(shop.app.engine, ORDER_ID, SHE)).status is S.OPEN


@pytest.mark.parametrize(("days", "status"), [(6, S.PENDING), (8, S.CANCELLED)])
def test_a_payment_that_never_arrives_can_be_closed_after_a_week(days: int, status: OrderStatus) -> None:
    shop = EveryProvider()
    shop.add_order()
    pending = paid_session(ORDER_ID, id="cs_1", payment_status="unpaid")
    shop.provider.routes["/v1/checkout/sessions"] = answer(pending)
    shop.webhook(event("checkout.session.completed", pending))
    shop.now += days * DAY
    if status is S.CANCELLED:
        assert run(close_order(shop.app.engine, ORDER_ID, SHE)).status is status
    else:
        with pytest.raises(OrderStateConflict):
            run(close_order(shop.app.engine, ORDER_ID, SHE))


def test_refunds_that_stay_pending_keep_no_lost_payment_waiting_where_statements_are_limited() -> None:
    shop = with_refund("PENDING")
    columns = "id, order_id, amount_minor, reason, status, idempotency_key, request_digest, created_at, updated_at"
    for number in range(12):
        values = f"'rfd_x{number}', '{ORDER_ID}', 1, '', 'pending', 'k{number}', '', {NOW}, {NOW}"
        shop.database.connection.execute(f"INSERT INTO refunds ({columns}) VALUES ({values})")
    shop.add_order(2)
    shop.provider.routes["/v1/checkout/sessions"] = answer(paid_session("", id="cs_2"))
    shop.provider.routes["/v2/payments"] = answer({"id": "R1", "status": "PENDING"})
    for _ in range(2):
        shop.now += 400
        run(reconcile(shop.app.engine, 6, 45))
    found = run(shop.app.engine.orders.find_order("ord_00000000000000000000000002"))
    assert found is not None
    assert found.status is S.PAID
