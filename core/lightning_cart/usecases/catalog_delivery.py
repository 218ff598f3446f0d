"""Finds what a catalogue's deliveries can never do. The Worker does not import this module."""

from collections.abc import Iterator, Mapping

from lightning_cart.domain.catalog import Catalog, Product
from lightning_cart.domain.catalog_files import CatalogFiles
from lightning_cart.domain.catalog_mistakes import CatalogMistake
from lightning_cart.domain.catalog_source import CatalogFile
from lightning_cart.domain.shipping import Shipping, Zone
from lightning_cart.providers.strategy import Limits
from lightning_cart.usecases.catalog_limits import inexpressible, join_names
from lightning_cart.usecases.catalog_reach import Deliveries, Key, covering_zones, items_of

_MAX_NAMED = 10  # countries in one sentence


def _named(countries: list[str]) -> str:
    if len(countries) <= _MAX_NAMED:
        return join_names(countries)
    return f"{', '.join(countries[:_MAX_NAMED])} and {len(countries) - _MAX_NAMED} more countries"


def _which(variants: list[str]) -> str:
    return f"the variant {variants[0]} " if len(variants) == 1 else f"each of the variants {join_names(variants)} "


def _undeliverable(deliveries: Deliveries, product: Product) -> Iterator[tuple[Key, str]]:
    on = f" on {deliveries.site.id}" if deliveries.is_one_of_several else ""
    items = items_of(product)
    obstacles = [(item, found) for item in items if (found := deliveries.obstacle(item))]
    for key, why in dict.fromkeys(found for _, found in obstacles):
        who = [item.variant.id for item, found in obstacles if item.variant and found == (key, why)]
        which = _which(who) if who and len(who) < len(items) else ""
        yield key, f"can never be bought{on}: {which}{why}"


def _product_findings(deliveries: Deliveries, product: Product, file: CatalogFile) -> Iterator[CatalogMistake]:
    where: Key = ("products", product.id)
    found = list(_undeliverable(deliveries, product))
    for key, reason in found:
        advice = "change it or a method of shipping.toml, or write ships = false if nothing is delivered"
        yield file.mistake((*where, *key), f"{reason}: {advice}")
    if found:
        return
    unpriced = [code for code in product.currencies if not any(code in method.prices for method in deliveries.methods)]
    if unpriced:
        reason = f"no method of delivery has a price in {join_names(unpriced)}, so that nobody can pay with it"
        yield file.mistake((*where, "prices"), reason, level="warning")
    bounded = [one.id for one in deliveries.methods if one.min_weight is not None or one.max_weight is not None]
    if bounded and any(item.weight is None for item in items_of(product)):
        reason = f"is missing, and counts as 0 g for the bounds of {join_names(bounded)}: write it in grams"
        yield file.mistake((*where, "weight"), reason, level="warning")


def _site_findings(deliveries: Deliveries, file: CatalogFile, limits: Mapping[str, Limits]) -> Iterator[CatalogMistake]:
    """Yield what a site that delivers cannot do."""
    site = deliveries.site
    where = ("sites", site.id)
    if not deliveries.methods:
        reason = "no method of shipping.toml is offered in a country that it serves, so that nothing that ships can be bought"
        yield file.mistake(where, f"{reason}: add one, or write ships = false in the products that are not delivered")
    elif deliveries.unreached:
        reason = f"no method delivers to {_named(deliveries.unreached)}"
        advice = "" if site.countries else ": add a zone, or name the countries that the site serves with countries"
        yield file.mistake((*where, "countries"), reason + advice, level="warning")
    unable = [name for name in site.strategies if limits[name].delivery_line is None]
    if unable:
        reason = f"{join_names(unable)} cannot charge a delivery, and the site sells products that ship"
        nobody = len(unable) == len(site.strategies)
        yield file.mistake((*where, "strategies"), reason, level="mistake" if nobody else "warning")
    refused: dict[tuple[str, ...], list[str]] = {}
    listed = set(site.countries) or {code for zone in deliveries.zones for code in zone.countries}
    for country in (one for one in deliveries.reached if one in listed):
        if names := tuple(name for name in site.strategies if country in limits[name].refused_countries):
            refused.setdefault(names, []).append(country)
    for names, countries in refused.items():
        reason = f"{join_names(names)} cannot deliver to {_named(countries)}: orders from there need another way to pay"
        yield file.mistake((*where, "countries"), reason, level="warning")


def _method_findings(
    shipping: Shipping, sites: list[Deliveries], file: CatalogFile, limits: Mapping[str, Limits]
) -> Iterator[CatalogMistake]:
    for method in shipping.methods.values():
        where = ("methods", method.id)
        offering = [one.site for one in sites if method in one.methods]
        if not offering:
            yield file.mistake((*where, "zones"), "is offered in no country that a site serves", level="warning")
        for code, limit in method.free_from.items():
            if code in method.max_sum and method.max_sum[code] < limit:
                reason = f"is never reached, because max_sum is {method.max_sum[code].decimal}"
                yield file.mistake((*where, "free_from", code), reason, level="warning")
        names = dict.fromkeys(name for site in offering for name in site.strategies)
        for code, price in method.prices.items():
            unable = [name for name in names if inexpressible(price, limits[name])]
            if unable:
                reason = f"{join_names(unable)} cannot charge this: {inexpressible(price, limits[unable[0]])}"
                yield file.mistake(
                    (*where, "prices", code), reason, level="mistake" if len(unable) == len(names) else "warning"
                )


def check_delivery(
    catalog: Catalog, shipping: Shipping, files: CatalogFiles, limits: Mapping[str, Limits]
) -> Iterator[CatalogMistake]:
    """Yield what can never be delivered, where nothing can be, and which zone or method has no effect.

    Args:
        catalog: The catalogue.
        shipping: Its zones and methods.
        files: Its files.
        limits: The limits of every strategy, by name.
    """
    file = files.shipping or files.sites
    earlier: list[Zone] = []
    for zone in shipping.zones.values():
        if by := covering_zones(earlier, zone):
            reason = f"contains no place, because {join_names(by)} before it contains all of them: write the smaller zone first"
            yield file.mistake(("zones", zone.id), reason, key=True, level="warning")
        earlier.append(zone)
    sites = [Deliveries(site, catalog, shipping) for site in catalog.sites.values()]
    yield from _method_findings(shipping, sites, file, limits)
    for deliveries in sites:
        if not deliveries.products:
            continue
        yield from _site_findings(deliveries, files.sites, limits)
        if deliveries.methods:
            for product in deliveries.products:
                yield from _product_findings(deliveries, product, files.products)
