"""Finds which zones, countries and goods the deliveries of a catalogue reach. The Worker does not import this module."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from lightning_cart.domain.catalog import Catalog, Product, Site, Variant
from lightning_cart.domain.countries import COUNTRIES
from lightning_cart.domain.shipping import EVERYWHERE, Method, Shipping, Zone
from lightning_cart.usecases.catalog_limits import join_names

type Key = tuple[str | int, ...]


def _covers(earlier: Zone, later: Zone, country: str) -> bool:
    """Return whether a zone leaves nothing of a country to a later one."""
    if country not in earlier.countries and EVERYWHERE not in earlier.countries:
        return False
    own, others = (
        {region for region in zone.regions if country == EVERYWHERE or region.startswith(f"{country}-")}
        for zone in (earlier, later)
    )
    if own and not (others and others <= own):
        return False
    return not earlier.postal_codes or bool(later.postal_codes and set(later.postal_codes) <= set(earlier.postal_codes))


def covering_zones(zones: Iterable[Zone], zone: Zone) -> list[str] | None:
    """Return the ids of the earlier zones that leave nothing to a zone, or None if it can contain a place.

    Args:
        zones: The earlier zones.
        zone: The zone.
    """
    found: dict[str, None] = {}
    earlier = list(zones)
    for country in zone.countries:
        by = next((one.id for one in earlier if _covers(one, zone, country)), None)
        if by is None:
            return None
        found[by] = None
    return list(found)


def _zones_in(shipping: Shipping, country: str) -> Iterator[str]:
    """Yield the zones that can contain a place in a country."""
    for zone in shipping.zones.values():
        if country in zone.countries or EVERYWHERE in zone.countries:
            yield zone.id
            if not zone.postal_codes and not any(region.startswith(f"{country}-") for region in zone.regions):
                return


class Item(NamedTuple):
    """A product, or one of its variants, which is delivered."""

    product: Product
    number: int = 0
    variant: Variant | None = None

    @property
    def place(self) -> Key:
        """Where the variant is in the product's table, or nothing."""
        return ("variants", self.number) if self.variant is not None else ()

    @property
    def weight(self) -> int | None:
        """The weight of one in grams, or None if it is unknown."""
        own = self.variant.weight if self.variant is not None else None
        return self.product.weight if own is None else own

    @property
    def weight_key(self) -> Key:
        """Where the weight is in the product's table."""
        is_own = self.variant is not None and self.variant.weight is not None
        return (*self.place, "weight") if is_own else ("weight",)

    @property
    def prices_key(self) -> Key:
        """Where the prices are in the product's table."""
        if self.product.amount:
            return ("amount",)
        return (*self.place, "prices") if self.variant is not None and self.variant.prices else ("prices",)

    @property
    def least(self) -> dict[str, int]:
        """The least that one costs, in minor units by currency."""
        if self.product.amount:
            return {code: amount.least.minor for code, amount in self.product.amount.items()}
        return {code: price.minor for code, price in self.product.prices_of(self.variant).items()}


def items_of(product: Product) -> list[Item]:
    """Return what of a product can be bought: its active variants, or the product itself."""
    if not product.variants:
        return [Item(product)]
    return [Item(product, index, variant) for index, variant in enumerate(product.variants) if variant.active]


class Deliveries:
    """What a site delivers, where, and how.

    Args:
        site: The site.
        catalog: The catalogue.
        shipping: Its zones and methods.
    """

    def __init__(self, site: Site, catalog: Catalog, shipping: Shipping) -> None:
        self.site = site
        self.products = [product for product in catalog.products_for(site.id) if product.ships]
        self.is_one_of_several = len(catalog.sites) > 1
        self.zones = shipping.zones.values()
        self._shipping = shipping

    @cached_property
    def _methods_in(self) -> dict[str, list[Method]]:
        posted = [method for method in self._shipping.methods_of(self.site.id) if not method.pick_up]
        zones = {country: set(_zones_in(self._shipping, country)) for country in self.site.countries or sorted(COUNTRIES)}
        return {country: [one for one in posted if here & set(one.zones)] for country, here in zones.items()}

    @cached_property
    def methods(self) -> list[Method]:
        """The methods that some buyer can have."""
        reached = {method.id for methods in self._methods_in.values() for method in methods}
        return [one for one in self._shipping.methods_of(self.site.id) if one.pick_up or one.id in reached]

    @cached_property
    def reached(self) -> list[str]:
        """The countries that the site serves and a method reaches."""
        return [country for country, methods in self._methods_in.items() if methods]

    @property
    def unreached(self) -> list[str]:
        """The countries that the site serves and no method reaches."""
        return [country for country, methods in self._methods_in.items() if not methods]

    def obstacle(self, item: Item) -> tuple[Key, str] | None:
        """Return why something can never be delivered, and which key is at fault; or None if it can."""
        weight = item.weight or 0
        carrying = [method for method in self.methods if method.max_weight is None or weight <= method.max_weight]
        if not carrying:
            most = max(method.max_weight or 0 for method in self.methods)
            return item.weight_key, f"weighs {weight:,} g, and no method takes more than {most:,} g"
        least = item.least
        priced = {code: [method for method in carrying if code in method.prices] for code in least}
        if not any(priced.values()):
            return item.prices_key, f"has prices in {join_names(least)}, and no method that takes its weight has"
        for code, methods in priced.items():
            if any(code not in one.max_sum or least[code] <= one.max_sum[code].minor for one in methods):
                return None
        return item.prices_key, "costs more than max_sum of every method that takes its weight"
