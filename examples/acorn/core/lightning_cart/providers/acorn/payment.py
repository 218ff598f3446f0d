"""Acorn's payments: the body that creates one, and the event that its status means for our order."""

from collections.abc import Mapping

from lightning_cart.domain.money import AmountFormat, Money
from lightning_cart.domain.order import EventKind, Order, PaymentEvent
from lightning_cart.http import Json
from lightning_cart.providers.acorn.config import NAME
from lightning_cart.providers.untrusted_json import get, get_id, parse_money

AMOUNTS = AmountFormat(multiples={"KWD": 10})
MAXIMUM = 99_999_999
CURRENCIES = frozenset({"USD", "EUR", "JPY", "KWD"})
EVENT_KINDS: Mapping[str, EventKind] = {
    "payment.pending": EventKind.PENDING,
    "payment.paid": EventKind.PAID,
    "payment.failed": EventKind.FAILED,
    "payment.closed": EventKind.EXPIRED,
    "payment.refunded": EventKind.REFUNDED,
}
_MAX_DESCRIPTION_LENGTH = 200  # characters


def payment_body(order: Order, success_url: str, cancel_url: str) -> Json:
    """Return the body that creates a payment. It depends on the stored order alone, so a repeat sends the same bytes."""
    return {
        "reference": order.id,
        "description": ", ".join(f"{line.quantity} {line.name}" for line in order.lines)[:_MAX_DESCRIPTION_LENGTH],
        "currency": order.total.currency,
        "amount": AMOUNTS.to_provider(order.total),
        "email": order.customer_email,
        "return_url": success_url,
        "cancel_url": cancel_url,
    }


def read_amount(payment: object, field: str) -> Money | None:
    """Return one of a payment's amounts, or None if it is absent or malformed."""
    return parse_money(AMOUNTS, get(payment, field), get(payment, "currency"))


def payment_event(event_type: str, payment: object, order_id: str, event_id: str = "") -> PaymentEvent:
    """Return the event that a payment means for an order.

    Args:
        event_type: The webhook's type, or `payment.` and the status of a payment that was read.
        payment: The payment as Acorn sent it.
        order_id: The order's id, or empty.
        event_id: The webhook's id. Without one, an id is derived, which is the same whenever the same status is read.
    """
    kind = EVENT_KINDS.get(event_type, EventKind.IGNORED)
    payment_id = get_id(payment, "id")
    amount_fields = {EventKind.PAID: "amount", EventKind.REFUNDED: "refunded"}
    return PaymentEvent(
        provider=NAME,
        id=event_id or f"read:{payment_id}:{kind}",
        type=event_type,
        kind=kind,
        order_id=order_id,
        amount=read_amount(payment, amount_fields[kind]) if kind in amount_fields else None,
        payment_ref=payment_id,
    )
