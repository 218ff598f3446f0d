"""Says what a cart costs, without saving anything: its price, its ways of delivery, what is missing, and who can charge it."""

from typing import NamedTuple

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import FREE
from lightning_cart.domain.shipping import Method, delivery_price, missing_to_free
from lightning_cart.errors import InvalidField
from lightning_cart.providers.strategy import check_limits
from lightning_cart.usecases.cart import PricedCart, price_cart
from lightning_cart.usecases.cart_delivery import Offer, why_not
from lightning_cart.usecases.cart_free import LABEL as FREE_LABEL
from lightning_cart.usecases.cart_request import CartRequest
from lightning_cart.usecases.checkout import find_code
from lightning_cart.usecases.engine import Engine


class MethodQuote(NamedTuple):
    """A method of delivery for a cart.

    Args:
        method: The method.
        price: What it costs, or None if it does not fit.
        missing_to_free: How much more goods make it free, or None.
        unfit: Why it does not fit, as a sentence for buyers, or empty.
    """

    method: Method
    price: Money | None
    missing_to_free: Money | None = None
    unfit: str = ""


class StrategyQuote(NamedTuple):
    """Whether a way to pay can take a cart.

    Args:
        name: The strategy's name.
        label: What its button says.
        refusal: Why it cannot take the cart, as sentences for buyers, or empty if it can.
    """

    name: str
    label: str
    refusal: str = ""


class CartQuote(NamedTuple):
    """What a cart costs, and what a checkout of it needs.

    Args:
        cart: The priced cart.
        surcharges: What each input of each line adds to its unit price, in minor units, by the input's id.
        methods: The site's methods of delivery; none if nothing is delivered.
        strategies: The site's ways to pay.
    """

    cart: PricedCart
    surcharges: tuple[dict[str, int], ...]
    methods: tuple[MethodQuote, ...]
    strategies: tuple[StrategyQuote, ...]


def _quote_methods(cart: PricedCart) -> tuple[MethodQuote, ...]:
    return tuple(
        MethodQuote(method, delivery_price(method, cart.parcel), missing_to_free(method, cart.parcel))
        if unfit is None
        else MethodQuote(method, None, unfit=why_not(Offer(method, unfit), cart.parcel))
        for method, unfit in cart.offers
    )


def _quote_strategy(engine: Engine, cart: PricedCart, name: str) -> StrategyQuote:
    strategy = engine.strategies[name]
    try:
        check_limits(cart.order._replace(strategy=name), strategy.limits, is_total_known=cart.is_total_known)
    except InvalidField as refusal:
        return StrategyQuote(name, strategy.label, refusal.for_buyer or refusal.reason)
    return StrategyQuote(name, strategy.label)


def _surcharges(cart: PricedCart) -> tuple[dict[str, int], ...]:
    currency = cart.order.total.currency
    return tuple(
        {
            one.id: one.surcharge[currency].minor if currency in one.surcharge else 0
            for one in choice.product.inputs
            if one.id in choice.inputs
        }
        for choice in cart.choices
    )


async def quote_cart(engine: Engine, request: CartRequest, caller: str = "") -> CartQuote:
    """Price a cart without saving an order and without asking a provider. Only a code is looked up, in one round trip.

    Args:
        engine: The engine, whose settings of providers are not needed.
        request: The unvalidated cart.
        caller: The caller's internet address, or empty if it is not known.

    Raises:
        InvalidField: The cart is invalid. What is only missing does not count, nor a code that does not hold.
        InvalidSettings: PUBLIC_URL is not set.
        TooManyWrongCodes: The caller has tried too many codes that do not exist.
        StorageUnavailable: The cart has a code, and the database did not answer.
    """
    found = await find_code(engine, request, caller)
    cart = price_cart(request, engine.catalog, engine.strategies, engine.public_url, engine.now(), found=found)
    names = engine.catalog.sites[cart.order.site_id].strategies
    strategies = tuple(_quote_strategy(engine, cart, name) for name in names)
    if cart.is_free:
        refusal = cart.refusal.for_buyer if cart.refusal is not None else ""
        strategies = (StrategyQuote(FREE, FREE_LABEL, refusal), *strategies)
    return CartQuote(cart, _surcharges(cart), _quote_methods(cart), strategies)
