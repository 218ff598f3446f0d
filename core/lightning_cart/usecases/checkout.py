"""Starts a checkout: prices the cart, saves the order, then opens a hosted checkout at the provider.

An order that comes to nothing is paid as soon as it is saved, and no provider hears of it.
"""

from typing import NamedTuple

from lightning_cart.domain.catalog import absolute_url
from lightning_cart.domain.codes import buyer_mark
from lightning_cart.domain.order import PAID_STATUSES, UNPAID_STATUSES, CheckoutSession, Order
from lightning_cart.errors import (
    CheckoutEnded,
    IdempotencyConflict,
    InvalidField,
    LightningCartError,
    TemporarilyUnavailable,
    TooManyWrongCodes,
)
from lightning_cart.providers.strategy import PrefillsPage, name_able
from lightning_cart.storage.attempts import HOUR
from lightning_cart.storage.new_orders import Claims, CodeClaim, FreeClaim, NotSaved
from lightning_cart.usecases.buyer_return import landing_url, return_url
from lightning_cart.usecases.cart import CLOSED, order_from_cart
from lightning_cart.usecases.cart_code import FoundCode, read_cart_code
from lightning_cart.usecases.cart_request import CartRequest, read_customer_email
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.expire import expire_order, lease_order

_CODE_TRIES = 3  # how often a cart is priced anew because its code was changed meanwhile


class CheckoutRequest(NamedTuple):
    """What a checkout is started with.

    Args:
        cart: The unvalidated cart.
        key: The caller's idempotency key, or empty.
        digest: SHA-256 of the request's body.
        caller: The caller's internet address, or empty if it is not known.
        by_form: Whether a plain form sent it, so that the buyer may have no JavaScript.
    """

    cart: CartRequest
    key: str
    digest: str
    caller: str = ""
    by_form: bool = False

    def __repr__(self) -> str:
        return "CheckoutRequest()"  # without the buyer's data


class Checkout(NamedTuple):
    """A started checkout.

    Args:
        order: The saved order.
        url: Where to send the buyer.
        session: The provider's hosted checkout, or None if there was nothing to pay.
    """

    order: Order
    url: str
    session: CheckoutSession | None


async def find_code(engine: Engine, cart: CartRequest, caller: str) -> FoundCode | None:
    """Look the code of a cart up, or return None if the cart has none. One round trip, which counts a code that does not exist.

    Args:
        engine: The configured engine.
        cart: The unvalidated cart.
        caller: The caller's internet address, or empty if it is not known.

    Raises:
        InvalidField: The cart's code is no text, or its e-mail address cannot be one.
        TooManyWrongCodes: The caller has tried too many codes that do not exist.
        StorageUnavailable: The database did not answer.
    """
    text = read_cart_code(cart.code)
    if text is None:
        return None
    email, now = read_customer_email(cart.customer_email), engine.now()
    mark = buyer_mark(text, email) if email else ""
    code, used_before, is_limited = await engine.codes.find(text, mark, engine.receipts.caller_key(caller), now)
    if is_limited:
        raise TooManyWrongCodes(HOUR - now % HOUR)
    return FoundCode(text, code, used_before and bool(email))


async def _save_priced(engine: Engine, request: CheckoutRequest) -> tuple[Order, str] | NotSaved:
    """Price a cart and save its order, or return the one that an earlier call with this key saved."""
    found = await find_code(engine, request.cart, request.caller)
    priced = order_from_cart(request.cart, engine.catalog, engine.strategies, engine.public_url, engine.now(), found=found)
    if not priced.is_free:
        engine.strategy(priced.strategy)  # raises before anything is saved
    order_id, receipts = f"ord_{engine.ports.new_id()}", engine.receipts
    order = priced._replace(
        id=order_id,
        return_token=receipts.return_token(order_id),
        page_token=receipts.page_token(order_id),
        by_form=request.by_form,
    )
    code = free = None
    if found is not None and found.code is not None and order.code:
        code = CodeClaim(order.code, found.code.revision, buyer_mark(order.code, order.customer_email))
    if order.is_free:
        goods = order.code or ",".join(sorted({line.product_id for line in order.lines}))
        free = FreeClaim(receipts.caller_key(request.caller), receipts.email_key(order.customer_email, goods))
    return await engine.orders.create_order(order, request.key, request.digest, Claims(code, free))


async def _save(engine: Engine, request: CheckoutRequest) -> Order:
    """Save the order of a cart, or return the one that an earlier call with this key saved."""
    saved: tuple[Order, str] | NotSaved = NotSaved.CODE_CHANGED
    try:
        for _ in range(_CODE_TRIES):
            saved = await _save_priced(engine, request)
            if saved is not NotSaved.CODE_CHANGED:
                break
    except (InvalidField, TooManyWrongCodes):
        # An order that was saved remains valid after its product was removed from the catalogue, or its code used up.
        site_id = request.cart.site_id(engine.catalog)
        known = await engine.orders.find_by_key(site_id, request.key, engine.now()) if request.key else None
        if known is None:
            raise
        saved = known
    if saved is NotSaved.CODE_CHANGED:
        raise TemporarilyUnavailable("the code is being changed at this moment")
    if isinstance(saved, NotSaved):
        raise IdempotencyConflict("this Idempotency-Key is used by another site of this engine: use a random UUID as the key")
    order, known_digest = saved
    if known_digest != request.digest:
        raise IdempotencyConflict("this Idempotency-Key was used before with another body: use a new key for a new purchase")
    return order


def _buyer_url(engine: Engine, order: Order, session: CheckoutSession) -> str:
    strategy = engine.configured.get(order.strategy)
    return strategy.buyer_url(order, session) if isinstance(strategy, PrefillsPage) else session.url


async def _release_code(engine: Engine, order: Order) -> None:
    """End an order that its provider refuses, so that the buyer can use its code for a corrected one."""
    try:
        lease = await lease_order(engine, order.id)
        if lease.order.session is None:
            await expire_order(engine, lease)
        else:  # another call with this key has opened its page meanwhile
            await engine.leases.release(lease)
    except LightningCartError:
        return  # it ends by itself, like every order without a page


async def start_checkout(engine: Engine, request: CheckoutRequest) -> Checkout:
    """Open a hosted checkout, or return the one that an earlier call with this key opened.

    The order is saved before the provider is called. If the provider does not answer, the order stays `open` and the same call
    continues it: the provider's requests depend on the stored order alone. If the provider refuses an order with a code,
    as for its address, the order ends, so that the corrected one can have the code.

    Args:
        engine: The configured engine.
        request: The cart and who sent it.

    Raises:
        IdempotencyConflict: The key was used before with another body, or by another site.
        CheckoutEnded: The checkout that was opened with this key has ended.
        InvalidField: The cart is invalid, its code does not hold, or the strategy cannot take the order.
        TooManyWrongCodes: The caller has tried too many codes that do not exist.
        TooManyFreeOrders: The caller or the buyer has had too many free orders.
        InvalidSettings: The strategy's settings are missing.
        ProviderError: The provider refused, or did not answer.
        StorageUnavailable: Nothing was saved.
    """
    order = await _save(engine, request)
    if order.is_free and order.status in PAID_STATUSES:
        return Checkout(order, landing_url(engine, order), None)
    if order.status not in UNPAID_STATUSES or (order.session is not None and order.session.is_over(engine.now())):
        raise CheckoutEnded(order.id, order.status)
    if order.session is not None:
        return Checkout(order, _buyer_url(engine, order, order.session), order.session)
    site = engine.catalog.sites.get(order.site_id)
    if site is None:
        raise InvalidField("site", "is the id of a site that is no longer in the catalogue", CLOSED)
    success_url, cancel_url = return_url(engine, order), absolute_url(site.cancel_page, engine.public_url)
    try:
        session = await engine.run(engine.strategy(order.strategy).create_checkout(order, success_url, cancel_url))
    except InvalidField as refusal:
        if order.code:
            await _release_code(engine, order)
        offered = {name: engine.strategies[name] for name in site.strategies}
        raise name_able(refusal, order, offered) from refusal
    await engine.orders.save_session(order.id, session, engine.now())
    return Checkout(order, _buyer_url(engine, order, session), session)
