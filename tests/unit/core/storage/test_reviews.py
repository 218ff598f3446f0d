"""What an operator's decision changes: goods that go elsewhere are sent, and a renewal of another amount is told."""

import pytest

from lightning_cart.domain.buyer import Destination
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.domain.price import Delivery
from lightning_cart.ports import Statement
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.operator_log import Operator
from lightning_cart.storage.orders import OrderStore
from lightning_cart.storage.reviews import Reviews
from support.app import run
from support.builders import NOW, ORDER_ID, make_event, make_order
from support.databases import MemoryDatabase

K = EventKind
SHIPPED = make_order(delivery=Delivery("post", "Post"), place=Destination("ES", "CN", "35001"), renewal_minor=700)
ELSEWHERE = make_event(K.PAID, id="evt_a", place=Destination("FR"))
RENEWED = make_event(K.RENEWED, amount=Money(900, "USD"), payment_ref="pi_2")
SHE = Operator("cli", "the buyer called")


class Reviewed:
    """A store with an order that a few events have changed."""

    def __init__(self, *events: PaymentEvent) -> None:
        self.database = MemoryDatabase()
        self.reviews = Reviews(self.database)
        run(OrderStore(self.database).create_order(SHIPPED, "", "digest"))
        for event in events:
            self.record(event)

    def record(self, event: PaymentEvent) -> None:
        assert run(Inbox(self.database).record_event(event, NOW + 1))

    def accept(self) -> Order:
        order, is_done = run(self.reviews.accept(ORDER_ID, SHE, "log_1", NOW + 2))
        assert is_done
        return order

    def effects(self) -> list[object]:
        rows = run(self.database.query(Statement("SELECT effect FROM outbox ORDER BY effect")))
        return [row["effect"] for row in rows]


def test_an_accepted_order_whose_goods_go_elsewhere_is_told_as_paid_once() -> None:
    kept = Reviewed(ELSEWHERE)
    order = kept.accept()
    assert (order.status, order.needs_review, order.place) == ("paid", False, SHIPPED.place)
    assert kept.effects() == ["order.needs_review:evt_a", "order.paid"]


def test_the_place_of_an_accepted_order_is_not_compared_again() -> None:
    kept = Reviewed(ELSEWHERE)
    kept.accept()
    kept.record(ELSEWHERE._replace(id="evt_b"))
    assert not run(OrderStore(kept.database).get_order(ORDER_ID)).needs_review
    assert kept.effects() == ["order.needs_review:evt_a", "order.paid"]


def test_the_place_of_an_order_that_was_accepted_for_another_reason_is_still_compared() -> None:
    kept = Reviewed(make_event(K.PAID, amount=Money(1, "EUR")))
    kept.accept()
    kept.record(ELSEWHERE._replace(payment_ref="pi_2"))
    assert run(OrderStore(kept.database).get_order(ORDER_ID)).review_reason == "delivery"


def test_a_refunded_order_whose_goods_would_have_gone_elsewhere_is_never_told_as_paid() -> None:
    kept = Reviewed(ELSEWHERE, make_event(K.REFUNDED), make_event(K.NEEDS_REVIEW))
    kept.accept()
    assert kept.effects() == ["order.needs_review:evt_a", "order.needs_review:evt_unclear", "order.refunded:1000"]


@pytest.mark.parametrize(("invoice", "told"), [("in_2", "order.renewed:in_2"), ("", "order.renewed")])
def test_an_accepted_renewal_of_another_amount_is_told_as_a_renewal(invoice: str, told: str) -> None:
    kept = Reviewed(make_event(K.PAID), RENEWED._replace(object_id=invoice))
    kept.accept()
    assert kept.effects() == ["order.needs_review:evt_renewed", "order.paid", told]
