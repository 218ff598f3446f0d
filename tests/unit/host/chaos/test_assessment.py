"""Everything is compared with the ledger, and what is wrong is named with the reason."""

from typing import Any

import pytest

from lightning_cart.domain.order import Dispute
from lightning_cart.domain.payment import Payment
from lightning_cart.usecases.fulfilment_message import message_id
from lightning_cart_host.chaos.assessment import assess
from lightning_cart_host.chaos.ledger import ForeignEvents, Ledger, LedgerDispute, LedgerPayment
from lightning_cart_host.chaos.scripts import Act, Script
from lightning_cart_host.chaos.shopper import PurchaseResult
from lightning_cart_host.chaos.state import ForeignRows, Snapshot, StoredOrder

ORDER = "ord_1"
NO_ROWS = ForeignRows({}, 0, set(), {})
NO_EVENTS = ForeignEvents(frozenset(), {}, {})
FOREIGN = ForeignEvents(frozenset({("stripe", "pi_foreign")}), {"stripe": 2}, {"stripe": 3})
ALONE = Payment("pay_1", 1000)
GIFT, CARD = Payment("pay_1", 400), Payment("pay_2", 600, 200)


def purchase(act: Act = Act.PAY, order_id: str = ORDER, error: str = "") -> PurchaseResult:
    return PurchaseResult(Script(7, "square", "square", act, twice=False), order_id, error)


def received(*messages: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for message in messages:
        found.setdefault(message.partition(":")[0], set()).add(message_id(ORDER, message))
    return found


def snapshot(order: StoredOrder | None, *payments: Payment, **changes: Any) -> Snapshot:
    """Return a state in which the engine agrees with the ledger about payments, disputes and messages."""
    paid = {("square", one.ref): LedgerPayment(ORDER, one) for one in payments}
    disputes = {("square", name): LedgerDispute(ORDER, "pay_1", state) for name, state in changes.pop("disputes", {}).items()}
    messages = changes.pop("messages", ["order.paid"] if payments else [])
    state: dict[str, Any] = {
        "orders": {ORDER: order} if order else {},
        "payments": paid,
        "disputes": disputes,
        "foreign": NO_ROWS,
        "ledger": Ledger(paid, disputes, NO_EVENTS),
        "messages": {ORDER: messages},
        "received": {ORDER: received(*messages)},
    }
    return Snapshot(**(state | changes))


def ledger(*payments: Payment, disputes: dict[str, Dispute] | None = None, foreign: ForeignEvents = NO_EVENTS) -> Ledger:
    paid = {("square", one.ref): LedgerPayment(ORDER, one) for one in payments}
    found = {("square", name): LedgerDispute(ORDER, "pay_1", state) for name, state in (disputes or {}).items()}
    return Ledger(paid, found, foreign)


PAID = StoredOrder("paid", 1000, 1000)
DISPUTED = ["order.paid", "order.disputed:dp_1"]
LOST = [*DISPUTED, "order.dispute_closed:dp_1:lost"]
WON = [*LOST, "order.dispute_closed:dp_1:won:2"]


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(snapshot(PAID, ALONE), id="paid"),
        pytest.param(snapshot(StoredOrder("paid", 1000, 1000, 200), GIFT, CARD), id="paid by gift card and card with a tip"),
        pytest.param(
            snapshot(
                StoredOrder("partially_refunded", 1000, 1000, 0, 300),
                Payment("pay_1", 1000, 0, 300),
                messages=["order.paid", "order.refunded:300"],
            ),
            id="refunded in part",
        ),
        pytest.param(
            snapshot(
                StoredOrder("refunded", 1000, 1000, 200, 1000),
                Payment("pay_1", 1000, 200, 1200),
                messages=["order.paid", "order.refunded:1000"],
            ),
            id="refunded with the tip",
        ),
        pytest.param(snapshot(StoredOrder("expired", 1000), messages=["order.expired"]), id="not paid"),
        pytest.param(
            snapshot(PAID._replace(dispute="won"), ALONE, disputes={"dp_1": Dispute.WON}, messages=WON), id="won on appeal"
        ),
        pytest.param(
            snapshot(PAID._replace(dispute="open"), ALONE, disputes={"dp_1": Dispute.OPEN}, messages=DISPUTED), id="disputed"
        ),
    ],
)
def test_an_order_that_matches_the_ledger_is_right(state: Snapshot) -> None:
    assert assess([purchase()], state).wrong == []


@pytest.mark.parametrize(
    ("state", "why"),
    [
        pytest.param(
            snapshot(PAID, ALONE, ledger=ledger(Payment("pay_1", 1000, 0, 300))),
            "the ledger 1000, 0 and 300",
            id="a refund is missed",
        ),
        pytest.param(
            snapshot(PAID, ALONE, ledger=ledger(Payment("pay_1", 1000, 200))),
            "the ledger 1000, 200 and 0",
            id="a tip is missed",
        ),
        pytest.param(
            snapshot(PAID, ALONE, ledger=ledger(Payment("pay_1", 400), Payment("pay_2", 600))),
            "payment pay_2 is absent, in the ledger 600 with 0 tip",
            id="two payments are one",
        ),
        pytest.param(snapshot(StoredOrder("paid", 1000, 900), ALONE), "it has 900 paid", id="a dollar is missed"),
        pytest.param(snapshot(StoredOrder("expired", 1000, 1000), ALONE), "expired instead of paid", id="the status is wrong"),
        pytest.param(snapshot(StoredOrder("open", 1000)), "open without a payment", id="it never ends"),
        pytest.param(
            snapshot(StoredOrder("paid", 1000, 1000, buyers=0), ALONE), "0 rows of its buyer", id="its buyer is not stored"
        ),
        pytest.param(
            snapshot(PAID._replace(needs_review=1, review_reason="amount"), ALONE), "a manual review (amount)", id="review"
        ),
        pytest.param(
            snapshot(PAID, ALONE, ledger=ledger(ALONE, disputes={"dp_1": Dispute.LOST}), messages=LOST),
            "dispute dp_1 is absent, in the ledger lost",
            id="a dispute is missed",
        ),
        pytest.param(
            snapshot(PAID._replace(dispute="open"), ALONE, disputes={"dp_1": Dispute.WON}, messages=WON),
            "its dispute is open instead of won",
            id="the dispute's flag is wrong",
        ),
        pytest.param(
            snapshot(PAID._replace(dispute="won"), ALONE, disputes={"dp_1": Dispute.WON}, messages=LOST),
            "no message order.dispute_closed:dp_1:won",
            id="the appeal is not told",
        ),
        pytest.param(
            snapshot(StoredOrder("refunded", 1000, 1000, 0, 1000), Payment("pay_1", 1000, 0, 1000)),
            "no message order.refunded:1000",
            id="the refund is not told",
        ),
        pytest.param(
            snapshot(PAID, ALONE, messages=[], received={ORDER: received("order.paid")}),
            "0 messages order.paid instead of 1",
            id="no message",
        ),
        pytest.param(snapshot(PAID, ALONE, received={}), "told of 0 payments instead of 1", id="nobody is told"),
        pytest.param(
            snapshot(PAID, ALONE, received={ORDER: {"order.paid": {"msg_1", "msg_2"}}}),
            "told of 2 payments instead of 1",
            id="told twice",
        ),
        pytest.param(
            snapshot(StoredOrder("expired", 1000), messages=["order.expired"], received={}),
            "received 0 other messages, the outbox has 1",
            id="the end is not told",
        ),
        pytest.param(snapshot(None), "the engine returned its id and has not stored it", id="it is lost"),
    ],
)
def test_an_order_that_is_wrong_is_named_with_the_reason(state: Snapshot, why: str) -> None:
    wrong = assess([purchase()], state).wrong
    assert (wrong[0].order_id, wrong[0].number) == (ORDER, 7)
    assert why in wrong[0].why


def test_only_an_order_with_a_pending_payment_may_wait() -> None:
    pending = snapshot(StoredOrder("pending", 1000))
    assert [assess([purchase(act)], pending).ok for act in (Act.STAY_PENDING, Act.PAY)] == [True, False]


def test_a_payment_without_an_order_is_found() -> None:
    (wrong,) = assess([], snapshot(None, ALONE)).wrong
    assert (wrong.order_id, wrong.why) == (ORDER, "it was paid, and the engine has no such order")


def test_a_buyer_without_a_checkout_is_found() -> None:
    (wrong,) = assess([purchase(order_id="", error="it hung")], snapshot(None)).wrong
    assert (wrong.number, wrong.why) == (7, "it was never created: it hung")


def test_the_cents_are_summed_on_both_sides_with_their_tips() -> None:
    refunded = StoredOrder("partially_refunded", 1000, 1000, 200, 300)
    state = snapshot(refunded, Payment("pay_1", 1000, 200, 300), ledger=ledger(Payment("pay_1", 1000, 200, 301)))
    assessment = assess([purchase()], state)
    assert (assessment.orders_minor, assessment.books_minor, assessment.ok) == (900, 899, False)


def with_foreign(rows: ForeignRows) -> Snapshot:
    return snapshot(PAID, ALONE, foreign=rows, ledger=ledger(ALONE, foreign=FOREIGN))


def test_events_of_other_programs_that_are_counted_or_parked_and_ended_are_right() -> None:
    rows = ForeignRows({"evt_1": {("stripe", "pi_foreign"), ("stripe", "dp_1")}}, 0, {("square", "pay_1")}, {"stripe": 2})
    assert assess([purchase()], with_foreign(rows)).wrong == []


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        pytest.param(
            ForeignRows({}, 0, {("stripe", "pi_foreign")}, {"stripe": 2}),
            "an event about pi_foreign, which another program sold by stripe, was recorded",
            id="a row",
        ),
        pytest.param(
            ForeignRows({"evt_1": {("stripe", "pi_1")}}, 0, set(), {"stripe": 2}),
            "evt_1 is parked, and it is about",
            id="parked",
        ),
        pytest.param(ForeignRows({}, 1, set(), {"stripe": 2}), "1 events are parked at the end", id="parked for ever"),
        pytest.param(
            ForeignRows({}, 0, set(), {}), "0 events of other programs are counted for stripe instead of 2", id="none"
        ),
        pytest.param(ForeignRows({}, 0, set(), {"stripe": 4}), "4 events of other programs", id="our own are counted"),
        pytest.param(ForeignRows({}, 0, set(), {"stripe": 2, "paypal": 1}), "1 events", id="no other program sold there"),
    ],
)
def test_what_an_event_of_another_program_leaves_is_found(rows: ForeignRows, why: str) -> None:
    (wrong,) = assess([purchase()], with_foreign(rows)).wrong
    assert why in wrong.why
