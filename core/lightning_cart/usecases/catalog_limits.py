"""Compares a catalogue with what its sites' strategies can charge. The Worker does not import this module."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from lightning_cart.domain.catalog import Catalog, Product, Site
from lightning_cart.domain.catalog_files import CatalogFiles
from lightning_cart.domain.catalog_mistakes import CatalogMistake, Level
from lightning_cart.domain.money import Money
from lightning_cart.errors import MoneyError
from lightning_cart.providers.strategy import Limits

type _Key = tuple[str, ...]


class _Finding(NamedTuple):
    """What strategies of one site say about a key of a product."""

    product: str
    key: _Key
    reason: str
    level: Level
    site: str


def join_names(names: Iterable[str]) -> str:
    """Return names as a part of a sentence: `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def find_refusal(product: Product, price: Money, limits: Limits) -> tuple[_Key, str] | None:
    """Return why a strategy can never charge a price of a product, and which key is at fault; or None if it can."""
    code = price.currency
    if product.interval and not limits.recurring_lines:
        return ("interval",), "cannot charge a recurring price"
    if not limits.accepts_currency(code):
        return ("prices", code), f"cannot charge {code}"
    try:
        limits.amounts.to_provider(price)
    except MoneyError as error:
        return ("prices", code), f"cannot charge this: {error}"
    if limits.max_total(code) < price:
        return ("prices", code), f"cannot charge more than {limits.max_total(code).display}"
    if price * product.max_quantity < (minimum := limits.min_total(code)):
        pieces = f"even {product.max_quantity} of it cost {(price * product.max_quantity).display}"
        return ("prices", code), f"cannot charge less than {minimum.display}, and {pieces}"
    return None


def _quantity_warnings(product: Product, price: Money, limits: Limits) -> Iterator[tuple[_Key, str]]:
    """Yield what a strategy that can charge a product says about its smallest and largest quantity."""
    code, minimum, maximum = price.currency, limits.min_total(price.currency), limits.max_total(price.currency)
    if price < minimum:
        pieces = -(-minimum.minor // price.minor)
        yield ("prices", code), f"cannot charge less than {minimum.display}: alone, {pieces} or more of it have to be bought"
    if maximum < price * product.max_quantity:
        pieces = maximum.minor // price.minor
        cost = f"{product.max_quantity} of it cost {(price * product.max_quantity).display}"
        yield ("max_quantity",), f"cannot charge more than {maximum.display}, and {cost}: at most {pieces} can be bought"


def _grouped(said: Iterable[tuple[str, tuple[_Key, str]]]) -> Iterator[tuple[_Key, str]]:
    """Join strategies that say the same about the same key into one sentence."""
    names: dict[tuple[_Key, str], list[str]] = {}
    for name, what in said:
        names.setdefault(what, []).append(name)
    for (key, reason), who in names.items():
        yield key, f"{join_names(who)} {reason}"


def _site_findings(product: Product, site: Site, able: Mapping[str, Limits], dead: set[str]) -> Iterator[_Finding]:
    """Yield what a site's strategies say about a product.

    Args:
        product: A product that the site sells.
        site: The site.
        able: The limits of the site's strategies, by name.
        dead: The currencies that no strategy of any site can charge for the product.
    """
    prices = product.prices.values()
    rows = {price.currency: [(name, find_refusal(product, price, limits)) for name, limits in able.items()] for price in prices}
    nobody = all(refusal for row in rows.values() for _, refusal in row)
    for price in prices:
        row = rows[price.currency]
        refused = list(_grouped((name, refusal) for name, refusal in row if refusal))
        if nobody or price.currency in dead:
            why = "; ".join(reason for _, reason in refused)
            never = f"can never be {'bought' if nobody else 'charged'}: {why}"
            yield _Finding(product.id, refused[0][0], never, "mistake", site.id)
        else:
            yield from (_Finding(product.id, key, reason, "warning", site.id) for key, reason in refused)
        chargeable = [name for name, refusal in row if refusal is None]
        warnings = ((name, what) for name in chargeable for what in _quantity_warnings(product, price, able[name]))
        for key, reason in _grouped(warnings):
            yield _Finding(product.id, key, reason, "warning", site.id)


def _dead_currencies(product: Product, catalog: Catalog, strategies: Mapping[str, Limits]) -> set[str]:
    """Return the currencies of a product that no strategy of any site that sells it can charge."""
    offered = {name for site in catalog.sites.values() if product.is_sold_on(site.id) for name in site.strategies}
    return {
        code
        for code, price in product.prices.items()
        if all(find_refusal(product, price, strategies[name]) for name in offered)
    }


def check_limits_of_products(
    catalog: Catalog, files: CatalogFiles, strategies: Mapping[str, Limits]
) -> Iterator[CatalogMistake]:
    """Yield what the strategies of each site say about each of its products, every sentence once.

    Args:
        catalog: The catalogue.
        files: Its files.
        strategies: The limits of every strategy, by name.
    """
    sites: dict[tuple[str, _Key, str, Level], list[str]] = {}
    for product in catalog.products.values():
        dead = _dead_currencies(product, catalog, strategies)
        for site in catalog.sites.values():
            if product.is_sold_on(site.id):
                able = {name: strategies[name] for name in site.strategies}
                for finding in _site_findings(product, site, able, dead):
                    where = sites.setdefault(finding[:4], [])
                    where.extend([] if finding.site in where else [finding.site])
    for (product_id, key, reason, level), where in sites.items():
        on = f" (on {join_names(where)})" if len(catalog.sites) > 1 else ""
        advice = ": change it, or offer a strategy that can" if level == "mistake" else ""
        yield files.products.mistake(("products", product_id, *key), f"{reason}{on}{advice}", level=level)
