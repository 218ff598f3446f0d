"""What PayPal's orders and events mean for an order of ours. Sources: PayPal docs, Orders v2, and Webhook event names.

An order of PayPal's that is approved, or even `COMPLETED`, is not money: only the status of its capture is.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import EventKind, Order, PaymentEvent
from lightning_cart.errors import BadSignature
from lightning_cart.http import Json
from lightning_cart.providers.paypal.amounts import read_amount
from lightning_cart.providers.paypal.config import NAME
from lightning_cart.providers.untrusted_json import as_id, as_order_id, get, get_id, get_list, get_text, parse_timestamp

_UNIT = ("purchase_units", 0)
_COMPLETED = "CHECKOUT.ORDER.COMPLETED"
_CAPTURES: Mapping[str, EventKind] = {
    "COMPLETED": EventKind.PAID,
    "PARTIALLY_REFUNDED": EventKind.PAID,
    "REFUNDED": EventKind.PAID,
    "DECLINED": EventKind.FAILED,
    "FAILED": EventKind.FAILED,
}
_DISPUTE_OUTCOMES: Mapping[str, EventKind] = {
    "RESOLVED_SELLER_FAVOUR": EventKind.DISPUTE_WON,
    "RESOLVED_WITH_PAYOUT": EventKind.DISPUTE_WON,  # PayPal pays the buyer out of its own pocket
    "CANCELED_BY_BUYER": EventKind.DISPUTE_WON,
    "DENIED": EventKind.DISPUTE_WON,
    "RESOLVED_BUYER_FAVOUR": EventKind.DISPUTE_LOST,
    "ACCEPTED": EventKind.DISPUTE_LOST,
}


def custom_id(order: Order) -> str:
    """What travels with an order and its captures, refunds and disputes, and comes back with their events."""
    return f"{order.site_id}:{order.id}"


def _order_id(subject: object) -> str:
    dispute = get(subject, "disputed_transactions", 0)
    texts = (get_text(subject, "custom_id"), get_text(subject, *_UNIT, "custom_id"), get_text(dispute, "custom"))
    return next((found for text in texts if (found := as_order_id(text.rpartition(":")[2]))), "")


def _captures_kind(order: object) -> tuple[EventKind, object]:
    """What the captures of an order mean, and the one that says so; `IGNORED` where there is none."""
    kind, said_by = EventKind.IGNORED, None
    for capture in get_list(order, *_UNIT, "payments", "captures"):
        # Only a word that says success is success, and any newer word is pending.
        kind, said_by = _CAPTURES.get(get_text(capture, "status"), EventKind.PENDING), capture
        if kind is EventKind.PAID:
            break
    return kind, said_by


def _completed_kind(order: object) -> EventKind:
    # Completed is the order, not the payment. Where its captures are left out, the order is read.
    kind, said_by = _captures_kind(order)
    return kind if said_by is not None else EventKind.READ_CHECKOUT


def _dispute_kind(dispute: object) -> EventKind:
    return _DISPUTE_OUTCOMES.get(get_text(dispute, "dispute_outcome", "outcome_code"), EventKind.IGNORED)


EVENT_KINDS: Mapping[str, EventKind | Callable[[object], EventKind]] = {
    "CHECKOUT.ORDER.APPROVED": EventKind.READ_CHECKOUT,  # the money waits for us to take it
    _COMPLETED: _completed_kind,
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED": EventKind.CANCELLED,
    "PAYMENT.CAPTURE.COMPLETED": EventKind.PAID,
    "PAYMENT.CAPTURE.PENDING": EventKind.PENDING,
    "PAYMENT.CAPTURE.DENIED": EventKind.FAILED,  # both names are documented
    "PAYMENT.CAPTURE.DECLINED": EventKind.FAILED,
    "PAYMENT.CAPTURE.REFUNDED": EventKind.REFUNDED,
    "PAYMENT.CAPTURE.REVERSED": EventKind.REFUNDED,
    "PAYMENT.REFUND.FAILED": EventKind.REFUND_FAILED,
    "CUSTOMER.DISPUTE.CREATED": EventKind.DISPUTED,
    "CUSTOMER.DISPUTE.RESOLVED": _dispute_kind,
}


def _capture_id(event_type: str, subject: object) -> str:
    """The id of the capture that an event is about: of a refund it stands in a link only."""
    if event_type in {"PAYMENT.CAPTURE.REFUNDED", "PAYMENT.CAPTURE.REVERSED", "PAYMENT.REFUND.FAILED"}:
        up = next((get_text(link, "href") for link in get_list(subject, "links") if get(link, "rel") == "up"), "")
        return as_id(up.partition("/captures/")[2])
    if event_type == _COMPLETED:
        return get_id(_captures_kind(subject)[1], "id")
    if event_type.startswith("PAYMENT.CAPTURE."):
        return get_id(subject, "id")
    return get_id(subject, "disputed_transactions", 0, "seller_transaction_id")


def _amount(event_type: str, kind: EventKind, subject: object) -> Money | None:
    if kind is EventKind.PAID:
        return read_amount(get(_captures_kind(subject)[1] if event_type == _COMPLETED else subject, "amount"))
    if kind is EventKind.REFUNDED:
        # The sum of all refunds so far. The refund's own amount is not it: without the sum a person has to look.
        return read_amount(get(subject, "seller_payable_breakdown", "total_refunded_amount"))
    return None


def webhook_event(document: object) -> PaymentEvent:
    """Read an event.

    Raises:
        BadSignature: It has no id and type, so it is not an event.
    """
    event_id, event_type, subject = as_id(get(document, "id")), as_id(get(document, "event_type")), get(document, "resource")
    if not event_id or not event_type:
        raise BadSignature("it is not an event")
    rule = EVENT_KINDS.get(event_type, EventKind.IGNORED)
    kind = rule if isinstance(rule, EventKind) else rule(subject)
    return PaymentEvent(
        provider=NAME,
        id=event_id,
        type=event_type,
        kind=kind,
        order_id=_order_id(subject),
        amount=_amount(event_type, kind, subject),
        payment_ref=_capture_id(event_type, subject),
        created_at=parse_timestamp(get(document, "create_time")),
        object_id=get_id(subject, "id") if kind in {EventKind.REFUNDED, EventKind.REFUND_FAILED} else "",
    )


def list_captures(document: Json) -> list[object]:
    """The captures of an order that was read."""
    return get_list(document, *_UNIT, "payments", "captures")


def list_refunds(document: Json) -> list[object]:
    """The refunds of an order that was read."""
    return get_list(document, *_UNIT, "payments", "refunds")


def matches_order(document: Json, order: Order) -> bool:
    """Whether an order of PayPal's was made for this order, and for its total: a repeated id may have answered an older one."""
    unit = get(document, *_UNIT)
    return get(unit, "custom_id") == custom_id(order) and read_amount(get(unit, "amount")) == order.total


def order_event(document: Json, order: Order) -> PaymentEvent:
    """How an order of PayPal's stands that we read or captured, as an event of the order it was made for."""
    kind, capture = _captures_kind(document)
    if capture is None and document.get("status") == "VOIDED":
        kind = EventKind.CANCELLED
    elif capture is None and document.get("status") == "COMPLETED":
        kind = EventKind.PENDING  # until a capture says more
    capture_id = get_id(capture, "id")
    amount = read_amount(get(capture, "amount")) if kind is EventKind.PAID else None
    return replace(read_event(order, kind, capture_id), amount=amount, payment_ref=capture_id)


def read_event(order: Order, kind: EventKind, subject: str = "") -> PaymentEvent:
    """An event that is none of PayPal's webhooks, but what we found ourselves.

    Args:
        order: Whose it is.
        kind: What was found.
        subject: PayPal's id of what it was found in, or empty for its order.
    """
    session_id = order.session.id if order.session else ""
    event_id = f"read:{order.id}:{subject or session_id}:{kind}"
    return PaymentEvent(NAME, event_id, "order", kind, order.id, was_read=True)
