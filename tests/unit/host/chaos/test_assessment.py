"""Every order is compared with the ledger, and a wrong one is named with the reason."""

from typing import Any

import pytest

from lightning_cart_host.chaos.assessment import OrderTotals, Snapshot, assess
from lightning_cart_host.chaos.scripts import Act, Script
from lightning_cart_host.chaos.shopper import PurchaseResult

PAID = {"order.paid": {"msg_1"}}


def purchase(act: Act = Act.PAY, order_id: str = "ord_1", error: str = "") -> PurchaseResult:
    return PurchaseResult(Script(7, "paypal", "paypal", act, twice=False), order_id, error)


def snapshot(
    order: OrderTotals | None, *, paid: int = 1000, refunded: int = 0, messages: int = 1, received: Any = None
) -> Snapshot:
    ledger = {"ord_1": {"paid_minor": paid, "refunded_minor": refunded}} if paid else {}
    orders = {"ord_1": order} if order else {}
    return Snapshot(orders, ledger, {"ord_1": ["order.paid"] * messages}, {"ord_1": PAID if received is None else received})


@pytest.mark.parametrize(
    ("order", "state"),
    [
        pytest.param(OrderTotals("paid", 1000, 0), {}, id="paid"),
        pytest.param(OrderTotals("partially_refunded", 1000, 300), {"refunded": 300}, id="refunded in part"),
        pytest.param(OrderTotals("refunded", 1000, 1000), {"refunded": 1000}, id="refunded"),
        pytest.param(OrderTotals("expired", 0, 0), {"paid": 0, "messages": 0, "received": {}}, id="not paid"),
    ],
)
def test_an_order_that_matches_the_ledger_is_right(order: OrderTotals, state: Any) -> None:
    assert assess([purchase()], snapshot(order, **state)).ok


@pytest.mark.parametrize(
    ("order", "state", "why"),
    [
        pytest.param(OrderTotals("paid", 1000, 0), {"refunded": 300}, "the ledger 1000 and 300", id="a refund is missed"),
        pytest.param(OrderTotals("paid", 900, 0), {}, "it has 900 paid", id="a dollar is missed"),
        pytest.param(OrderTotals("expired", 1000, 0), {}, "expired instead of paid", id="the status is wrong"),
        pytest.param(OrderTotals("open", 0, 0), {}, "open instead of paid", id="the payment is missed"),
        pytest.param(
            OrderTotals("open", 0, 0), {"paid": 0, "messages": 0, "received": {}}, "without a payment", id="it never ends"
        ),
        pytest.param(OrderTotals("paid", 1000, 0, True), {}, "it needs a manual review", id="it is to be reviewed"),
        pytest.param(OrderTotals("paid", 1000, 0), {"messages": 0}, "0 messages order.paid instead of 1", id="no message"),
        pytest.param(OrderTotals("paid", 1000, 0), {"messages": 2}, "2 messages order.paid instead of 1", id="two messages"),
        pytest.param(OrderTotals("paid", 1000, 0), {"received": {}}, "told of 0 payments instead of 1", id="nobody is told"),
        pytest.param(
            OrderTotals("paid", 1000, 0),
            {"received": {"order.paid": {"msg_1", "msg_2"}}},
            "told of 2 payments instead of 1",
            id="told twice",
        ),
        pytest.param(None, {}, "the engine returned its id and has not stored it", id="it is lost"),
    ],
)
def test_an_order_that_is_wrong_is_named_with_the_reason(order: OrderTotals | None, state: Any, why: str) -> None:
    assessment = assess([purchase()], snapshot(order, **state))
    assert not assessment.ok
    assert (assessment.wrong[0].order_id, assessment.wrong[0].number) == ("ord_1", 7)
    assert why in assessment.wrong[0].why


def test_only_an_order_with_a_pending_payment_may_wait() -> None:
    pending = snapshot(OrderTotals("pending", 0, 0), paid=0, messages=0, received={})
    assert [assess([purchase(act)], pending).ok for act in (Act.STAY_PENDING, Act.PAY)] == [True, False]


def test_a_payment_without_an_order_is_found() -> None:
    (wrong,) = assess([], snapshot(None)).wrong
    assert (wrong.order_id, wrong.why) == ("ord_1", "it was paid, and the engine has no such order")


def test_a_buyer_without_a_checkout_is_found() -> None:
    (wrong,) = assess([purchase(order_id="", error="it hung")], Snapshot({}, {}, {}, {})).wrong
    assert (wrong.number, wrong.why) == (7, "it was never created: it hung")


def test_the_cents_are_summed_on_both_sides() -> None:
    assessment = assess([purchase()], snapshot(OrderTotals("partially_refunded", 1000, 300), refunded=301))
    assert (assessment.orders_minor, assessment.books_minor, assessment.ok) == (700, 699, False)
