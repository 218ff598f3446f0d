"""Finds what a catalogue says and can never work: prices, texts, sites and pages. The Worker does not import this module."""

from collections.abc import Iterable, Iterator

from lightning_cart.domain.catalog import Catalog, Product, Site
from lightning_cart.domain.catalog_files import CatalogFiles, no_timezones, read_catalog, sort_mistakes
from lightning_cart.domain.catalog_mistakes import CatalogError, CatalogMistake
from lightning_cart.domain.catalog_sites import Timezones
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.usecases.catalog_choices import check_choices
from lightning_cart.usecases.catalog_delivery import check_delivery
from lightning_cart.usecases.catalog_limits import check_limits_of_products, join_names
from lightning_cart.usecases.catalog_pages import check_pages
from lightning_cart.usecases.catalog_rates import check_rates


def _no_common_currency(products: Iterable[Product]) -> tuple[Product, Product] | None:
    """Return two products that no cart can have together, or None."""
    by_currencies = {frozenset(product.currencies): product for product in products if product.currencies}
    for currencies, product in by_currencies.items():
        for others, other in by_currencies.items():
            if not currencies & others:
                return product, other
    return None


def _check_site(site: Site, catalog: Catalog, files: CatalogFiles) -> Iterator[CatalogMistake]:
    sold = catalog.products_for(site.id)
    if not sold:
        reason = "sells no product: add one that is active, or name the site in a product's sites"
        yield files.sites.mistake(("sites", site.id), reason, level="warning")
    if pair := _no_common_currency(sold):
        first, second = pair
        reason = (
            f"{first.id} has prices in {join_names(first.currencies)} and {second.id} in {join_names(second.currencies)}: "
            "no cart can have both"
        )
        yield files.sites.mistake(("sites", site.id), reason, level="warning")


def check_catalog(
    catalog: Catalog,
    files: CatalogFiles,
    strategies: Iterable[type[PaymentStrategy]],
    public_url: str = "",
    *,
    allow_private: bool = False,
) -> list[CatalogMistake]:
    """Return what a catalogue without mistakes in its form says and can never work, and what may surprise.

    Args:
        catalog: The catalogue.
        files: Its files.
        strategies: Every strategy that its sites offer.
        public_url: The setting `PUBLIC_URL`, or empty if it is not known.
        allow_private: Whether fulfilment webhooks may go to private addresses.

    Returns:
        Mistakes and then warnings, each in the order of the files.
    """
    limits = {strategy.name: strategy.limits for strategy in strategies}
    found = list(check_limits_of_products(catalog, files, limits))
    for product in catalog.products.values():
        names = dict.fromkeys(
            name for site in catalog.sites.values() if product.is_sold_on(site.id) for name in site.strategies
        )
        found += check_choices(product, files.products, {name: limits[name] for name in names})
    for site in catalog.sites.values():
        found += _check_site(site, catalog, files)
    if catalog.shipping is not None:
        found += check_delivery(catalog, catalog.shipping, files, limits)
    found += check_rates(catalog, files, limits)
    found += check_pages(catalog, files, public_url, allow_private=allow_private)
    return sort_mistakes(found)


def read_checked_catalog(
    files: CatalogFiles,
    strategies: Iterable[type[PaymentStrategy]],
    public_url: str = "",
    *,
    allow_private: bool = False,
    timezones: Timezones = no_timezones,
) -> tuple[Catalog, list[CatalogMistake]]:
    """Read the catalogue files and check that what they say can work.

    Args:
        files: The files.
        strategies: Every strategy that a site may offer.
        public_url: The setting `PUBLIC_URL`, or empty if it is not known.
        allow_private: Whether fulfilment webhooks may go to private addresses.
        timezones: Returns the names of all time zones. Default: only the form of a name is checked.

    Returns:
        The catalogue, and the warnings about it.

    Raises:
        CatalogError: The files have mistakes; the error has all of them.
    """
    known = list(strategies)
    catalog = read_catalog(files, [strategy.name for strategy in known], timezones)
    found = check_catalog(catalog, files, known, public_url, allow_private=allow_private)
    mistakes, warnings = ([one for one in found if one.level == level] for level in ("mistake", "warning"))
    if mistakes:
        raise CatalogError(mistakes, warnings)
    return catalog, warnings
