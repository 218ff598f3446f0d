"""The table of what each payment event changes in its order, and the functions that apply it.

`TRANSITIONS` is the only rule for statuses: a pair that is not in it changes nothing. `apply_event` uses it in memory, and
`storage.inbox_statements` builds from it the SQL that decides between concurrent deliveries.
"""

from collections.abc import Mapping
from dataclasses import replace

from lightning_cart.domain.order import PAID_STATUSES, Dispute, EventKind, Order, OrderStatus, PaymentEvent, Verdict

_S, _K = OrderStatus, EventKind
TRANSITIONS: Mapping[tuple[OrderStatus, EventKind], OrderStatus] = {
    (_S.OPEN, _K.PENDING): _S.PENDING,
    (_S.OPEN, _K.PAID): _S.PAID,
    (_S.PENDING, _K.PAID): _S.PAID,
    # A late payment always counts.
    (_S.FAILED, _K.PAID): _S.PAID,
    (_S.EXPIRED, _K.PAID): _S.PAID,
    (_S.CANCELLED, _K.PAID): _S.PAID,
    (_S.OPEN, _K.FAILED): _S.FAILED,
    (_S.PENDING, _K.FAILED): _S.FAILED,
    (_S.OPEN, _K.EXPIRED): _S.EXPIRED,
    (_S.PENDING, _K.EXPIRED): _S.EXPIRED,
    (_S.OPEN, _K.CANCELLED): _S.CANCELLED,
    (_S.PENDING, _K.CANCELLED): _S.CANCELLED,
    # `status_from_amounts` then decides between REFUNDED and PARTIALLY_REFUNDED.
    (_S.PAID, _K.REFUNDED): _S.REFUNDED,
    (_S.PARTIALLY_REFUNDED, _K.REFUNDED): _S.REFUNDED,
}
PAYMENT_KINDS = (_K.PAID, _K.REFUNDED)  # they set the id of the order's payment
REFUND_KINDS = (_K.REFUNDED, _K.REFUND_FAILED)  # their amount is a refunded total, which a failed refund lowers
DISPUTE_TRANSITIONS: Mapping[tuple[Dispute, EventKind], Dispute] = {
    (Dispute.NONE, _K.DISPUTED): Dispute.OPEN,
    (Dispute.NONE, _K.DISPUTE_WON): Dispute.WON,
    (Dispute.NONE, _K.DISPUTE_LOST): Dispute.LOST,
    (Dispute.OPEN, _K.DISPUTE_WON): Dispute.WON,
    (Dispute.OPEN, _K.DISPUTE_LOST): Dispute.LOST,
}


def ids_agree(known: str, reported: str) -> bool:
    """Return whether two ids may be the same; an unknown id agrees with any."""
    return not known or not reported or known == reported


def match_event(order: Order, event: PaymentEvent) -> Verdict:
    """Return whether an event may change its order, or needs review first."""
    total, amount = order.total, event.amount
    same_payment = ids_agree(order.payment_ref, event.payment_ref)
    match event.kind:
        case EventKind.PAID:
            matches = amount == total and same_payment and ids_agree(order.subscription_ref, event.subscription_ref)
        case EventKind.REFUNDED | EventKind.REFUND_FAILED:
            matches = amount is not None and amount.currency == total.currency and amount <= total and same_payment
        case _:
            matches = event.kind is not EventKind.NEEDS_REVIEW
    return Verdict.APPLIED if matches and event.provider == order.provider else Verdict.MISMATCH


def status_from_amounts(paid_minor: int, refunded_minor: int) -> OrderStatus:
    """Return the status of a paid order from its paid and refunded amounts."""
    if not refunded_minor:
        return OrderStatus.PAID
    return OrderStatus.PARTIALLY_REFUNDED if refunded_minor < paid_minor else OrderStatus.REFUNDED


def apply_event(order: Order, event: PaymentEvent, now: int) -> Order:
    """Return the order after one of its events. The sequence and repeats of the events do not change the final order.

    Args:
        order: The order before the event.
        event: One of this order's events.
        now: Unix seconds.
    """
    if match_event(order, event) is Verdict.MISMATCH:
        return replace(order, needs_review=True, updated_at=now)
    status = TRANSITIONS.get((order.status, event.kind), order.status)
    minor = event.amount.minor if event.amount else 0
    paid = max(order.paid_minor, minor) if event.kind is EventKind.PAID else order.paid_minor
    refunded = max(order.refunded_minor, minor) if event.kind is EventKind.REFUNDED else order.refunded_minor
    if event.kind is EventKind.REFUND_FAILED:
        refunded = minor
    return replace(
        order,
        status=status_from_amounts(paid, refunded) if status in PAID_STATUSES else status,
        paid_minor=paid,
        refunded_minor=refunded,
        dispute=DISPUTE_TRANSITIONS.get((order.dispute, event.kind), order.dispute),
        payment_ref=order.payment_ref or (event.payment_ref if event.kind in PAYMENT_KINDS else ""),
        subscription_ref=order.subscription_ref or event.subscription_ref,
        updated_at=now,
    )
