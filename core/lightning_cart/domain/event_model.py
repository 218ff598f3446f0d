"""What each payment event changes in its order, in memory: the model that a property test compares the SQL with.

The rules are the tables of `domain.transitions`. `storage.inbox_statements` has the SQL, which decides between concurrent
deliveries; no running engine needs this module.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from lightning_cart.domain.dispute import DISPUTE_KINDS, DisputeCase, dispute_flag, merge_case, state_of
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.payment import Payment, PaymentState, status_from_sums, sum_payments
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.domain.review import OF_THIS_ORDER, SETTLED_BY_MONEY, SETTLED_BY_REFUND, ReviewReason
from lightning_cart.domain.transitions import (
    MONEY_KINDS,
    PAYMENT_KINDS,
    PAYMENT_STATES,
    REFUND_KINDS,
    TRANSITIONS,
    refunded_total,
)


class OrderRecord(NamedTuple):
    """An order with its payments and disputes.

    Args:
        order: The order.
        payments: Its payments by their keys.
        disputes: Its disputes by their ids.
    """

    order: Order
    payments: Mapping[str, Payment]
    disputes: Mapping[str, DisputeCase]


def _names_its_checkout(order: Order, event: PaymentEvent) -> bool:
    """Return whether an event that names a checkout, and not by the engine's own doing, names the order's."""
    checkout_ref = order.session.ref if order.session else ""
    return bool(event.order_id) or not event.checkout_ref or event.checkout_ref == checkout_ref


def _goes_elsewhere(order: Order, event: PaymentEvent, amount: Money, known: Payment | None) -> bool:
    """Return whether the goods go to another place than the price is for, unless the payment was refunded as a whole."""
    refunded = max(refunded_total(event) or 0, known.refunded_minor if known else 0)
    return refunded < amount.minor and order.ships_to.differs_from(event.place)


def _review_payment(record: OrderRecord, event: PaymentEvent) -> str:
    order, amount, key = record.order, event.amount, event.payment_key
    if amount is None:
        return ReviewReason.AMOUNT
    if amount.currency != order.total.currency:
        return ReviewReason.CURRENCY
    known = record.payments.get(key)
    if _goes_elsewhere(order, event, amount, known):
        return ReviewReason.DELIVERY
    if known is not None and known.state is PaymentState.PAID and known.amount_minor >= amount.minor:
        return ""
    sums = sum_payments(payment for payment in record.payments.values() if payment.ref != key)
    others = sums.paid_minor - sums.refunded_minor
    paid = others + amount.minor
    if paid == order.total.minor or (paid < order.total.minor and event.is_part):
        return ""
    return ReviewReason.SECOND_PAYMENT if others >= order.total.minor else ReviewReason.AMOUNT


def _review_refund(record: OrderRecord, event: PaymentEvent) -> str:
    amount, known = event.amount, record.payments.get(event.payment_key)
    if amount is None or known is None:
        return ReviewReason.AMOUNT
    if amount.currency != record.order.total.currency:
        return ReviewReason.CURRENCY
    return ReviewReason.AMOUNT if amount.minor > known.amount_minor + known.tip_minor else ""


def _review_renewal(record: OrderRecord, event: PaymentEvent) -> str:
    order, amount = record.order, event.amount
    expected = Money(order.renewal_minor, order.total.currency)
    return ReviewReason.RENEWAL_AMOUNT if expected.minor and amount not in {None, expected} else ""


_REVIEWS: Mapping[EventKind, Callable[[OrderRecord, PaymentEvent], str]] = {
    EventKind.PAID: _review_payment,
    EventKind.REFUNDED: _review_refund,
    EventKind.REFUND_FAILED: _review_refund,
    EventKind.RENEWED: _review_renewal,
    EventKind.NEEDS_REVIEW: lambda *_: ReviewReason.AMOUNT,
}


def match_event(record: OrderRecord, event: PaymentEvent) -> str:
    """Return why an event does not fit its order, one of `ReviewReason`, or an empty string if it is applied."""
    if event.review_reason:
        return event.review_reason
    if event.provider != record.order.provider or not _names_its_checkout(record.order, event):
        return ReviewReason.ANOTHER_CHECKOUT
    review = _REVIEWS.get(event.kind)
    return review(record, event) if review else ""


def _merge_payment(known: Payment | None, event: PaymentEvent, reason: str, known_refunded: int | None) -> Payment:
    minor = event.amount.minor if event.amount and event.kind not in REFUND_KINDS else 0
    state = PAYMENT_STATES.get(event.kind, PaymentState.PENDING)  # a refund leaves the state as it is
    tip_minor, refunded = event.tip_minor, refunded_total(event)
    if reason == ReviewReason.CURRENCY:  # amounts of another currency are none of this order's
        minor, tip_minor, refunded = 0, 0, None
    if known is None:
        return Payment(event.payment_key, minor, tip_minor, refunded or 0, state)
    # The payment changed since it was read: a lower total is older than the change.
    raises = refunded is not None and (refunded > known.refunded_minor or known_refunded == known.refunded_minor)
    later = known.state is PaymentState.PENDING or state is PaymentState.PAID
    is_paid_now = state is PaymentState.PAID and known.state is not PaymentState.PAID
    counts = state is PaymentState.PAID
    return Payment(
        known.ref,
        minor if counts and (is_paid_now or minor > known.amount_minor) else known.amount_minor,
        tip_minor if counts and (is_paid_now or tip_minor > known.tip_minor) else known.tip_minor,
        refunded if raises and refunded is not None else known.refunded_minor,
        state if later else known.state,
    )


def _is_of_this_order(event: PaymentEvent, reason: str) -> bool:
    """Return whether an event is about a payment of the order, which counts even if its amount needs review."""
    return event.kind in PAYMENT_KINDS and (not reason or reason in OF_THIS_ORDER)


def _apply_payment(record: OrderRecord, event: PaymentEvent, reason: str, known_refunded: int | None) -> OrderRecord:
    """Return the record with the event's payment, and the sums that follow."""
    key, order = event.payment_key, record.order
    if not _is_of_this_order(event, reason) or not key:
        return record
    payment = _merge_payment(record.payments.get(key), event, reason, known_refunded)
    payments = {**record.payments, key: payment}
    sums = sum_payments(payments.values())
    order = order._replace(
        paid_minor=sums.paid_minor,
        tip_minor=sums.tip_minor,
        refunded_minor=sums.refunded_minor,
        status=status_from_sums(order.status, order.total.minor, sums) if event.kind in MONEY_KINDS else order.status,
        payment_ref=order.payment_ref or (event.payment_ref if event.kind in MONEY_KINDS else ""),
        subscription_ref=order.subscription_ref or event.subscription_ref,
    )
    return record._replace(order=order, payments=payments)


def _apply_review(order: Order, reason: str) -> Order:
    """Return the order flagged for a reason, or without the flag if its sums are right again."""
    if reason:
        keeps = order.needs_review and order.review_reason and order.review_reason not in SETTLED_BY_MONEY
        return order._replace(needs_review=True, review_reason=order.review_reason if keeps else str(reason))
    kept = order.paid_minor - order.refunded_minor
    settled = (0, order.total.minor) if order.review_reason in SETTLED_BY_MONEY else (0,)
    if order.review_reason in SETTLED_BY_REFUND and order.paid_minor and kept in settled:
        return order._replace(needs_review=False, review_reason="")
    return order


def _apply_transition(order: Order, event: PaymentEvent) -> Order:
    """Return the order with the status of an event that is not about its sums."""
    has_money = order.paid_minor > order.refunded_minor
    if event.kind in MONEY_KINDS or (has_money and event.kind is not EventKind.PENDING):
        return order
    return order._replace(status=TRANSITIONS.get((order.status, event.kind), order.status))


def apply_event(record: OrderRecord, event: PaymentEvent, now: int, known_refunded: int | None = None) -> OrderRecord:
    """Return the record after one of its order's events. The sequence and repeats of the events do not change the final order.

    Args:
        record: The order, its payments and disputes before the event.
        event: One of this order's events.
        now: Unix seconds.
        known_refunded: The refunded total of the payment when the event's total was read, in minor units, or None if it was
            not read. A lower total is applied only if it is still that.
    """
    reason = match_event(record, event)
    record = _apply_payment(record, event, reason, known_refunded)
    order, disputes = _apply_review(record.order, reason), record.disputes
    if not reason:
        order = _apply_transition(order, event)
        order = order._replace(subscription_ref=order.subscription_ref or event.subscription_ref)
        if event.kind in DISPUTE_KINDS and event.object_id:
            at = now if event.created_at is None else event.created_at
            case = DisputeCase(event.object_id, state_of(event.kind), at)
            disputes = {**disputes, case.id: merge_case(disputes.get(case.id), case)}
            order = order._replace(dispute=dispute_flag(disputes.values(), order.dispute))
    return record._replace(order=order._replace(updated_at=now), disputes=disputes)
