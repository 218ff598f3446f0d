"""Maps Square's payments, orders and disputes to our events. Source: Square docs, Checkout API and Webhooks.

The state of Square's order does not say whether it is paid: it is still `OPEN` then. Only the status of its payment does.
"""

from collections.abc import Mapping

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import EventKind, Order, PaymentEvent
from lightning_cart.providers.square.amounts import read_amount
from lightning_cart.providers.square.config import NAME
from lightning_cart.providers.untrusted_json import as_order_id, get, get_id, get_text

# FAILED and CANCELED are not here, because the page stays open and the buyer can use another card.
_PAYMENTS: Mapping[str, EventKind] = {"COMPLETED": EventKind.PAID, "PENDING": EventKind.PENDING}
_DISPUTES: Mapping[str, EventKind] = {
    "WON": EventKind.DISPUTE_WON,
    "INQUIRY_CLOSED": EventKind.DISPUTE_WON,
    "LOST": EventKind.DISPUTE_LOST,
    "ACCEPTED": EventKind.DISPUTE_LOST,
}


def parse_order_id(square_order: object) -> str:
    """Return the id of our order that Square's order is for, or an empty string, as for a sale at a till."""
    return as_order_id(get(square_order, "reference_id")) or as_order_id(get(square_order, "metadata", "order_id"))


def classify_payment(payment: object) -> tuple[EventKind, Money | None]:
    """Return the kind of a payment's event and its amount, which is the total refunded of a refunded payment."""
    kind = _PAYMENTS.get(get_text(payment, "status"), EventKind.IGNORED)
    if kind is not EventKind.PAID:
        return kind, None
    refunded = read_amount(get(payment, "refunded_money"))
    if refunded is not None and refunded.minor:
        return EventKind.REFUNDED, refunded
    return EventKind.PAID, read_amount(get(payment, "amount_money"))  # without a tip


def dispute_kind(dispute: object, *, created: bool) -> EventKind:
    """Return the kind of a dispute's event. A created dispute that has not ended is open."""
    return _DISPUTES.get(get_text(dispute, "state"), EventKind.DISPUTED if created else EventKind.IGNORED)


def payment_event(payment: object, order: Order) -> PaymentEvent:
    """Return the state of a payment that was read, as an event of its order.

    A refunded payment counts as paid here, because its webhooks report the refund.
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
    """Return the event of an order that has no payment with a known status."""
    session_id = order.session.id if order.session else ""
    return PaymentEvent(NAME, f"read:{order.id}:{session_id}:{kind}", "order", kind, order.id, was_read=True)
