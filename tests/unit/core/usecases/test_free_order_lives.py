"""What the engine does with orders that came to nothing, after they were saved: it asks no provider about them."""

import pytest

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import ENGINE, FREE, Order, OrderStatus
from lightning_cart.domain.refund import RefundWish
from lightning_cart.errors import OrderStateConflict
from lightning_cart.storage.new_orders import Claims, FreeClaim
from lightning_cart.storage.operator_log import Operator
from lightning_cart.storage.queue_lengths import read_queue_lengths
from lightning_cart.usecases.cancel import cancel_order
from lightning_cart.usecases.reconcile import reconcile
from lightning_cart.usecases.refund import refund_order
from lightning_cart.usecases.refund_preview import preview_refund
from lightning_cart.usecases.review import close_order
from support.app import run
from support.builders import NOW, make_order
from support.every_provider import EveryProvider

FREE_ID = "ord_00000000000000000000000002"


def add_free(shop: EveryProvider, number: int = 2) -> Order:
    """Save a free order of an hour ago."""
    order = make_order(
        id=f"ord_{number:026d}",
        strategy=FREE,
        provider=ENGINE,
        lines=(LineItem("test-10", "T-shirt", Money(0, "USD"), 1),),
        created_at=int(shop.now) - 3600,
    )
    saved = run(shop.app.engine.orders.create_order(order, "", "", Claims(free=FreeClaim(f"{number}", f"{number}"))))
    assert isinstance(saved, tuple)
    return saved[0]


@pytest.fixture
def shop() -> EveryProvider:
    return EveryProvider()


@pytest.mark.parametrize("limit", [1, 2, 10])
def test_the_reconciler_asks_nobody_about_free_orders_and_goes_on_after_them(shop: EveryProvider, limit: int) -> None:
    for number in range(2, 6):
        add_free(shop, number)
    reports = [run(reconcile(shop.app.engine, limit)) for _ in range(5)]
    assert [(report.checked, report.discrepancies, report.skipped_providers) for report in reports] == [(0, [], [])] * 5
    assert (any(report.complete for report in reports), shop.provider.requests) == (True, [])


def test_nothing_waits_after_a_free_order_but_its_message(shop: EveryProvider) -> None:
    add_free(shop)
    lengths = run(read_queue_lengths(shop.database, NOW))
    assert [queue.length for queue in lengths[:6]] == [1, 1, 0, 0, 0, 0]


def test_a_free_order_is_cancelled_once_and_refunded_never(shop: EveryProvider) -> None:
    engine = shop.app.engine
    add_free(shop)
    wish = RefundWish(FREE_ID, None, "", "a key")
    for refuse in (refund_order, preview_refund):
        with pytest.raises(OrderStateConflict, match="nothing was paid: cancel it instead"):
            run(refuse(engine, wish))
    with pytest.raises(OrderStateConflict, match="the order is paid: cancel it instead"):
        run(close_order(engine, FREE_ID, Operator("cli")))
    orders = [run(cancel_order(engine, FREE_ID)) for _ in range(2)]
    history = run(engine.orders.history(FREE_ID))
    assert history is not None
    assert [order.status for order in orders] == [OrderStatus.CANCELLED] * 2
    assert (len(history.log), sorted(str(row["effect"]) for row in history.effects)) == (1, ["order.cancelled", "order.paid"])
    assert shop.provider.requests == []
