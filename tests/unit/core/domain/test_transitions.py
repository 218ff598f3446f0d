"""The rules for events: a late payment always counts, payments add up, and the sequence of the events does not matter."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.buyer import Destination
from lightning_cart.domain.event_model import OrderRecord, apply_event, match_event
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import PAID_STATUSES, CheckoutSession, Dispute, Order, OrderStatus
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.domain.price import Delivery
from lightning_cart.domain.transitions import TRANSITIONS
from support.builders import NOW, make_event, make_order

K, S = EventKind, OrderStatus
SESSION = CheckoutSession("LNK:cs_1", "https://pay.example/", None)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def refund(minor: int, **changes: Any) -> PaymentEvent:
    return make_event(K.REFUNDED, id=f"evt_refund_{minor}", amount=usd(minor), **changes)


def play(*events: PaymentEvent, order: Order | None = None) -> OrderRecord:
    record = OrderRecord(order or make_order(), {}, {})
    for event in events:
        record = apply_event(record, event, NOW + 1)
    return record


def after(*events: PaymentEvent, order: Order | None = None) -> Order:
    return play(*events, order=order).order


@pytest.mark.parametrize("status", [S.OPEN, S.PENDING, S.FAILED, S.EXPIRED, S.CANCELLED])
def test_a_payment_makes_an_order_paid_however_late(status: OrderStatus) -> None:
    assert after(make_event(K.PAID), order=make_order(status=status)).status is S.PAID


@pytest.mark.parametrize("kind", [K.PENDING, K.FAILED, K.EXPIRED, K.CANCELLED])
@pytest.mark.parametrize("refunded", [0, 300, 1000])
def test_nothing_goes_back_from_paid(refunded: int, kind: EventKind) -> None:
    paid = play(make_event(K.PAID), refund(refunded))
    assert apply_event(paid, make_event(kind), NOW).order.status is paid.order.status


def test_the_table_never_leads_back_from_money() -> None:
    assert all(target in PAID_STATUSES for (status, _), target in TRANSITIONS.items() if status in PAID_STATUSES)


@pytest.mark.parametrize(("minor", "status"), [(300, S.PARTIALLY_REFUNDED), (999, S.PARTIALLY_REFUNDED), (1000, S.REFUNDED)])
def test_a_refund_shows_how_much_is_left(minor: int, status: OrderStatus) -> None:
    assert after(make_event(K.PAID), refund(minor)).status is status


def test_refund_totals_are_absolute_and_never_added() -> None:
    assert after(make_event(K.PAID), refund(300), refund(500), refund(300)).refunded_minor == 500


# ---- payments add up


def part(minor: int, ref: str) -> PaymentEvent:
    return make_event(K.PAID, id=f"evt_{ref}", amount=usd(minor), payment_ref=ref, is_part=True)


@pytest.mark.parametrize("events", list(permutations([part(300, "gift"), part(500, "card"), part(200, "other")])))
def test_parts_are_pending_until_their_sum_reaches_the_total(events: tuple[PaymentEvent, ...]) -> None:
    statuses = [after(*events[: count + 1]) for count in range(3)]
    assert [(order.status, order.needs_review) for order in statuses] == [
        (S.PENDING, False),
        (S.PENDING, False),
        (S.PAID, False),
    ]


@pytest.mark.parametrize(
    ("event", "status", "reason"),
    [
        (make_event(K.PAID, amount=usd(999)), S.PENDING, "amount"),
        (make_event(K.PAID, amount=usd(1001)), S.PAID, "amount"),
        (part(1001, "pi_1"), S.PAID, "amount"),
        (make_event(K.PAID, amount=Money(1000, "EUR")), S.OPEN, "currency"),
        (make_event(K.PAID, amount=None), S.OPEN, "amount"),
        (make_event(K.PAID, provider="square"), S.OPEN, "another_checkout"),
        (make_event(K.PAID, order_id="", checkout_ref="cs_2"), S.OPEN, "another_checkout"),
        (make_event(K.PAID, review_reason="another_mode"), S.OPEN, "another_mode"),
        (refund(1001), S.OPEN, "amount"),
        (make_event(K.REFUNDED, amount=None), S.OPEN, "amount"),
        (make_event(K.REFUND_FAILED), S.OPEN, "amount"),
        (make_event(K.NEEDS_REVIEW), S.OPEN, "amount"),
    ],
    ids=[
        "too little",
        "too much",
        "too much in parts",
        "other currency",
        "no amount",
        "other provider",
        "other checkout",
        "other mode",
        "refund over",
        "refund unread",
        "refund failed",
        "unclear",
    ],
)
def test_what_does_not_add_up_is_flagged_with_its_reason(event: PaymentEvent, status: OrderStatus, reason: str) -> None:
    order = after(event, order=make_order(session=SESSION))
    assert (order.needs_review, order.review_reason, order.status) == (True, reason, status)


def test_the_checkout_of_an_order_is_named_by_the_last_part_of_its_id() -> None:
    event = make_event(K.PAID, order_id="", checkout_ref="cs_1")
    assert after(event, order=make_order(session=SESSION)).status is S.PAID


def test_a_refund_in_another_currency_is_flagged() -> None:
    paid = play(make_event(K.PAID))
    assert match_event(paid, make_event(K.REFUNDED, amount=Money(10, "EUR"))) == "currency"


def test_a_second_payment_of_a_paid_order_is_flagged_and_counted() -> None:
    order = after(make_event(K.PAID), make_event(K.PAID, id="evt_2", payment_ref="pi_2"))
    assert (order.status, order.review_reason, order.paid_minor) == (S.PAID, "second_payment", 2000)


def test_a_second_subscription_of_a_paid_order_is_a_second_payment() -> None:
    first = play(make_event(K.PAID, payment_ref="", subscription_ref="sub_1"))
    assert match_event(first, make_event(K.PAID, payment_ref="", subscription_ref="sub_2")) == "second_payment"


def test_the_review_of_a_second_payment_ends_with_its_refund() -> None:
    second = {"payment_ref": "pi_2", "amount": usd(1000)}
    order = after(make_event(K.PAID), make_event(K.PAID, **second), make_event(K.REFUNDED, **second))
    assert (order.status, order.paid_minor, order.refunded_minor, order.needs_review) == (S.PAID, 2000, 1000, False)


def test_an_order_whose_wrong_payment_is_refunded_is_cancelled() -> None:
    order = after(make_event(K.PAID, amount=usd(900)), refund(900))
    assert (order.status, order.needs_review, order.review_reason) == (S.CANCELLED, False, "")


def test_a_refund_that_fails_after_that_makes_the_order_pending_again() -> None:
    record = play(make_event(K.PAID, amount=usd(900)), refund(900))
    failed = make_event(K.REFUND_FAILED, amount=usd(0))
    assert apply_event(record, failed, NOW, known_refunded=900).order.status is S.PENDING


def test_another_reason_than_money_does_not_end_by_money() -> None:
    flagged = make_event(K.PAID, id="evt_9", review_reason="another_account")
    order = after(flagged, make_event(K.PAID, amount=usd(900)), refund(900))
    assert (order.needs_review, order.review_reason) == (True, "another_account")


def test_an_accepted_order_stays_paid_although_less_was_paid() -> None:
    record = play(make_event(K.PAID, amount=usd(900)))
    accepted = record._replace(order=record.order._replace(status=S.PAID, needs_review=False))
    again = apply_event(accepted, make_event(K.PAID, id="evt_2", amount=usd(900)), NOW)
    assert (again.order.status, again.order.needs_review) == (S.PAID, False)


def test_an_order_with_money_does_not_expire() -> None:
    assert after(part(300, "gift"), make_event(K.EXPIRED)).status is S.PENDING


# ---- tips


def test_a_tip_is_no_part_of_what_was_paid() -> None:
    order = after(make_event(K.PAID, tip_minor=200))
    assert (order.status, order.paid_minor, order.tip_minor) == (S.PAID, 1000, 200)


@pytest.mark.parametrize(
    ("refunded", "counted", "status"), [(1000, 1000, S.REFUNDED), (1200, 1000, S.REFUNDED), (900, 900, S.PARTIALLY_REFUNDED)]
)
def test_a_refund_counts_towards_the_order_first_and_then_towards_the_tip(
    refunded: int, counted: int, status: OrderStatus
) -> None:
    order = after(make_event(K.PAID, tip_minor=200), refund(refunded))
    assert (order.refunded_minor, order.status, order.needs_review) == (counted, status, False)


def test_more_than_amount_and_tip_cannot_be_refunded() -> None:
    assert match_event(play(make_event(K.PAID, tip_minor=200)), refund(1201)) == "amount"


# ---- payments that were not paid at first


@pytest.mark.parametrize("first", [K.PENDING, K.FAILED])
def test_a_payment_that_was_not_paid_at_first_counts_with_the_amount_that_was_paid(first: EventKind) -> None:
    order = after(make_event(first, amount=usd(5000)), make_event(K.PAID))
    assert (order.status, order.paid_minor) == (S.PAID, 1000)


def test_a_failure_that_is_reported_late_changes_no_payment() -> None:
    record = play(make_event(K.PAID), make_event(K.FAILED, amount=usd(5000)))
    assert (record.order.status, record.order.paid_minor) == (S.PAID, 1000)


def test_only_money_fixes_the_orders_first_payment() -> None:
    assert after(make_event(K.FAILED, payment_ref="pi_0"), make_event(K.PAID, payment_ref="pi_1")).payment_ref == "pi_1"


def test_the_first_subscription_named_is_kept() -> None:
    order = after(make_event(K.PAID, subscription_ref="sub_1"), make_event(K.RENEWED, subscription_ref="sub_2"))
    assert order.subscription_ref == "sub_1"


# ---- totals that were read


@pytest.mark.parametrize(("known", "expected"), [(None, 500), (300, 500), (500, 200)])
def test_a_lower_total_counts_only_if_the_payment_has_not_changed_since_it_was_read(known: int | None, expected: int) -> None:
    record = play(make_event(K.PAID), refund(500))
    lower = make_event(K.PAID, id="read:1", refunded=usd(200))
    assert apply_event(record, lower, NOW, known_refunded=known).order.refunded_minor == expected


# ---- disputes


def dispute(kind: EventKind, at: int, name: str = "dp_1") -> PaymentEvent:
    return make_event(kind, id=f"evt_{kind}_{at}", object_id=name, created_at=NOW + at)


STEPS = [dispute(K.DISPUTED, 0), dispute(K.DISPUTE_LOST, 1), dispute(K.DISPUTE_WON, 2)]


@pytest.mark.parametrize("events", list(permutations(STEPS)))
def test_a_dispute_lost_and_then_won_is_won_in_every_order(events: tuple[PaymentEvent, ...]) -> None:
    assert after(*events).dispute is Dispute.WON


@pytest.mark.parametrize(("first", "second"), [(K.DISPUTED, K.DISPUTE_LOST), (K.DISPUTE_LOST, K.DISPUTE_WON)])
def test_of_two_steps_in_one_second_the_later_counts(first: EventKind, second: EventKind) -> None:
    steps = dispute(first, 0), dispute(second, 0)
    assert {after(*steps).dispute, after(*reversed(steps)).dispute} == {after(steps[1]).dispute}


def test_a_dispute_that_was_opened_again_is_open() -> None:
    record = play(*STEPS, dispute(K.DISPUTED, 3))
    assert (record.order.dispute, record.disputes["dp_1"].changes) == (Dispute.OPEN, 3)


def test_the_flag_follows_all_disputes() -> None:
    won, lost, opened = dispute(K.DISPUTE_WON, 1), dispute(K.DISPUTE_LOST, 1, "dp_2"), dispute(K.DISPUTED, 1, "dp_3")
    assert [after(*events).dispute for events in ((won,), (won, lost), (won, lost, opened))] == [
        Dispute.WON,
        Dispute.LOST,
        Dispute.OPEN,
    ]


def test_a_dispute_without_a_time_is_as_new_as_its_arrival() -> None:
    assert after(make_event(K.DISPUTED, object_id="dp_1")).dispute is Dispute.OPEN


# ---- where the goods go, and what a renewal charges

ELSEWHERE = Destination("FR", "", "75001")
SHIPPED = make_order(delivery=Delivery("post", "Post"), place=Destination("ES", "CN", "35001"))


def paid_to(place: Destination | None, **changes: Any) -> PaymentEvent:
    return make_event(K.PAID, place=place, **changes)


@pytest.mark.parametrize("place", [ELSEWHERE, Destination("ES", "MD"), Destination("", "", "35002")])
def test_a_payment_for_another_place_counts_and_is_flagged(place: Destination) -> None:
    order = after(paid_to(place), order=SHIPPED)
    assert (order.status, order.paid_minor, order.review_reason) == (S.PAID, 1000, "delivery")


@pytest.mark.parametrize("place", [None, Destination(), Destination("es", "ES-CN", "35-001"), Destination("ES", "Canarias")])
def test_a_payment_for_the_place_that_the_price_is_for_is_not_flagged(place: Destination | None) -> None:
    assert not after(paid_to(place), order=SHIPPED).needs_review


@pytest.mark.parametrize(
    "changes",
    [{"delivery": None}, {"delivery": Delivery("pickup", "Pick up", pick_up=True)}, {"place": Destination()}],
    ids=["no delivery", "a pick-up", "one price for all places"],
)
def test_a_place_matters_only_if_the_price_is_for_a_delivery_to_it(changes: dict[str, Any]) -> None:
    assert not after(paid_to(ELSEWHERE), order=SHIPPED._replace(**changes)).needs_review


def test_another_place_is_flagged_whenever_it_is_told() -> None:
    told_later = (paid_to(None), paid_to(ELSEWHERE, id="evt_2"))
    assert {after(*events, order=SHIPPED).review_reason for events in permutations(told_later)} == {"delivery"}


def test_another_currency_goes_before_another_place_and_another_amount_behind_it() -> None:
    amounts = (Money(1000, "EUR"), usd(900))
    assert [after(paid_to(ELSEWHERE, amount=amount), order=SHIPPED).review_reason for amount in amounts] == [
        "currency",
        "delivery",
    ]


@pytest.mark.parametrize(("minor", "flagged"), [(999, True), (1000, False)])
def test_the_review_of_a_place_ends_once_all_is_refunded(minor: int, *, flagged: bool) -> None:
    order = after(paid_to(ELSEWHERE), refund(minor), order=SHIPPED)
    assert order.needs_review is flagged
    again = after(paid_to(ELSEWHERE), refund(minor), paid_to(ELSEWHERE, id="evt_2"), order=SHIPPED)
    assert again.needs_review is flagged


def test_a_payment_that_is_known_with_its_whole_refund_goes_nowhere() -> None:
    assert not after(paid_to(ELSEWHERE, refunded=usd(1000)), order=SHIPPED).needs_review


def test_the_right_amount_does_not_end_the_review_of_a_place() -> None:
    parts = (part(300, "gift")._replace(place=ELSEWHERE), part(700, "card"))
    assert after(*parts, order=SHIPPED).review_reason == "delivery"


@pytest.mark.parametrize(
    ("renewal_minor", "amount", "reason"),
    [
        (1000, usd(1000), ""),
        (1000, None, ""),
        (0, usd(999), ""),
        (1000, usd(999), "renewal_amount"),
        (1000, usd(1001), "renewal_amount"),
        (1000, Money(1000, "EUR"), "renewal_amount"),
    ],
)
def test_a_renewal_of_another_amount_than_the_orders_is_flagged(renewal_minor: int, amount: Money | None, reason: str) -> None:
    order = after(make_event(K.RENEWED, amount=amount), order=make_order(renewal_minor=renewal_minor))
    assert (order.review_reason, order.status) == (reason, S.OPEN)


# ---- any order

EVENTS = [
    make_event(K.PENDING),
    make_event(K.PAID),
    make_event(K.PAID, id="evt_again"),
    dispute(K.DISPUTED, 0),
    dispute(K.DISPUTE_LOST, 1),
    dispute(K.DISPUTE_WON, 2),
]


def test_every_order_of_a_payments_events_ends_the_same() -> None:
    ends = {
        (order.status, order.paid_minor, order.dispute, order.needs_review)
        for events in permutations(EVENTS)
        for order in [after(*events)]
    }
    assert ends == {(S.PAID, 1000, Dispute.WON, False)}


@given(st.lists(st.sampled_from(EVENTS), max_size=12))
def test_repeating_events_changes_nothing(events: list[PaymentEvent]) -> None:
    assert after(*events, *events) == after(*events)
