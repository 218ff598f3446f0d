"""What Square's payments, orders and disputes mean for an order of ours. Source: Square docs, Checkout API and Webhooks.

Square's own order tells nothing of money: it is `OPEN` once it is paid, and `COMPLETED` perhaps never. Its payment does.
"""

from collections.abc import Mapping

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import EventKind, Order, WebhookEvent
from lightning_cart.providers.square.amounts import read_amount
from lightning_cart.providers.square.config import NAME
from lightning_cart.providers.untrusted_json import at, id_at, order_id_in, text_at

# FAILED and CANCELED are none of these: the page stays open, and the buyer tries another card there.
_PAYMENTS: Mapping[str, EventKind] = {"COMPLETED": EventKind.PAID, "PENDING": EventKind.PENDING}
_DISPUTES: Mapping[str, EventKind] = {
    "WON": EventKind.DISPUTE_WON,
    "INQUIRY_CLOSED": EventKind.DISPUTE_WON,
    "LOST": EventKind.DISPUTE_LOST,
    "ACCEPTED": EventKind.DISPUTE_LOST,
}


def order_id_of(square_order: object) -> str:
    """Our order that an order of Square's was made for, or empty: a till's sale is made for none."""
    return order_id_in(at(square_order, "reference_id")) or order_id_in(at(square_order, "metadata", "order_id"))


def payment_meaning(payment: object) -> tuple[EventKind, Money | None]:
    """What a payment says, and of which amount: for a refunded one the sum given back so far."""
    kind = _PAYMENTS.get(text_at(payment, "status"), EventKind.IGNORED)
    if kind is not EventKind.PAID:
        return kind, None
    refunded = read_amount(at(payment, "refunded_money"))
    if refunded is not None and refunded.minor:
        return EventKind.REFUNDED, refunded
    return EventKind.PAID, read_amount(at(payment, "amount_money"))  # without a tip


def dispute_kind(dispute: object, *, created: bool) -> EventKind:
    """What a dispute says: one that is new and not ended is open."""
    return _DISPUTES.get(text_at(dispute, "state"), EventKind.DISPUTED if created else EventKind.IGNORED)


def event_of_payment(payment: object, order: Order) -> WebhookEvent:
    """How a payment stands that we read, as an event of the order it was made for.

    That part of it was given back is for its webhooks to say: here it was paid, or not.
    """
    kind, _ = payment_meaning(payment)
    kind = EventKind.PAID if kind is EventKind.REFUNDED else kind
    payment_id = id_at(payment, "id")
    return WebhookEvent(
        provider=NAME,
        id=f"read:{order.id}:{payment_id}:{kind}",
        type="payment",
        observed=True,
        kind=kind,
        order_id=order.id,
        amount=read_amount(at(payment, "amount_money")) if kind is EventKind.PAID else None,
        payment_ref=payment_id,
    )


def event_of_nothing(order: Order, kind: EventKind) -> WebhookEvent:
    """How an order stands that no payment tells anything of."""
    session_id = order.session.id if order.session else ""
    return WebhookEvent(NAME, f"read:{order.id}:{session_id}:{kind}", "order", kind, order.id, observed=True)
