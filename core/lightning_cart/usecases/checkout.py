"""Starts a checkout: prices the cart, saves the order, then opens a hosted checkout at the provider."""

from lightning_cart.domain.catalog import absolute_url
from lightning_cart.domain.order import UNPAID_STATUSES, CheckoutSession, Order
from lightning_cart.errors import CheckoutEnded, IdempotencyConflict, InvalidField
from lightning_cart.providers.strategy import name_able
from lightning_cart.usecases.buyer_return import return_url
from lightning_cart.usecases.cart import CLOSED, CartRequest, order_from_cart
from lightning_cart.usecases.engine import Engine


async def _save(engine: Engine, cart: CartRequest, key: str, request_digest: str) -> Order:
    """Save the order of a cart, or return the one that an earlier call with this key saved. One round trip."""
    try:
        priced = order_from_cart(cart, engine.catalog, engine.strategies, engine.public_url, engine.now())
        engine.strategy(priced.strategy)  # raises before anything is saved
        order_id = f"ord_{engine.ports.new_id()}"
        new = priced._replace(id=order_id, return_token=engine.receipts.return_token(order_id))
        saved = await engine.orders.create_order(new, key, request_digest)
    except InvalidField:
        # An order that was saved remains valid after its product was removed from the catalogue.
        site_id = cart.site_id(engine.catalog)
        saved = await engine.orders.find_by_key(site_id, key, engine.now()) if key else None
        if saved is None:
            raise
    if saved is None:
        raise IdempotencyConflict("this Idempotency-Key is used by another site of this engine: use a random UUID as the key")
    order, known_digest = saved
    if known_digest != request_digest:
        raise IdempotencyConflict("this Idempotency-Key was used before with another body: use a new key for a new purchase")
    return order


async def start_checkout(engine: Engine, cart: CartRequest, key: str, request_digest: str) -> tuple[Order, CheckoutSession]:
    """Open a hosted checkout, or return the one that an earlier call with this key opened.

    The order is saved before the provider is called. If the provider does not answer, the order stays `open` and the same call
    continues it: the provider's requests depend on the stored order alone.

    Args:
        engine: The configured engine.
        cart: The unvalidated cart.
        key: The caller's idempotency key, or empty.
        request_digest: SHA-256 of the request's body.

    Raises:
        IdempotencyConflict: The key was used before with another body, or by another site.
        CheckoutEnded: The checkout that was opened with this key has ended.
        InvalidField: The cart is invalid, or the strategy cannot take the order.
        InvalidSettings: The strategy's settings are missing.
        ProviderError: The provider refused, or did not answer.
        StorageUnavailable: Nothing was saved.
    """
    order = await _save(engine, cart, key, request_digest)
    if order.status not in UNPAID_STATUSES or (order.session is not None and order.session.is_over(engine.now())):
        raise CheckoutEnded(order.id, order.status)
    if order.session is not None:
        return order, order.session
    site = engine.catalog.sites.get(order.site_id)
    if site is None:
        raise InvalidField("site", "is the id of a site that is no longer in the catalogue", CLOSED)
    success_url, cancel_url = return_url(engine, order), absolute_url(site.cancel_page, engine.public_url)
    try:
        session = await engine.run(engine.strategy(order.strategy).create_checkout(order, success_url, cancel_url))
    except InvalidField as refusal:
        offered = {name: engine.strategies[name] for name in site.strategies}
        raise name_able(refusal, order, offered) from refusal
    await engine.orders.save_session(order.id, session, engine.now())
    return order, session
