"""What Stripe's events and sessions mean for an order. Source: Stripe docs, Fulfil orders, and Types of events.

Everything in an event but its signature is untrusted in form: any field may be absent or of another type, in older and newer
API versions alike. What cannot be read is as if it were not there.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import EventKind, Order, PaymentEvent
from lightning_cart.errors import BadSignature
from lightning_cart.providers.stripe.amounts import AMOUNTS
from lightning_cart.providers.stripe.config import NAME
from lightning_cart.providers.untrusted_json import as_id, as_order_id, get, get_id, get_integer, get_text, parse_money

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
    # Only a word that says success is success; while a delayed method is on its way, and for any newer word, it is pending.
    return EventKind.PAID if get(session, "payment_status") in ("paid", "no_payment_required") else EventKind.PENDING


def _expired_kind(session: object) -> EventKind:
    # That one visit of a payment link ended says nothing of the order: the next visit may pay it.
    return EventKind.IGNORED if get(session, "payment_link") else EventKind.EXPIRED


def _dispute_kind(dispute: object) -> EventKind:
    return _DISPUTE_ENDS.get(get_text(dispute, "status"), EventKind.IGNORED)


def _renewal_kind(kind: EventKind) -> Callable[[object], EventKind]:
    """The first invoice of a subscription is what its checkout session reports already."""
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
    if kind is EventKind.REFUNDED:  # the sum of all refunds so far, not the last one
        return parse_money(AMOUNTS, get(subject, "amount_refunded"), get(subject, "currency"))
    return None


def invoice_event(event: PaymentEvent, invoice: object) -> PaymentEvent:
    """An event of a payment that paid an invoice: that names the subscription, if it is of one, and perhaps the order."""
    order_id, subscription_ref = _order_id(invoice), _subscription_ref("invoice.", invoice)
    if not subscription_ref:
        return event
    # An order is looked for by its payment before its subscription, and of a subscription no payment is known here.
    payment_ref = event.payment_ref if order_id else ""
    return replace(event, order_id=order_id, payment_ref=payment_ref, subscription_ref=subscription_ref)


def session_event(session: object, order: Order) -> PaymentEvent:
    """How a session stands that we asked for, as an event of the order it was opened for."""
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
    """How an order stands whose link was visited, by the visits that were completed.

    Args:
        sessions: Of its link.
        order: The one that the link was made for.
        otherwise: What it means that none was completed.
    """
    events = [session_event(session, order) for session in sessions]
    events.sort(key=lambda event: event.payment_ref == order.payment_ref)  # a second payment says more than the known one
    for kind in (EventKind.PAID, EventKind.PENDING):
        for event in events:
            if event.kind is kind:
                return event
    link_id = order.session.id if order.session else ""
    event_id = f"read:{order.id}:{link_id}:{otherwise}"
    return PaymentEvent(NAME, event_id, "payment_link", otherwise, order.id, was_read=True)


def webhook_event(document: object) -> PaymentEvent:
    """Read a signed event.

    Raises:
        BadSignature: It has no id and type, so it is not an event.
    """
    event_id, event_type, subject = get_id(document, "id"), as_id(get(document, "type")), get(document, "data", "object")
    if not event_id or not event_type:
        raise BadSignature("it is signed, but not an event")
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
