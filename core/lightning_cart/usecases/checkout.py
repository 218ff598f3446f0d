"""The buyer wants to pay: price the cart, save the order, then open a hosted checkout for it."""

from dataclasses import replace

from lightning_cart.domain.catalog import absolute_url
from lightning_cart.domain.order import CheckoutSession, Order
from lightning_cart.errors import IdempotencyConflict, InvalidField
from lightning_cart.providers.strategy import name_able
from lightning_cart.usecases.cart import CartRequest, order_from_cart
from lightning_cart.usecases.engine import Engine

MAX_KEY = 255


def check_idempotency_key(key: str) -> str:
    """Check a caller's idempotency key.

    Raises:
        InvalidField: Too long, or characters that no UUID has.
    """
    if len(key) > MAX_KEY or not all("!" <= character <= "~" for character in key):
        raise InvalidField("Idempotency-Key", f"must be 1 to {MAX_KEY} visible ASCII characters, best a random UUID")
    return key


async def _save(engine: Engine, cart: CartRequest, key: str, request_digest: str) -> Order:
    """Save the order of a cart, or find the one that the same call saved before. One round trip."""
    try:
        priced = order_from_cart(cart, engine.catalog, engine.limits, engine.public_url, engine.now())
        engine.strategy(priced.strategy)  # without its keys nothing is saved
        saved = await engine.store.create_order(replace(priced, id=f"ord_{engine.ports.new_id()}"), key, request_digest)
    except InvalidField:
        # What was promised once stands, though its product went off sale meanwhile.
        found = await engine.store.find_by_key(key) if key else None
        if found is None:
            raise
        saved = found
    order, known_digest = saved
    if known_digest != request_digest:
        raise IdempotencyConflict("this Idempotency-Key came before with another body: use a fresh key for a new purchase")
    return order


async def start_checkout(engine: Engine, cart: CartRequest, key: str, request_digest: str) -> tuple[Order, CheckoutSession]:
    """Open a hosted checkout, or give the one that the same call opened before.

    The order is saved before the provider hears of it. Where the provider does not answer, it stays `open`, and the same
    call continues it: what is sent depends on the stored order alone.

    Args:
        engine: What to work with.
        cart: What the browser sent.
        key: The caller's idempotency key, or empty.
        request_digest: Of the request's body.

    Raises:
        IdempotencyConflict: The key came before, with another body.
        InvalidField: The cart cannot be accepted; or the strategy found out only now that it cannot take the order.
        InvalidSettings: The strategy has no keys.
        ProviderError: The provider refused, or did not answer.
        StorageUnavailable: Nothing was saved.
    """
    order = await _save(engine, cart, key, request_digest)
    if order.session is not None:
        return order, order.session
    site = engine.catalog.sites.get(order.site_id)
    if site is None:
        raise InvalidField("site", "is the id of a site that is not served here any more")
    success_url, cancel_url = f"{engine.public_url}/return/{order.id}", absolute_url(site.cancel_page, engine.public_url)
    try:
        session = await engine.run(engine.strategy(order.strategy).create_checkout(order, success_url, cancel_url))
    except InvalidField as refusal:
        raise name_able(refusal, order, {name: engine.limits[name][1] for name in site.strategies}) from refusal
    await engine.store.save_session(order.id, session, engine.now())
    return order, session
