"""Reads the catalogue files, and reports every mistake in them at once.

The Worker does not import this module. Its catalogue is compiled at build time, so a mistake stops the deployment.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from lightning_cart.domain.catalog import Catalog, Product, Site
from lightning_cart.domain.catalog_classes import check_classes
from lightning_cart.domain.catalog_mistakes import CatalogError, CatalogMistake
from lightning_cart.domain.catalog_products import PRODUCTS, read_product
from lightning_cart.domain.catalog_shipping import SHIPPING, read_method, read_zone
from lightning_cart.domain.catalog_sites import SITES, Timezones, read_site
from lightning_cart.domain.catalog_source import CatalogFile
from lightning_cart.domain.catalog_tables import Table, one_of, read_tables, refuse_others
from lightning_cart.domain.catalog_taxes import TAXES, outside_fault, read_rate
from lightning_cart.domain.shipping import Method, Shipping, Zone
from lightning_cart.domain.taxes import Outside, Taxes, TaxRate

REQUIRED = (PRODUCTS, SITES)
OPTIONAL = (SHIPPING, TAXES)


class CatalogFiles(NamedTuple):
    """The catalogue files.

    Args:
        products: `products.toml`.
        sites: `sites.toml`.
        shipping: `shipping.toml`, or None if nothing is delivered.
        taxes: `taxes.toml`, or None if the engine computes no tax.
    """

    products: CatalogFile
    sites: CatalogFile
    shipping: CatalogFile | None = None
    taxes: CatalogFile | None = None


def no_timezones() -> Collection[str]:
    """Return no names of time zones, so that only their form is checked: their list is not part of the core."""
    return ()


def _parse(file: CatalogFile, mistakes: list[CatalogMistake]) -> dict[str, object] | None:
    """Return the content of a file, or None if it is not TOML."""
    try:
        return dict(file.parse())
    except CatalogError as error:
        mistakes.extend(error.mistakes)
        return None


def _read_kinds(
    file: CatalogFile,
    document: Mapping[str, object] | None,
    kinds: Mapping[str, Collection[str]],
    mistakes: list[CatalogMistake],
    optional: str = "",
) -> dict[str, dict[str, Table]]:
    """Return the tables of each kind in a file, by id.

    Args:
        file: The file.
        document: Its content, or None if it is not TOML.
        kinds: The keys of a table of each kind.
        mistakes: Where to add mistakes.
        optional: The kind of which there need not be any, or empty.
    """
    if document is None:
        return {kind: {} for kind in kinds}
    refuse_others(file, document, kinds, mistakes)
    return {
        kind: read_tables(file, document, kind, keys, mistakes) if kind in document or kind != optional else {}
        for kind, keys in kinds.items()
    }


def _read_shipping(file: CatalogFile, site: Callable[[object], str], mistakes: list[CatalogMistake]) -> Shipping:
    document = _parse(file, mistakes)
    kinds = {"zones": Zone._fields, "methods": Method._fields}
    tables = _read_kinds(file, document, kinds, mistakes, optional="zones")  # a shop with pick-ups only has no zone
    zones = tables["zones"]
    return Shipping(
        {key: read_zone(key, table) for key, table in zones.items()},
        {key: read_method(key, table, zones, site) for key, table in tables["methods"].items()},
    )


def _read_taxes(file: CatalogFile, mistakes: list[CatalogMistake]) -> Taxes:
    document = _parse(file, mistakes)
    outside = Outside.GROSS
    if document is not None and "outside" in document:
        top = Table(file, (), {"outside": document.pop("outside")}, mistakes)
        outside = Outside(top.read("outside", outside, outside_fault))
    rates = _read_kinds(file, document, {"rates": TaxRate._fields}, mistakes)["rates"]
    return Taxes({key: read_rate(key, table) for key, table in rates.items()}, outside)


def sort_mistakes(mistakes: Iterable[CatalogMistake]) -> list[CatalogMistake]:
    """Return mistakes in the order of the files and their lines, those that refuse the catalogue first."""
    return sorted(mistakes, key=lambda one: (one.level, one.file, one.line or 0, one.column or 0))


def read_catalog(files: CatalogFiles, strategies: Collection[str], timezones: Timezones = no_timezones) -> Catalog:
    """Read the catalogue files.

    Args:
        files: The files.
        strategies: The names of the payment strategies that a site may offer.
        timezones: Returns the names of all time zones. Default: only the form of a name is checked.

    Raises:
        CatalogError: The files have mistakes; the error has all of them.
    """
    mistakes: list[CatalogMistake] = []
    products, sites = (
        _read_kinds(file, _parse(file, mistakes), {kind: keys}, mistakes)[kind]
        for file, kind, keys in ((files.products, "products", Product._fields), (files.sites, "sites", Site._fields))
    )
    # If no site could be read, the sites of a product cannot be checked.
    site = one_of(sites, f"must be the id of a site in {SITES}") if sites else lambda _: ""
    catalog = Catalog(
        products={key: read_product(key, table, site) for key, table in products.items()},
        sites={key: read_site(key, table, strategies, timezones) for key, table in sites.items()},
        shipping=_read_shipping(files.shipping, site, mistakes) if files.shipping else None,
        taxes=_read_taxes(files.taxes, mistakes) if files.taxes else None,
    )
    if files.taxes and catalog.taxes and not mistakes:
        mistakes.extend(check_classes(catalog, catalog.taxes, files.products, files.taxes))
    if mistakes:
        raise CatalogError(sort_mistakes(mistakes))
    return catalog


def parse_catalog(
    products: str, sites: str, strategies: Collection[str], shipping: str | None = None, taxes: str | None = None
) -> Catalog:
    """Read the texts of the catalogue files.

    Args:
        products: The content of `products.toml`.
        sites: The content of `sites.toml`.
        strategies: The names of the payment strategies that a site may offer.
        shipping: The content of `shipping.toml`. Default: nothing is delivered.
        taxes: The content of `taxes.toml`. Default: the engine computes no tax.

    Raises:
        CatalogError: The files have mistakes; the error has all of them.
    """
    files = CatalogFiles(
        CatalogFile(PRODUCTS, products),
        CatalogFile(SITES, sites),
        None if shipping is None else CatalogFile(SHIPPING, shipping),
        None if taxes is None else CatalogFile(TAXES, taxes),
    )
    return read_catalog(files, strategies)
