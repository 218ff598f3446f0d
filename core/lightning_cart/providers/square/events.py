"""What Square's payments, orders and disputes mean for an order of ours. Source: Square docs, Checkout API and Webhooks.

Square's own order tells nothing of money: it is `OPEN` once it is paid, and `COMPLETED` perhaps never. Its payment does.
"""

from collections.abc import Mapping

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import EventKind, Order, PaymentEvent
from lightning_cart.providers.square.amounts import read_amount
from lightning_cart.providers.square.config import NAME
from lightning_cart.providers.untrusted_json import as_order_id, get, get_id, get_text

# FAILED and CANCELED are none of these: the page stays open, and the buyer tries another card there.
_PAYMENTS: Mapping[str, EventKind] = {"COMPLETED": EventKind.PAID, "PENDING": EventKind.PENDING}
_DISPUTES: Mapping[str, EventKind] = {
    "WON": EventKind.DISPUTE_WON,
    "INQUIRY_CLOSED": EventKind.DISPUTE_WON,
    "LOST": EventKind.DISPUTE_LOST,
    "ACCEPTED": EventKind.DISPUTE_LOST,
}


def parse_order_id(square_order: object) -> str:
    """Our order that an order of Square's was made for, or empty: a till's sale is made for none."""
    return as_order_id(get(square_order, "reference_id")) or as_order_id(get(square_order, "metadata", "order_id"))


def classify_payment(payment: object) -> tuple[EventKind, Money | None]:
    """What a payment says, and of which amount: for a refunded one the sum given back so far."""
    kind = _PAYMENTS.get(get_text(payment, "status"), EventKind.IGNORED)
    if kind is not EventKind.PAID:
        return kind, None
    refunded = read_amount(get(payment, "refunded_money"))
    if refunded is not None and refunded.minor:
        return EventKind.REFUNDED, refunded
    return EventKind.PAID, read_amount(get(payment, "amount_money"))  # without a tip


def dispute_kind(dispute: object, *, created: bool) -> EventKind:
    """What a dispute says: one that is new and not ended is open."""
    return _DISPUTES.get(get_text(dispute, "state"), EventKind.DISPUTED if created else EventKind.IGNORED)


def payment_event(payment: object, order: Order) -> PaymentEvent:
    """How a payment stands that we read, as an event of the order it was made for.

    That part of it was given back is for its webhooks to say: here it was paid, or not.
    """
    kind, _ = classify_payment(payment)
    kind = EventKind.PAID if kind is EventKind.REFUNDED else kind
    payment_id = get_id(payment, "id")
    return PaymentEvent(
        provider=NAME,
        id=f"read:{order.id}:{payment_id}:{kind}",
        type="payment",
        was_read=True,
        kind=kind,
        order_id=order.id,
        amount=read_amount(get(payment, "amount_money")) if kind is EventKind.PAID else None,
        payment_ref=payment_id,
    )


def unpaid_event(order: Order, kind: EventKind) -> PaymentEvent:
    """How an order stands that no payment tells anything of."""
    session_id = order.session.id if order.session else ""
    return PaymentEvent(NAME, f"read:{order.id}:{session_id}:{kind}", "order", kind, order.id, was_read=True)
