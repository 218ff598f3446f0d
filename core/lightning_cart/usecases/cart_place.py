"""Finds where a cart is delivered, how, and which place its price is for."""

from collections.abc import Sequence
from typing import NamedTuple

from lightning_cart.domain.buyer import Address, Destination
from lightning_cart.domain.catalog import Catalog, Site
from lightning_cart.domain.choice import Choice
from lightning_cart.domain.shipping import Method
from lightning_cart.domain.taxes import UNTAXED
from lightning_cart.usecases.cart_address import Place, find_place, read_delivery
from lightning_cart.usecases.cart_delivery import read_method


class CartDelivery(NamedTuple):
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


def find_delivery(given: object, site: Site, catalog: Catalog, choices: Sequence[Choice]) -> CartDelivery:
    """Return what a cart says about its delivery.

    Args:
        given: The cart's `delivery`, of any type; None and "" count as left out.
        site: The site that sells.
        catalog: The methods of delivery and the tax rates.
        choices: What the buyer chose.

    Raises:
        InvalidField: A part of it is not valid.
    """
    address, method = read_delivery(given, site)
    methods = catalog.shipping.methods_of(site.id) if catalog.shipping is not None else []
    wanted = read_method(method, methods)
    is_needed = catalog.shipping is not None and any(choice.product.ships for choice in choices)
    possible = methods if wanted is None else [wanted]
    delivers = is_needed and not (possible and all(method.pick_up for method in possible))
    is_taxed = is_needed or any(choice.product.tax != UNTAXED for choice in choices)  # a delivery can be taxed
    if is_needed and not delivers and site.home_country:
        place = Place(Destination(site.home_country))  # what is handed over in the shop is taxed there
    else:
        place = find_place(address, site, catalog, delivers=delivers, is_taxed=is_taxed)
    return CartDelivery(address, place, methods, wanted if is_needed else None, is_needed, delivers)
