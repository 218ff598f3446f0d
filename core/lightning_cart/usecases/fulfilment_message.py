"""The body and id of a fulfilment message, the same at every attempt."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.order import Order
from lightning_cart.http import Json, json_bytes
from lightning_cart.storage.outbox import OutboxMessage
from lightning_cart.ulid import ALPHABET
from lightning_cart.usecases.price_fields import choice_fields, price_fields

MAX_BODY_BYTES = 20_000  # Standard Webhooks, "Payload size": under 20 kB
EVENTS: Mapping[str, str] = {
    "order.pending": "the buyer has agreed, and the payment is pending",
    "order.paid": "the order is paid: fulfil it",
    "order.refunded": "some or all of the payment was refunded",
    "order.refund_failed": "a refund failed, and its amount is back with the merchant",
    "order.disputed": "the buyer disputes a payment, or a closed dispute was opened again",
    "order.dispute_closed": "a dispute was won or lost; `outcome` says which",
    "order.failed": "the payment was refused",
    "order.expired": "the checkout ended without a payment",
    "order.cancelled": "the checkout was cancelled",
    "order.renewed": "a subscription was charged again",
    "order.renewal_failed": "a subscription could not be charged",
    "order.subscription_ended": "a subscription has ended and will not be charged again",
    "order.needs_review": "something does not fit the order, and an operator has to decide; `review_reason` says why",
}
_DISPUTE_EVENTS = ("order.disputed", "order.dispute_closed")
_OUTCOMES = ("won", "lost")
# Left out in this order until the body is small enough.
_DROP_ORDER = ("lines.metadata", "metadata", "lines.name", "lines.options", "lines.inputs", "lines", "taxes")


def message_id(order_id: str, event: str) -> str:
    """Return a message's id, by which receivers detect repeats: `msg_` and 26 characters derived from the order and event."""
    value = int.from_bytes(hashlib.sha256(f"{order_id} {event}".encode()).digest())
    return "msg_" + "".join(ALPHABET[value >> shift & 31] for shift in range(0, 130, 5))


def _split_event(name: str) -> tuple[str, str, str]:
    """Return a message's event, what it is about, and the outcome of a dispute."""
    event, _, subject = name.partition(":")
    if event not in _DISPUTE_EVENTS:
        return event, subject, ""
    # The id, then the outcome, then how often the dispute has changed. The last two may be absent.
    dispute_id, *rest = subject.split(":")
    return event, dispute_id, next((part for part in rest if part in _OUTCOMES), "")


def _line(line: LineItem, texts: Mapping[str, str] | None, omitted: tuple[str, ...]) -> Json:
    fields = {
        "id": line.product_id,
        "name": line.name,
        **choice_fields(line),
        "quantity": line.quantity,
        "unit_minor": line.unit_price.minor,
        "total_minor": line.total.minor,
        "discount_minor": line.discount_minor,
        "ships": line.ships,
        "interval": line.interval,
        "metadata": dict(line.metadata),
        **({"inputs": dict(texts)} if texts is not None else {}),
    }
    return {name: value for name, value in fields.items() if f"lines.{name}" not in omitted}


def _buyer_fields(order: Order) -> Json:
    address = order.buyer.address
    return {
        "customer_email": order.customer_email or None,
        "address": address._asdict() if address is not None else None,
        "note": order.buyer.note or None,
    }


def _body(message: OutboxMessage, omitted: tuple[str, ...], *, with_buyer: bool) -> bytes:
    order = message.order
    texts = order.inputs if with_buyer else (None,) * len(order.lines)
    event, subject, outcome = _split_event(message.event)
    data = {
        "order_id": order.id,
        "site": order.site_id,
        "strategy": order.strategy,
        "provider": order.provider,
        "currency": order.total.currency,
        "exponent": order.total.exponent,
        "total_minor": order.total.minor,
        **price_fields(order),
        **message.snapshot,
        "subject": subject or None,
        "outcome": outcome or None,
        "lines": [_line(line, written, omitted) for line, written in zip(order.lines, texts, strict=True)],
        "metadata": dict(order.metadata),
        **(_buyer_fields(order) if with_buyer else {}),
        "omitted": omitted,
    }
    created_at = datetime.fromtimestamp(message.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    included = {name: value for name, value in data.items() if name not in omitted}
    return json_bytes({"type": event, "timestamp": created_at, "data": included})


def message_body(message: OutboxMessage, *, with_buyer: bool) -> bytes:
    """Return a message's body, with the order's status and amounts when the message was created.

    Args:
        message: The claimed message.
        with_buyer: Whether to include what is known of the buyer: e-mail address, delivery address, inputs and note.

    Returns:
        JSON of at most 20,000 bytes; `data.omitted` names what was left out to stay below that.
    """
    for count in range(len(_DROP_ORDER)):
        body = _body(message, _DROP_ORDER[:count], with_buyer=with_buyer)
        if len(body) <= MAX_BODY_BYTES:
            return body
    return _body(message, _DROP_ORDER, with_buyer=with_buyer)
