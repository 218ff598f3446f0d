"""A provider reports something: check that it is the provider, then settle it in one batch."""

from lightning_cart.engine import Engine
from lightning_cart.errors import BadSignature, OrderNotReadable, ProviderError, VerificationUnavailable
from lightning_cart.http import HttpRequest
from lightning_cart.order import EventKind, Verdict, WebhookEvent
from lightning_cart.store import Settlement


def provider_of(engine: Engine, request: HttpRequest) -> str:
    """The provider whose signature header a request carries.

    Raises:
        BadSignature: none.
    """
    for provider, header in engine.providers.items():
        if request.header(header):
            return provider
    raise BadSignature("no provider's signature header is there")


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
        OrderNotReadable: it names an order of ours that is not stored; the event is kept, and must come again.
        StorageUnavailable: nothing was kept, and it must come again.
    """
    strategy = engine.provider(provider)
    try:
        event = await engine.run(strategy.verify_webhook(request, engine.now()))
    except ProviderError as error:
        raise VerificationUnavailable(str(error)) from error
    routable = event.order_id or event.payment_ref or event.subscription_ref
    if event.kind is EventKind.IGNORED or not routable:
        return event, None
    settlement = await engine.store.settle(event, engine.now())
    if event.order_id and settlement.verdict is Verdict.PARKED:
        raise OrderNotReadable(event.order_id)
    return event, settlement
