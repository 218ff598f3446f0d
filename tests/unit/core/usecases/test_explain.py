"""The story of an order: in the order of time, with what was decided, and why."""

import pytest

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import EventKind, PaymentEvent
from lightning_cart.domain.refund import RefundWish
from lightning_cart.storage.orders import OrderHistory, OrderStore
from lightning_cart.storage.outbox import DeliveryResult, DeliveryState, Outbox
from lightning_cart.usecases.explain import TimelineEntry, order_timeline
from support.app import run
from support.builders import NOW, ORDER_ID, make_event, make_order
from support.databases import MemoryDatabase

K = EventKind


def told(*events: PaymentEvent, refund: RefundWish | None = None) -> list[TimelineEntry]:
    store = OrderStore(MemoryDatabase())
    run(store.create_order(make_order(), "", "digest"))
    for second, event in enumerate(events, 1):
        run(store.record_event(event, NOW + second))
    if refund:
        run(store.open_refund(refund, "USD", "rfd_00000000000000000000000001", NOW + 60))
    history = run(store.history(ORDER_ID))
    assert history is not None
    return order_timeline(history)


def test_the_whole_story_in_the_order_of_time() -> None:
    steps = told(
        make_event(K.PENDING),
        make_event(K.PAID),
        make_event(K.REFUNDED, amount=Money(300, "USD")),
        refund=RefundWish(ORDER_ID, 200, "one was broken", "k"),
    )
    assert [(step.at - NOW, step.what, step.before, step.verdict, step.why) for step in steps] == [
        (0, "made", "", "", "1 of test-10 for $10.00, by stripe_checkout"),
        (1, "event", "open", "applied", "the provider says pending"),
        (1, "effect", "", "", "to be told to the shop"),
        (2, "event", "pending", "applied", "$10.00 was paid, which is the order's total"),
        (2, "effect", "", "", "to be told to the shop"),
        (3, "event", "paid", "applied", "$3.00 is given back so far"),
        (3, "effect", "", "", "to be told to the shop"),
        (60, "refund", "", "requested", "$2.00 is to go back: one was broken"),
    ]


@pytest.mark.parametrize(
    ("outcome", "verdict", "why"),
    [
        (None, "waiting", "try 1: not answered yet"),
        (DeliveryResult(DeliveryState.DELIVERED, status=204), "delivered", "try 1: answered 204"),
        (DeliveryResult(DeliveryState.WAITING, NOW + 9, 500, "answered 500"), "waiting", "try 1: answered 500"),
        (DeliveryResult(DeliveryState.DEAD, error="did not answer in time"), "dead", "try 1: did not answer in time"),
        (DeliveryResult(DeliveryState.UNWANTED), "unwanted", "its site names no address to be told at"),
    ],
    ids=["under way", "delivered", "refused", "given up", "unwanted"],
)
def test_the_story_tells_what_came_of_telling_the_shop(outcome: DeliveryResult | None, verdict: str, why: str) -> None:
    store, outbox = OrderStore(database := MemoryDatabase()), Outbox(database)
    run(store.create_order(make_order(), "", "digest"))
    run(store.record_event(make_event(K.PAID), NOW))
    effect = run(outbox.claim(NOW + 5, 60))
    assert effect is not None
    if outcome:
        run(outbox.record(effect, outcome))
    history = run(store.history(ORDER_ID))
    assert history is not None
    step = order_timeline(history)[-1]
    assert (step.at - NOW, step.what, step.name, step.verdict, step.why) == (5, "told", "order.paid", verdict, why)


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (make_event(K.EXPIRED, id="evt_paid"), "a person must look: an event of this id came before, and said something else"),
        (
            make_event(K.PAID, id="e"),
            "$10.00 was paid, which is the order's total: nothing changes by it once the order is paid",
        ),
        (make_event(K.EXPIRED), "the provider says expired: nothing changes by it once the order is paid"),
        (make_event(K.DISPUTE_LOST), "the provider says dispute lost"),
        (make_event(K.REFUND_FAILED, amount=Money(0, "USD")), "a refund failed: $0.00 is still given back"),
        (
            make_event(K.REFUND_FAILED),
            "a person must look: a refund failed, and the sum that is still given back cannot be read",
        ),
        (
            make_event(K.NEEDS_REVIEW, provider="stripe", type="DUPLICATE_INVOICE_ID"),
            "a person must look: stripe answers DUPLICATE_INVOICE_ID: its page in docs/providers says what to do",
        ),
        (
            make_event(K.PAID, id="e", amount=Money(1, "USD")),
            "a person must look: $0.01 was paid and the order is about $10.00",
        ),
        (
            make_event(K.PAID, id="e", amount=None),
            "a person must look: no amount that can be read was paid and the order is about $10.00",
        ),
        (
            make_event(K.REFUNDED, amount=Money(1001, "USD")),
            "a person must look: $10.01 was given back and the order is about $10.00",
        ),
        (make_event(K.PAID, id="e", payment_ref="pi_2"), "a person must look: it is a second payment, pi_2, beside pi_1"),
        (
            make_event(K.PAID, id="e", provider="square"),
            "a person must look: it is from square, and the order is paid at stripe",
        ),
    ],
)
def test_each_decision_says_why(event: PaymentEvent, why: str) -> None:
    assert [step.why for step in told(make_event(K.PAID), event) if step.at == NOW + 2 and step.what == "event"] == [why]


def test_a_refund_without_a_reason_has_none_made_up() -> None:
    assert told(make_event(K.PAID), refund=RefundWish(ORDER_ID, None, "", "k"))[-1].why == "$10.00 is to go back"


def test_what_is_parked_says_who_applies_it() -> None:
    store = OrderStore(MemoryDatabase())
    run(store.record_event(make_event(K.PAID), NOW))
    run(store.create_order(make_order(), "", "digest"))
    history = run(store.history(ORDER_ID))
    assert isinstance(history, OrderHistory)
    assert order_timeline(history)[-1].why == "its order could not be read: the reconciler applies it once it can"
