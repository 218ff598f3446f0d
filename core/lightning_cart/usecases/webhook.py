"""A provider reports something: check that it is the provider, then settle it in one batch."""

from dataclasses import replace

from lightning_cart.domain.order import REFUND_KINDS, UNPAID_STATUSES, EventKind, Order, PaymentEvent, Verdict
from lightning_cart.errors import BadSignature, OrderNotFoundYet, ProviderError, ProviderRefused, VerificationUnavailable
from lightning_cart.http import HttpRequest
from lightning_cart.storage.orders import RecordedEvent, StaleRefundTotal
from lightning_cart.usecases.engine import Engine

ORDER_WAIT_SECONDS = 15 * 60  # seconds in which an order that an event names may still become readable


def detect_provider(engine: Engine, request: HttpRequest) -> str:
    """The provider whose signature header a request carries.

    Raises:
        BadSignature: None.
    """
    for provider, header in engine.providers.items():
        if request.header(header):
            return provider
    raise BadSignature("no provider's signature header is there")


async def _read_changed(engine: Engine, event: PaymentEvent) -> PaymentEvent:
    """What the checkout of a changed order says.

    It is read only for an order that is stored and still waits for its money. So where reading takes the money, as it does
    where a buyer has agreed and the provider waits for us, it is never taken for an order that we have given up.
    """
    order = await engine.store.find_order(event.order_id)
    if order is None:
        return event  # parked as it is, until its order can be read
    if order.session is None:
        raise OrderNotFoundYet(event.order_id)
    if order.provider != event.provider or order.status not in UNPAID_STATUSES:
        return replace(event, kind=EventKind.IGNORED)
    return await engine.run(engine.strategy(order.strategy).read_checkout(order))


async def _read_sum(engine: Engine, event: PaymentEvent, order: Order) -> PaymentEvent:
    """A refund's event with the sum that the provider tells now."""
    try:
        total = await engine.run(engine.strategy(order.strategy).read_refunded(order))
    except ProviderRefused:
        total = None  # a person has to look
    return replace(event, amount=total, was_read=True)


async def _record(engine: Engine, event: PaymentEvent) -> RecordedEvent:
    """Settle an event in one round trip.

    The event of a refund that failed tells no sum. And from then on the sum in an older event that is still on its way may be
    too much. The database tells when that is so, and then the sum is asked for; again, if another refund failed meanwhile.
    """
    if event.kind not in REFUND_KINDS:
        return await engine.store.record_event(event, engine.now())
    failures = 0 if event.kind is EventKind.REFUNDED else -1
    while isinstance(result := await engine.store.record_refund_total(event, engine.now(), failures), StaleRefundTotal):
        event, failures = await _read_sum(engine, event, result.order), result.failed_refunds
    return result


async def take_webhook(engine: Engine, provider: str, request: HttpRequest) -> tuple[PaymentEvent, RecordedEvent | None]:
    """Verify one webhook and settle what it says.

    Args:
        engine: What to work with.
        provider: Whose webhook path was called.
        request: As received.

    Returns:
        The event, and what came of it: `None` where it is not about an order of ours.

    Raises:
        NotFound: No such provider.
        InvalidSettings: The provider has no keys.
        BadSignature: The provider did not send it.
        VerificationUnavailable: The provider could not be asked.
        OrderNotFoundYet: It names an order of ours that is not stored, or not with its checkout; it must come again, for a
            quarter of an hour. After that it is acknowledged, and the reconciler applies it once the order is there.
        StorageUnavailable: Nothing was kept, and it must come again.
    """
    strategy = engine.provider(provider)
    try:
        event = await engine.run(strategy.verify_webhook(request, engine.now()))
        if event.kind is EventKind.READ_CHECKOUT and event.order_id:
            event = await _read_changed(engine, event)
        routable = event.order_id or event.payment_ref or event.subscription_ref
        if event.kind is EventKind.IGNORED or not routable or (event.kind is EventKind.READ_CHECKOUT and not event.order_id):
            return event, None
        settlement = await _record(engine, event)
    except ProviderError as error:
        raise VerificationUnavailable(str(error)) from error
    since = settlement.received_at if event.created_at is None else event.created_at
    if event.order_id and settlement.verdict is Verdict.PARKED and engine.now() - since < ORDER_WAIT_SECONDS:
        raise OrderNotFoundYet(event.order_id)
    return event, settlement
