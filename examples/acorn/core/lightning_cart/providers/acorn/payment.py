"""Acorn's payments and disputes: the body that creates a payment, and the events that they mean for our order."""

from collections.abc import Mapping

from lightning_cart.domain.money import AmountFormat, Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.http import Json
from lightning_cart.providers.acorn.config import NAME
from lightning_cart.providers.strategy import CheckoutReading
from lightning_cart.providers.untrusted_json import get, get_id, get_text, parse_money

AMOUNTS = AmountFormat(multiples={"KWD": 10})
MAXIMUM = 99_999_999
CURRENCIES = frozenset({"USD", "EUR", "JPY", "KWD"})
EVENT_KINDS: Mapping[str, EventKind] = {
    "payment.pending": EventKind.PENDING,
    "payment.paid": EventKind.PAID,
    "payment.failed": EventKind.FAILED,
    "payment.closed": EventKind.EXPIRED,
    "payment.refunded": EventKind.REFUNDED,
    "dispute.opened": EventKind.DISPUTED,
    "dispute.won": EventKind.DISPUTE_WON,
    "dispute.lost": EventKind.DISPUTE_LOST,
}
AMOUNT_FIELDS = {EventKind.PENDING: "amount", EventKind.PAID: "amount", EventKind.REFUNDED: "refunded"}
_MAX_DESCRIPTION_LENGTH = 200  # characters


def payment_body(order: Order, success_url: str, cancel_url: str) -> Json:
    """Return the body that creates a payment. It depends on the stored order alone, so a repeat sends the same bytes."""
    return {
        "reference": order.id,
        "description": ", ".join(f"{line.quantity} {line.title}" for line in order.lines)[:_MAX_DESCRIPTION_LENGTH],
        "currency": order.total.currency,
        "amount": AMOUNTS.to_provider(order.total),
        "email": order.customer_email,
        "return_url": success_url,
        "cancel_url": cancel_url,
    }


def read_amount(payment: object, field: str) -> Money | None:
    """Return one of a payment's amounts, or None if it is absent or malformed."""
    return parse_money(AMOUNTS, get(payment, field), get(payment, "currency"))


def read_kind(event_type: str) -> EventKind:
    """Return the kind of an event. A type that is not in the table is ignored."""
    return EVENT_KINDS.get(event_type, EventKind.IGNORED)


def payment_event(event_type: str, payment: object, event_id: str, created_at: int | None = None) -> PaymentEvent:
    """Return the event that a payment means for the order whose checkout it is.

    The payment's `reference` is not read: anybody can set it in the URL of a pay button of the same account.

    Args:
        event_type: The webhook's type, or `payment.` and the status of a payment that was read.
        payment: The payment as Acorn sent it.
        event_id: The event's id.
        created_at: When Acorn created the event, in Unix seconds, or None.
    """
    kind, payment_id = read_kind(event_type), get_id(payment, "id")
    return PaymentEvent(
        provider=NAME,
        id=event_id,
        type=event_type,
        kind=kind if payment_id else EventKind.IGNORED,
        checkout_ref=payment_id if kind is not EventKind.REFUNDED else "",  # a refund names its payment alone
        amount=read_amount(payment, AMOUNT_FIELDS[kind]) if kind in AMOUNT_FIELDS else None,
        payment_ref=payment_id,
        created_at=created_at,
    )


def dispute_event(event_type: str, dispute: object, event_id: str, created_at: int | None) -> PaymentEvent:
    """Return the event of a dispute. Each dispute has its own id, so a second one of the same payment is told as well."""
    kind, dispute_id = read_kind(event_type), get_id(dispute, "id")
    return PaymentEvent(
        provider=NAME,
        id=event_id,
        type=event_type,
        kind=kind if dispute_id else EventKind.IGNORED,
        amount=read_amount(dispute, "amount"),
        payment_ref=get_id(dispute, "payment"),
        object_id=dispute_id,
        created_at=created_at,
    )


def read_payment(payment: object, order: Order) -> CheckoutReading:
    """Return what a payment that was read means for its order. A paid one has the refunded total as well."""
    status = get_text(payment, "status")
    event = payment_event(f"payment.{status}", payment, f"read:{order.id}:{status}")
    if event.kind is EventKind.IGNORED:
        return CheckoutReading()
    refunded = read_amount(payment, "refunded") if event.kind is EventKind.PAID else None
    return CheckoutReading((event._replace(order_id=order.id, refunded=refunded, was_read=True),))
