"""Takes a provider's webhook: verifies who sent it, then records its event in one batch."""

from lightning_cart.domain.order import Order
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.domain.review import ReviewReason
from lightning_cart.domain.transitions import PARKED_KINDS
from lightning_cart.errors import BadSignature, OrderBusy, OrderNotFoundYet, ProviderError, VerificationUnavailable
from lightning_cart.http import HttpRequest
from lightning_cart.storage.inbox import RecordedEvent
from lightning_cart.storage.reconcile_queue import ReconcileQueue
from lightning_cart.storage.unread import UnreadEvent, find_unread, is_delivered, is_forged
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.reading import read_checkout, record_parked, record_reading

ORDER_WAIT_SECONDS = 15 * 60  # how long the provider is asked to retry an event whose order has no checkout yet
BUSY_TRIES = 3  # seconds that a webhook waits for another call that is asking the provider about the order
_FORGED = "an earlier delivery had the same transmission id and another body"
_MONEY_COMES = (EventKind.PAID, EventKind.PENDING)


def detect_provider(engine: Engine, request: HttpRequest) -> str:
    """Return the provider whose signature header a request has.

    Raises:
        BadSignature: The request has no provider's signature header.
    """
    for provider, header in engine.providers.items():
        if request.header(header):
            return provider
    raise BadSignature("the request has no provider's signature header")


def _is_busy(found: UnreadEvent) -> bool:
    """Return whether only another call's lease keeps an order from being read."""
    has_checkout = found.order is not None and found.order.session is not None
    return has_checkout and found.lease is None and found.seen is None and not found.is_forged


async def _read(engine: Engine, event: PaymentEvent) -> RecordedEvent | None:
    """Read the checkout that an event is about, and record what changed.

    An order that is no longer open is read without capturing: money always counts, and nothing is captured that was cancelled.
    """
    found = await find_unread(engine.ports.database, event, engine.now())
    for _ in range(BUSY_TRIES):
        if not _is_busy(found):
            break
        await engine.ports.sleep(1)
        found = await find_unread(engine.ports.database, event, engine.now())
    if found.is_forged:
        raise BadSignature(_FORGED)
    order = found.order
    if order is None or order.provider != event.provider:
        # What only names a payment waits for that payment.
        parks = order is None and event.kind in PARKED_KINDS
        recorded = await engine.inbox.record_event(event, engine.now()) if parks else None
        if recorded is None:
            await _count_foreign(engine, event)
        return recorded
    if found.seen is not None:
        verdict, reason = found.seen
        return RecordedEvent(verdict, repeated=True, order=order, reason=reason)
    if order.session is None:
        return await _without_checkout(engine, event, order)
    if found.lease is None:
        raise OrderBusy(order.id)
    reading = await read_checkout(engine, found.lease, capture=True)
    _, recorded = await record_reading(engine, found.lease, reading, event)
    if recorded is None and event.must_read and event.kind is not EventKind.READ_CHECKOUT:
        await _count_foreign(engine, event)  # it is about a payment of another checkout
    return recorded


async def _count_foreign(engine: Engine, event: PaymentEvent) -> None:
    """Count an event that is not about an order of this engine. It leaves no row."""
    await ReconcileQueue(engine.ports.database).count_foreign(event.provider, engine.now())


async def _without_checkout(engine: Engine, event: PaymentEvent, order: Order) -> RecordedEvent | None:
    """Ask for a retry while an order's checkout may still be saved; then flag the order if money came.

    Raises:
        OrderNotFoundYet: The event is younger than 15 minutes.
    """
    now = engine.now()
    created_at = event.created_at if event.created_at is not None and event.created_at <= now else order.created_at
    if now - created_at < ORDER_WAIT_SECONDS:
        raise OrderNotFoundYet(order.id)
    if event.kind not in _MONEY_COMES:
        return None
    flagged = event._replace(order_id=order.id, review_reason=ReviewReason.ANOTHER_CHECKOUT)
    return await engine.inbox.record_event(flagged, now)


async def _record(engine: Engine, event: PaymentEvent) -> RecordedEvent | None:
    """Record an event as it is. It takes one round trip unless other events waited for it, or its order is delivered.

    A payment that does not say where the goods of its order go is read before, because the shop sends them once it is told.
    """
    may_be_delivered = event.kind is EventKind.PAID and event.place is None and engine.catalog.shipping is not None
    if may_be_delivered and await is_delivered(engine.ports.database, event, engine.now()):
        read = await _read(engine, event)
        if read is not None:
            return read
    if event.delivery_id and await is_forged(engine.ports.database, event, engine.now()):
        raise BadSignature(_FORGED)
    recorded = await engine.inbox.record_event(event, engine.now())
    if recorded is None and event.claimed_order_id:
        order = await engine.orders.find_order(event.claimed_order_id)
        if order is not None and order.session is None and order.provider == event.provider:
            return await _without_checkout(engine, event, order)
    if recorded is None:
        await _count_foreign(engine, event)
        return None
    if recorded.order is not None and recorded.parked:
        order = await record_parked(engine, recorded.order, recorded.parked)
        return recorded._replace(order=order)
    return recorded


async def take_webhook(engine: Engine, provider: str, request: HttpRequest) -> tuple[PaymentEvent, RecordedEvent | None]:
    """Verify one webhook and record its event.

    Args:
        engine: The configured engine.
        provider: The provider in the webhook's path.
        request: As received.

    Returns:
        The event, and the outcome of recording it: None if it says nothing about an order of this engine. That leaves no row.

    Raises:
        NotFound: No provider has this name.
        InvalidSettings: The provider's settings are missing.
        UnknownStrategy: The order's strategy is not in this engine.
        BadSignature: The provider did not send it.
        VerificationUnavailable: The provider could not be asked.
        OrderBusy: Another call is still asking the provider about the order after 3 seconds, and the provider must retry.
        OrderNotFoundYet: The order's checkout is not stored yet, and the provider must retry.
        StorageUnavailable: Nothing was recorded, and the provider must retry.
    """
    strategy = engine.provider(provider)
    try:
        event = await engine.run(strategy.verify_webhook(request, engine.now()))
        if event.kind is EventKind.IGNORED:
            return event, None
        recorded = await (_read if event.must_read else _record)(engine, event)
    except ProviderError as error:
        raise VerificationUnavailable(str(error)) from error
    return event, recorded
