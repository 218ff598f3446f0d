"""Validates a cart and prices it from the catalogue: one way for quotes and for orders."""

from collections.abc import Mapping
from typing import NamedTuple

from lightning_cart.domain.buyer import Buyer
from lightning_cart.domain.catalog import Catalog, Site, absolute_url
from lightning_cart.domain.choice import Choice
from lightning_cart.domain.metadata import read_metadata
from lightning_cart.domain.order import ENGINE, FREE, Order
from lightning_cart.domain.parts import Parts
from lightning_cart.domain.price import Goods, price_goods, price_total, reduce_goods
from lightning_cart.domain.shipping import Method, Parcel, delivery_price
from lightning_cart.domain.typed import is_left_out, match_name
from lightning_cart.errors import InvalidField
from lightning_cart.providers.strategy import PaymentStrategy, choose_able
from lightning_cart.usecases.cart_code import CodeOutcome, FoundCode, apply_code
from lightning_cart.usecases.cart_delivery import Offer, choose_method, find_offers
from lightning_cart.usecases.cart_free import missing_of_free, refuse_free
from lightning_cart.usecases.cart_keys import CART_KEYS, FORM_FIELDS, refuse_unknown
from lightning_cart.usecases.cart_lines import read_lines
from lightning_cart.usecases.cart_place import CartDelivery, find_delivery
from lightning_cart.usecases.cart_request import CartRequest, read_customer_email
from lightning_cart.usecases.cart_texts import read_note, read_vat_id

CLOSED = "This shop cannot take orders at the moment. Please tell the shop."


class PricedCart(NamedTuple):
    """A checked cart with its price.

    Args:
        order: The order that a checkout would save, with an empty id.
        choices: What its lines are made of.
        needs_delivery: Whether anything of it is delivered.
        parcel: What is delivered.
        offers: The site's methods of delivery; none if nothing is delivered.
        method: The method of delivery, or None.
        missing: What a checkout of this cart still needs.
        code: What its code does, or None if it has none.
        refusal: Why it cannot be ordered as it is, although nothing is missing: its code does not hold, or it comes to nothing
            and nobody said that it may; or None.
    """

    order: Order
    choices: tuple[Choice, ...]
    needs_delivery: bool
    parcel: Parcel
    offers: tuple[Offer, ...]
    method: Method | None
    missing: tuple[InvalidField, ...]
    code: CodeOutcome | None = None
    refusal: InvalidField | None = None

    def __repr__(self) -> str:
        return "PricedCart()"  # without the buyer's data

    @property
    def is_free(self) -> bool:
        """Whether it comes to nothing, so that a checkout of it would ask no provider."""
        return self.order.is_free and not self.order.total.minor

    @property
    def is_total_known(self) -> bool:
        """Whether nothing more is added to the total: a way of delivery was chosen if one is needed."""
        return self.method is not None or not self.needs_delivery


class _PricedGoods(NamedTuple):
    choices: tuple[Choice, ...]
    goods: Goods
    delivery: CartDelivery
    email: str
    code: CodeOutcome | None
    missing: tuple[InvalidField, ...]


def choose_site(site: object, catalog: Catalog) -> Site:
    """Return the site that a request names, or the only one.

    Args:
        site: Any value; None and "" count as left out.
        catalog: The sites.

    Raises:
        InvalidField: It names none, or names none where there are several.
    """
    if is_left_out(site) and len(catalog.sites) == 1:
        return next(iter(catalog.sites.values()))
    site_id = match_name(site, catalog.sites)
    if site_id is None:
        raise InvalidField("site", "must be the id of a site of this engine", CLOSED)
    return catalog.sites[site_id]


def _choose_strategy(cart: CartRequest, site: Site, strategies: Mapping[str, type[PaymentStrategy]]) -> str:
    if is_left_out(cart.strategy):
        return site.strategies[0]
    strategy = match_name(cart.strategy, (*site.strategies, FREE))
    if strategy is None:
        labels = " or ".join(strategies[name].label for name in site.strategies)
        reason = f"must be one of: {', '.join(site.strategies)}"
        raise InvalidField("strategy", reason, f"This way to pay is not offered. Please choose {labels}.")
    return strategy


def _price_goods(cart: CartRequest, catalog: Catalog, site: Site, found: FoundCode | None, now: int) -> _PricedGoods:
    """Price the goods of a cart with its code."""
    choices, currency, missing = read_lines(cart.items, cart.currency, site, catalog)
    delivery, email = find_delivery(cart.delivery, site, catalog, choices), read_customer_email(cart.customer_email)
    place, code = delivery.place.destination, None
    goods = price_goods(choices, currency, catalog, place, home_country=site.home_country)
    if found is not None:
        code = apply_code(found, choices, goods, email, now)
        missing += code.missing
        if any(code.discounts) or code.free_delivery:
            goods = reduce_goods(goods, code.discounts, free_delivery=code.free_delivery)
    return _PricedGoods(choices, goods, delivery, email, code, missing + delivery.place.missing)


def price_cart(
    cart: CartRequest,
    catalog: Catalog,
    strategies: Mapping[str, type[PaymentStrategy]],
    public_url: str,
    now: int,
    *,
    found: FoundCode | None = None,
) -> PricedCart:
    """Check a cart and price it from the catalogue, as far as it is complete.

    Args:
        cart: The unvalidated cart.
        catalog: The only source of prices, names and limits.
        strategies: The payment strategies by name.
        public_url: The engine's own origin, for images whose URL is a path.
        now: Unix seconds.
        found: The cart's code as it was found, or None if the cart has none. One that does not hold changes no price.

    Raises:
        InvalidField: The first field that is not valid.
    """
    refuse_unknown(cart.unknown, FORM_FIELDS if cart.is_form else CART_KEYS)
    site = choose_site(cart.site, catalog)
    strategy = _choose_strategy(cart, site, strategies)
    choices, goods, delivery, email, code, missing = _price_goods(cart, catalog, site, found, now)
    place = delivery.place.destination
    method = None
    offers: tuple[Offer, ...] = ()
    if catalog.shipping is not None and delivery.is_needed:
        offers = find_offers(delivery.methods, catalog.shipping, goods.parcel, place)
        is_known = not (delivery.delivers and delivery.place.missing)
        method, needed = choose_method(delivery.wanted, offers, goods.parcel, place, is_place_known=is_known)
        missing += (needed,) if needed is not None else ()
    quote = price_total(goods, catalog, method)
    inputs = tuple(choice.inputs for choice in choices)
    buyer = Buyer(delivery.kept_address, inputs if any(inputs) else (), read_note(cart.note), read_vat_id(cart.vat_id))
    order = Order(
        id="",
        site_id=site.id,
        strategy=strategy,
        provider=strategies[strategy].provider_name() if strategy != FREE else ENGINE,
        lines=tuple(line._replace(image=absolute_url(line.image, public_url)) for line in quote.lines),
        parts=quote.parts,
        created_at=now,
        updated_at=now,
        customer_email=email,
        metadata=read_metadata(cart.metadata, "metadata"),
        statement_descriptor_suffix=site.statement_descriptor_suffix,
        delivery=quote.delivery,
        place=quote.place,
        taxes=quote.taxes,
        renewal_minor=quote.renewal.minor,
        buyer=buyer,
        code=code.text if code is not None and _takes_off(code, quote.parts, goods.parcel, method) else "",
        asks_vat_id=site.ask_vat_id and not buyer.vat_id,
    )
    refusal = code.refusal if code is not None else None
    priced = PricedCart(order, choices, delivery.is_needed, goods.parcel, offers, method, missing, code, refusal)
    return _without_provider(priced) if priced.is_total_known and not order.total.minor else priced


def _takes_off(code: CodeOutcome, parts: Parts, parcel: Parcel, method: Method | None) -> bool:
    """Return whether a code makes a cart cheaper. One that does not is not used: no use of it is taken."""
    if parts.discount.minor or not code.free_delivery or method is None:
        return parts.discount.minor > 0
    return delivery_price(method, parcel._replace(is_free=False)).minor > 0


def _without_provider(priced: PricedCart) -> PricedCart:
    """Return a cart that comes to nothing as one of which no provider hears."""
    order, code = priced.order._replace(strategy=FREE, provider=ENGINE), priced.code
    return priced._replace(
        order=order,
        missing=(*priced.missing, *missing_of_free(order, [one.field for one in priced.missing])),
        refusal=priced.refusal or refuse_free(order, code_allows=code is not None and code.free),
    )


def order_from_cart(
    cart: CartRequest,
    catalog: Catalog,
    strategies: Mapping[str, type[PaymentStrategy]],
    public_url: str,
    now: int,
    *,
    found: FoundCode | None = None,
) -> Order:
    """Price a complete cart from the catalogue.

    Args:
        cart: The unvalidated cart.
        catalog: The only source of prices, names and quantity limits.
        strategies: The payment strategies by name.
        public_url: The engine's own origin, for images whose URL is a path.
        now: Unix seconds.
        found: The cart's code as it was found, or None if the cart has none.

    Returns:
        An order that is not saved yet and has an empty id.

    Raises:
        InvalidField: The first field that is not valid or missing.
    """
    priced = price_cart(cart, catalog, strategies, public_url, now, found=found)
    order = priced.order
    if priced.refusal is not None:
        raise priced.refusal
    if priced.missing:
        raise priced.missing[0]
    offered = {name: strategies[name] for name in catalog.sites[order.site_id].strategies}
    if not order.is_free:
        choose_able(order, offered)
    elif order.total.minor:
        total, labels = order.total.display, " or ".join(strategy.label for strategy in offered.values())
        reason = f"must be one of: {', '.join(offered)}. free is for an order that comes to nothing, and this one to {total}"
        raise InvalidField("strategy", reason, f"Your order comes to {total}. Please choose {labels}.")
    return order
