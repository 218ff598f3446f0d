"""A provider reports something: check that it is the provider, then settle it in one batch."""

from dataclasses import replace

from lightning_cart.domain.order import GIVEN_BACK, WAITING, EventKind, Order, Verdict, WebhookEvent
from lightning_cart.errors import BadSignature, OrderNotReadable, ProviderError, ProviderRefused, VerificationUnavailable
from lightning_cart.http import HttpRequest
from lightning_cart.storage.orders import Outdated, Settlement
from lightning_cart.usecases.engine import Engine

PATIENCE = 15 * 60  # seconds in which an order that an event names may still become readable


def provider_of(engine: Engine, request: HttpRequest) -> str:
    """The provider whose signature header a request carries.

    Raises:
        BadSignature: none.
    """
    for provider, header in engine.providers.items():
        if request.header(header):
            return provider
    raise BadSignature("no provider's signature header is there")


async def _read_changed(engine: Engine, event: WebhookEvent) -> WebhookEvent:
    """What the checkout of a changed order says.

    It is read only for an order that is stored and still waits for its money. So where reading takes the money, as it does
    where a buyer has agreed and the provider waits for us, it is never taken for an order that we have given up.
    """
    order = await engine.store.find(event.order_id)
    if order is None:
        return event  # parked as it is, until its order can be read
    if order.session is None:
        raise OrderNotReadable(event.order_id)
    if order.provider != event.provider or order.status not in WAITING:
        return replace(event, kind=EventKind.IGNORED)
    return await engine.run(engine.strategy(order.strategy).read_checkout(order))


async def _read_sum(engine: Engine, event: WebhookEvent, order: Order) -> WebhookEvent:
    """A refund's event with the sum that the provider tells now."""
    try:
        total = await engine.run(engine.strategy(order.strategy).read_refunded(order))
    except ProviderRefused:
        total = None  # a person has to look
    return replace(event, amount=total, observed=True)


async def _settle(engine: Engine, event: WebhookEvent) -> Settlement:
    """Settle an event in one round trip.

    The event of a refund that failed tells no sum. And from then on the sum in an older event that is still on its way may be
    too much. The database tells when that is so, and then the sum is asked for; again, if another refund failed meanwhile.
    """
    if event.kind not in GIVEN_BACK:
        return await engine.store.settle(event, engine.now())
    failures = 0 if event.kind is EventKind.REFUNDED else -1
    while isinstance(result := await engine.store.settle_sum(event, engine.now(), failures), Outdated):
        event, failures = await _read_sum(engine, event, result.order), result.failures
    return result


async def take_webhook(engine: Engine, provider: str, request: HttpRequest) -> tuple[WebhookEvent, Settlement | None]:
    """Verify one webhook and settle what it says.

    Args:
        engine: what to work with.
        provider: whose webhook path was called.
        request: as received.

    Returns:
        The event, and what came of it: `None` where it is not about an order of ours.

    Raises:
        NotFound: no such provider.
        MissingKeys: the provider has no keys.
        BadSignature: the provider did not send it.
        VerificationUnavailable: the provider could not be asked.
        OrderNotReadable: it names an order of ours that is not stored, or not with its checkout; it must come again, for a
            quarter of an hour. After that it is acknowledged, and the reconciler applies it once the order is there.
        StorageUnavailable: nothing was kept, and it must come again.
    """
    strategy = engine.provider(provider)
    try:
        event = await engine.run(strategy.verify_webhook(request, engine.now()))
        if event.kind is EventKind.CHANGED and event.order_id:
            event = await _read_changed(engine, event)
        routable = event.order_id or event.payment_ref or event.subscription_ref
        if event.kind is EventKind.IGNORED or not routable or (event.kind is EventKind.CHANGED and not event.order_id):
            return event, None
        settlement = await _settle(engine, event)
    except ProviderError as error:
        raise VerificationUnavailable(str(error)) from error
    since = settlement.received_at if event.created is None else event.created
    if event.order_id and settlement.verdict is Verdict.PARKED and engine.now() - since < PATIENCE:
        raise OrderNotReadable(event.order_id)
    return event, settlement
