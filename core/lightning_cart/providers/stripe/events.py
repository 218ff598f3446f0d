"""Maps Stripe's events and sessions to ours. Source: Stripe docs, Fulfil orders, and Types of events.

Fields may be absent or of another type in older and newer API versions. What cannot be read counts as absent.
"""

from collections.abc import Callable, Iterable, Mapping

from lightning_cart.domain.buyer import NO_CONTACT, NOWHERE, Contact
from lightning_cart.domain.dispute import DISPUTE_KINDS
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.domain.review import ReviewReason
from lightning_cart.domain.transitions import REFUND_KINDS
from lightning_cart.providers.stripe.amounts import AMOUNTS
from lightning_cart.providers.stripe.config import NAME, StripeConfig
from lightning_cart.providers.stripe.contact import read_session_contact, read_session_place
from lightning_cart.providers.untrusted_json import as_order_id, get, get_id, get_integer, get_text, parse_money, safe_code
from lightning_cart.providers.webhook_json import read_id_and_type

# Every other status of a dispute is open.
_DISPUTE_ENDS = {
    "won": EventKind.DISPUTE_WON,
    "warning_closed": EventKind.DISPUTE_WON,
    "prevented": EventKind.DISPUTE_WON,
    "lost": EventKind.DISPUTE_LOST,
}


def _claimed_order_id(subject: object) -> str:
    """Return the order in the metadata, which only the account's key can write. `client_reference_id` is set by any browser."""
    places = (
        ("metadata", "order_id"),
        ("parent", "subscription_details", "metadata", "order_id"),
        ("subscription_details", "metadata", "order_id"),  # invoices before 2025-03-31
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
    return _DISPUTE_ENDS.get(get_text(dispute, "status"), EventKind.DISPUTED)


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
    "charge.dispute.created": _dispute_kind,
    "charge.dispute.updated": _dispute_kind,
    "charge.dispute.closed": _dispute_kind,
    "charge.dispute.funds_withdrawn": _dispute_kind,
    "charge.dispute.funds_reinstated": _dispute_kind,
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
    if kind in {EventKind.PAID, EventKind.PENDING}:
        return parse_money(AMOUNTS, get(subject, "amount_total"), get(subject, "currency"))
    if kind is EventKind.RENEWED:
        return parse_money(AMOUNTS, get(subject, "amount_paid"), get(subject, "currency"))
    if kind in DISPUTE_KINDS:
        return parse_money(AMOUNTS, get(subject, "amount"), get(subject, "currency"))
    return None


def _contact(kind: EventKind, session: object) -> Contact:
    """Return who paid a session. What was typed into one that was not paid is nobody's order."""
    return read_session_contact(session) if kind in {EventKind.PAID, EventKind.PENDING} else NO_CONTACT


def with_invoice(event: PaymentEvent, invoice: object) -> PaymentEvent:
    """Return the event of a subscription's charge with what its invoice names.

    Only the first invoice is the order's own payment. A refund of a later one changes nothing about the order.
    """
    subscription_ref = _subscription_ref("invoice.", invoice)
    if not subscription_ref:
        return event
    found = event._replace(subscription_ref=subscription_ref, claimed_order_id=_claimed_order_id(invoice))
    if event.kind not in REFUND_KINDS:
        return found
    is_first = get(invoice, "billing_reason") == "subscription_create"
    return found._replace(payment_ref=subscription_ref, kind=event.kind if is_first else EventKind.IGNORED)


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
        checkout_ref=order.session.ref if order.session else "",
        amount=_amount(kind, session),
        payment_ref=get_id(session, "payment_intent"),
        subscription_ref=get_id(session, "subscription"),
        place=read_session_place(session),
        contact=_contact(kind, session),
    )


def link_events(sessions: Iterable[object], order: Order) -> list[PaymentEvent]:
    """Return the payments of an order's link, by its completed sessions."""
    return [session_event(session, order) for session in sessions]


def closed_link_event(order: Order) -> PaymentEvent:
    """Return the event of a link that was closed before anybody paid."""
    link_id = order.session.id if order.session else ""
    event_id = f"read:{order.id}:{link_id}:{EventKind.EXPIRED}"
    return PaymentEvent(NAME, event_id, "payment_link", EventKind.EXPIRED, order.id, was_read=True)


def _review_reason(document: object, config: StripeConfig) -> str:
    account, livemode = get_text(document, "account"), get(document, "livemode")
    if account and account != config.account:
        return ReviewReason.ANOTHER_ACCOUNT
    if isinstance(livemode, bool) and config.is_live is not None and livemode != config.is_live:
        return ReviewReason.ANOTHER_MODE
    return ""


def webhook_event(document: object, config: StripeConfig) -> PaymentEvent:
    """Return the event of a webhook's document.

    A session names its checkout: a session of a link's visit by the link. Everything else names a payment or subscription.

    Raises:
        BadSignature: It has no id and type.
    """
    event_id, event_type = read_id_and_type(document)
    subject = get(document, "data", "object")
    kind, is_session = _kind(event_type, subject), event_type.startswith("checkout.session.")
    payment_ref = get_id(subject, "payment_intent")
    has_own_message = kind in DISPUTE_KINDS or event_type.startswith(("invoice.", "refund."))
    object_id = get_id(subject, "id") if has_own_message else ""
    checkout_ref = (get_id(subject, "payment_link") or get_id(subject, "id")) if is_session else ""
    subscription_ref = _subscription_ref(event_type, subject)
    if not (checkout_ref if is_session else payment_ref or subscription_ref or object_id):
        kind = EventKind.IGNORED
    return PaymentEvent(
        provider=NAME,
        id=event_id,
        type=event_type,
        kind=kind,
        checkout_ref=checkout_ref,
        claimed_order_id=_claimed_order_id(subject),
        amount=_amount(kind, subject),
        payment_ref=payment_ref,
        subscription_ref=subscription_ref,
        object_id=object_id,
        review_reason=_review_reason(document, config),
        dispute_reason=safe_code(get(subject, "reason")) if kind in DISPUTE_KINDS else "",
        due_at=get_integer(subject, "evidence_details", "due_by"),
        created_at=get_integer(document, "created"),
        must_read=kind in REFUND_KINDS,  # its total is the charge's, and an older one may come later
        place=read_session_place(subject) or NOWHERE if is_session else None,
        contact=_contact(kind, subject) if is_session else NO_CONTACT,
    )
