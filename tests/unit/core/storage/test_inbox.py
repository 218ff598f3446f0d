"""The inbox: what is decided in SQL is what the table says, and a batch is all or nothing."""

from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_cart.domain.buyer import NO_CONTACT, Address, Contact, Destination
from lightning_cart.domain.dispute import DISPUTE_KINDS, DisputeCase
from lightning_cart.domain.event_model import OrderRecord, apply_event, match_event
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import ENDED_STATUSES, PAID_STATUSES, CheckoutSession, Dispute, Order, OrderStatus
from lightning_cart.domain.payment import Payment, PaymentState
from lightning_cart.domain.payment_event import EventKind, PaymentEvent, Verdict
from lightning_cart.domain.price import Delivery
from lightning_cart.domain.review import OF_THIS_ORDER
from lightning_cart.domain.transitions import MONEY_KINDS, PARKED_KINDS, REFUND_KINDS, refunded_total
from lightning_cart.errors import StorageUnavailable
from lightning_cart.storage.inbox import Inbox, record_event_batch
from lightning_cart.storage.inbox_statements import MAX_PARKED
from lightning_cart.storage.new_orders import NO_CLAIMS, Claims, CodeClaim
from lightning_cart.storage.orders import OrderStore
from lightning_cart.storage.rows import row_to_payment
from support.app import run
from support.builders import NOW, ORDER_ID, make_code, make_event, make_order
from support.databases import MemoryDatabase

OTHER_ID = "ord_00000000000000000000000009"
SESSION = CheckoutSession("cs_1", "https://pay.example/cs_1", None)
K = EventKind
# Goods that may go to one place in Spain, and a part of the total that each renewal charges.
SHIPPED = make_order(
    session=SESSION,
    delivery=Delivery("post", "Post"),
    place=Destination("ES", "CN", "35 001"),
    renewal_minor=700,
)


class Kept:
    """A store with one open order."""

    def __init__(self, order: Order | None = None, claims: Claims = NO_CLAIMS) -> None:
        self.database = MemoryDatabase()
        self.orders = OrderStore(self.database)
        self.inbox = Inbox(self.database)
        if claims.code:
            run(self.database.query(make_code(claims.code.code)))
        if order:
            run(self.orders.create_order(order, "", "digest", claims))
        if order and order.session:
            run(self.orders.save_session(order.id, order.session, NOW))

    def record(self, event: PaymentEvent) -> tuple[Verdict, bool, Order | None]:
        result = run(self.inbox.record_event(event, NOW + 1))
        assert result is not None
        return result.verdict, result.repeated, result.order

    def record_now(self) -> OrderRecord:
        """Return the order with its payments and disputes as they are stored."""
        history = run(self.orders.history(ORDER_ID))
        assert history is not None
        cases = {
            str(row["dispute_id"]): DisputeCase(
                str(row["dispute_id"]), Dispute(str(row["outcome"] or "open")), int(row["at"] or 0), int(row["changes"] or 0)
            )
            for row in history.disputes
        }
        payments = {payment.ref: payment for payment in map(row_to_payment, history.payments)}
        return OrderRecord(history.order, payments, cases)

    def followed(self) -> tuple[list[tuple[int, int]], list[tuple[str, int]], str, int]:
        """Return the order's credit notes and renewals, and what became of the use of its code."""
        read = self.database.connection.execute
        documents = read("SELECT * FROM documents ORDER BY series, place").fetchall()
        notes = [(row["amount_minor"], row["tip_minor"]) for row in documents if row["series"] == "credit_note"]
        renewals = [(row["ref"], row["amount_minor"]) for row in documents if row["series"] == "renewal"]
        ((state, uses),) = read("SELECT u.state, c.uses FROM code_uses AS u JOIN codes AS c ON c.code = u.code").fetchall()
        assert [row["place"] for row in documents] == [*range(1, 1 + len(notes)), *range(1, 1 + len(renewals))]
        return notes, renewals, state, uses

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
    assert (verdict, order.status, order.review_reason) == (Verdict.MISMATCH, OrderStatus.PENDING, "amount")
    assert kept.effects() == ["order.needs_review:evt_paid", "order.pending"]


def test_a_payment_of_an_order_that_is_not_here_leaves_no_row() -> None:
    kept = Kept()
    assert run(kept.inbox.record_event(make_event(K.PAID), NOW)) is None
    assert kept.database.count("events") == 0


@pytest.mark.parametrize("kind", [K.PAID, K.PENDING, K.FAILED, K.EXPIRED])
def test_money_at_a_checkout_that_is_not_ours_leaves_no_row(kind: EventKind) -> None:
    kept = Kept(make_order(session=SESSION))
    foreign = make_event(kind, order_id="", checkout_ref="cs_9")
    assert run(kept.inbox.record_event(foreign, NOW)) is None
    assert kept.database.count("events") == 0


def test_money_at_another_checkout_that_names_the_order_is_flagged_and_pays_nothing() -> None:
    kept = Kept(make_order(session=SESSION))
    foreign = make_event(K.PAID, order_id="", checkout_ref="cs_9", claimed_order_id=ORDER_ID)
    _, _, order = kept.record(foreign)
    assert order is not None
    assert (order.status, order.paid_minor, order.review_reason) == (OrderStatus.OPEN, 0, "another_checkout")
    assert kept.database.count("payments") == 0


def test_an_event_of_our_checkout_whose_metadata_names_an_unknown_order_is_not_ours() -> None:
    kept = Kept(make_order(session=SESSION))
    foreign = make_event(K.PAID, order_id="", checkout_ref="cs_1", claimed_order_id=OTHER_ID)
    assert run(kept.inbox.record_event(foreign, NOW)) is None


def test_a_refund_finds_its_order_by_the_payment() -> None:
    kept = Kept(make_order())
    kept.record(make_event(K.PAID))
    _, _, order = kept.record(make_event(K.REFUNDED, order_id="", amount=Money(300, "USD"), was_read=True))
    assert order is not None
    assert (order.status, kept.effects()) == (OrderStatus.PARTIALLY_REFUNDED, ["order.paid", "order.refunded:300"])


def test_a_renewal_finds_its_order_by_the_subscription_and_is_fulfilled_once() -> None:
    kept = Kept(make_order())
    kept.record(make_event(K.PAID, subscription_ref="sub_1"))
    renewal = make_event(K.RENEWED, order_id="", payment_ref="", subscription_ref="sub_1", object_id="in_2")
    kept.record(renewal)
    kept.record(renewal._replace(id="evt_again"))
    assert kept.effects() == ["order.paid", "order.renewed:in_2"]


def test_a_payment_for_another_place_asks_for_review_and_never_says_that_the_order_is_paid() -> None:
    kept = Kept(SHIPPED)
    verdict, _, order = kept.record(make_event(K.PAID, id="evt_a", place=Destination("FR")))
    assert order is not None
    assert (verdict, order.status, order.paid_minor, order.review_reason) == (Verdict.MISMATCH, "paid", 1000, "delivery")
    kept.record(make_event(K.PAID, id="evt_b"))
    kept.record(make_event(K.REFUNDED, amount=Money(300, "USD")))
    assert kept.effects() == ["order.needs_review:evt_a", "order.refunded:300"]


def test_what_waited_for_another_review_does_not_hide_that_the_goods_go_elsewhere() -> None:
    kept = Kept(SHIPPED)
    kept.record(make_event(K.PAID, id="evt_a", order_id="", checkout_ref="cs_9", claimed_order_id=ORDER_ID))
    kept.record(make_event(K.PAID, id="evt_b", payment_ref="pi_2", place=Destination("FR")))
    kept.record(make_event(K.PAID, id="evt_c", payment_ref="pi_2"))
    assert kept.record_now().order.review_reason == "another_checkout"
    assert kept.effects() == ["order.needs_review:evt_a", "order.needs_review:evt_b"]


def test_a_renewal_of_another_amount_asks_for_review_and_is_not_told_as_a_renewal() -> None:
    kept = Kept(make_order(renewal_minor=700))
    verdict, _, order = kept.record(make_event(K.RENEWED, amount=Money(900, "USD"), object_id="in_2"))
    assert order is not None
    assert (verdict, order.review_reason) == (Verdict.MISMATCH, "renewal_amount")
    assert kept.effects() == ["order.needs_review:evt_renewed"]


def test_the_end_of_a_subscription_is_an_effect_of_its_own() -> None:
    kept = Kept(make_order())
    kept.record(make_event(K.SUBSCRIPTION_ENDED))
    assert kept.effects() == ["order.subscription_ended"]


@pytest.mark.parametrize(
    "early",
    [
        make_event(K.DISPUTED, order_id="", payment_ref="pi_1", object_id="dp_1"),
        make_event(K.RENEWED, order_id="", payment_ref="", subscription_ref="sub_1", object_id="in_2"),
    ],
    ids=lambda event: event.kind,
)
def test_what_comes_before_its_payment_is_known_is_applied_as_soon_as_it_is(early: PaymentEvent) -> None:
    kept, after = Kept(make_order()), Kept(make_order())
    paid = make_event(K.PAID, subscription_ref="sub_1")
    assert kept.record(early)[0] is Verdict.PARKED
    recorded = run(kept.inbox.record_event(paid, NOW + 1))
    assert recorded is not None
    (waiting,) = recorded.parked
    _, _, order = kept.record(waiting)
    after.record(paid)
    after.record(early)
    assert (order, kept.effects()) == (run(after.orders.find_order(ORDER_ID)), after.effects())


def record_with_parked(kept: Kept, event: PaymentEvent) -> None:
    recorded = run(kept.inbox.record_event(event, NOW + 1))
    for waiting in recorded.parked if recorded else ():
        kept.record(waiting)


def test_every_order_of_a_payments_events_ends_the_same_whether_they_name_the_order_or_the_payment() -> None:
    nameless = {"order_id": "", "payment_ref": "pi_1", "object_id": "dp_1"}
    history = [
        make_event(K.PENDING),
        make_event(K.PAID),
        make_event(K.DISPUTED, **nameless, created_at=NOW),
        make_event(K.DISPUTE_LOST, **nameless, created_at=NOW + 1),
        make_event(K.DISPUTE_WON, **nameless, created_at=NOW + 2),
    ]
    ends = set()
    for events in permutations(history):
        kept = Kept(make_order())
        for event in events:
            record_with_parked(kept, event)
        order = run(kept.orders.find_order(ORDER_ID))
        assert order is not None
        ends.add((order.status, order.paid_minor, order.dispute, kept.effects().count("order.paid")))
    assert ends == {("paid", 1000, "won", 1)}


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
    kept.record(make_event(K.DISPUTED, object_id="dp_1"))
    assert kept.effects() == ["order.disputed:dp_1", "order.paid"]


def test_each_dispute_and_each_of_its_steps_is_told_once() -> None:
    kept = Kept(make_order())
    kept.record(make_event(K.PAID))
    for number, (dispute, kind) in enumerate(
        [
            ("dp_1", K.DISPUTED),
            ("dp_1", K.DISPUTE_LOST),
            ("dp_2", K.DISPUTED),
            ("dp_1", K.DISPUTE_WON),
            ("dp_2", K.DISPUTE_LOST),
        ]
    ):
        event = make_event(kind, id=f"evt_{number}", order_id="", object_id=dispute, created_at=NOW + number)
        kept.record(event)
        kept.record(event._replace(id=f"evt_again_{number}"))
    assert kept.effects() == [
        "order.dispute_closed:dp_1:lost",
        "order.dispute_closed:dp_1:won:2",
        "order.dispute_closed:dp_2:lost",
        "order.disputed:dp_1",
        "order.disputed:dp_2",
        "order.paid",
    ]
    assert kept.record_now().order.dispute is Dispute.LOST


def test_a_dispute_is_found_by_its_own_id_if_its_event_names_no_payment() -> None:
    kept = Kept(make_order())
    kept.record(make_event(K.PAID))
    kept.record(make_event(K.DISPUTED, order_id="", object_id="dp_1"))
    kept.record(make_event(K.DISPUTE_LOST, order_id="", payment_ref="", object_id="dp_1"))
    assert kept.record_now().order.dispute is Dispute.LOST


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


CONTACTS = [
    NO_CONTACT,
    NO_CONTACT,
    Contact("ada@example.com", billing=Address("ES", "Ada")),
    Contact("eva@example.com", "Eva", "+34 600", "ES1", Address("FR", city="Nîmes"), Address("FR")),
    Contact(name="Ñandú", vat_id="ES2"),
]
AMOUNTS = st.sampled_from(
    [Money(1000, "USD"), Money(300, "USD"), Money(700, "USD"), Money(999, "USD"), Money(1000, "EUR"), Money(2000, "USD"), None]
)
TOTALS = st.sampled_from([Money(0, "USD"), Money(300, "USD"), Money(1000, "USD"), None])
PLACES = st.one_of(
    st.none(),
    st.builds(
        Destination,
        country=st.sampled_from(["", "ES", "ES", "es", "FR"]),
        region=st.sampled_from(["", "CN", "ES-CN", "MD", "Las Palmas"]),
        postal_code=st.sampled_from(["", "35001", "35-001", "28001"]),
    ),
)
EVENTS = st.builds(
    PaymentEvent,
    provider=st.sampled_from(["stripe", "stripe", "stripe", "square"]),
    id=st.sampled_from("abcdefgh"),
    type=st.just("some.event"),
    kind=st.sampled_from(list(EventKind)),
    order_id=st.sampled_from([ORDER_ID, ORDER_ID, ""]),
    checkout_ref=st.sampled_from(["", "cs_1", "cs_2"]),
    claimed_order_id=st.sampled_from(["", ORDER_ID, OTHER_ID]),
    amount=AMOUNTS,
    tip_minor=st.sampled_from([0, 200]),
    refunded=TOTALS,
    payment_ref=st.sampled_from(["", "pi_1", "pi_2"]),
    subscription_ref=st.sampled_from(["", "sub_1", "sub_2"]),
    object_id=st.sampled_from(["", "dp_1", "dp_2"]),
    review_reason=st.sampled_from(["", "", "", "another_account"]),
    is_part=st.booleans(),
    created_at=st.sampled_from([None, NOW - 9, NOW, NOW + 9]),
    dispute_reason=st.just(""),
    due_at=st.none(),
    must_read=st.just(value=False),
    was_read=st.just(value=False),
    delivery_id=st.just(""),
    body_digest=st.just(""),
    place=PLACES,
    contact=st.sampled_from(CONTACTS),
)


def content_of(event: PaymentEvent) -> tuple[object, ...]:
    """Return what is the same in each delivery of an event. Earlier releases did not read the amount of a renewal."""
    about = (event.order_id, event.checkout_ref, event.claimed_order_id, event.payment_ref, event.subscription_ref)
    amount = None if event.kind is K.RENEWED else event.amount
    return (event.kind, amount, event.tip_minor, event.object_id, about)


class Model:
    """What the rules say about a history of events of one order, whatever the database does.

    Args:
        order: The order. It uses a code.
    """

    def __init__(self, order: Order) -> None:
        self.record = OrderRecord(order, {}, {})
        self.seen: dict[tuple[str, str], list[PaymentEvent]] = {}
        self.contact = NO_CONTACT
        self.notes: list[tuple[int, int]] = []
        self.renewals: dict[str, int] = {}
        self.use = "held"

    def is_bound(self, event: PaymentEvent) -> bool:
        """Whether an event finds the order: by construction, by its checkout, or by a dispute, payment or subscription."""
        order = self.record.order
        assert order.session is not None
        if event.order_id:
            return True
        if event.checkout_ref:
            is_ours = event.claimed_order_id == order.id and not event.review_reason  # another account can name any order
            contradicts = is_ours and event.kind in {K.PAID, K.PENDING}
            agrees = event.claimed_order_id in {"", order.id} and event.checkout_ref == order.session.ref
            return contradicts or (agrees and event.provider == order.provider)
        known = event.provider == order.provider and (
            event.payment_ref in self.record.payments
            or (event.payment_ref == order.payment_ref != "")
            or (event.subscription_ref == order.subscription_ref != "")
        )
        is_known_dispute = event.kind in DISPUTE_KINDS and event.object_id in self.record.disputes
        return known or (is_known_dispute and event.provider == order.provider)

    def take(self, event: PaymentEvent, known: Payment | None) -> None:
        """Apply an event that was not seen before; flag the order if its id was seen with other content."""
        earlier = self.seen.setdefault((event.provider, event.id), [])
        if not earlier:
            reason = match_event(self.record, event)
            self.record = apply_event(self.record, event, NOW + 1, known.refunded_minor if known else None)
            self.follow(event, reason)
        elif not any(content_of(event) == content_of(other) for other in earlier):
            order = self.record.order._replace(needs_review=True, review_reason="same_id_other_content", updated_at=NOW + 1)
            self.record = self.record._replace(order=order)
        earlier.append(event)

    def follow(self, event: PaymentEvent, reason: str) -> None:
        """Say who paid, what has a document, and what becomes of the code, after an event that was new."""
        order, is_applied = self.record.order, not reason
        tells_refund = event.kind in REFUND_KINDS or (event.kind is K.PAID and bool(refunded_total(event)))
        if is_applied or reason in OF_THIS_ORDER:
            self.contact = self.contact.completed_by(event.contact)
            if tells_refund:
                self.add_note()
        if is_applied and event.kind is K.RENEWED and event.amount and event.amount.currency == order.total.currency:
            self.renewals.setdefault(event.object_id or event.id, event.amount.minor)
        if is_applied and event.kind in MONEY_KINDS and order.status in PAID_STATUSES:
            self.use = "used"
        ends = event.kind in {K.FAILED, K.EXPIRED, K.CANCELLED} or tells_refund
        if is_applied and ends and order.status in ENDED_STATUSES and self.use == "held":
            self.use = "released"

    def add_note(self) -> None:
        """Add a credit note of what has none."""
        paid = [payment for payment in self.record.payments.values() if payment.state is PaymentState.PAID]
        tips = sum(max(payment.refunded_minor - payment.amount_minor, 0) for payment in paid)
        amount = self.record.order.refunded_minor
        note = amount - sum(amount for amount, _ in self.notes), tips - sum(tip for _, tip in self.notes)
        self.notes += [note] if any(note) else []

    @property
    def expected(self) -> OrderRecord:
        """The order with who paid it."""
        order = self.record.order
        buyer = order.buyer._replace(paid_by=self.contact)
        return self.record._replace(order=order._replace(buyer=buyer, customer_email=self.contact.email))


@settings(max_examples=160)
@given(st.sampled_from([make_order(session=SESSION), SHIPPED]), st.lists(EVENTS, max_size=8), st.booleans())
def test_the_database_decides_exactly_as_the_rules_say(order: Order, history: list[PaymentEvent], was_read: bool) -> None:
    order = order._replace(code="SPRING")
    kept, model = Kept(order, Claims(CodeClaim("SPRING", 1))), Model(order)
    for event in history:
        known = model.record.payments.get(event.payment_key) if was_read else None
        if not model.is_bound(event) or event.kind in {K.READ_CHECKOUT, K.IGNORED}:
            continue
        model.take(event, known)
        run(kept.inbox.record_event(event, NOW + 1, known))
        assert kept.record_now() == model.expected
        assert kept.followed() == (model.notes, list(model.renewals.items()), model.use, int(model.use != "released"))


PLACED = [
    Destination(*parts) for parts in product(["", "ES", "es", "FR"], ["", "ES-CN", "MD", "Canarias"], ["", "35-001", "28001"])
]


@pytest.mark.parametrize("order", [make_order(session=SESSION), SHIPPED], ids=["anywhere", "to one place"])
def test_every_place_is_judged_by_the_database_as_by_the_rules(order: Order) -> None:
    for place in PLACED:
        kept, event = Kept(order), make_event(K.PAID, place=place)
        kept.record(event)
        expected = apply_event(OrderRecord(order, {}, {}), event, NOW + 1)
        assert kept.record_now() == expected
        assert expected.order.needs_review is order.ships_to.differs_from(place)


@pytest.mark.parametrize("refunded", [None, Money(999, "USD"), Money(1000, "USD")])
@pytest.mark.parametrize("before", [None, Money(999, "USD"), Money(1000, "USD")])
def test_a_refunded_payment_is_judged_by_the_database_as_by_the_rules(refunded: Money | None, before: Money | None) -> None:
    kept, record = Kept(SHIPPED), OrderRecord(SHIPPED, {}, {})
    for event in (
        make_event(K.PAID, refunded=before),
        make_event(K.PAID, id="evt_2", refunded=refunded, place=Destination("FR")),
    ):
        kept.record(event)
        record = apply_event(record, event, NOW + 1)
    assert kept.record_now() == record
    assert record.order.needs_review is (Money(1000, "USD") not in {before, refunded})


@pytest.mark.parametrize("order", [make_order(), SHIPPED], ids=["that never recurs", "of 7 dollars"])
@pytest.mark.parametrize("amount", [None, Money(700, "USD"), Money(701, "USD"), Money(699, "USD"), Money(700, "EUR")])
def test_a_renewal_is_judged_by_the_database_as_by_the_rules(order: Order, amount: Money | None) -> None:
    kept, event = Kept(order), make_event(K.RENEWED, amount=amount)
    kept.record(event)
    assert kept.record_now() == apply_event(OrderRecord(order, {}, {}), event, NOW + 1)


@given(st.lists(EVENTS, max_size=6))
def test_what_is_not_bound_changes_no_order(history: list[PaymentEvent]) -> None:
    kept, model = Kept(make_order(session=SESSION)), Model(make_order(session=SESSION))
    before = kept.record_now()
    for number, event in enumerate(history):
        if not model.is_bound(event):
            event = event._replace(id=f"evt_{number}")  # noqa: PLW2901
            recorded = run(kept.inbox.record_event(event, NOW + 1))
            assert recorded is None or recorded.verdict is Verdict.PARKED
            assert recorded is None or event.kind in PARKED_KINDS
    assert kept.record_now() == before


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
    assert kept.database.count("events") == 2
    assert [effect for effect in map(str, kept.effects()) if not effect.startswith("order.needs_review:")] == ["order.paid"]
    assert kept.record(other)[1]


def test_other_content_of_an_event_that_waits_for_its_payment_is_never_applied() -> None:
    kept = Kept(make_order())
    early = make_event(K.DISPUTED, id="evt_1", order_id="", object_id="dp_1")
    other = early._replace(kind=K.DISPUTE_LOST)
    kept.record(early)
    kept.record(other)
    record_with_parked(kept, make_event(K.PAID))
    assert kept.record_now().order.dispute is Dispute.OPEN


def test_a_total_that_was_read_replaces_a_higher_one_only_if_the_payment_has_not_changed_since() -> None:
    kept = Kept(make_order())
    kept.record(make_event(K.PAID, refunded=Money(500, "USD")))
    older, current = Payment("pi_1", 1000, refunded_minor=300), Payment("pi_1", 1000, refunded_minor=500)
    lower = make_event(K.PAID, refunded=Money(200, "USD"), was_read=True)
    run(kept.inbox.record_event(lower._replace(id="read:1"), NOW + 1, older))
    assert kept.record_now().order.refunded_minor == 500
    run(kept.inbox.record_event(lower._replace(id="read:2"), NOW + 1, current))
    assert kept.record_now().order.refunded_minor == 200


def test_two_payments_add_up_and_the_first_alone_is_pending() -> None:
    kept = Kept(make_order())
    part = {"is_part": True, "order_id": "", "checkout_ref": "cs_1"}
    kept = Kept(make_order(session=SESSION))
    _, _, first = kept.record(make_event(K.PAID, id="evt_1", amount=Money(300, "USD"), payment_ref="gift", **part))
    _, _, both = kept.record(make_event(K.PAID, id="evt_2", amount=Money(700, "USD"), payment_ref="card", **part))
    assert first is not None
    assert both is not None
    assert [(order.status, order.paid_minor, order.needs_review) for order in (first, both)] == [
        (OrderStatus.PENDING, 300, False),
        (OrderStatus.PAID, 1000, False),
    ]


def test_a_tip_is_kept_apart_and_may_be_refunded() -> None:
    kept = Kept(make_order())
    kept.record(make_event(K.PAID, tip_minor=200))
    refunded = make_event(K.REFUNDED, id="evt_2", amount=Money(1200, "USD"), was_read=True)
    _, _, order = kept.record(refunded)
    assert order is not None
    assert (order.status, order.paid_minor, order.tip_minor, order.refunded_minor) == (OrderStatus.REFUNDED, 1000, 200, 1000)


def test_a_review_for_a_wrong_amount_ends_once_the_rest_is_refunded() -> None:
    kept = Kept(make_order())
    kept.record(make_event(K.PAID))
    kept.record(make_event(K.PAID, id="evt_2", payment_ref="pi_2"))
    assert kept.record_now().order.review_reason == "second_payment"
    kept.record(make_event(K.REFUNDED, id="evt_3", payment_ref="pi_2", was_read=True))
    order = kept.record_now().order
    assert (order.status, order.paid_minor, order.refunded_minor, order.needs_review) == (OrderStatus.PAID, 2000, 1000, False)


def test_an_order_whose_wrong_payment_is_refunded_ends_cancelled() -> None:
    kept = Kept(make_order())
    kept.record(make_event(K.PAID, amount=Money(900, "USD")))
    kept.record(make_event(K.REFUNDED, id="evt_2", amount=Money(900, "USD"), was_read=True))
    order = kept.record_now().order
    assert (order.status, order.needs_review, "order.paid" in kept.effects()) == (OrderStatus.CANCELLED, False, False)


def test_a_payment_has_the_time_at_which_it_was_paid_first() -> None:
    kept = Kept(make_order())
    for at, event in enumerate(
        (make_event(K.PENDING), make_event(K.PAID), make_event(K.PAID, id="evt_2"), make_event(K.REFUNDED))
    ):
        run(kept.inbox.record_event(event, NOW + at))
    assert kept.database.connection.execute("SELECT at FROM payments").fetchone()[0] == NOW + 1


def test_no_more_than_ten_thousand_events_are_parked() -> None:
    kept = Kept()
    columns = "provider, event_id, type, kind, payment_ref, subscription_ref, subject, verdict, fresh, received_at"
    kept.database.connection.executemany(
        f"INSERT INTO events ({columns}) VALUES ('stripe', ?, 't', 'disputed', 'pi', '', '', 'parked', 0, 1)",
        [(f"evt_{number}",) for number in range(MAX_PARKED - 1)],
    )
    early = make_event(K.DISPUTED, order_id="", object_id="dp_1", claimed_order_id="")
    assert kept.record(early)[0] is Verdict.PARKED
    assert run(kept.inbox.record_event(early._replace(id="evt_more"), NOW)) is None
    assert kept.database.count("events") == MAX_PARKED
