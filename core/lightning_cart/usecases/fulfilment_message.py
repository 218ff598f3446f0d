"""The body and id of a fulfilment message.

Every attempt says the same of the order: its status and amounts are those of the time of the event, and a number does not
change once it is given. Only what is known of the buyer, and the cart's metadata, are as known at the attempt, so that nothing
is sent of a buyer who was forgotten meanwhile. `docs/fulfilment.schema.json` describes the body.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from lightning_cart.domain.dates import iso_date
from lightning_cart.domain.document import DocumentNumber, Series
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.order import PAID_STATUSES, Order
from lightning_cart.domain.receipt import SharedDocument
from lightning_cart.http import Json, json_bytes
from lightning_cart.storage.outbox import OutboxMessage
from lightning_cart.ulid import ALPHABET
from lightning_cart.usecases.buyer_fields import buyer_fields
from lightning_cart.usecases.price_fields import choice_fields, price_fields, tax_fields

VERSION = 2  # messages of version 1 do not say their version: they have no receipts, and of the buyer only what the cart said
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
_DROP_ORDER = (
    *("lines.metadata", "metadata", "lines.name", "lines.options", "lines.inputs"),
    *("credit_note.taxes", "renewal.taxes", "lines", "taxes", "billing"),
)


class PageLinks(NamedTuple):
    """The URLs of the buyer's pages at the engine, each empty if the order has none."""

    page: str = ""
    receipt: str = ""


def message_id(order_id: str, event: str) -> str:
    """Return a message's id, by which receivers detect repeats: `msg_` and 26 characters derived from the order and event."""
    value = int.from_bytes(hashlib.sha256(f"{order_id} {event}".encode()).digest())
    return "msg_" + "".join(ALPHABET[value >> shift & 31] for shift in range(0, 130, 5))


def split_event(name: str) -> tuple[str, str, str]:
    """Return a message's event, what it is about, and the outcome of a dispute: the last two are empty if it has none."""
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
        "tax_rate": line.tax_rate or None,
        "metadata": dict(line.metadata),
        **({"inputs": dict(texts)} if texts is not None else {}),
    }
    return {name: value for name, value in fields.items() if f"lines.{name}" not in omitted}


def _number_fields(number: DocumentNumber, series: Series) -> Json:
    return {"number": number.text(series), "date": iso_date(number.at)}


def _document_fields(shared: SharedDocument | None, series: Series, omitted: tuple[str, ...]) -> Json | None:
    """Return a numbered document of a series, or None if the message is about none."""
    if shared is None or shared.document.series is not series or shared.document.number is None:
        return None
    fields = {
        **_number_fields(shared.document.number, series),
        "amount_minor": shared.document.amount_minor,
        **({"tip_minor": shared.document.tip_minor} if series is Series.CREDIT_NOTE else {}),
        "taxes": [tax_fields(share) for share in shared.shares],
    }
    return {name: value for name, value in fields.items() if f"{series}.{name}" not in omitted}


def _contact_fields(order: Order, links: PageLinks) -> Json:
    return {**buyer_fields(order), "page_url": links.page or None, "receipt_url": links.receipt or None}


def _body(
    message: OutboxMessage, document: SharedDocument | None, contact: PageLinks | None, omitted: tuple[str, ...]
) -> bytes:
    order = message.order
    texts = order.inputs if contact is not None else (None,) * len(order.lines)
    event, subject, outcome = split_event(message.event)
    # A number that was given after the event, because the order was paid after it, is no part of what happened.
    number = order.number if message.snapshot["status"] in PAID_STATUSES else None
    data = {
        "version": VERSION,
        "order_id": order.id,
        "site": order.site_id,
        "strategy": order.strategy,
        "provider": order.provider,
        "free": order.is_free,
        "currency": order.total.currency,
        "exponent": order.total.exponent,
        "total_minor": order.total.minor,
        **price_fields(order),
        **message.snapshot,
        "subject": subject or None,
        "outcome": outcome or None,
        "receipt": _number_fields(number, Series.RECEIPT) if number is not None else None,
        "credit_note": _document_fields(document, Series.CREDIT_NOTE, omitted),
        "renewal": _document_fields(document, Series.RENEWAL, omitted),
        "lines": [_line(line, written, omitted) for line, written in zip(order.lines, texts, strict=True)],
        "metadata": dict(order.metadata),
        **(_contact_fields(order, contact) if contact is not None else {}),
        "omitted": omitted,
    }
    created_at = datetime.fromtimestamp(message.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    included = {name: value for name, value in data.items() if name not in omitted}
    return json_bytes({"type": event, "timestamp": created_at, "data": included})


def message_body(message: OutboxMessage, document: SharedDocument | None = None, contact: PageLinks | None = None) -> bytes:
    """Return a message's body, with the order's status and amounts when the message was created.

    Args:
        message: The claimed message. Its order has the number of its receipt if it was paid.
        document: The credit note or the renewal that the message is about, or None.
        contact: The links of the buyer's pages, if the message says who the buyer is; else None.

    Returns:
        JSON of at most 20,000 bytes; `data.omitted` names what was left out to stay below that.
    """
    for count in range(len(_DROP_ORDER)):
        body = _body(message, document, contact, _DROP_ORDER[:count])
        if len(body) <= MAX_BODY_BYTES:
            return body
    return _body(message, document, contact, _DROP_ORDER)
