"""Refunds of orders with several payments, tips, or money that did not fit: one row for each payment, newest first."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import OrderStatus
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.domain.refund import RefundStatus, RefundWish
from lightning_cart.errors import IdempotencyConflict, OrderStateConflict, ProviderRefused, ProviderUnavailable, UnknownStrategy
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.storage.refunds import RefundStore
from lightning_cart.usecases.refund import refund_order
from lightning_cart.web.operator_views import refund_view
from support.app import answer, run
from support.builders import NOW, ORDER_ID, make_event
from support.every_provider import EveryProvider

K, R, S = EventKind, RefundStatus, OrderStatus


class Square:
    """A Square that refunds its payments, and refuses or does not answer where the test says."""

    def __init__(self, shop: EveryProvider) -> None:
        self.refunded: dict[str, int] = {}
        self.made: dict[str, dict[str, Any]] = {}
        self.trouble: dict[str, HttpResponse] = {}
        shop.app.engine.ports = shop.app.engine.ports._replace(send=self)

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            body = json.loads(request.body)
            payment_id, minor = body["payment_id"], body["amount_money"]["amount"]
            if payment_id in self.trouble:
                return self.trouble[payment_id]
            if body["idempotency_key"] not in self.made:
                self.refunded[payment_id] = self.refunded.get(payment_id, 0) + minor
                refund = {"id": f"R{len(self.made)}", "status": "COMPLETED", "payment_id": payment_id}
                self.made[body["idempotency_key"]] = refund | {"minor": minor}
            return answer({"refund": self.made[body["idempotency_key"]]})
        payment_id = request.url.rpartition("/")[2]
        money = {"amount": self.refunded.get(payment_id, 0), "currency": "USD"}
        return answer({"payment": {"id": payment_id, "refunded_money": money}})


def paid(*payments: tuple[str, int, int]) -> tuple[EveryProvider, Square]:
    """Open a shop with one order, paid by payments of these ids, amounts and tips, a second apart."""
    shop = EveryProvider()
    shop.add_order(strategy="square")
    for second, (ref, minor, tip) in enumerate(payments):
        event = make_event(
            K.PAID,
            id=f"evt_{ref}",
            provider="square",
            payment_ref=ref,
            amount=Money(minor, "USD"),
            tip_minor=tip,
            is_part=True,
        )
        run(shop.app.engine.inbox.record_event(event, NOW + second))
    shop.now += 60
    return shop, Square(shop)


def refund(shop: EveryProvider, amount: int | None = None, key: str = "k", reason: str = "") -> list[tuple[str, int, str]]:
    _, refunds = run(refund_order(shop.app.engine, RefundWish(ORDER_ID, amount, reason, key)))
    return [(one.payment_ref, one.amount.minor, one.status.value) for one in refunds]


@pytest.mark.parametrize(
    ("amount", "rows"),
    [
        (None, [("card", 600, "succeeded"), ("gift", 400, "succeeded")]),
        (1000, [("card", 600, "succeeded"), ("gift", 400, "succeeded")]),
        (700, [("card", 600, "succeeded"), ("gift", 100, "succeeded")]),
        (600, [("card", 600, "succeeded")]),
        (1, [("card", 1, "succeeded")]),
    ],
)
def test_a_refund_is_spread_over_the_payments_newest_first(amount: int | None, rows: list[tuple[str, int, str]]) -> None:
    shop, square = paid(("gift", 400, 0), ("card", 600, 0))
    assert refund(shop, amount) == rows
    assert square.refunded == {ref: minor for ref, minor, _ in rows}
    total = sum(minor for _, minor, _ in rows)
    assert (shop.order().refunded_minor, shop.order().status) == (total, S.REFUNDED if total == 1000 else S.PARTIALLY_REFUNDED)


def test_the_second_refund_goes_on_where_the_first_ended() -> None:
    shop, square = paid(("gift", 400, 0), ("card", 600, 0))
    refund(shop, 500, "a")
    assert refund(shop, None, "b") == [("card", 100, "succeeded"), ("gift", 400, "succeeded")]
    assert square.refunded == {"card": 600, "gift": 400}


@pytest.mark.parametrize("number", [1, 2, 12])
def test_each_payment_has_its_own_refund_with_its_own_key_and_one_entry_in_the_log(number: int) -> None:
    parts = [(f"P{part:02d}", 1000 // number, 0) for part in range(number)]
    shop, square = paid(*parts)
    assert len(refund(shop)) == number
    assert (len(square.made), shop.database.count("operator_log")) == (number, 1)
    assert all(re.fullmatch(r"rfd_\w{26}(-\d+)?", key) and len(key) <= 45 for key in square.made)
    assert refund(shop) == refund(shop)
    assert len(square.made) == number


def test_a_tip_can_be_refunded_and_the_orders_sums_are_without_it() -> None:
    shop, square = paid(("card", 1000, 200))
    assert refund(shop) == [("card", 1200, "succeeded")]
    order = shop.order()
    assert (square.refunded, order.refunded_minor, order.tip_minor, order.status) == ({"card": 1200}, 1000, 200, S.REFUNDED)


def test_no_more_than_the_payment_with_its_tip_can_be_refunded() -> None:
    shop, _ = paid(("card", 1000, 200))
    with pytest.raises(OrderStateConflict, match=r"\$12.00 was paid and \$0.00 refunded: at most \$12.00 can be refunded"):
        refund(shop, 1201)


def test_a_refunded_tip_counts_as_refunded_where_the_amounts_are_told() -> None:
    shop, _ = paid(("card", 1000, 200))
    refund(shop, 1100)
    with pytest.raises(OrderStateConflict, match=r"\$12.00 was paid and \$11.00 refunded: at most \$1.00 can be refunded"):
        refund(shop, 101, key="another")
    history = run(shop.app.engine.orders.history(ORDER_ID))
    assert history is not None
    assert history.kept.display == "$1.00"


def test_another_amount_than_the_confirmed_one_is_not_refunded() -> None:
    shop, square = paid(("card", 1000, 200))
    wish = RefundWish(ORDER_ID, None, "", "k", seen_minor=1000)
    with pytest.raises(OrderStateConflict, match=r"^\$12.00 can be refunded now, and no longer \$10.00: run the"):
        run(refund_order(shop.app.engine, wish))
    assert square.made == {}
    assert run(refund_order(shop.app.engine, wish._replace(seen_minor=1200)))[0].status is S.REFUNDED


@pytest.mark.parametrize(
    ("payments", "status"),
    [
        ((("card", 900, 0),), S.CANCELLED),
        ((("card", 1100, 0),), S.REFUNDED),
        ((("card", 1000, 0), ("again", 1000, 0)), S.REFUNDED),
    ],
    ids=["less", "more", "twice"],
)
def test_an_order_in_review_is_refunded_and_needs_none_any_more(
    payments: tuple[tuple[str, int, int], ...], status: OrderStatus
) -> None:
    shop, square = paid(*payments)
    shop.database.connection.execute("UPDATE orders SET needs_review = 1, review_reason = 'amount'")
    refund(shop)
    order = shop.order()
    assert (order.status, order.needs_review, sum(square.refunded.values())) == (status, False, order.paid_minor)


def test_refunding_the_second_payment_alone_leaves_the_order_paid_and_clears_the_review() -> None:
    shop, square = paid(("card", 1000, 0), ("again", 1000, 0))
    assert shop.order().review_reason == "second_payment"
    assert refund(shop, 1000) == [("again", 1000, "succeeded")]
    assert (shop.order().status, shop.order().needs_review, square.refunded) == (S.PAID, False, {"again": 1000})


# ---- one key is one refund


def test_another_amount_or_reason_with_the_same_key_is_a_conflict() -> None:
    shop, square = paid(("gift", 400, 0), ("card", 600, 0))
    refund(shop, 700, reason="broken")
    for amount, reason in ((701, "broken"), (700, ""), (None, "broken")):
        with pytest.raises(IdempotencyConflict):
            refund(shop, amount, reason=reason)
    assert sum(square.refunded.values()) == 700


def test_a_key_that_begins_like_another_is_another_refund() -> None:
    shop, _ = paid(("card", 1000, 0))
    refund(shop, 100, "k")
    refund(shop, 200, "k2")
    refund(shop, 300, "K")
    assert shop.order().refunded_minor == 600


def test_after_a_part_that_did_not_answer_the_same_key_goes_on_and_nothing_is_refunded_twice() -> None:
    shop, square = paid(("gift", 400, 0), ("card", 600, 0))
    square.trouble = {"gift": HttpResponse(503)}
    with pytest.raises(ProviderUnavailable):
        refund(shop)
    assert (shop.order().refunded_minor, square.refunded) == (600, {"card": 600})
    square.trouble.clear()
    assert refund(shop) == [("card", 600, "succeeded"), ("gift", 400, "succeeded")]
    assert (square.refunded, shop.order().status) == ({"card": 600, "gift": 400}, S.REFUNDED)


def test_a_part_that_is_refused_fails_alone_and_its_money_can_be_refunded_again() -> None:
    shop, square = paid(("gift", 400, 0), ("card", 600, 0))
    square.trouble = {"card": HttpResponse(400)}
    with pytest.raises(ProviderRefused):
        refund(shop)
    assert refund(shop) == [("card", 600, "failed"), ("gift", 400, "succeeded")]  # the same key goes on with the others
    square.trouble.clear()
    assert refund(shop, None, "again") == [("card", 600, "succeeded")]
    _, refunds = run(refund_order(shop.app.engine, RefundWish(ORDER_ID, None, "", "k")))
    assert refund_view(shop.order(), refunds)["status"] == "failed"


def test_while_a_part_is_on_its_way_it_is_held_back() -> None:
    shop, square = paid(("gift", 400, 0), ("card", 600, 0))
    square.trouble = {"card": HttpResponse(503)}
    with pytest.raises(ProviderUnavailable):
        refund(shop, 600)
    pending = r"\$10.00 was paid and \$0.00 refunded, \$6.00 is being refunded: at most \$4.00 can be refunded"
    with pytest.raises(OrderStateConflict, match=pending):
        refund(shop, 500, "b")


@given(st.lists(st.one_of(st.none(), st.integers(1, 1300)), min_size=1, max_size=6))
def test_whatever_is_asked_for_no_payment_is_refunded_more_than_it_was_paid(amounts: list[int | None]) -> None:
    shop, _ = paid(("gift", 400, 0), ("card", 600, 50))
    store = RefundStore(shop.database)
    for number, amount in enumerate(amounts):
        run(store.create_refund(RefundWish(ORDER_ID, amount, "", f"k{number}"), "USD", f"rfd_{number:026d}", NOW))
    saved = dict(shop.rows("SELECT payment_ref, sum(amount_minor) FROM refunds GROUP BY payment_ref"))
    assert (saved.get("gift", 0) <= 400, saved.get("card", 0) <= 650) == (True, True)


def test_a_call_during_another_gets_only_what_is_left() -> None:
    shop, square = paid(("gift", 400, 0), ("card", 600, 0))
    outcomes: list[object] = []

    class Rival:
        """Square, during whose first answer another call asks for everything."""

        async def __call__(self, request: HttpRequest) -> HttpResponse:
            if not outcomes:
                outcomes.append("asked")
                _, refunds = await refund_order(shop.app.engine, RefundWish(ORDER_ID, None, "", "rival"))
                outcomes[0] = [(one.payment_ref, one.amount.minor) for one in refunds]
            return await square(request)

    shop.app.engine.ports = shop.app.engine.ports._replace(send=Rival())
    assert refund(shop, 700, "first") == [("card", 600, "succeeded"), ("gift", 100, "succeeded")]
    assert (outcomes, square.refunded) == ([[("gift", 300)]], {"card": 600, "gift": 400})
    assert (shop.order().refunded_minor, shop.order().status) == (1000, S.REFUNDED)


# ---- what cannot be refunded


@pytest.mark.parametrize("status", ["open", "expired"])
def test_an_order_of_which_nothing_was_paid_is_not_refunded(status: str) -> None:
    shop, square = paid()
    shop.database.connection.execute("UPDATE orders SET status = ?", (status,))
    with pytest.raises(OrderStateConflict, match=f"the order is {status} and nothing was paid"):
        refund(shop)
    assert square.made == {}


def test_an_order_that_was_refunded_completely_says_so() -> None:
    shop, _ = paid(("card", 1000, 0))
    refund(shop)
    with pytest.raises(OrderStateConflict, match=r"\$10.00 was paid and \$10.00 refunded: at most \$0.00"):
        refund(shop, None, "again")


def test_an_order_of_an_unknown_strategy_is_named_before_anything_is_saved() -> None:
    shop, _ = paid(("card", 1000, 0))
    shop.database.connection.execute("UPDATE orders SET strategy = 'former_pay'")
    with pytest.raises(UnknownStrategy, match="former_pay"):
        refund(shop)
    assert shop.database.count("refunds") == 0


def test_a_payment_of_before_payments_were_kept_one_by_one_is_refunded() -> None:
    shop, square = paid()
    shop.database.connection.execute("UPDATE orders SET status = 'paid', paid_minor = 1000, payment_ref = 'card'")
    assert refund(shop, 300) == [("card", 300, "succeeded")]
    assert (shop.order().refunded_minor, square.refunded) == (300, {"card": 300})
