"""What PayPal's orders and events mean for an order of ours. Sources: PayPal docs, Orders v2, and Webhook event names.

An order of PayPal's that is approved, or even `COMPLETED`, is not money: only the status of its capture is.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import EventKind, Order, WebhookEvent
from lightning_cart.errors import BadSignature
from lightning_cart.http import Json
from lightning_cart.providers.paypal.amounts import read_amount
from lightning_cart.providers.paypal.config import NAME
from lightning_cart.providers.untrusted_json import at, id_at, id_in, items_at, moment_in, order_id_in, text_at

_UNIT = ("purchase_units", 0)
_COMPLETED = "CHECKOUT.ORDER.COMPLETED"
_CAPTURES: Mapping[str, EventKind] = {
    "COMPLETED": EventKind.PAID,
    "PARTIALLY_REFUNDED": EventKind.PAID,
    "REFUNDED": EventKind.PAID,
    "DECLINED": EventKind.FAILED,
    "FAILED": EventKind.FAILED,
}
_OUTCOMES: Mapping[str, EventKind] = {
    "RESOLVED_SELLER_FAVOUR": EventKind.DISPUTE_WON,
    "RESOLVED_WITH_PAYOUT": EventKind.DISPUTE_WON,  # PayPal pays the buyer out of its own pocket
    "CANCELED_BY_BUYER": EventKind.DISPUTE_WON,
    "DENIED": EventKind.DISPUTE_WON,
    "RESOLVED_BUYER_FAVOUR": EventKind.DISPUTE_LOST,
    "ACCEPTED": EventKind.DISPUTE_LOST,
}


def custom_id(order: Order) -> str:
    """What travels with an order and its captures, refunds and disputes, and comes back with their events."""
    return f"{order.site}:{order.id}"


def _order_id(subject: object) -> str:
    dispute = at(subject, "disputed_transactions", 0)
    texts = (text_at(subject, "custom_id"), text_at(subject, *_UNIT, "custom_id"), text_at(dispute, "custom"))
    return next((found for text in texts if (found := order_id_in(text.rpartition(":")[2]))), "")


def _of_captures(order: object) -> tuple[EventKind, object]:
    """What the captures of an order mean, and the one that says so; `IGNORED` where there is none."""
    kind, said_by = EventKind.IGNORED, None
    for capture in items_at(order, *_UNIT, "payments", "captures"):
        # Only a word that says success is success, and any newer word is pending.
        kind, said_by = _CAPTURES.get(text_at(capture, "status"), EventKind.PENDING), capture
        if kind is EventKind.PAID:
            break
    return kind, said_by


def _of_completed(order: object) -> EventKind:
    # Completed is the order, not the payment. Where its captures are left out, the order is read.
    kind, said_by = _of_captures(order)
    return kind if said_by is not None else EventKind.CHANGED


def _of_dispute(dispute: object) -> EventKind:
    return _OUTCOMES.get(text_at(dispute, "dispute_outcome", "outcome_code"), EventKind.IGNORED)


_KINDS: Mapping[str, EventKind | Callable[[object], EventKind]] = {
    "CHECKOUT.ORDER.APPROVED": EventKind.CHANGED,  # the money waits for us to take it
    _COMPLETED: _of_completed,
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED": EventKind.CANCELLED,
    "PAYMENT.CAPTURE.COMPLETED": EventKind.PAID,
    "PAYMENT.CAPTURE.PENDING": EventKind.PENDING,
    "PAYMENT.CAPTURE.DENIED": EventKind.FAILED,  # both names are documented
    "PAYMENT.CAPTURE.DECLINED": EventKind.FAILED,
    "PAYMENT.CAPTURE.REFUNDED": EventKind.REFUNDED,
    "PAYMENT.CAPTURE.REVERSED": EventKind.REFUNDED,
    "PAYMENT.REFUND.FAILED": EventKind.REFUND_FAILED,
    "CUSTOMER.DISPUTE.CREATED": EventKind.DISPUTED,
    "CUSTOMER.DISPUTE.RESOLVED": _of_dispute,
}


def _capture_id(event_type: str, subject: object) -> str:
    """The id of the capture that an event is about: of a refund it stands in a link only."""
    if event_type in {"PAYMENT.CAPTURE.REFUNDED", "PAYMENT.CAPTURE.REVERSED", "PAYMENT.REFUND.FAILED"}:
        up = next((text_at(link, "href") for link in items_at(subject, "links") if at(link, "rel") == "up"), "")
        return id_in(up.partition("/captures/")[2])
    if event_type == _COMPLETED:
        return id_at(_of_captures(subject)[1], "id")
    if event_type.startswith("PAYMENT.CAPTURE."):
        return id_at(subject, "id")
    return id_at(subject, "disputed_transactions", 0, "seller_transaction_id")


def _amount(event_type: str, kind: EventKind, subject: object) -> Money | None:
    if kind is EventKind.PAID:
        return read_amount(at(_of_captures(subject)[1] if event_type == _COMPLETED else subject, "amount"))
    if kind is EventKind.REFUNDED:
        # The sum of all refunds so far. The refund's own amount is not it: without the sum a person has to look.
        return read_amount(at(subject, "seller_payable_breakdown", "total_refunded_amount"))
    return None


def event_of(document: object) -> WebhookEvent:
    """Read an event.

    Raises:
        BadSignature: it has no id and type, so it is not an event.
    """
    event_id, event_type, subject = id_in(at(document, "id")), id_in(at(document, "event_type")), at(document, "resource")
    if not event_id or not event_type:
        raise BadSignature("it is not an event")
    rule = _KINDS.get(event_type, EventKind.IGNORED)
    kind = rule if isinstance(rule, EventKind) else rule(subject)
    return WebhookEvent(
        provider=NAME,
        id=event_id,
        type=event_type,
        kind=kind,
        order_id=_order_id(subject),
        amount=_amount(event_type, kind, subject),
        payment_ref=_capture_id(event_type, subject),
        created=moment_in(at(document, "create_time")),
        subject=id_at(subject, "id") if kind in {EventKind.REFUNDED, EventKind.REFUND_FAILED} else "",
    )


def captures_of(document: Json) -> list[object]:
    """The captures of an order that was read."""
    return items_at(document, *_UNIT, "payments", "captures")


def refunds_of(document: Json) -> list[object]:
    """The refunds of an order that was read."""
    return items_at(document, *_UNIT, "payments", "refunds")


def is_order(document: Json, order: Order) -> bool:
    """Whether an order of PayPal's was made for this order, and for its total: a repeated id may have answered an older one."""
    unit = at(document, *_UNIT)
    return at(unit, "custom_id") == custom_id(order) and read_amount(at(unit, "amount")) == order.total


def event_of_order(document: Json, order: Order) -> WebhookEvent:
    """How an order of PayPal's stands that we read or captured, as an event of the order it was made for."""
    kind, capture = _of_captures(document)
    if capture is None and document.get("status") == "VOIDED":
        kind = EventKind.CANCELLED
    elif capture is None and document.get("status") == "COMPLETED":
        kind = EventKind.PENDING  # until a capture says more
    capture_id = id_at(capture, "id")
    amount = read_amount(at(capture, "amount")) if kind is EventKind.PAID else None
    return replace(event_read(order, kind, capture_id), amount=amount, payment_ref=capture_id)


def event_read(order: Order, kind: EventKind, subject: str = "") -> WebhookEvent:
    """An event that is none of PayPal's webhooks, but what we found ourselves.

    Args:
        order: whose it is.
        kind: what was found.
        subject: PayPal's id of what it was found in, or empty for its order.
    """
    session_id = order.session.id if order.session else ""
    event_id = f"read:{order.id}:{subject or session_id}:{kind}"
    return WebhookEvent(NAME, event_id, "order", kind, order.id, observed=True)
