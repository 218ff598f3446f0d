"""Maps PayPal's orders and events to ours. Sources: PayPal docs, Orders v2, and Webhook event names.

An approved or even `COMPLETED` order of PayPal's is not paid. Only the status of its capture says so.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import EventKind, Order, PaymentEvent
from lightning_cart.http import Json
from lightning_cart.providers.paypal.amounts import read_amount
from lightning_cart.providers.paypal.config import NAME
from lightning_cart.providers.untrusted_json import as_id, as_order_id, get, get_id, get_list, get_text, parse_timestamp
from lightning_cart.providers.webhook_json import read_id_and_type

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
    "RESOLVED_WITH_PAYOUT": EventKind.DISPUTE_WON,  # PayPal pays the buyer with its own money
    "CANCELED_BY_BUYER": EventKind.DISPUTE_WON,
    "DENIED": EventKind.DISPUTE_WON,
    "RESOLVED_BUYER_FAVOUR": EventKind.DISPUTE_LOST,
    "ACCEPTED": EventKind.DISPUTE_LOST,
}


def custom_id(order: Order) -> str:
    """Return the id that PayPal copies to an order's captures, refunds, disputes and events."""
    return f"{order.site_id}:{order.id}"


def _order_id(subject: object) -> str:
    dispute = get(subject, "disputed_transactions", 0)
    texts = (get_text(subject, "custom_id"), get_text(subject, *_UNIT, "custom_id"), get_text(dispute, "custom"))
    return next((order_id for text in texts if (order_id := as_order_id(text.rpartition(":")[2]))), "")


def _captures_kind(order: object) -> tuple[EventKind, object]:
    """Return the kind of an order's captures, and the capture that decides it; `IGNORED` and None if there is none."""
    kind, deciding = EventKind.IGNORED, None
    for capture in get_list(order, *_UNIT, "payments", "captures"):
        # Unknown statuses count as pending.
        kind, deciding = _CAPTURES.get(get_text(capture, "status"), EventKind.PENDING), capture
        if kind is EventKind.PAID:
            break
    return kind, deciding


def _completed_kind(order: object) -> EventKind:
    # The order is completed, not the payment. If the event has no captures, the order is read.
    kind, capture = _captures_kind(order)
    return kind if capture is not None else EventKind.READ_CHECKOUT


def _dispute_kind(dispute: object) -> EventKind:
    return _DISPUTE_OUTCOMES.get(get_text(dispute, "dispute_outcome", "outcome_code"), EventKind.IGNORED)


EVENT_KINDS: Mapping[str, EventKind | Callable[[object], EventKind]] = {
    "CHECKOUT.ORDER.APPROVED": EventKind.READ_CHECKOUT,  # it waits for our capture
    _COMPLETED: _completed_kind,
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED": EventKind.CANCELLED,
    "PAYMENT.CAPTURE.COMPLETED": EventKind.PAID,
    "PAYMENT.CAPTURE.PENDING": EventKind.PENDING,
    "PAYMENT.CAPTURE.DENIED": EventKind.FAILED,  # PayPal documents both names
    "PAYMENT.CAPTURE.DECLINED": EventKind.FAILED,
    "PAYMENT.CAPTURE.REFUNDED": EventKind.REFUNDED,
    "PAYMENT.CAPTURE.REVERSED": EventKind.REFUNDED,
    "PAYMENT.REFUND.FAILED": EventKind.REFUND_FAILED,
    "CUSTOMER.DISPUTE.CREATED": EventKind.DISPUTED,
    "CUSTOMER.DISPUTE.RESOLVED": _dispute_kind,
}


def _capture_id(event_type: str, subject: object) -> str:
    """Return the id of an event's capture. A refund has it in a link only."""
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
        # The total refunded so far. Without it the order needs review, because the refund's own amount is not the total.
        return read_amount(get(subject, "seller_payable_breakdown", "total_refunded_amount"))
    return None


def webhook_event(document: object) -> PaymentEvent:
    """Return the event of a webhook's document.

    Raises:
        BadSignature: It has no id and type.
    """
    event_id, event_type = read_id_and_type(document, type_field="event_type")
    subject = get(document, "resource")
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
    """Return the captures of PayPal's order."""
    return get_list(document, *_UNIT, "payments", "captures")


def list_refunds(document: Json) -> list[object]:
    """Return the refunds of PayPal's order."""
    return get_list(document, *_UNIT, "payments", "refunds")


def matches_order(document: Json, order: Order) -> bool:
    """Return whether PayPal's order is for this order and its total. A repeated request id may return an older one."""
    unit = get(document, *_UNIT)
    return get(unit, "custom_id") == custom_id(order) and read_amount(get(unit, "amount")) == order.total


def order_event(document: Json, order: Order) -> PaymentEvent:
    """Return the state of PayPal's order, read or captured, as an event of its order."""
    kind, capture = _captures_kind(document)
    if capture is None and document.get("status") == "VOIDED":
        kind = EventKind.CANCELLED
    elif capture is None and document.get("status") == "COMPLETED":
        kind = EventKind.PENDING  # until there is a capture
    capture_id = get_id(capture, "id")
    amount = read_amount(get(capture, "amount")) if kind is EventKind.PAID else None
    return replace(read_event(order, kind, capture_id), amount=amount, payment_ref=capture_id)


def read_event(order: Order, kind: EventKind, subject_id: str = "") -> PaymentEvent:
    """Return an event that was read, not sent by a webhook.

    Args:
        order: The order.
        kind: The event's kind.
        subject_id: PayPal's id of the capture, or empty for the id of its order.
    """
    session_id = order.session.id if order.session else ""
    event_id = f"read:{order.id}:{subject_id or session_id}:{kind}"
    return PaymentEvent(NAME, event_id, "order", kind, order.id, was_read=True)
