"""The inbox: what is decided in SQL is what the table says, and a batch is all or nothing."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import EventKind, Order, OrderStatus, PaymentEvent, Verdict
from lightning_cart.domain.transitions import apply_event
from lightning_cart.errors import StorageUnavailable
from lightning_cart.storage.inbox import Inbox, record_event_batch
from lightning_cart.storage.orders import OrderStore
from support.app import run
from support.builders import NOW, ORDER_ID, make_event, make_order
from support.databases import MemoryDatabase

K = EventKind


class Kept:
    """A store with one open order."""

    def __init__(self, order: Order | None = None) -> None:
        self.database = MemoryDatabase()
        self.orders = OrderStore(self.database)
        self.inbox = Inbox(self.database)
        if order:
            run(self.orders.create_order(order, "", "digest"))

    def record(self, event: PaymentEvent) -> tuple[Verdict, bool, Order | None]:
        result = run(self.inbox.record_event(event, NOW + 1))
        return result.verdict, result.repeated, result.order

    def effects(self, order_id: str = ORDER_ID) -> list[object]:
        history = run(self.orders.history(order_id))
        assert history is not None
        return [effect["effect"] for effect in history.effects]


def test_creating_an_order_and_recording_an_event_take_one_round_trip_each() -> None:
    kept = Kept(make_order())
    kept.record(make_event(K.PAID))
    assert kept.database.round_trips == 2


def test_a_payment_changes_the_order_and_leaves_one_message() -> None:
    kept = Kept(make_order())
    verdict, repeated, order = kept.record(make_event(K.PAID))
    assert order is not None
    assert (verdict, repeated, order.status, order.paid_minor, kept.effects()) == (
        Verdict.APPLIED,
        False,
        OrderStatus.PAID,
        1000,
        ["order.paid"],
    )


def test_a_repeated_event_changes_nothing() -> None:
    kept = Kept(make_order())
    kept.record(make_event(K.PAID))
    before = run(kept.orders.history(ORDER_ID))
    verdict, repeated, _ = kept.record(make_event(K.PAID))
    assert (verdict, repeated, run(kept.orders.history(ORDER_ID))) == (Verdict.APPLIED, True, before)


def test_two_events_of_one_payment_leave_one_effect() -> None:
    kept = Kept(make_order())
    kept.record(make_event(K.PAID, id="evt_a"))
    kept.record(make_event(K.PAID, id="evt_b"))
    assert kept.effects() == ["order.paid"]


def test_a_wrong_amount_is_kept_for_review_and_never_fulfilled() -> None:
    kept = Kept(make_order())
    verdict, _, order = kept.record(make_event(K.PAID, amount=Money(1, "USD")))
    assert order is not None
    assert (verdict, order.status, order.needs_review, kept.effects()) == (Verdict.MISMATCH, OrderStatus.OPEN, True, [])


def test_an_event_of_an_order_that_is_not_there_is_parked_and_applied_when_it_comes_again() -> None:
    kept = Kept()
    assert kept.record(make_event(K.PAID)) == (Verdict.PARKED, False, None)
    run(kept.orders.create_order(make_order(), "", "digest"))
    verdict, repeated, order = kept.record(make_event(K.PAID))
    assert order is not None
    assert (verdict, repeated, order.status) == (Verdict.APPLIED, False, OrderStatus.PAID)


def test_a_refund_finds_its_order_by_the_payment() -> None:
    kept = Kept(make_order())
    kept.record(make_event(K.PAID))
    _, _, order = kept.record(make_event(K.REFUNDED, order_id="", amount=Money(300, "USD")))
    assert order is not None
    assert (order.status, kept.effects()) == (OrderStatus.PARTIALLY_REFUNDED, ["order.paid", "order.refunded:300"])


def test_a_renewal_finds_its_order_by_the_subscription_and_is_fulfilled_once() -> None:
    kept = Kept(make_order())
    kept.record(make_event(K.PAID, subscription_ref="sub_1"))
    renewal = make_event(K.RENEWED, order_id="", payment_ref="", subscription_ref="sub_1", object_id="in_2")
    kept.record(renewal)
    kept.record(replace(renewal, id="evt_again"))
    assert kept.effects() == ["order.paid", "order.renewed:in_2"]


def test_the_end_of_a_subscription_is_an_effect_of_its_own() -> None:
    kept = Kept(make_order())
    kept.record(make_event(K.SUBSCRIPTION_ENDED))
    assert kept.effects() == ["order.subscription_ended"]


@pytest.mark.parametrize(
    "early",
    [
        make_event(K.DISPUTED, order_id="", payment_ref="pi_1"),
        make_event(K.REFUNDED, order_id="", payment_ref="pi_1", amount=Money(300, "USD")),
        make_event(K.RENEWED, order_id="", payment_ref="", subscription_ref="sub_1", object_id="in_2"),
    ],
    ids=lambda event: event.kind,
)
def test_what_comes_before_its_payment_is_known_is_applied_as_soon_as_it_is(early: PaymentEvent) -> None:
    kept, after = Kept(make_order()), Kept(make_order())
    paid = make_event(K.PAID, subscription_ref="sub_1")
    assert kept.record(early)[0] is Verdict.PARKED
    _, _, order = kept.record(paid)
    after.record(paid)
    after.record(early)
    assert (order, kept.effects()) == (run(after.orders.find_order(ORDER_ID)), after.effects())


def test_every_order_of_a_payments_events_ends_the_same_whether_they_name_the_order_or_the_payment() -> None:
    nameless = {"order_id": "", "payment_ref": "pi_1"}
    history = [
        make_event(K.PENDING),
        make_event(K.PAID),
        make_event(K.REFUNDED, amount=Money(300, "USD"), **nameless),
        make_event(K.DISPUTED, **nameless),
        make_event(K.DISPUTE_WON, **nameless),
    ]
    ends = set()
    for events in permutations(history):
        kept = Kept(make_order())
        for event in events:
            kept.record(event)
        order = run(kept.orders.find_order(ORDER_ID))
        assert order is not None
        ends.add((order.status, order.paid_minor, order.refunded_minor, order.dispute, kept.effects().count("order.paid")))
    assert ends == {("partially_refunded", 1000, 300, "won", 1)}


def test_what_waits_for_another_payment_goes_on_waiting() -> None:
    kept = Kept(make_order())
    kept.record(make_event(K.DISPUTED, order_id="", payment_ref="pi_9"))
    _, _, order = kept.record(make_event(K.PAID))
    assert order is not None
    assert order.dispute == "none"


def test_what_waits_for_a_payment_of_a_wrong_amount_waits_on_and_does_not_hide_its_order() -> None:
    kept = Kept(make_order())
    kept.record(make_event(K.DISPUTED, order_id="", payment_ref="pi_1"))
    verdict, _, order = kept.record(make_event(K.PAID, amount=Money(999, "USD")))
    assert order is not None
    assert (verdict, order.needs_review, order.dispute) == (Verdict.MISMATCH, True, "none")


def test_a_payment_that_nobody_knows_is_parked_without_an_order() -> None:
    assert Kept(make_order()).record(make_event(K.DISPUTED, order_id="", payment_ref="pi_9"))[0] is Verdict.PARKED


def test_a_dispute_is_an_effect_beside_the_status() -> None:
    kept = Kept(make_order())
    kept.record(make_event(K.PAID))
    kept.record(make_event(K.DISPUTED))
    assert kept.effects() == ["order.disputed", "order.paid"]


def test_the_history_tells_what_stood_before_each_event() -> None:
    kept = Kept(make_order())
    kept.record(make_event(K.PENDING))
    kept.record(make_event(K.PAID))
    history = run(kept.orders.history(ORDER_ID))
    assert history is not None
    assert sorted((event["kind"], event["status_before"], event["verdict"]) for event in history.events) == [
        ("paid", "pending", "applied"),
        ("pending", "open", "applied"),
    ]


amounts = st.sampled_from(
    [Money(1000, "USD"), Money(300, "USD"), Money(999, "USD"), Money(1000, "EUR"), Money(2000, "USD"), None]
)
events = st.builds(
    PaymentEvent,
    provider=st.sampled_from(["stripe", "stripe", "stripe", "square"]),
    id=st.sampled_from("abcdefgh"),
    type=st.just("some.event"),
    kind=st.sampled_from(list(EventKind)),
    order_id=st.just(ORDER_ID),
    amount=amounts,
    payment_ref=st.sampled_from(["", "pi_1", "pi_2"]),
    subscription_ref=st.sampled_from(["", "sub_1", "sub_2"]),
)


@given(st.lists(events, max_size=8))
def test_the_database_decides_exactly_as_the_table_says(history: list[PaymentEvent]) -> None:
    kept = Kept(make_order())
    expected, seen = make_order(), dict[tuple[str, str], list[PaymentEvent]]()
    for event in history:
        _, repeated, found = kept.record(event)
        earlier = seen.setdefault((event.provider, event.id), [])
        assert repeated == (event in earlier)
        if not earlier:
            expected = apply_event(expected, event, NOW + 1)
        elif event not in earlier:
            expected = replace(expected, needs_review=True, updated_at=NOW + 1)
        earlier.append(event)
        assert found == expected


@pytest.mark.parametrize("statement", range(len(record_event_batch(make_event(K.PAID), NOW))))
def test_a_batch_that_fails_anywhere_leaves_no_trace(statement: int) -> None:
    kept = Kept(make_order())
    before = list(kept.database.connection.iterdump())
    kept.database.break_before = statement
    with pytest.raises(StorageUnavailable):
        kept.record(make_event(K.PAID))
    kept.database.break_before = None
    assert list(kept.database.connection.iterdump()) == before
    assert kept.record(make_event(K.PAID))[:2] == (Verdict.APPLIED, False)


@pytest.mark.parametrize(
    "other",
    [
        make_event(K.EXPIRED, id="evt_paid"),
        make_event(K.PAID, amount=Money(1, "USD")),
        make_event(K.PAID, payment_ref="pi_2"),
        make_event(K.PAID, order_id="ord_00000000000000000000000009"),
    ],
    ids=["kind", "amount", "payment", "order"],
)
def test_an_event_id_that_comes_again_with_other_content_is_kept_and_waits_for_a_person(other: PaymentEvent) -> None:
    kept = Kept(make_order())
    kept.record(make_event(K.PAID))
    verdict, repeated, _ = kept.record(other)
    order = run(kept.orders.find_order(ORDER_ID))
    assert order is not None
    assert (verdict, repeated, order.status, order.needs_review) == (Verdict.MISMATCH, False, OrderStatus.PAID, True)
    assert (kept.database.count("events"), kept.effects()) == (2, ["order.paid"])
    assert kept.record(other)[1]


def test_an_event_that_was_asked_for_may_tell_another_sum_the_next_time() -> None:
    kept = Kept(make_order())
    kept.record(make_event(K.PAID))
    for minor in (300, 500):
        kept.record(make_event(K.REFUNDED, amount=Money(minor, "USD"), was_read=True))
    order = run(kept.orders.find_order(ORDER_ID))
    assert order is not None
    assert (order.refunded_minor, order.needs_review) == (300, False)


def test_other_content_of_an_event_that_waits_for_its_order_is_never_applied() -> None:
    kept = Kept()
    kept.record(make_event(K.PAID))
    run(kept.orders.create_order(make_order(), "", "digest"))
    other = make_event(K.EXPIRED, id="evt_paid")
    assert kept.record(other)[0] is Verdict.MISMATCH
    kept.record(other)
    assert kept.record(make_event(K.PAID))[0] is Verdict.APPLIED
    order = run(kept.orders.find_order(ORDER_ID))
    assert order is not None
    assert (order.status, order.needs_review) == (OrderStatus.PAID, True)
