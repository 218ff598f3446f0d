"""What a merchant is told of an order: the body and the id of one fulfilment message, the same at every try."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from lightning_cart.domain.order import LineItem
from lightning_cart.http import Json, json_bytes
from lightning_cart.storage.outbox import OutboxMessage
from lightning_cart.ulid import ALPHABET

MAX_BODY_BYTES = 20_000  # bytes of a body; Standard Webhooks: "Payload size", under 20 kB
EVENTS: Mapping[str, str] = {
    "order.pending": "the buyer has agreed, and the money is on its way",
    "order.paid": "the money is there: fulfil the order",
    "order.refunded": "some or all of it was given back",
    "order.refund_failed": "a refund did not arrive, and its money is back with the merchant",
    "order.disputed": "the buyer's bank asks for the money back",
    "order.failed": "the payment was refused",
    "order.expired": "the checkout ended without a payment",
    "order.cancelled": "the checkout was called off",
    "order.renewed": "a subscription was charged again",
    "order.renewal_failed": "a subscription could not be charged",
    "order.subscription_ended": "a subscription will not be charged any more",
}
# What is left out, in this order, until a body fits.
_DROP_ORDER = ("lines.metadata", "metadata", "lines.name", "lines")


def message_id(order_id: str, effect: str) -> str:
    """The id by which a receiver knows a message again: `msg_` and 26 characters, made of the effect alone."""
    value = int.from_bytes(hashlib.sha256(f"{order_id} {effect}".encode()).digest())
    return "msg_" + "".join(ALPHABET[value >> shift & 31] for shift in range(0, 130, 5))


def _line(line: LineItem, omitted: tuple[str, ...]) -> Json:
    fields = {
        "id": line.product_id,
        "name": line.name,
        "quantity": line.quantity,
        "unit_minor": line.unit_price.minor,
        "total_minor": line.total.minor,
        "interval": line.interval,
        "metadata": dict(line.metadata),
    }
    return {name: value for name, value in fields.items() if f"lines.{name}" not in omitted}


def _body(effect: OutboxMessage, omitted: tuple[str, ...], *, with_email: bool) -> bytes:
    order = effect.order
    event, _, subject = effect.event.partition(":")
    data = {
        "order_id": order.id,
        "site": order.site_id,
        "strategy": order.strategy,
        "provider": order.provider,
        "currency": order.total.currency,
        "exponent": order.total.exponent,
        "total_minor": order.total.minor,
        **effect.facts,
        "subject": subject or None,
        "lines": [_line(line, omitted) for line in order.lines],
        "metadata": dict(order.metadata),
        **({"customer_email": order.customer_email or None} if with_email else {}),
        "omitted": omitted,
    }
    moment = datetime.fromtimestamp(effect.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    told = {name: value for name, value in data.items() if name not in omitted}
    return json_bytes({"type": event, "timestamp": moment, "data": told})


def message_body(effect: OutboxMessage, *, with_email: bool) -> bytes:
    """The body of one message. It says how the order stood when the effect was made, not how it stands now.

    Args:
        effect: What is told.
        with_email: Whether the site asks for the buyer's address.

    Returns:
        JSON of at most 20,000 bytes: what had to be left out for that is named in `data.omitted`.
    """
    fuller = (_body(effect, _DROP_ORDER[:count], with_email=with_email) for count in range(len(_DROP_ORDER)))
    least = _body(effect, _DROP_ORDER, with_email=with_email)
    return next((body for body in fuller if len(body) <= MAX_BODY_BYTES), least)
