"""What a refund would do: said before anything is saved or any provider is asked."""

from typing import Any

import pytest

from lightning_cart.domain.money import Money
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.domain.refund import RefundWish
from lightning_cart.errors import (
    IdempotencyConflict,
    InvalidField,
    LightningCartError,
    NotFound,
    OrderStateConflict,
    UnknownStrategy,
)
from lightning_cart.usecases.refund import refund_order
from lightning_cart.usecases.refund_preview import RefundPreview, preview_refund
from support.app import Shop, answer, run
from support.builders import NOW, ORDER_ID, make_event, make_order


@pytest.fixture
def shop() -> Shop:
    """Open a shop with a paid order of ten dollars, at a Stripe that completes refunds."""
    shop = Shop()
    save(shop)
    run(shop.app.engine.inbox.record_event(make_event(EventKind.PAID, tip_minor=150), NOW))
    charge = {"id": "ch_1", "amount_refunded": 300, "currency": "usd"}
    shop.provider.answers = [answer({"id": "re_1", "status": "succeeded", "charge": charge})]
    return shop


def save(shop: Shop, **changes: Any) -> None:
    run(shop.app.engine.orders.create_order(make_order(**changes), "", "digest"))


def look(
    shop: Shop, amount_minor: int | None = None, reason: str = "", key: str = "k", order_id: str = ORDER_ID
) -> RefundPreview:
    return run(preview_refund(shop.app.engine, RefundWish(order_id, amount_minor, reason, key)))


def test_without_an_amount_it_is_all_with_the_tip(shop: Shop) -> None:
    seen = look(shop)
    assert (seen.amount.display, seen.left.display, seen.paid.display, seen.is_repeat) == ("$11.50", "$0.00", "$11.50", False)


def test_a_part_leaves_the_rest(shop: Shop) -> None:
    seen = look(shop, 400)
    assert (seen.amount.display, seen.left.display) == ("$4.00", "$7.50")


def test_nothing_is_saved(shop: Shop) -> None:
    look(shop)
    history = run(shop.app.engine.orders.history(ORDER_ID))
    assert (history.refunds if history else None, shop.provider.requests) == ((), [])


def test_a_repeated_key_continues_its_refund(shop: Shop) -> None:
    run(refund_order(shop.app.engine, RefundWish(ORDER_ID, 300, "", "k")))
    seen = look(shop, 300)
    assert (seen.amount, seen.left, seen.is_repeat) == (Money(300, "USD"), Money(850, "USD"), True)


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        ({"order_id": "ord_nope"}, NotFound, "there is no such order"),
        ({"amount_minor": 1151}, OrderStateConflict, "at most $11.50 can be refunded"),
        ({"amount_minor": 0}, InvalidField, "must be a whole number"),
    ],
    ids=["no order", "too much", "nothing"],
)
def test_what_cannot_be_refunded_is_refused(
    shop: Shop, arguments: dict[str, Any], error: type[LightningCartError], sentence: str
) -> None:
    with pytest.raises(error) as raised:
        look(shop, **arguments)
    assert sentence in str(raised.value)


def test_a_key_of_another_refund_is_refused(shop: Shop) -> None:
    run(refund_order(shop.app.engine, RefundWish(ORDER_ID, 300, "", "k")))
    with pytest.raises(IdempotencyConflict):
        look(shop, 400)


def test_an_order_of_which_nothing_was_paid_is_refused() -> None:
    shop = Shop()
    save(shop)
    with pytest.raises(OrderStateConflict) as raised:
        look(shop)
    assert "nothing was paid: cancel it instead" in str(raised.value)


def test_an_order_whose_strategy_is_gone_is_refused() -> None:
    shop = Shop()
    save(shop, strategy="gold")
    with pytest.raises(UnknownStrategy):
        look(shop)
