"""Maps PayPal's orders and events to ours. Sources: PayPal docs, Orders v2, and Webhook event names.

An approved or even `COMPLETED` order of PayPal's is not paid. Only the status of its capture says so.
"""

from collections.abc import Callable, Mapping

from lightning_cart.domain.buyer import NO_CONTACT
from lightning_cart.domain.dispute import DISPUTE_KINDS
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.domain.refund import RefundStatus
from lightning_cart.domain.review import ReviewReason
from lightning_cart.domain.transitions import PAYMENT_STATES, REFUND_KINDS
from lightning_cart.http import Json
from lightning_cart.providers.paypal.amounts import read_amount
from lightning_cart.providers.paypal.config import NAME
from lightning_cart.providers.paypal.contact import read_order_contact
from lightning_cart.providers.paypal.places import read_order_place
from lightning_cart.providers.untrusted_json import (
    as_id,
    as_order_id,
    get,
    get_id,
    get_list,
    get_text,
    parse_timestamp,
    safe_code,
)
from lightning_cart.providers.webhook_json import read_id_and_type

_UNIT = ("purchase_units", 0)
_ENDS = {"VOIDED": EventKind.CANCELLED, "COMPLETED": EventKind.PENDING}
REFUND_STATUSES: Mapping[str, RefundStatus] = {
    "COMPLETED": RefundStatus.SUCCEEDED,
    "FAILED": RefundStatus.FAILED,
    "CANCELLED": RefundStatus.FAILED,
}
_CAPTURES: Mapping[str, EventKind] = {
    "COMPLETED": EventKind.PAID,
    "PARTIALLY_REFUNDED": EventKind.PAID,
    "REFUNDED": EventKind.PAID,
    "DECLINED": EventKind.FAILED,
    "FAILED": EventKind.FAILED,
}
# An appeal opens a dispute again, and its outcome until then does not count.
_OPEN_DISPUTES = frozenset({"OPEN", "WAITING_FOR_BUYER_RESPONSE", "WAITING_FOR_SELLER_RESPONSE", "UNDER_REVIEW"})
_DISPUTE_OUTCOMES: Mapping[str, EventKind] = {
    "RESOLVED_SELLER_FAVOUR": EventKind.DISPUTE_WON,
    "RESOLVED_WITH_PAYOUT": EventKind.DISPUTE_WON,  # PayPal pays the buyer with its own money
    "CANCELED_BY_BUYER": EventKind.DISPUTE_WON,
    "DENIED": EventKind.DISPUTE_WON,
    "RESOLVED_BUYER_FAVOUR": EventKind.DISPUTE_LOST,
    "ACCEPTED": EventKind.DISPUTE_LOST,
}
_ORDER_PATH = "/v2/checkout/orders/"


def custom_id(order: Order) -> str:
    """Return the id that PayPal copies to an order's captures, refunds, disputes and events."""
    return f"{order.site_id}:{order.id}"


def _claimed_order_id(subject: object) -> str:
    """Return the order that an event claims. A page with the account's client id can write it, so it binds nothing."""
    return as_order_id(get_text(subject, "custom_id").rpartition(":")[2])


def _dispute_kind(dispute: object) -> EventKind:
    status = get_text(dispute, "status")
    if status in _OPEN_DISPUTES or (status != "RESOLVED" and get(dispute, "dispute_outcome") is None):
        return EventKind.DISPUTED
    return _DISPUTE_OUTCOMES.get(get_text(dispute, "dispute_outcome", "outcome_code"), EventKind.IGNORED)


EVENT_KINDS: Mapping[str, EventKind | Callable[[object], EventKind]] = {
    "CHECKOUT.ORDER.APPROVED": EventKind.READ_CHECKOUT,  # it waits for our capture
    "CHECKOUT.ORDER.COMPLETED": EventKind.READ_CHECKOUT,
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED": EventKind.READ_CHECKOUT,
    "PAYMENT.CAPTURE.COMPLETED": EventKind.PAID,
    "PAYMENT.CAPTURE.PENDING": EventKind.PENDING,
    "PAYMENT.CAPTURE.DENIED": EventKind.FAILED,  # PayPal documents both names
    "PAYMENT.CAPTURE.DECLINED": EventKind.FAILED,
    "PAYMENT.CAPTURE.REFUNDED": EventKind.REFUNDED,
    "PAYMENT.CAPTURE.REVERSED": EventKind.REFUNDED,
    "PAYMENT.REFUND.FAILED": EventKind.REFUND_FAILED,
    "CUSTOMER.DISPUTE.CREATED": _dispute_kind,
    "CUSTOMER.DISPUTE.UPDATED": _dispute_kind,
    "CUSTOMER.DISPUTE.RESOLVED": _dispute_kind,
}


def _up(subject: object) -> str:
    """Return the URL of what an object belongs to."""
    return next((get_text(link, "href") for link in get_list(subject, "links") if get(link, "rel") == "up"), "")


def _checkout_ref(event_type: str, subject: object) -> str:
    """Return the id of PayPal's order: of a capture it is optional."""
    if event_type.startswith("CHECKOUT."):
        return get_id(subject, "id") or get_id(subject, "order_id")
    if not event_type.startswith("PAYMENT.CAPTURE."):
        return ""
    named = get_id(subject, "supplementary_data", "related_ids", "order_id")
    return named or as_id(_up(subject).partition(_ORDER_PATH)[2])


def _capture_id(event_type: str, kind: EventKind, subject: object) -> str:
    """Return the id of an event's capture. A refund has it in a link only."""
    if kind in REFUND_KINDS:
        return as_id(_up(subject).partition("/captures/")[2])
    if event_type.startswith("PAYMENT.CAPTURE."):
        return get_id(subject, "id")
    return get_id(subject, "disputed_transactions", 0, "seller_transaction_id")


def _object_id(kind: EventKind, subject: object) -> str:
    """Return the id of a dispute or refund, which makes its message its own."""
    if kind in DISPUTE_KINDS:
        return get_id(subject, "dispute_id")
    return get_id(subject, "id") if kind in REFUND_KINDS else ""


def webhook_event(document: object) -> PaymentEvent:
    """Return the event of a webhook's document.

    Its signature covers no more than a CRC-32 of the body, so nothing but a dispute is taken from it: PayPal's order is read.

    Raises:
        BadSignature: It has no id and type.
    """
    event_id, event_type = read_id_and_type(document, type_field="event_type")
    subject = get(document, "resource")
    rule = EVENT_KINDS.get(event_type, EventKind.IGNORED)
    kind = rule if isinstance(rule, EventKind) else rule(subject)
    is_dispute = kind in DISPUTE_KINDS
    payment_ref = _capture_id(event_type, kind, subject)
    checkout_ref = "" if kind in REFUND_KINDS else _checkout_ref(event_type, subject)
    object_id = _object_id(kind, subject) or (payment_ref if is_dispute else "")
    claimed = _claimed_order_id(subject)
    names_something = checkout_ref or payment_ref or object_id
    return PaymentEvent(
        provider=NAME,
        id=event_id,
        type=event_type,
        kind=kind if names_something else EventKind.IGNORED,
        checkout_ref=checkout_ref,
        # Only of a capture that names no order of PayPal's: then the order that it claims is read.
        claimed_order_id=claimed if kind in PAYMENT_STATES and not checkout_ref else "",
        amount=read_amount(get(subject, "dispute_amount")) if is_dispute else None,
        payment_ref=payment_ref,
        object_id=object_id,
        dispute_reason=safe_code(get(subject, "reason")) if is_dispute else "",
        due_at=parse_timestamp(get(subject, "seller_response_due_date")),
        created_at=parse_timestamp(get(document, "create_time")),
        must_read=not is_dispute,
    )


def list_captures(document: Json) -> list[object]:
    """Return the captures of PayPal's order."""
    return get_list(document, *_UNIT, "payments", "captures")


def matches_order(document: Json, order: Order) -> bool:
    """Return whether PayPal's order is for this order and its total. A repeated request id may return an older one."""
    unit = get(document, *_UNIT)
    return get(unit, "custom_id") == custom_id(order) and read_amount(get(unit, "amount")) == order.total


def list_refunds(document: Json) -> list[object]:
    """Return the refunds of PayPal's order."""
    return get_list(document, *_UNIT, "payments", "refunds")


def refund_statuses(document: Json) -> dict[str, RefundStatus]:
    """Return the status of each refund of PayPal's order by its id."""
    return {
        get_id(refund, "id"): REFUND_STATUSES.get(get_text(refund, "status"), RefundStatus.PENDING)
        for refund in list_refunds(document)
    }


def capture_refunded(document: Json, capture: object) -> Money | None:
    """Return the total refunded of a capture, or None if PayPal's order does not say.

    A reversal is in no list of refunds, so the capture's own status counts more.
    """
    amount = read_amount(get(capture, "amount"))
    if amount is None:
        return None
    total = Money(0, amount.currency)
    for refund in list_refunds(document):
        part = read_amount(get(refund, "amount"))
        belongs = as_id(_up(refund).partition("/captures/")[2]) in {"", get_id(capture, "id")}
        if not belongs or REFUND_STATUSES.get(get_text(refund, "status")) is RefundStatus.FAILED:
            continue
        if part is None or part.currency != total.currency:
            return None
        total += part
    match get_text(capture, "status"):
        case "REFUNDED":
            return amount
        case "PARTIALLY_REFUNDED":
            return total if total.minor else None
        case _:
            return total


def order_events(document: Json, order: Order, merchant_id: str) -> tuple[PaymentEvent, ...]:
    """Return the payments of PayPal's order, read or captured, or its end if there are none.

    Args:
        document: PayPal's order.
        order: The order.
        merchant_id: The account that sells, or empty if it is not compared.
    """
    payee = get_text(document, *_UNIT, "payee", "merchant_id")
    reason = ReviewReason.ANOTHER_ACCOUNT if merchant_id and payee and payee != merchant_id else ""
    place, contact = read_order_place(document, order), read_order_contact(document)
    events, failed = [], None
    for capture in list_captures(document):
        # Unknown statuses count as pending.
        kind, capture_id = _CAPTURES.get(get_text(capture, "status"), EventKind.PENDING), get_id(capture, "id")
        event = read_event(order, kind, capture_id)._replace(
            amount=read_amount(get(capture, "amount")),
            refunded=capture_refunded(document, capture) if kind is EventKind.PAID else None,
            payment_ref=capture_id,
            review_reason=reason,
            place=place,
            contact=NO_CONTACT if kind is EventKind.FAILED else contact,
        )
        if kind is EventKind.FAILED:
            failed = event
        else:
            events.append(event)
    if not events and failed is not None:
        events = [failed]
    end = _ENDS.get(get_text(document, "status"))
    if not events and end is not None:  # completed without a capture is pending until there is one
        events = [read_event(order, end)]
    return tuple(events)


def read_event(order: Order, kind: EventKind, subject_id: str = "") -> PaymentEvent:
    """Return an event that was read, not sent by a webhook.

    Args:
        order: The order.
        kind: The event's kind.
        subject_id: PayPal's id of the capture, or empty for the id of its order.
    """
    session_id = order.session.id if order.session else ""
    event_id = f"read:{order.id}:{subject_id or session_id}:{kind}"
    return PaymentEvent(NAME, event_id, "order", kind, order.id, checkout_ref=session_id, was_read=True)
