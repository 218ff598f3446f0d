"""Reads an order's checkout at its provider, and records what changed. Only the holder of the order's lease does this."""

from collections.abc import Callable, Mapping, Sequence

from lightning_cart.domain.order import UNPAID_STATUSES, Order
from lightning_cart.domain.payment import Payment, PaymentState
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.domain.refund import RefundStatus
from lightning_cart.domain.transitions import MONEY_KINDS, REFUND_KINDS, TRANSITIONS, refunded_total
from lightning_cart.errors import ConfigurationError, LightningCartError, ProviderError
from lightning_cart.flow import Flow
from lightning_cart.providers.strategy import CheckoutReading, PaymentStrategy
from lightning_cart.storage.buyers import complete_contact
from lightning_cart.storage.inbox import RecordedEvent
from lightning_cart.storage.leases import NO_LEASE, Lease
from lightning_cart.usecases.engine import Engine


def _is_paid(payment: Payment | None) -> bool:
    return payment is not None and payment.state is PaymentState.PAID


def _changes_payment(event: PaymentEvent, currency: str, known: Payment | None) -> bool:
    if known is None or known.state is not PaymentState.PAID:
        return True
    if event.amount and event.amount.currency != currency:  # its amounts are stored as 0
        return False
    amount_minor = event.amount.minor if event.amount else 0
    if amount_minor > known.amount_minor or event.tip_minor > known.tip_minor:
        return True
    return refunded_total(event) not in {None, known.refunded_minor}


def changes_order(event: PaymentEvent, order: Order, known: Payment | None) -> bool:
    """Return whether what was read would change anything. If not, it is not recorded, so that readings leave no rows.

    Args:
        event: What was read.
        order: The order.
        known: The event's payment as it is stored, or None.
    """
    if event.review_reason or event.kind is EventKind.NEEDS_REVIEW:
        return not order.needs_review
    match event.kind:
        case EventKind.PAID:
            return _changes_payment(event, order.total.currency, known)
        case EventKind.PENDING:
            return known is None or order.status is not TRANSITIONS.get((order.status, event.kind), order.status)
        case _:
            return (order.status, event.kind) in TRANSITIONS


def _completes_contact(event: PaymentEvent, order: Order, known: Payment | None) -> bool:
    """Return whether a payment that is known already says more of the buyer than is stored.

    Args:
        event: What was read.
        order: The order when it was leased, with its buyer.
        known: The event's payment as it is stored, or None.
    """
    is_payment = event.kind is EventKind.PAID and _is_paid(known) and not event.review_reason
    return is_payment and order.forgotten_at is None and order.buyer.paid_by.lacks(event.contact)


def _named_anew(event: PaymentEvent, known: Payment | None, now: int) -> PaymentEvent:
    """Return an event under an id of its own if its payment was recorded before: it says something new about it."""
    if known is None or event.kind is not EventKind.PAID:
        return event
    return event._replace(id=f"{event.id}:{refunded_total(event)}:{event.tip_minor}:{now}")


def _as_reported(hint: PaymentEvent, reported: PaymentEvent, refunds: Mapping[str, RefundStatus] | None) -> PaymentEvent:
    """Return what was read as the webhook's own event, so that a repeated delivery is recognised.

    Args:
        hint: The webhook.
        reported: What was read of its payment.
        refunds: What was read of the refunds, if the webhook proves nothing about them.
    """
    own = reported._replace(
        id=hint.id,
        type=hint.type,
        object_id=hint.object_id,
        created_at=hint.created_at,
        delivery_id=hint.delivery_id,
        body_digest=hint.body_digest,
    )
    if hint.kind not in REFUND_KINDS:
        return own
    refunded = reported.refunded if reported.kind in MONEY_KINDS else None
    kind, object_id = hint.kind, hint.object_id
    if refunds is not None:
        status = refunds.get(object_id, RefundStatus.PENDING)
        kind = EventKind.REFUND_FAILED if status is RefundStatus.FAILED else EventKind.REFUNDED
        object_id = "" if status is RefundStatus.PENDING else object_id
    return own._replace(kind=kind, object_id=object_id, amount=refunded, refunded=None)


def _event_of(hint: PaymentEvent, reading: CheckoutReading) -> PaymentEvent | None:
    """Return which of the events that were read a webhook is about, or None if it is about none of them."""
    if hint.kind is EventKind.READ_CHECKOUT:
        return next(iter(reading.events), None)
    key = hint.payment_key
    return next((event for event in reading.events if event.payment_key == key), None)


async def record_reading(
    engine: Engine, lease: Lease, reading: CheckoutReading, hint: PaymentEvent | None = None
) -> tuple[Order, RecordedEvent | None]:
    """Record what was read of an order's checkout, as far as it changes anything, and end the lease.

    Args:
        engine: The configured engine.
        lease: The order's lease.
        reading: What was read.
        hint: The webhook because of which the checkout was read, or None.

    Returns:
        The order now, and the outcome of recording the webhook: None if there is none, or if it is about another checkout.
    """
    now, order, busy_until = engine.now(), lease.order, lease.busy_until
    about = _event_of(hint, reading) if hint else None
    own = _as_reported(hint, about, reading.refunds) if hint and about else None
    # A refund is recorded after its payment, if that is new as well.
    is_covered = own is not None and (own.kind not in REFUND_KINDS or _is_paid(lease.payments.get(own.payment_key)))
    recorded, parked = None, list[PaymentEvent]()
    for event in (*(event for event in reading.events if event is not about or not is_covered), own):
        known = lease.payments.get(event.payment_key) if event else None
        if event is None or (event is not own and not changes_order(event, order, known)):
            if event is not None and _completes_contact(event, lease.order, known):
                await complete_contact(engine.ports.database, order.id, event.contact)
            continue
        named = event if event is own else _named_anew(event, known, now)
        outcome = await engine.inbox.record_event(named, now, known, busy_until)
        if outcome is not None:
            busy_until = busy_until if outcome.repeated else NO_LEASE
            order = outcome.order or order
            parked.extend(outcome.parked if event.kind not in REFUND_KINDS else ())
        recorded = outcome if event is own else recorded
    if busy_until != NO_LEASE:
        await engine.leases.release(lease)
    return await record_parked(engine, order, parked), recorded


async def record_parked(engine: Engine, order: Order, parked: Sequence[PaymentEvent]) -> Order:
    """Record the events that waited for a payment or subscription of an order, and return the order now.

    A refund has to be read. If the provider cannot be asked now, its event stays parked, and the reconciler records it.

    Args:
        engine: The configured engine.
        order: The order that they belong to.
        parked: The parked events.
    """
    for event in parked:
        if event.kind not in REFUND_KINDS:
            outcome = await engine.inbox.record_event(event, engine.now())
            order = outcome.order if outcome and outcome.order else order
    refunds = [event for event in parked if event.kind in REFUND_KINDS]
    _, lease = await engine.leases.take(order.id, engine.now()) if refunds else (order, None)
    if lease is None:
        return order
    try:
        reading = await read_checkout(engine, lease, capture=False)
    except (ProviderError, ConfigurationError):
        return order
    for event in refunds:
        order, _ = await record_reading(engine, lease, reading, event)
        lease = lease._replace(busy_until=NO_LEASE)
    return order


async def ask_provider[T](engine: Engine, lease: Lease, ask: Callable[[PaymentStrategy], Flow[T]]) -> T:
    """Run a flow of the strategy of a leased order.

    Args:
        engine: The configured engine.
        lease: The order's lease.
        ask: Returns the flow.

    Raises:
        UnknownStrategy: The order's strategy is not in this engine.
        InvalidSettings: The strategy's settings are missing.
        ProviderError: The provider refused, or did not answer. After each of these the lease is ended.
    """
    try:
        return await engine.run(ask(engine.strategy(lease.order.strategy)))
    except LightningCartError:
        await engine.leases.release(lease)
        raise


async def read_checkout(engine: Engine, lease: Lease, *, capture: bool) -> CheckoutReading:
    """Read the checkout of a leased order at its provider. The errors are those of `ask_provider`.

    Args:
        engine: The configured engine.
        lease: The order's lease.
        capture: Whether to capture a payment that the buyer has approved; an order that is no longer open is never captured.
    """
    order = lease.order
    may_capture = capture and order.status in UNPAID_STATUSES
    return await ask_provider(engine, lease, lambda strategy: strategy.read_checkout(order, capture=may_capture))
