"""What an order waits for: what is missing, since when, and what comes next."""

from typing import Any

import pytest

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.domain.refund import RefundResult, RefundStatus, RefundWish
from lightning_cart.errors import ConfigurationError, InvalidSettings, UnknownStrategy
from lightning_cart.ports import Statement
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.leases import Leases
from lightning_cart.storage.open_work import OpenWork, read_open_work
from lightning_cart.storage.orders import OrderStore
from lightning_cart.storage.outbox import DeliveryResult, DeliveryState, Outbox
from lightning_cart.storage.reconcile_queue import ReconcileQueue
from lightning_cart.storage.refunds import RefundStore
from lightning_cart.usecases.next_steps import NextStep, StepKind, next_steps
from support.app import run
from support.builders import NOW, ORDER_ID, make_event, make_order
from support.databases import MemoryDatabase

K, S = EventKind, StepKind
DAY = 86_400
PAGE = CheckoutSession("cs_1", "https://x.example", None)
LATER = NOW + 3600


class Story:
    """An order in a database, and what happens to it, a second apart."""

    def __init__(self, *events: PaymentEvent, session: CheckoutSession | None = PAGE) -> None:
        self.database = MemoryDatabase()
        self.store = OrderStore(self.database)
        self.refunds = RefundStore(self.database)
        self.outbox = Outbox(self.database)
        run(self.store.create_order(make_order(), "", "digest"))
        if session:
            run(self.store.save_session(ORDER_ID, session, NOW))
        self.at = NOW
        for event in events:
            self.happens(event)

    def happens(self, event: PaymentEvent) -> None:
        self.at += 1
        run(Inbox(self.database).record_event(event, self.at))

    def deliver(self, result: DeliveryResult) -> None:
        """Attempt every message, with the same result."""
        while message := run(self.outbox.claim(NOW + 60, 60)):
            run(self.outbox.save_result(message, result))

    def refund(self, status: RefundStatus, *, amount: int | None = 300, number: int = 1, reason: str = "") -> None:
        wish = RefundWish(ORDER_ID, amount, reason, f"key-{number}")
        refunds, _ = run(self.refunds.create_refund(wish, "USD", f"rfd_{number}", NOW + number))
        for refund in refunds if status is not RefundStatus.REQUESTED else ():
            run(self.refunds.save_result(refund, RefundResult(f"re_{number}", status, None), NOW + number))

    def write(self, sql: str, *values: Any) -> None:
        run(self.database.query(Statement(sql, values)))

    def next(self, now: int = LATER, problem: ConfigurationError | None = None) -> list[NextStep]:
        history = run(self.store.history(ORDER_ID))
        assert history is not None
        return next_steps(history, run(read_open_work(self.database, history.order)), now, problem)

    def only(self, kind: StepKind, now: int = LATER) -> NextStep:
        (step,) = (step for step in self.next(now) if step.kind is kind)
        return step


def paid(**changes: Any) -> PaymentEvent:
    return make_event(K.PAID, **changes)


DELIVERED = DeliveryResult(DeliveryState.DELIVERED, status=204)


class TestAnOrderThatNobodyPaid:
    def test_is_open_until_its_checkout_ends(self) -> None:
        step = Story(session=CheckoutSession("cs_1", "", NOW + DAY)).only(S.PAYMENT)
        assert (step.state, step.since, step.until) == ("open", NOW, NOW + DAY)

    def test_ends_after_a_week_if_its_checkout_does_not_end(self) -> None:
        assert Story().only(S.PAYMENT).until == NOW + 7 * DAY

    def test_has_ended_with_its_checkout(self) -> None:
        assert Story(session=CheckoutSession("cs_1", "", NOW + 10)).only(S.PAYMENT).state == "ended"

    def test_is_asked_about_after_five_minutes(self) -> None:
        step = Story().only(S.PAYMENT, now=NOW + 10)
        assert (step.next_at, step.last_at) == (NOW + 300, None)

    def test_is_asked_about_with_the_next_run_if_it_is_old(self) -> None:
        assert Story().only(S.PAYMENT).next_at is None

    def test_is_asked_about_when_its_provider_is_left_alone_no_longer(self) -> None:
        story = Story()
        run(ReconcileQueue(story.database).back_off("stripe", LATER - 100, 300, 3600))
        assert story.only(S.PAYMENT).next_at == LATER + 200

    def test_says_when_it_was_asked_about(self) -> None:
        story = Story()
        run(Leases(story.database).take(ORDER_ID, NOW + 500))
        assert story.only(S.PAYMENT).last_at == NOW + 500

    def test_ends_after_a_day_if_no_page_was_opened(self) -> None:
        step = Story(session=None).only(S.PAYMENT)
        assert (step.state, step.until) == ("no_page", NOW + DAY)

    def test_waits_for_the_bank_since_the_provider_said_so(self) -> None:
        step = Story(make_event(K.PENDING)).only(S.PAYMENT)
        assert (step.state, step.since) == ("pending", NOW + 1)

    def test_misses_the_rest_if_a_part_was_paid(self) -> None:
        step = Story(paid(amount=Money(400, "USD"), is_part=True)).only(S.PAYMENT)
        assert (step.state, step.amount) == ("part_paid", Money(400, "USD"))


class TestAMessage:
    def test_that_nobody_sent_yet_waits_since_it_was_made(self) -> None:
        step = Story(paid()).only(S.MESSAGE)
        assert (step.state, step.subject, step.since, step.attempts) == ("waiting", "order.paid", NOW + 1, 0)

    def test_that_was_refused_is_tried_again(self) -> None:
        story = Story(paid())
        story.deliver(DeliveryResult(DeliveryState.WAITING, NOW + 365, 500, "answered 500"))
        step = story.only(S.MESSAGE)
        assert (step.attempts, step.reason, step.last_at, step.next_at) == (1, "answered 500", NOW + 60, NOW + 365)

    def test_that_was_given_up_is_told(self) -> None:
        story = Story(paid())
        story.deliver(DeliveryResult(DeliveryState.DEAD, status=410, error="answered 410"))
        assert (story.only(S.MESSAGE).state, story.only(S.MESSAGE).next_at) == ("dead", None)


class TestAReview:
    @pytest.mark.parametrize(
        ("event", "state", "subject", "amount"),
        [
            (paid(amount=Money(700, "USD")), "here", "amount", 700),
            (paid(amount=Money(700, "EUR")), "elsewhere", "currency", 0),
            (make_event(K.NEEDS_REVIEW, review_reason="delivery"), "nowhere", "delivery", 0),
        ],
        ids=["money here", "money elsewhere", "no money"],
    )
    def test_says_where_the_money_is(self, event: PaymentEvent, state: str, subject: str, amount: int) -> None:
        step = Story(event).only(S.REVIEW)
        assert (step.since, step.state, step.subject, step.amount) == (NOW + 1, state, subject, Money(amount, "USD"))

    def test_without_an_event_is_as_old_as_the_last_change(self) -> None:
        story = Story()
        story.write("UPDATE orders SET needs_review = 1")
        step = story.only(S.REVIEW)
        assert (step.since, step.reason, step.subject) == (NOW, "", "")

    def test_comes_before_the_wait_for_money(self) -> None:
        assert [step.kind for step in Story(paid(amount=Money(700, "EUR"))).next() if step.kind is S.PAYMENT] == []


class TestADispute:
    def test_has_its_amount_and_its_date(self) -> None:
        event = make_event(
            K.DISPUTED, object_id="dp_1", amount=Money(900, "USD"), dispute_reason="fraudulent", due_at=NOW + DAY
        )
        step = Story(paid(), event).only(S.DISPUTE)
        assert (step.subject, step.amount, step.reason, step.until) == ("dp_1", Money(900, "USD"), "fraudulent", NOW + DAY)

    def test_may_have_no_amount(self) -> None:
        assert Story(paid(), make_event(K.DISPUTED, object_id="dp_1")).only(S.DISPUTE).amount is None

    def test_that_is_over_waits_for_nobody(self) -> None:
        story = Story(paid(), make_event(K.DISPUTED, object_id="dp_1"), make_event(K.DISPUTE_WON, object_id="dp_1"))
        assert [step for step in story.next() if step.kind is S.DISPUTE] == []

    def test_of_a_database_without_disputes_one_by_one_is_told_too(self) -> None:
        story = Story(paid())
        story.write("UPDATE orders SET dispute = 'open'")
        assert story.only(S.DISPUTE).subject == ""


class TestARefund:
    def test_without_an_answer_is_continued_with_its_key(self) -> None:
        story = Story(paid())
        story.refund(RefundStatus.REQUESTED, reason="broken")
        step = story.only(S.REFUND)
        assert (step.state, step.subject, step.amount, step.key) == ("requested", "rfd_1", Money(300, "USD"), "key-1")
        assert (step.asked, step.reason) == (Money(300, "USD"), "broken")

    def test_of_all_that_was_left_says_so(self) -> None:
        story = Story(paid())
        story.refund(RefundStatus.REQUESTED, amount=None)
        assert story.only(S.REFUND).asked is None

    def test_of_several_payments_is_continued_with_one_key_and_the_whole_amount(self) -> None:
        story = Story(paid(), paid(id="evt_2", payment_ref="pi_2"))
        story.refund(RefundStatus.REQUESTED, amount=1500)
        steps = [step for step in story.next() if step.kind is S.REFUND]
        assert [step.amount for step in steps] == [Money(1000, "USD"), Money(500, "USD")]
        assert {(step.key, step.asked) for step in steps} == {("key-1", Money(1500, "USD"))}
        assert steps[0].view["asked"] == "$15.00"

    def test_that_the_provider_has_not_completed_is_pending(self) -> None:
        story = Story(paid())
        story.refund(RefundStatus.PENDING)
        assert story.only(S.REFUND).state == "pending"

    def test_that_failed_is_told(self) -> None:
        story = Story(paid())
        story.refund(RefundStatus.FAILED)
        assert story.only(S.REFUND).state == "failed"

    def test_that_failed_before_another_one_is_over(self) -> None:
        story = Story(paid())
        story.refund(RefundStatus.FAILED)
        story.refund(RefundStatus.SUCCEEDED, number=2)
        assert [step for step in story.next() if step.kind is S.REFUND] == []


class TestAStrategy:
    @pytest.mark.parametrize(
        ("problem", "state", "subject"),
        [
            (UnknownStrategy("gold"), "unknown", "stripe_checkout"),
            (
                InvalidSettings(["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"]),
                "settings",
                "STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET",
            ),
        ],
        ids=["gone", "without settings"],
    )
    @pytest.mark.parametrize("events", [(), (paid(),)], ids=["unpaid", "paid"])
    def test_that_cannot_be_used_is_told_first(
        self, events: tuple[PaymentEvent, ...], problem: ConfigurationError, state: str, subject: str
    ) -> None:
        step = Story(*events).next(problem=problem)[0]
        assert (step.kind, step.state, step.subject, step.reason) == (S.STRATEGY, state, subject, str(problem))

    def test_is_not_needed_any_more_by_an_order_that_ended(self) -> None:
        assert Story(make_event(K.EXPIRED)).next(problem=UnknownStrategy("gold"))[0].kind is not S.STRATEGY


def test_a_parked_event_of_the_order_waits_to_be_applied() -> None:
    story = Story(paid())
    story.write(
        "INSERT INTO events ("
        "provider, event_id, type, kind, payment_ref, subscription_ref, subject, verdict, fresh, received_at)"
        " VALUES ('stripe', 'evt_parked', 'charge.dispute', 'disputed', 'pi_1', '', 'dp_1', 'parked', 0, ?)",
        NOW + 5,
    )
    step = story.only(S.PARKED)
    assert (step.subject, step.reason, step.since, step.until) == ("evt_parked", "charge.dispute", NOW + 5, NOW + 5 + 7 * DAY)


class TestNothing:
    @pytest.mark.parametrize(
        ("result", "state"),
        [(DELIVERED, "told"), (DeliveryResult(DeliveryState.UNWANTED), "no_receiver")],
        ids=["told", "nobody to tell"],
    )
    def test_is_waiting_once_a_paid_order_was_told_to_the_shop(self, result: DeliveryResult, state: str) -> None:
        story = Story(paid())
        story.deliver(result)
        assert [(step.kind, step.state, step.subject) for step in story.next()] == [(S.NOTHING, state, "paid")]

    def test_is_waiting_if_there_never_was_a_message(self) -> None:
        story = Story(paid())
        story.write("DELETE FROM outbox")
        assert story.only(S.NOTHING).state == "no_message"

    def test_is_waiting_for_an_order_that_expired_and_was_told(self) -> None:
        story = Story(make_event(K.EXPIRED))
        story.deliver(DELIVERED)
        assert [(step.kind, step.subject) for step in story.next()] == [(S.NOTHING, "expired")]


def test_as_json_a_step_has_what_applies() -> None:
    assert NextStep(S.REVIEW, NOW, "here", "amount", "why", Money(700, "USD")).view == {
        "what": "next",
        "kind": "review",
        "since": NOW,
        "state": "here",
        "subject": "amount",
        "reason": "why",
        "amount": "$7.00",
        "amount_minor": 700,
        "currency": "USD",
    }


def test_as_json_nothing_is_short() -> None:
    assert NextStep(S.NOTHING, NOW, "told", "paid").view == {
        "what": "next",
        "kind": "nothing",
        "since": NOW,
        "state": "told",
        "subject": "paid",
    }


def test_open_work_is_empty_by_default() -> None:
    assert OpenWork() == (0, 0, (), {})
