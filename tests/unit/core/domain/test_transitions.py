"""The status table: a late payment always counts, and the sequence of the same events does not matter."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import PAID_STATUSES, Dispute, EventKind, Order, OrderStatus, PaymentEvent, Verdict
from lightning_cart.domain.transitions import TRANSITIONS, apply_event, match_event, status_from_amounts
from support.builders import NOW, make_event, make_order

K, S = EventKind, OrderStatus


def refund(minor: int) -> PaymentEvent:
    return make_event(K.REFUNDED, id=f"evt_refund_{minor}", amount=Money(minor, "USD"))


def after(*events: PaymentEvent, order: Order | None = None) -> Order:
    result = order or make_order()
    for event in events:
        result = apply_event(result, event, NOW + 1)
    return result


@pytest.mark.parametrize("status", [S.OPEN, S.PENDING, S.FAILED, S.EXPIRED, S.CANCELLED])
def test_a_payment_makes_an_order_paid_however_late(status: OrderStatus) -> None:
    assert after(make_event(K.PAID), order=make_order(status=status)).status is S.PAID


@pytest.mark.parametrize("kind", [K.PENDING, K.FAILED, K.EXPIRED, K.CANCELLED])
@pytest.mark.parametrize("status", [*PAID_STATUSES])
def test_nothing_goes_back_from_paid(status: OrderStatus, kind: EventKind) -> None:
    sums: dict[str, Any] = {
        "paid_minor": 1000,
        "refunded_minor": {S.PAID: 0, S.PARTIALLY_REFUNDED: 300, S.REFUNDED: 1000}[status],
    }
    assert after(make_event(kind), order=make_order(status=status, **sums)).status is status


def test_the_table_never_leads_back_from_money() -> None:
    assert all(target in PAID_STATUSES for (status, _), target in TRANSITIONS.items() if status in PAID_STATUSES)


@pytest.mark.parametrize(("minor", "status"), [(300, S.PARTIALLY_REFUNDED), (999, S.PARTIALLY_REFUNDED), (1000, S.REFUNDED)])
def test_a_refund_shows_how_much_is_left(minor: int, status: OrderStatus) -> None:
    assert after(make_event(K.PAID), refund(minor)).status is status


def test_refund_sums_are_absolute_and_never_added() -> None:
    assert after(make_event(K.PAID), refund(300), refund(500), refund(300)).refunded_minor == 500


def test_a_payment_of_nothing_back_is_paid() -> None:
    assert status_from_amounts(1000, 0) is S.PAID


EVENTS = [
    make_event(K.PENDING),
    make_event(K.PAID),
    refund(300),
    refund(500),
    make_event(K.DISPUTED),
    make_event(K.DISPUTE_WON),
]


def test_every_order_of_a_payments_events_ends_the_same() -> None:
    ends = {
        (order.status, order.paid_minor, order.refunded_minor, order.dispute, order.needs_review)
        for events in permutations(EVENTS)
        for order in [after(*events)]
    }
    assert ends == {(S.PARTIALLY_REFUNDED, 1000, 500, Dispute.WON, False)}


@given(st.lists(st.sampled_from(EVENTS), max_size=12))
def test_repeating_events_changes_nothing(events: list[PaymentEvent]) -> None:
    assert after(*events, *events) == after(*events)


@pytest.mark.parametrize(
    "event",
    [
        make_event(K.PAID, amount=Money(999, "USD")),
        make_event(K.PAID, amount=Money(1001, "USD")),
        make_event(K.PAID, amount=Money(1000, "EUR")),
        make_event(K.PAID, amount=None),
        make_event(K.PAID, provider="square"),
        make_event(K.REFUNDED, amount=Money(1001, "USD")),
        make_event(K.REFUNDED, amount=Money(10, "EUR")),
        make_event(K.REFUNDED, amount=None),
        make_event(K.REFUND_FAILED),
    ],
    ids=[
        "too little",
        "too much",
        "other currency",
        "no amount",
        "other provider",
        "refund over",
        "refund currency",
        "refund unread",
        "refund failed",
    ],
)
def test_what_does_not_add_up_is_flagged_and_changes_nothing_else(event: PaymentEvent) -> None:
    before = make_order()
    order = after(event, order=before)
    assert (order.needs_review, order.status, order.paid_minor, order.refunded_minor) == (True, S.OPEN, 0, 0)


def test_a_second_payment_of_a_paid_order_is_flagged() -> None:
    paid = after(make_event(K.PAID, payment_ref="pi_1"))
    assert match_event(paid, make_event(K.PAID, payment_ref="pi_2")) is Verdict.MISMATCH


def test_a_second_subscription_of_a_paid_order_is_flagged() -> None:
    paid = after(make_event(K.PAID, payment_ref="", subscription_ref="sub_1"))
    assert match_event(paid, make_event(K.PAID, payment_ref="", subscription_ref="sub_2")) is Verdict.MISMATCH


def test_giving_a_second_payment_back_does_not_refund_the_first() -> None:
    second = {"payment_ref": "pi_2", "amount": Money(1000, "USD")}
    order = after(make_event(K.PAID, payment_ref="pi_1"), make_event(K.PAID, **second), make_event(K.REFUNDED, **second))
    assert (order.status, order.refunded_minor, order.needs_review) == (S.PAID, 0, True)


def test_a_payment_beside_one_that_was_given_back_before_is_flagged() -> None:
    refunded = make_event(K.REFUNDED, payment_ref="pi_2", amount=Money(1000, "USD"))
    order = after(refunded, make_event(K.PAID, payment_ref="pi_1"))
    assert (order.status, order.needs_review) == (S.OPEN, True)


def test_only_money_fixes_the_payments_id() -> None:
    assert after(make_event(K.FAILED, payment_ref="pi_0"), make_event(K.PAID, payment_ref="pi_1")).payment_ref == "pi_1"


def test_a_disputes_end_stands_even_if_its_beginning_comes_later() -> None:
    assert after(make_event(K.DISPUTE_LOST), make_event(K.DISPUTED)).dispute is Dispute.LOST


def test_the_first_subscription_named_is_kept() -> None:
    order = after(make_event(K.PAID, subscription_ref="sub_1"), make_event(K.RENEWED, subscription_ref="sub_2"))
    assert order.subscription_ref == "sub_1"
