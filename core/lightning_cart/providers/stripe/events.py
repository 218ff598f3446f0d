"""What Stripe's events and sessions mean for an order. Source: Stripe docs, Fulfil orders, and Types of events.

Everything in an event but its signature is untrusted in form: any field may be absent or of another type, in older and newer
API versions alike. What cannot be read is as if it were not there.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import EventKind, Order, WebhookEvent
from lightning_cart.errors import BadSignature
from lightning_cart.providers.stripe.amounts import WIRE
from lightning_cart.providers.stripe.config import NAME
from lightning_cart.providers.untrusted_json import at, id_at, id_in, integer_at, money_of, order_id_in, text_at

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
    found = (at(subject, *place) for place in places)
    return next((order_id for text in found if (order_id := order_id_in(text))), "")


def _kind_of_session(session: object) -> EventKind:
    match at(session, "status"):
        case "complete":
            return _kind_of_completed(session)
        case "expired":
            return EventKind.EXPIRED
        case _:
            return EventKind.IGNORED


def _kind_of_completed(session: object) -> EventKind:
    # Only a word that says success is success; while a delayed method is on its way, and for any newer word, it is pending.
    return EventKind.PAID if at(session, "payment_status") in ("paid", "no_payment_required") else EventKind.PENDING


def _kind_of_expired(session: object) -> EventKind:
    # That one visit of a payment link ended says nothing of the order: the next visit may pay it.
    return EventKind.IGNORED if at(session, "payment_link") else EventKind.EXPIRED


def _kind_of_dispute(dispute: object) -> EventKind:
    return _DISPUTE_ENDS.get(text_at(dispute, "status"), EventKind.IGNORED)


def _of_renewal(kind: EventKind) -> Callable[[object], EventKind]:
    """The first invoice of a subscription is what its checkout session reports already."""
    return lambda invoice: kind if at(invoice, "billing_reason") == "subscription_cycle" else EventKind.IGNORED


_KINDS: Mapping[str, EventKind | Callable[[object], EventKind]] = {
    "checkout.session.completed": _kind_of_completed,
    "checkout.session.async_payment_succeeded": EventKind.PAID,
    "checkout.session.async_payment_failed": EventKind.FAILED,
    "checkout.session.expired": _kind_of_expired,
    "charge.refunded": EventKind.REFUNDED,
    "refund.failed": EventKind.REFUND_FAILED,
    "charge.dispute.created": EventKind.DISPUTED,
    "charge.dispute.closed": _kind_of_dispute,
    "invoice.paid": _of_renewal(EventKind.RENEWED),
    "invoice.payment_failed": _of_renewal(EventKind.RENEWAL_FAILED),
    "customer.subscription.deleted": EventKind.SUBSCRIPTION_ENDED,
}


def _kind(event_type: str, subject: object) -> EventKind:
    rule = _KINDS.get(event_type, EventKind.IGNORED)
    return rule if isinstance(rule, EventKind) else rule(subject)


def _subscription_ref(event_type: str, subject: object) -> str:
    if event_type.startswith("customer.subscription."):
        return id_at(subject, "id")
    return id_at(subject, "subscription") or id_at(subject, "parent", "subscription_details", "subscription")


def _amount(kind: EventKind, subject: object) -> Money | None:
    if kind is EventKind.PAID:
        return money_of(WIRE, at(subject, "amount_total"), at(subject, "currency"))
    if kind is EventKind.REFUNDED:  # the sum of all refunds so far, not the last one
        return money_of(WIRE, at(subject, "amount_refunded"), at(subject, "currency"))
    return None


def event_of_invoice(event: WebhookEvent, invoice: object) -> WebhookEvent:
    """An event of a payment that paid an invoice: that names the subscription, if it is of one, and perhaps the order."""
    order_id, subscription_ref = _order_id(invoice), _subscription_ref("invoice.", invoice)
    if not subscription_ref:
        return event
    # An order is looked for by its payment before its subscription, and of a subscription no payment is known here.
    payment_ref = event.payment_ref if order_id else ""
    return replace(event, order_id=order_id, payment_ref=payment_ref, subscription_ref=subscription_ref)


def event_of_session(session: object, order: Order) -> WebhookEvent:
    """How a session stands that we asked for, as an event of the order it was opened for."""
    kind = _kind_of_session(session)
    return WebhookEvent(
        provider=NAME,
        id=f"read:{order.id}:{id_at(session, 'id')}:{kind}",
        type="checkout.session",
        observed=True,
        kind=kind,
        order_id=order.id,
        amount=_amount(kind, session),
        payment_ref=id_at(session, "payment_intent"),
        subscription_ref=id_at(session, "subscription"),
    )


def event_of_link(sessions: Iterable[object], order: Order, otherwise: EventKind = EventKind.IGNORED) -> WebhookEvent:
    """How an order stands whose link was visited, by the visits that were completed.

    Args:
        sessions: of its link.
        order: the one that the link was made for.
        otherwise: what it means that none was completed.
    """
    events = [event_of_session(session, order) for session in sessions]
    events.sort(key=lambda event: event.payment_ref == order.payment_ref)  # a second payment says more than the known one
    for kind in (EventKind.PAID, EventKind.PENDING):
        for event in events:
            if event.kind is kind:
                return event
    link_id = order.session.id if order.session else ""
    event_id = f"read:{order.id}:{link_id}:{otherwise}"
    return WebhookEvent(NAME, event_id, "payment_link", otherwise, order.id, observed=True)


def event_of(document: object) -> WebhookEvent:
    """Read a signed event.

    Raises:
        BadSignature: it has no id and type, so it is not an event.
    """
    event_id, event_type, subject = id_at(document, "id"), id_in(at(document, "type")), at(document, "data", "object")
    if not event_id or not event_type:
        raise BadSignature("it is signed, but not an event")
    kind = _kind(event_type, subject)
    return WebhookEvent(
        provider=NAME,
        id=event_id,
        type=event_type,
        kind=kind,
        order_id=_order_id(subject),
        amount=_amount(kind, subject),
        payment_ref=id_at(subject, "payment_intent"),
        subscription_ref=_subscription_ref(event_type, subject),
        subject=id_at(subject, "id") if event_type.startswith(("invoice.", "refund.")) else "",
        created=integer_at(document, "created"),
    )
