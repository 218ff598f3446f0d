"""Maps Square's payments, orders and disputes to our events. Source: Square docs, Checkout API and Webhooks.

The state of Square's order does not say whether it is paid: it is still `OPEN` then. Only the status of its payment does.
"""

from collections.abc import Mapping

from lightning_cart.domain.buyer import NO_CONTACT
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.providers.square.amounts import read_amount
from lightning_cart.providers.square.config import NAME
from lightning_cart.providers.square.contact import read_payment_contact, read_payment_place
from lightning_cart.providers.untrusted_json import get, get_id, get_text

# FAILED and CANCELED are not here, because the page stays open and the buyer can use another card.
_PAYMENTS: Mapping[str, EventKind] = {"COMPLETED": EventKind.PAID, "PENDING": EventKind.PENDING}
_DISPUTES: Mapping[str, EventKind] = {
    "WON": EventKind.DISPUTE_WON,
    "INQUIRY_CLOSED": EventKind.DISPUTE_WON,
    "LOST": EventKind.DISPUTE_LOST,
    "ACCEPTED": EventKind.DISPUTE_LOST,
}


# A dispute has ended only with one of the states above.
_OPEN_DISPUTES = frozenset({"INQUIRY_EVIDENCE_REQUIRED", "INQUIRY_PROCESSING", "EVIDENCE_REQUIRED", "PROCESSING"})


def payment_kind(payment: object) -> EventKind:
    """Return the kind of a payment's event."""
    return _PAYMENTS.get(get_text(payment, "status"), EventKind.IGNORED)


def with_payment(event: PaymentEvent, payment: object) -> PaymentEvent:
    """Return an event with the kind, the amounts, the id, the place and the buyer of a payment.

    `amount_money` is without the tip. Several payments can pay one order, as a gift card and a card do. Source: Square API
    reference, Payment.
    """
    kind, tip = payment_kind(payment), read_amount(get(payment, "tip_money"))
    return event._replace(
        kind=kind,
        amount=read_amount(get(payment, "amount_money")) if kind is not EventKind.IGNORED else None,
        tip_minor=tip.minor if tip else 0,
        payment_ref=get_id(payment, "id"),
        is_part=True,
        place=read_payment_place(payment),
        contact=read_payment_contact(payment) if kind is not EventKind.IGNORED else NO_CONTACT,
    )


def dispute_kind(dispute: object) -> EventKind:
    """Return the kind of a dispute's event."""
    state = get_text(dispute, "state")
    return EventKind.DISPUTED if state in _OPEN_DISPUTES else _DISPUTES.get(state, EventKind.IGNORED)


def refunded_total(payment: object) -> Money | None:
    """Return the total refunded of a payment, which may include the tip, or None if Square does not say."""
    if get(payment, "refunded_money") is not None:
        return read_amount(get(payment, "refunded_money"))
    amount = read_amount(get(payment, "amount_money"))
    return Money(0, amount.currency) if amount else None


def payment_event(payment: object, order: Order) -> PaymentEvent:
    """Return the state of a payment that was read, as an event of its order."""
    event = with_payment(unpaid_event(order, EventKind.IGNORED), payment)
    event_id = f"read:{order.id}:{event.payment_ref}:{event.kind}"
    refunded = refunded_total(payment) if event.kind is EventKind.PAID else None
    return event._replace(id=event_id, type="payment", refunded=refunded)


def unpaid_event(order: Order, kind: EventKind) -> PaymentEvent:
    """Return the event of an order that has no payment with a known status."""
    session_id, checkout_ref = (order.session.id, order.session.ref) if order.session else ("", "")
    event_id = f"read:{order.id}:{session_id}:{kind}"
    return PaymentEvent(NAME, event_id, "order", kind, order.id, checkout_ref=checkout_ref, was_read=True)
