"""The timeline of an order: sorted by time, with every decision and its reason."""

import pytest

from lightning_cart.domain.buyer import Destination
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.parts import Parts
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.domain.price import Delivery
from lightning_cart.domain.refund import RefundWish
from lightning_cart.domain.review import ReviewReason
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.operator_log import Operator, log_change
from lightning_cart.storage.orders import OrderHistory, OrderStore
from lightning_cart.storage.outbox import DeliveryResult, DeliveryState, Outbox
from lightning_cart.storage.refunds import RefundStore
from lightning_cart.usecases.explain import TimelineEntry, order_timeline
from support.app import run
from support.builders import NOW, ORDER_ID, make_event, make_order
from support.databases import MemoryDatabase

K = EventKind


def told(*events: PaymentEvent, refund: RefundWish | None = None, order: Order | None = None) -> list[TimelineEntry]:
    database = MemoryDatabase()
    store, inbox = OrderStore(database), Inbox(database)
    run(store.create_order(order or make_order(), "", "digest"))
    for second, event in enumerate(events, 1):
        run(inbox.record_event(event, NOW + second))
    if refund:
        run(RefundStore(database).create_refund(refund, "USD", "rfd_00000000000000000000000001", NOW + 60))
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
        (1, "event", "open", "applied", "the provider reports pending"),
        (1, "effect", "", "", "to be sent to the shop"),
        (2, "event", "pending", "applied", "$10.00 was paid"),
        (2, "effect", "", "", "to be sent to the shop"),
        (3, "event", "paid", "applied", "$3.00 of the payment is refunded so far"),
        (3, "effect", "", "", "to be sent to the shop"),
        (60, "operator", "", "", "operator: one was broken"),
        (60, "refund", "", "requested", "refund of $2.00: one was broken"),
    ]


def test_the_story_begins_with_what_was_bought_and_the_parts_of_its_total() -> None:
    shirt = LineItem("tshirt", "T-shirt", Money(1000, "USD"), 2, options={"size": "L", "colour": "blue"})
    parts = Parts.of(Money(2000, "USD"), 100, 490, 101)
    assert [step.why for step in told(order=make_order(lines=(shirt,), parts=parts))] == [
        "2 of tshirt (L, blue) for $24.91 (goods $20.00, discount $1.00, delivery $4.90, tax $1.01), by stripe_checkout"
    ]


ELSEWHERE = "the goods go to another place than the one that the price is for"
RENEWED = "a subscription was renewed with another amount than the order's"


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (
            make_event(K.PAID, place=Destination("FR")),
            f"delivery: {ELSEWHERE}, which is ES, CN; the provider has the buyer's address",
        ),
        (
            make_event(K.RENEWED, amount=Money(900, "USD")),
            f"renewal_amount: {RENEWED}: $9.00 was reported, and each renewal is $7.00",
        ),
    ],
    ids=["another place", "another renewal"],
)
def test_the_story_says_what_was_expected_instead(event: PaymentEvent, why: str) -> None:
    order = make_order(delivery=Delivery("post", "Post"), place=Destination("ES", "CN"), renewal_minor=700)
    steps = [step.why for step in told(event, order=order) if step.what == "event"]
    assert steps == [f"needs review: {why}"]


@pytest.mark.parametrize(
    ("outcome", "verdict", "why"),
    [
        (None, "waiting", "attempt 1: no answer yet"),
        (DeliveryResult(DeliveryState.DELIVERED, status=204), "delivered", "attempt 1: answered 204"),
        (DeliveryResult(DeliveryState.WAITING, NOW + 9, 500, "answered 500"), "waiting", "attempt 1: answered 500"),
        (DeliveryResult(DeliveryState.DEAD, error="did not answer in time"), "dead", "attempt 1: did not answer in time"),
        (DeliveryResult(DeliveryState.UNWANTED), "unwanted", "its site has no fulfilment URL"),
    ],
    ids=["under way", "delivered", "refused", "given up", "unwanted"],
)
def test_the_story_tells_what_came_of_telling_the_shop(outcome: DeliveryResult | None, verdict: str, why: str) -> None:
    database = MemoryDatabase()
    store, inbox, outbox = OrderStore(database), Inbox(database), Outbox(database)
    run(store.create_order(make_order(), "", "digest"))
    run(inbox.record_event(make_event(K.PAID), NOW))
    effect = run(outbox.claim(NOW + 5, 60))
    assert effect is not None
    if outcome:
        run(outbox.save_result(effect, outcome))
    history = run(store.history(ORDER_ID))
    assert history is not None
    step = order_timeline(history)[-1]
    assert (step.at - NOW, step.what, step.name, step.verdict, step.why) == (5, "told", "order.paid", verdict, why)


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (
            make_event(K.EXPIRED, id="evt_paid"),
            "needs review: same_id_other_content: an earlier event has the same id and other content",
        ),
        (make_event(K.PAID, id="e"), "$10.00 was paid: no change, because the order is paid"),
        (make_event(K.EXPIRED), "the provider reports expired: no change, because the order is paid"),
        (
            make_event(
                K.DISPUTED, object_id="dp_1", amount=Money(900, "USD"), dispute_reason="fraudulent", due_at=NOW + 86_400
            ),
            "dispute dp_1 of $9.00 is open (fraudulent), to be answered by 2026-05-29",
        ),
        (make_event(K.DISPUTED, object_id="dp_1"), "dispute dp_1 of an unknown amount is open"),
        (make_event(K.DISPUTE_WON, object_id="dp_1", amount=Money(900, "USD")), "dispute dp_1 of $9.00 is won"),
        (make_event(K.DISPUTE_LOST, object_id="dp_1", amount=Money(900, "USD")), "dispute dp_1 of $9.00 is lost"),
        (
            make_event(K.REFUND_FAILED, amount=Money(0, "USD")),
            "a refund failed: $0.00 of the payment remains refunded",
        ),
        (
            make_event(
                K.NEEDS_REVIEW, provider="stripe", type="DUPLICATE_INVOICE_ID", review_reason=ReviewReason.SECOND_PAYMENT
            ),
            (
                "needs review: second_payment: the order was paid a second time; stripe answers DUPLICATE_INVOICE_ID, "
                "and its page in docs/providers says what to do"
            ),
        ),
        (
            make_event(K.PAID, id="e", payment_ref="pi_2", amount=Money(1, "USD")),
            (
                "needs review: second_payment: the order was paid a second time: $0.01 was reported, "
                "and the order's total is $10.00"
            ),
        ),
        (
            make_event(K.PAID, id="e", amount=None),
            "needs review: amount: another amount was paid than the order's total",
        ),
        (
            make_event(K.REFUNDED, amount=Money(1001, "USD")),
            (
                "needs review: amount: another amount was paid than the order's total: $10.01 was reported, "
                "and the order's total is $10.00"
            ),
        ),
        (
            make_event(K.PAID, id="e", amount=Money(950, "EUR")),
            (
                "needs review: currency: it was paid in another currency than the order's: €9.50 was reported, "
                "and the order's total is $10.00"
            ),
        ),
        (
            make_event(K.PAID, id="e", provider="square"),
            "needs review: another_checkout: it was paid at a checkout that was not opened for this order",
        ),
    ],
)
def test_each_decision_says_why(event: PaymentEvent, why: str) -> None:
    assert [step.why for step in told(make_event(K.PAID), event) if step.at == NOW + 2 and step.what == "event"] == [why]


def test_a_refund_without_a_reason_has_none_made_up() -> None:
    assert told(make_event(K.PAID), refund=RefundWish(ORDER_ID, None, "", "k"))[-1].why == "refund of $10.00"


def test_what_is_parked_says_what_it_waits_for() -> None:
    database = MemoryDatabase()
    store, inbox = OrderStore(database), Inbox(database)
    run(store.create_order(make_order(), "", "digest"))
    run(inbox.record_event(make_event(K.DISPUTED, order_id="", object_id="dp_1"), NOW))
    database.connection.execute(f"UPDATE events SET order_id = '{ORDER_ID}'")
    history = run(store.history(ORDER_ID))
    assert isinstance(history, OrderHistory)
    assert order_timeline(history)[-1].why == "its payment was not known: it is recorded once it is"


def test_a_mismatch_from_before_reasons_were_stored_says_so_in_general() -> None:
    database = MemoryDatabase()
    store, inbox = OrderStore(database), Inbox(database)
    run(store.create_order(make_order(), "", "digest"))
    run(inbox.record_event(make_event(K.PAID, amount=Money(1, "USD")), NOW + 1))
    database.connection.execute("UPDATE events SET reason = ''")
    history = run(store.history(ORDER_ID))
    assert history is not None
    assert [step.why for step in order_timeline(history) if step.what == "event"] == ["needs review: it does not fit the order"]


@pytest.mark.parametrize(
    ("reason", "why"), [("the buyer called", "cli: the buyer called"), ("", "cli: no reason given")], ids=["a reason", "none"]
)
def test_what_an_operator_did_is_told_with_the_reason(reason: str, why: str) -> None:
    database = MemoryDatabase()
    store = OrderStore(database)
    run(store.create_order(make_order(), "", "digest"))
    run(database.query(log_change("log_1", Operator("cli", reason), "cancel", ORDER_ID, NOW + 9)))
    history = run(store.history(ORDER_ID))
    assert history is not None
    step = order_timeline(history)[-1]
    assert (step.at - NOW, step.what, step.name, step.why) == (9, "operator", "cancel", why)
