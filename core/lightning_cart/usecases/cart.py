"""Validates a cart and prices it from the catalogue: one way for quotes and for orders."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lightning_cart.domain.buyer import Address, Buyer, Destination
from lightning_cart.domain.catalog import Catalog, Site, absolute_url
from lightning_cart.domain.email_address import read_email
from lightning_cart.domain.metadata import read_metadata
from lightning_cart.domain.order import Order
from lightning_cart.domain.price import Choice, price_goods, price_total
from lightning_cart.domain.shipping import Method, Parcel
from lightning_cart.domain.taxes import UNTAXED
from lightning_cart.domain.typed import is_left_out, match_name, trim
from lightning_cart.errors import InvalidField
from lightning_cart.providers.strategy import PaymentStrategy, choose_able
from lightning_cart.usecases.cart_address import Place, find_place, read_delivery
from lightning_cart.usecases.cart_delivery import Offer, choose_method, find_offers, read_method
from lightning_cart.usecases.cart_keys import CART_KEYS, FORM_FIELDS, refuse_unknown
from lightning_cart.usecases.cart_lines import read_lines
from lightning_cart.usecases.cart_texts import read_note

CLOSED = "This shop cannot take orders at the moment. Please tell the shop."


class CartRequest(NamedTuple):
    """The cart in a request, parsed but not validated: every value may be of any type.

    `unknown` has the keys of the request that no cart has, and `is_form` tells whether they are fields of a form.
    """

    items: object
    site: object = None
    strategy: object = None
    currency: object = None
    customer_email: object = None
    metadata: object = None
    delivery: object = None
    note: object = None
    unknown: tuple[str, ...] = ()
    is_form: bool = False

    def __repr__(self) -> str:
        return f"CartRequest(site={self.site!r})"  # without the buyer's data

    def site_id(self, catalog: Catalog) -> str:
        """Return the id of the site that the cart names, even if it has left the catalogue; else that of the only site."""
        if is_left_out(self.site):
            return next(iter(catalog.sites)) if len(catalog.sites) == 1 else ""
        named = trim(self.site) if isinstance(self.site, str) else ""
        return named if named.isascii() and named.isprintable() else ""


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
    """

    order: Order
    choices: tuple[Choice, ...]
    needs_delivery: bool
    parcel: Parcel
    offers: tuple[Offer, ...]
    method: Method | None
    missing: tuple[InvalidField, ...]

    def __repr__(self) -> str:
        return "PricedCart()"  # without the buyer's data


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
    strategy = match_name(cart.strategy, site.strategies)
    if strategy is None:
        labels = " or ".join(strategies[name].label for name in site.strategies)
        reason = f"must be one of: {', '.join(site.strategies)}"
        raise InvalidField("strategy", reason, f"This way to pay is not offered. Please choose {labels}.")
    return strategy


def _read_customer_email(value: object) -> str:
    if is_left_out(value):
        return ""
    address = read_email(value)
    if address is None:
        reason = "must be an e-mail address such as name@example.com, or left out"
        raise InvalidField("customer_email", reason, "E-mail: please check the address. It looks like name@example.com.")
    return address


class _Delivery(NamedTuple):
    """What a cart says about its delivery, before the goods are priced."""

    address: Address
    place: Place
    methods: Sequence[Method]
    wanted: Method | None
    is_needed: bool
    delivers: bool  # to an address

    @property
    def kept_address(self) -> Address | None:
        """The address as far as it is of use: whole for a delivery, who fetches it for a pick-up, else the country."""
        given, country = self.address, self.place.destination.country
        if self.delivers:
            return given._replace(country=country)
        if self.is_needed and (given.name or given.phone):
            return Address(given.country or country, given.name, phone=given.phone)
        return Address(given.country) if given.country else None


def _find_delivery(cart: CartRequest, site: Site, catalog: Catalog, choices: Sequence[Choice]) -> _Delivery:
    address, given = read_delivery(cart.delivery, site)
    methods = catalog.shipping.methods_of(site.id) if catalog.shipping is not None else []
    wanted = read_method(given, methods)
    is_needed = catalog.shipping is not None and any(choice.product.ships for choice in choices)
    possible = methods if wanted is None else [wanted]
    delivers = is_needed and not (possible and all(method.pick_up for method in possible))
    is_taxed = is_needed or any(choice.product.tax != UNTAXED for choice in choices)  # a delivery can be taxed
    if is_needed and not delivers and site.home_country:
        place = Place(Destination(site.home_country))  # what is handed over in the shop is taxed there
    else:
        place = find_place(address, site, catalog, delivers=delivers, is_taxed=is_taxed)
    return _Delivery(address, place, methods, wanted if is_needed else None, is_needed, delivers)


def price_cart(
    cart: CartRequest, catalog: Catalog, strategies: Mapping[str, type[PaymentStrategy]], public_url: str, now: int
) -> PricedCart:
    """Check a cart and price it from the catalogue, as far as it is complete.

    Args:
        cart: The unvalidated cart.
        catalog: The only source of prices, names and limits.
        strategies: The payment strategies by name.
        public_url: The engine's own origin, for images whose URL is a path.
        now: Unix seconds.

    Raises:
        InvalidField: The first field that is not valid.
    """
    refuse_unknown(cart.unknown, FORM_FIELDS if cart.is_form else CART_KEYS)
    site = choose_site(cart.site, catalog)
    strategy = _choose_strategy(cart, site, strategies)
    choices, currency, missing = read_lines(cart.items, cart.currency, site, catalog)
    delivery = _find_delivery(cart, site, catalog, choices)
    missing += delivery.place.missing
    place = delivery.place.destination
    goods = price_goods(choices, currency, catalog, place, home_country=site.home_country)
    method = None
    offers: tuple[Offer, ...] = ()
    if catalog.shipping is not None and delivery.is_needed:
        offers = find_offers(delivery.methods, catalog.shipping, goods.parcel, place)
        is_known = not (delivery.delivers and delivery.place.missing)
        method, needed = choose_method(delivery.wanted, offers, goods.parcel, place, is_place_known=is_known)
        missing += (needed,) if needed is not None else ()
    quote = price_total(goods, catalog, method)
    inputs = tuple(choice.inputs for choice in choices)
    order = Order(
        id="",
        site_id=site.id,
        strategy=strategy,
        provider=strategies[strategy].provider_name(),
        lines=tuple(line._replace(image=absolute_url(line.image, public_url)) for line in quote.lines),
        parts=quote.parts,
        created_at=now,
        updated_at=now,
        customer_email=_read_customer_email(cart.customer_email),
        metadata=read_metadata(cart.metadata, "metadata"),
        statement_descriptor_suffix=site.statement_descriptor_suffix,
        delivery=quote.delivery,
        place=quote.place,
        taxes=quote.taxes,
        renewal_minor=quote.renewal.minor,
        buyer=Buyer(delivery.kept_address, inputs if any(inputs) else (), read_note(cart.note)),
    )
    return PricedCart(order, choices, delivery.is_needed, goods.parcel, offers, method, missing)


def order_from_cart(
    cart: CartRequest, catalog: Catalog, strategies: Mapping[str, type[PaymentStrategy]], public_url: str, now: int
) -> Order:
    """Price a complete cart from the catalogue.

    Args:
        cart: The unvalidated cart.
        catalog: The only source of prices, names and quantity limits.
        strategies: The payment strategies by name.
        public_url: The engine's own origin, for images whose URL is a path.
        now: Unix seconds.

    Returns:
        An order that is not saved yet and has an empty id.

    Raises:
        InvalidField: The first field that is not valid or missing.
    """
    priced = price_cart(cart, catalog, strategies, public_url, now)
    if priced.missing:
        raise priced.missing[0]
    order = priced.order
    if not order.total.minor:
        reason = "the total is 0, and there is nothing to pay: change the products or the amount"
        raise InvalidField("items", reason, "Your order comes to nothing, and this shop takes no order without a payment.")
    choose_able(order, {name: strategies[name] for name in catalog.sites[order.site_id].strategies})
    return order
