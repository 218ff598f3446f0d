"""How goods are delivered: zones, methods, and what a method costs for a cart."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from lightning_cart.domain.buyer import Destination
from lightning_cart.domain.money import Money, step_of
from lightning_cart.domain.shares import share_out
from lightning_cart.domain.taxes import Percent

EVERYWHERE = "*"  # in the countries of a zone
_NO_SUMS: Mapping[str, Money] = {}


class Zone(NamedTuple):
    """A part of the world with the same delivery prices.

    Args:
        id: Its id.
        countries: ISO 3166-1 alpha-2 codes, or `*`.
        regions: ISO 3166-2 codes such as `ES-TF`. A country that has some here belongs to the zone only in these.
        postal_codes: A code (`35001`), the start of codes (`35*`) or a range of codes or of their starts (`35000-35999`),
            without blanks and hyphens of their own. Only these belong to the zone; empty for all.
    """

    id: str
    countries: tuple[str, ...]
    regions: tuple[str, ...] = ()
    postal_codes: tuple[str, ...] = ()

    def contains(self, place: Destination) -> bool:
        """Return whether a place lies in the zone."""
        if place.country not in self.countries and EVERYWHERE not in self.countries:
            return False
        regions = [region for region in self.regions if region.startswith(f"{place.country}-")]
        if regions and f"{place.country}-{place.region}" not in regions:
            return False
        if not self.postal_codes:
            return True
        code, country = place.comparable.postal_code, place.country
        marked = country + code if code[:1].isdecimal() else code  # some countries write their own code before it: LV-1010
        return any(
            _fits(code, pattern) or (pattern.startswith(country) and _fits(marked, pattern)) for pattern in self.postal_codes
        )


def _fits(postal_code: str, pattern: str) -> bool:
    """Return whether a postal code fits a pattern. A range is of starts, because Dutch and Portuguese codes are longer."""
    if pattern.endswith("*"):
        return postal_code.startswith(pattern[:-1])
    first, _, last = pattern.partition("-")
    if not last:
        return postal_code == first
    return len(postal_code) >= len(first) and first <= postal_code[: len(first)] <= last


class Method(NamedTuple):
    """One way of delivery.

    Args:
        id: Its id in carts.
        name: The name that the buyer reads.
        prices: Price by currency code. It is offered in these currencies only.
        zones: The ids of the zones in which it is offered; none if it is a pick-up.
        free_from: From which sum of goods after discount it is free, by currency code.
        min_weight: The smallest weight of the goods in grams, or None.
        max_weight: The largest weight of the goods in grams, or None.
        min_sum: From which sum of goods after discount it is offered, by currency code.
        max_sum: Up to which sum it is offered, by currency code.
        days: The fewest and the most working days of the delivery, or None if unknown.
        pick_up: Whether the buyer fetches the goods, so that no address is needed.
        sites: The ids of the sites that offer it; empty for every site.
    """

    id: str
    name: str
    prices: Mapping[str, Money]
    zones: tuple[str, ...] = ()
    free_from: Mapping[str, Money] = _NO_SUMS
    min_weight: int | None = None
    max_weight: int | None = None
    min_sum: Mapping[str, Money] = _NO_SUMS
    max_sum: Mapping[str, Money] = _NO_SUMS
    days: tuple[int, int] | None = None
    pick_up: bool = False
    sites: tuple[str, ...] = ()


class Shipping(NamedTuple):
    """The content of `config/shipping.toml`: zones and methods by their ids. A place is in the first zone that contains it."""

    zones: Mapping[str, Zone]
    methods: Mapping[str, Method]

    def zone_of(self, place: Destination) -> Zone | None:
        """Return the first zone that contains a place, or None."""
        return next((zone for zone in self.zones.values() if zone.contains(place)), None)

    def methods_of(self, site_id: str) -> list[Method]:
        """Return the methods of a site, in the order of the file."""
        return [method for method in self.methods.values() if not method.sites or site_id in method.sites]

    def uses_regions(self, country: str) -> bool:
        """Return whether the zone of a place in this country depends on its region."""
        return any(region.startswith(f"{country}-") for zone in self.zones.values() for region in zone.regions)

    def uses_postal_codes(self, country: str) -> bool:
        """Return whether the zone of a place in this country depends on its postal code."""
        return any(zone.postal_codes and country in zone.countries for zone in self.zones.values())


class Parcel(NamedTuple):
    """What a method's price depends on.

    Args:
        goods: The sum of all goods after discount, in the cart's currency, as the buyer pays it.
        weight: The weight of what is delivered, in grams.
        unpaid: The percentages of tax that methods' prices include and this buyer does not pay, each with the value of the
            goods by which a price is shared; empty if the buyer pays the prices as they are.
        is_free: Whether a code makes the delivery free.
    """

    goods: Money
    weight: int
    unpaid: tuple[tuple[Percent, int], ...] = ()
    is_free: bool = False


class Unfit(StrEnum):
    """Why a method is not offered for a parcel."""

    PLACE = "place"
    CURRENCY = "currency"
    TOO_LIGHT = "too_light"
    TOO_HEAVY = "too_heavy"
    SUM_TOO_SMALL = "sum_too_small"
    SUM_TOO_LARGE = "sum_too_large"


def why_unfit(method: Method, parcel: Parcel, zone: Zone | None) -> Unfit | None:
    """Return why a method is not offered, or None if it is.

    Args:
        method: The method.
        parcel: What is delivered.
        zone: The zone of the address, or None if there is none.
    """
    currency, weight, goods = parcel.goods.currency, parcel.weight, parcel.goods
    rules = (
        (not method.pick_up and (zone is None or zone.id not in method.zones), Unfit.PLACE),
        (currency not in method.prices, Unfit.CURRENCY),
        (method.min_weight is not None and weight < method.min_weight, Unfit.TOO_LIGHT),
        (method.max_weight is not None and weight > method.max_weight, Unfit.TOO_HEAVY),
        (currency in method.min_sum and goods < method.min_sum[currency], Unfit.SUM_TOO_SMALL),
        (currency in method.max_sum and method.max_sum[currency] < goods, Unfit.SUM_TOO_LARGE),
    )
    return next((reason for is_broken, reason in rules if is_broken), None)


def delivery_price(method: Method, parcel: Parcel) -> Money:
    """Return what a method that fits costs the buyer: 0 by a code, or if the goods reach the sum from which it is free."""
    currency = parcel.goods.currency
    if parcel.is_free:
        return Money(0, currency)
    if currency in method.free_from and method.free_from[currency] <= parcel.goods:
        return Money(0, currency)
    price = method.prices[currency]
    return _without_tax(price, parcel.unpaid) if parcel.unpaid else price


def _without_tax(price: Money, unpaid: Sequence[tuple[Percent, int]]) -> Money:
    step = step_of(price.currency)
    shares = share_out(price.minor, [value for _, value in unpaid], step)
    net = sum(percent.take_from(share, step) for (percent, _), share in zip(unpaid, shares, strict=True))
    return Money(net, price.currency)


def missing_to_free(method: Method, parcel: Parcel) -> Money | None:
    """Return how much more goods make a method free, or None if it is free or never becomes so."""
    limit = method.free_from.get(parcel.goods.currency)
    if limit is None or not delivery_price(method, parcel).minor:
        return None
    return limit - parcel.goods
