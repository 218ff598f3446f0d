"""An order of which only a part is paid needs review after a day, once."""

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import OrderStatus
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.usecases.reconcile import reconcile
from lightning_cart.usecases.reconcile_report import DiscrepancyKind, ReconcileReport
from support.app import Shop, run

HOUR = 3600


def part_paid() -> tuple[Shop, str]:
    """Return a shop with an order of which a gift card paid three dollars of ten."""
    shop = Shop()
    shop.checkout()
    (order,) = run(shop.app.engine.orders.list_orders())
    part = PaymentEvent(
        "stripe", "evt_1", "paid", EventKind.PAID, order.id, amount=Money(300, "USD"), payment_ref="gift", is_part=True
    )
    run(shop.app.engine.inbox.record_event(part, int(shop.now)))
    return shop, order.id


def reconciled(shop: Shop, hours: int) -> ReconcileReport:
    shop.now += hours * HOUR
    return run(reconcile(shop.app.engine, 10))


def test_within_a_day_the_rest_is_waited_for() -> None:
    shop, order_id = part_paid()
    assert reconciled(shop, 23).discrepancies == []
    assert (shop.order(order_id).status, shop.order(order_id).needs_review) == (OrderStatus.PENDING, False)


def test_after_a_day_the_order_needs_review_and_that_is_reported_once() -> None:
    shop, order_id = part_paid()
    kinds = [[found.kind for found in reconciled(shop, 25).discrepancies] for _ in range(3)]
    assert (kinds, shop.order(order_id).review_reason) == ([[DiscrepancyKind.WRONG_AMOUNT], [], []], "amount")


def test_the_rest_of_the_money_ends_the_review() -> None:
    shop, order_id = part_paid()
    reconciled(shop, 25)
    rest = PaymentEvent("stripe", "evt_2", "paid", EventKind.PAID, order_id, amount=Money(700, "USD"), payment_ref="card")
    run(shop.app.engine.inbox.record_event(rest, int(shop.now)))
    assert (shop.order(order_id).status, shop.order(order_id).needs_review) == (OrderStatus.PAID, False)
