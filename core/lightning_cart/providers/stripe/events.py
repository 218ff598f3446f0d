"""Maps Stripe's events and sessions to ours. Source: Stripe docs, Fulfil orders, and Types of events.

Fields may be absent or of another type in older and newer API versions. What cannot be read counts as absent.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import EventKind, Order, PaymentEvent
from lightning_cart.providers.stripe.amounts import AMOUNTS
from lightning_cart.providers.stripe.config import NAME
from lightning_cart.providers.untrusted_json import as_order_id, get, get_id, get_integer, get_text, parse_money
from lightning_cart.providers.webhook_json import read_id_and_type

_DISPUTE_ENDS = {
    "won": EventKind.DISPUTE_WON,
    "warning_closed": EventKind.DISPUTE_WON,
    "prevented": EventKind.DISPUTE_WON,
    "lost": EventKind.DISPUTE_LOST,
}


def _order_id(subject: object) -> str:
    places = (
        ("metadata", "order_id"),
        ("parent", "subscription_details", "metadata", "order_id"),
        ("subscription_details", "metadata", "order_id"),  # invoices before 2025-03-31
        ("client_reference_id",),
    )
    found = (get(subject, *place) for place in places)
    return next((order_id for text in found if (order_id := as_order_id(text))), "")


def _session_kind(session: object) -> EventKind:
    match get(session, "status"):
        case "complete":
            return _completed_kind(session)
        case "expired":
            return EventKind.EXPIRED
        case _:
            return EventKind.IGNORED


def _completed_kind(session: object) -> EventKind:
    # Only these values mean paid; all others are pending.
    return EventKind.PAID if get(session, "payment_status") in ("paid", "no_payment_required") else EventKind.PENDING


def _expired_kind(session: object) -> EventKind:
    # An expired session of a payment link does not expire the order: another session of the link may pay it.
    return EventKind.IGNORED if get(session, "payment_link") else EventKind.EXPIRED


def _dispute_kind(dispute: object) -> EventKind:
    return _DISPUTE_ENDS.get(get_text(dispute, "status"), EventKind.IGNORED)


def _renewal_kind(kind: EventKind) -> Callable[[object], EventKind]:
    """Return a rule for later invoices. The checkout session reports the first one."""
    return lambda invoice: kind if get(invoice, "billing_reason") == "subscription_cycle" else EventKind.IGNORED


EVENT_KINDS: Mapping[str, EventKind | Callable[[object], EventKind]] = {
    "checkout.session.completed": _completed_kind,
    "checkout.session.async_payment_succeeded": EventKind.PAID,
    "checkout.session.async_payment_failed": EventKind.FAILED,
    "checkout.session.expired": _expired_kind,
    "charge.refunded": EventKind.REFUNDED,
    "refund.failed": EventKind.REFUND_FAILED,
    "charge.dispute.created": EventKind.DISPUTED,
    "charge.dispute.closed": _dispute_kind,
    "invoice.paid": _renewal_kind(EventKind.RENEWED),
    "invoice.payment_failed": _renewal_kind(EventKind.RENEWAL_FAILED),
    "customer.subscription.deleted": EventKind.SUBSCRIPTION_ENDED,
}


def _kind(event_type: str, subject: object) -> EventKind:
    rule = EVENT_KINDS.get(event_type, EventKind.IGNORED)
    return rule if isinstance(rule, EventKind) else rule(subject)


def _subscription_ref(event_type: str, subject: object) -> str:
    if event_type.startswith("customer.subscription."):
        return get_id(subject, "id")
    return get_id(subject, "subscription") or get_id(subject, "parent", "subscription_details", "subscription")


def _amount(kind: EventKind, subject: object) -> Money | None:
    if kind is EventKind.PAID:
        return parse_money(AMOUNTS, get(subject, "amount_total"), get(subject, "currency"))
    if kind is EventKind.REFUNDED:  # the total refunded so far, not the last refund
        return parse_money(AMOUNTS, get(subject, "amount_refunded"), get(subject, "currency"))
    return None


def invoice_event(event: PaymentEvent, invoice: object) -> PaymentEvent:
    """Return a dispute's event with the subscription of its invoice, and with the order if the invoice names it."""
    order_id, subscription_ref = _order_id(invoice), _subscription_ref("invoice.", invoice)
    if not subscription_ref:
        return event
    # The payment is matched before the subscription, and a subscription's payment is not stored.
    payment_ref = event.payment_ref if order_id else ""
    return replace(event, order_id=order_id, payment_ref=payment_ref, subscription_ref=subscription_ref)


def session_event(session: object, order: Order) -> PaymentEvent:
    """Return the state of a session that was read, as an event of its order."""
    kind = _session_kind(session)
    return PaymentEvent(
        provider=NAME,
        id=f"read:{order.id}:{get_id(session, 'id')}:{kind}",
        type="checkout.session",
        was_read=True,
        kind=kind,
        order_id=order.id,
        amount=_amount(kind, session),
        payment_ref=get_id(session, "payment_intent"),
        subscription_ref=get_id(session, "subscription"),
    )


def link_event(sessions: Iterable[object], order: Order, otherwise: EventKind = EventKind.IGNORED) -> PaymentEvent:
    """Return the state of an order's link, by its completed sessions.

    Args:
        sessions: The link's completed sessions.
        order: The order of the link.
        otherwise: The event's kind if no session was completed.
    """
    events = [session_event(session, order) for session in sessions]
    events.sort(key=lambda event: event.payment_ref == order.payment_ref)  # a payment that is not stored yet comes first
    for kind in (EventKind.PAID, EventKind.PENDING):
        for event in events:
            if event.kind is kind:
                return event
    link_id = order.session.id if order.session else ""
    event_id = f"read:{order.id}:{link_id}:{otherwise}"
    return PaymentEvent(NAME, event_id, "payment_link", otherwise, order.id, was_read=True)


def webhook_event(document: object) -> PaymentEvent:
    """Return the event of a webhook's document.

    Raises:
        BadSignature: It has no id and type.
    """
    event_id, event_type = read_id_and_type(document)
    subject = get(document, "data", "object")
    kind = _kind(event_type, subject)
    return PaymentEvent(
        provider=NAME,
        id=event_id,
        type=event_type,
        kind=kind,
        order_id=_order_id(subject),
        amount=_amount(kind, subject),
        payment_ref=get_id(subject, "payment_intent"),
        subscription_ref=_subscription_ref(event_type, subject),
        object_id=get_id(subject, "id") if event_type.startswith(("invoice.", "refund.")) else "",
        created_at=get_integer(document, "created"),
    )
