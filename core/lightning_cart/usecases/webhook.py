"""Takes a provider's webhook: verifies who sent it, then records its event in one batch."""

from dataclasses import replace

from lightning_cart.domain.order import UNPAID_STATUSES, EventKind, Order, PaymentEvent, Verdict
from lightning_cart.domain.transitions import REFUND_KINDS
from lightning_cart.errors import BadSignature, OrderNotFoundYet, ProviderError, ProviderRefused, VerificationUnavailable
from lightning_cart.http import HttpRequest
from lightning_cart.storage.inbox import RecordedEvent, StaleRefundTotal
from lightning_cart.usecases.engine import Engine

ORDER_WAIT_SECONDS = 15 * 60  # how long the provider is asked to retry an event whose order is not stored yet


def detect_provider(engine: Engine, request: HttpRequest) -> str:
    """Return the provider whose signature header a request has.

    Raises:
        BadSignature: The request has no provider's signature header.
    """
    for provider, header in engine.providers.items():
        if request.header(header):
            return provider
    raise BadSignature("the request has no provider's signature header")


async def _read_checkout(engine: Engine, event: PaymentEvent) -> PaymentEvent:
    """Return the event that an order's checkout reports now.

    The checkout is read only if the order is stored and unpaid. Reading can capture an approved payment, and a cancelled order
    must not be captured.
    """
    order = await engine.orders.find_order(event.order_id)
    if order is None:
        return event  # parked unread until its order is stored
    if order.session is None:
        raise OrderNotFoundYet(event.order_id)
    if order.provider != event.provider or order.status not in UNPAID_STATUSES:
        return replace(event, kind=EventKind.IGNORED)
    return await engine.run(engine.strategy(order.strategy).read_checkout(order))


async def _read_refund_total(engine: Engine, event: PaymentEvent, order: Order) -> PaymentEvent:
    """Return a refund's event with the refunded total that the provider reports now."""
    try:
        total = await engine.run(engine.strategy(order.strategy).read_refunded(order))
    except ProviderRefused:
        total = None  # an event without a total needs review
    return replace(event, amount=total, was_read=True)


async def _record(engine: Engine, event: PaymentEvent) -> RecordedEvent:
    """Record an event. It takes one round trip unless a refunded total has to be read.

    The event of a failed refund has no total, and a total from before that failure may be too high. The database detects
    both. The total is then read from the provider, and again if another refund fails meanwhile.
    """
    if event.kind not in REFUND_KINDS:
        return await engine.inbox.record_event(event, engine.now())
    failed_refunds = 0 if event.kind is EventKind.REFUNDED else None
    while True:
        result = await engine.inbox.record_refund_total(event, engine.now(), failed_refunds)
        if not isinstance(result, StaleRefundTotal):
            return result
        event = await _read_refund_total(engine, event, result.order)
        failed_refunds = result.failed_refunds


async def take_webhook(engine: Engine, provider: str, request: HttpRequest) -> tuple[PaymentEvent, RecordedEvent | None]:
    """Verify one webhook and record its event.

    Args:
        engine: The configured engine.
        provider: The provider in the webhook's path.
        request: As received.

    Returns:
        The event, and the outcome of recording it: None if it is not about an order of this engine.

    Raises:
        NotFound: No provider has this name.
        InvalidSettings: The provider's settings are missing.
        BadSignature: The provider did not send it.
        VerificationUnavailable: The provider could not be asked.
        OrderNotFoundYet: Its order or the order's checkout is not stored yet, and the provider must retry. After 15 minutes the
            webhook is accepted instead, and the reconciler applies the event once the order is stored.
        StorageUnavailable: Nothing was recorded, and the provider must retry.
    """
    strategy = engine.provider(provider)
    try:
        event = await engine.run(strategy.verify_webhook(request, engine.now()))
        if event.kind is EventKind.READ_CHECKOUT and event.order_id:
            event = await _read_checkout(engine, event)
        routable = event.order_id or event.payment_ref or event.subscription_ref
        if event.kind is EventKind.IGNORED or not routable or (event.kind is EventKind.READ_CHECKOUT and not event.order_id):
            return event, None
        recorded = await _record(engine, event)
    except ProviderError as error:
        raise VerificationUnavailable(str(error)) from error
    since = recorded.received_at if event.created_at is None else event.created_at
    if event.order_id and recorded.verdict is Verdict.PARKED and engine.now() - since < ORDER_WAIT_SECONDS:
        raise OrderNotFoundYet(event.order_id)
    return event, recorded
