"""Compares a catalogue with what its sites' strategies can charge. The Worker does not import this module."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from lightning_cart.domain.catalog import Catalog, Product
from lightning_cart.domain.catalog_files import CatalogFiles
from lightning_cart.domain.catalog_mistakes import CatalogMistake, Level
from lightning_cart.domain.money import Money
from lightning_cart.errors import MoneyError
from lightning_cart.providers.strategy import Limits

type _Key = tuple[str | int, ...]
type _Said = tuple[_Key, str]  # which key of a product is at fault, and why


class _Verdict(NamedTuple):
    """What a strategy says about a price: why it can never charge it, or what may surprise."""

    refusal: _Said | None
    warnings: tuple[_Said, ...]


def join_names(names: Iterable[str]) -> str:
    """Return names as a part of a sentence: `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def inexpressible(money: Money, limits: Limits) -> str:
    """Return why a strategy cannot express an amount, or ""."""
    try:
        limits.amounts.to_provider(money)
    except MoneyError as error:
        return str(error)
    return ""


class _Offer(NamedTuple):
    """What one of a product can cost in one currency, and where the catalogue says so.

    Args:
        key: Where, inside the product's table.
        least: The price, or the least that the buyer may choose.
        most: The price, or the most that the buyer may choose.
    """

    key: _Key
    least: Money
    most: Money


def _offers_of(product: Product) -> Iterator[_Offer]:
    """Yield what a product can cost, each price of the file once, without what the buyer's texts add."""
    for code, amount in product.amount.items():
        yield _Offer(("amount", code), amount.least, amount.most)
    for index, variant in enumerate(product.variants):
        if variant.active:
            for code, price in variant.prices.items():
                yield _Offer(("variants", index, "prices", code), price, price)
    if not product.variants or any(variant.active and not variant.prices for variant in product.variants):
        for code, price in product.prices.items():
            yield _Offer(("prices", code), price, price)


def find_refusal(product: Product, price: Money, limits: Limits, *, is_alone: bool = True) -> _Said | None:
    """Return why a strategy can never charge a price of a product, and which key is at fault; or None if it can.

    Args:
        product: The product.
        price: One of its prices.
        limits: The strategy's limits.
        is_alone: Whether no other product has a price in this currency, so that no cart can have both.
    """
    return _refusal(product, _Offer(("prices", price.currency), price, price), limits, is_alone=is_alone)


def _refusal(product: Product, offer: _Offer, limits: Limits, *, is_alone: bool) -> _Said | None:
    code = offer.least.currency
    if product.interval and not limits.recurring_lines:
        return ("interval",), "cannot charge a recurring price"
    if not limits.accepts_currency(code):
        return offer.key, f"cannot charge {code}"
    try:
        limits.amounts.to_provider(offer.least)
        limits.amounts.to_provider(offer.most)
    except MoneyError as error:
        return offer.key, f"cannot charge this: {error}"
    if limits.max_total(code) < offer.least:
        return offer.key, f"cannot charge more than {limits.max_total(code).display}"
    most, minimum = offer.most * product.max_quantity, limits.min_total(code)
    if is_alone and most < minimum:
        pieces = f"even {product.max_quantity} of it cost {most.display}"
        return offer.key, f"cannot charge less than {minimum.display}, and {pieces}"
    return None


def _quantity_warnings(product: Product, offer: _Offer, limits: Limits) -> Iterator[_Said]:
    """Yield what a strategy that can charge a product says about its smallest and largest quantity."""
    code = offer.least.currency
    least, minimum, maximum = offer.least, limits.min_total(code), limits.max_total(code)
    if not least.minor:
        # Of 0 no strategy hears, if nothing else is bought.
        if minimum.minor > 1:
            how = "who chooses less, but not 0, has to buy something else, too"
            yield offer.key, f"cannot charge less than {minimum.display}: {how}"
    elif least < minimum:
        pieces = -(-minimum.minor // least.minor)
        is_enough = pieces <= product.max_quantity
        how = f"alone, {pieces} or more of it have to be bought" if is_enough else "it can be bought together with others only"
        if offer.most != least:
            how = "write it as the least, or who pays less has to buy something else, too"
        yield offer.key, f"cannot charge less than {minimum.display}: {how}"
    if maximum < offer.most * product.max_quantity:
        pieces = maximum.minor // offer.most.minor
        cost = f"{product.max_quantity} of it cost {(offer.most * product.max_quantity).display}"
        yield ("max_quantity",), f"cannot charge more than {maximum.display}, and {cost}: at most {pieces} can be bought"


def _verdict_on(product: Product, offer: _Offer, limits: Limits, *, is_alone: bool) -> _Verdict:
    refusal = _refusal(product, offer, limits, is_alone=is_alone)
    return _Verdict(refusal, () if refusal else tuple(_quantity_warnings(product, offer, limits)))


def _grouped(said: Iterable[tuple[str, _Said]]) -> Iterator[_Said]:
    """Join strategies that say the same about the same key into one sentence."""
    names: dict[_Said, list[str]] = {}
    for name, what in said:
        names.setdefault(what, []).append(name)
    for (key, reason), who in names.items():
        yield key, f"{join_names(who)} {reason}"


def _site_findings(
    verdicts: Mapping[_Key, Mapping[str, _Verdict]], strategies: Iterable[str]
) -> Iterator[tuple[_Key, str, Level]]:
    """Yield what a site's strategies say about a product.

    Args:
        verdicts: By the place of each price, what each strategy of any site that sells the product says about it.
        strategies: Those of the site.
    """
    offered = {key: [(name, said[name]) for name in strategies] for key, said in verdicts.items()}
    nobody = all(verdict.refusal for said in offered.values() for _, verdict in said)
    for place, said in offered.items():
        refused = list(_grouped((name, verdict.refusal) for name, verdict in said if verdict.refusal))
        if nobody or all(verdict.refusal for verdict in verdicts[place].values()):
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
    priced = [code for product in catalog.products.values() if product.active for code in product.currencies]
    alone = {code for code in set(priced) if priced.count(code) == 1}
    for product in catalog.products.values():
        sites = [site for site in catalog.sites.values() if product.is_sold_on(site.id)]
        names = {name for site in sites for name in site.strategies}
        verdicts = {
            offer.key: {
                name: _verdict_on(product, offer, strategies[name], is_alone=offer.least.currency in alone) for name in names
            }
            for offer in _offers_of(product)
        }
        found: dict[tuple[_Key, str, Level], list[str]] = {}
        for site in sites:
            for finding in dict.fromkeys(_site_findings(verdicts, site.strategies)):
                found.setdefault(finding, []).append(site.id)
        for (key, reason, level), where in found.items():
            on = f" (on {join_names(where)})" if len(catalog.sites) > 1 else ""
            advice = f": {_advice([site.id for site in sites if site.id not in where])}" if level == "mistake" else ""
            yield files.products.mistake(("products", product.id, *key), f"{reason}{on}{advice}", level=level)
