"""Compares a catalogue with what its sites' strategies can charge. The Worker does not import this module."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from lightning_cart.domain.catalog import Catalog, Product
from lightning_cart.domain.catalog_files import CatalogFiles
from lightning_cart.domain.catalog_mistakes import CatalogMistake, Level
from lightning_cart.domain.money import Money
from lightning_cart.errors import MoneyError
from lightning_cart.providers.strategy import Limits

type _Key = tuple[str, ...]
type _Said = tuple[_Key, str]  # which key of a product is at fault, and why


class _Verdict(NamedTuple):
    """What a strategy says about a price: why it can never charge it, or what may surprise."""

    refusal: _Said | None
    warnings: tuple[_Said, ...]


def join_names(names: Iterable[str]) -> str:
    """Return names as a part of a sentence: `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def find_refusal(product: Product, price: Money, limits: Limits, *, is_alone: bool = True) -> _Said | None:
    """Return why a strategy can never charge a price of a product, and which key is at fault; or None if it can.

    Args:
        product: The product.
        price: One of its prices.
        limits: The strategy's limits.
        is_alone: Whether no other product has a price in this currency, so that no cart can have both.
    """
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
    most, minimum = price * product.max_quantity, limits.min_total(code)
    if is_alone and most < minimum:
        pieces = f"even {product.max_quantity} of it cost {most.display}"
        return ("prices", code), f"cannot charge less than {minimum.display}, and {pieces}"
    return None


def _quantity_warnings(product: Product, price: Money, limits: Limits) -> Iterator[_Said]:
    """Yield what a strategy that can charge a product says about its smallest and largest quantity."""
    code, minimum, maximum = price.currency, limits.min_total(price.currency), limits.max_total(price.currency)
    if price < minimum:
        pieces = -(-minimum.minor // price.minor)
        is_enough = pieces <= product.max_quantity
        how = f"alone, {pieces} or more of it have to be bought" if is_enough else "it can be bought together with others only"
        yield ("prices", code), f"cannot charge less than {minimum.display}: {how}"
    if maximum < price * product.max_quantity:
        pieces = maximum.minor // price.minor
        cost = f"{product.max_quantity} of it cost {(price * product.max_quantity).display}"
        yield ("max_quantity",), f"cannot charge more than {maximum.display}, and {cost}: at most {pieces} can be bought"


def _verdict_on(product: Product, price: Money, limits: Limits, *, is_alone: bool) -> _Verdict:
    refusal = find_refusal(product, price, limits, is_alone=is_alone)
    return _Verdict(refusal, () if refusal else tuple(_quantity_warnings(product, price, limits)))


def _grouped(said: Iterable[tuple[str, _Said]]) -> Iterator[_Said]:
    """Join strategies that say the same about the same key into one sentence."""
    names: dict[_Said, list[str]] = {}
    for name, what in said:
        names.setdefault(what, []).append(name)
    for (key, reason), who in names.items():
        yield key, f"{join_names(who)} {reason}"


def _site_findings(
    verdicts: Mapping[str, Mapping[str, _Verdict]], strategies: Iterable[str]
) -> Iterator[tuple[_Key, str, Level]]:
    """Yield what a site's strategies say about a product.

    Args:
        verdicts: By currency, what each strategy of any site that sells the product says about its price.
        strategies: Those of the site.
    """
    offered = {code: [(name, said[name]) for name in strategies] for code, said in verdicts.items()}
    nobody = all(verdict.refusal for said in offered.values() for _, verdict in said)
    for code, said in offered.items():
        refused = list(_grouped((name, verdict.refusal) for name, verdict in said if verdict.refusal))
        if nobody or all(verdict.refusal for verdict in verdicts[code].values()):
            why = "; ".join(reason for _, reason in refused)
            yield refused[0][0], f"can never be {'bought' if nobody else 'charged'}: {why}", "mistake"
        else:
            yield from ((key, reason, "warning") for key, reason in refused)
        for key, reason in _grouped((name, warning) for name, verdict in said for warning in verdict.warnings):
            yield key, reason, "warning"


def _advice(others: list[str]) -> str:
    """Return what to do about what some sites can never sell, and others can."""
    listed = ", ".join(f'"{one}"' for one in others)
    return (
        f"change it, offer a strategy that can, or write sites = [{listed}]"
        if others
        else "change it, or offer a strategy that can"
    )


def check_limits_of_products(
    catalog: Catalog, files: CatalogFiles, strategies: Mapping[str, Limits]
) -> Iterator[CatalogMistake]:
    """Yield what the strategies of each site say about each of its products, every sentence once.

    Args:
        catalog: The catalogue.
        files: Its files.
        strategies: The limits of every strategy, by name.
    """
    priced = [code for product in catalog.products.values() if product.active for code in product.prices]
    alone = {code for code in set(priced) if priced.count(code) == 1}
    for product in catalog.products.values():
        sites = [site for site in catalog.sites.values() if product.is_sold_on(site.id)]
        names = {name for site in sites for name in site.strategies}
        verdicts = {
            code: {name: _verdict_on(product, price, strategies[name], is_alone=code in alone) for name in names}
            for code, price in product.prices.items()
        }
        found: dict[tuple[_Key, str, Level], list[str]] = {}
        for site in sites:
            for finding in dict.fromkeys(_site_findings(verdicts, site.strategies)):
                found.setdefault(finding, []).append(site.id)
        for (key, reason, level), where in found.items():
            on = f" (on {join_names(where)})" if len(catalog.sites) > 1 else ""
            advice = f": {_advice([site.id for site in sites if site.id not in where])}" if level == "mistake" else ""
            yield files.products.mistake(("products", product.id, *key), f"{reason}{on}{advice}", level=level)
