"""Reads `config/products.toml` and `config/sites.toml`, and reports every mistake in them at once.

The Worker does not import this module. Its catalogue is compiled at build time, so a mistake stops the deployment.
"""

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from lightning_cart.domain.catalog import Catalog, Interval, Product, Site
from lightning_cart.domain.catalog_faults import (
    descriptor_fault,
    fulfilment_url_fault,
    origin_fault,
    page_fault,
    price_fault,
    quantity_fault,
    switch_fault,
)
from lightning_cart.domain.catalog_mistakes import CatalogError, CatalogMistake
from lightning_cart.domain.catalog_source import CatalogFile
from lightning_cart.domain.catalog_tables import Table, one_of, read_tables
from lightning_cart.domain.metadata import read_metadata
from lightning_cart.domain.money import Money
from lightning_cart.errors import InvalidField

PRODUCTS = "products.toml"
SITES = "sites.toml"
MAX_NAME = 127  # PayPal: items[].name
MAX_DESCRIPTION = 2000  # Square: line_items[].note
_INTERVAL = one_of(tuple(Interval), 'must be "week", "month" or "year"')
_PRICES = 'must be a table of currency codes and decimal strings, such as prices = { USD = "10.00" }'


class CatalogFiles(NamedTuple):
    """Both catalogue files."""

    products: CatalogFile
    sites: CatalogFile


def _read_prices(table: Table) -> dict[str, Money]:
    given: dict[str, object] = table.read(
        "prices", {}, lambda value: "" if isinstance(value, dict) and value else _PRICES, required=_PRICES
    )
    prices = {}
    for currency, value in given.items():
        if reason := price_fault(value, currency):
            table.add_mistake("prices", currency, reason=reason)
        else:
            prices[currency] = Money.parse(str(value), currency)
    return prices


def _read_metadata(table: Table) -> dict[str, str]:
    try:
        return read_metadata(table.take("metadata"), "metadata")
    except InvalidField as error:
        table.add_mistake(*error.field.split(".", 1), reason=error.reason)
        return {}


def _read_product(product_id: str, table: Table, site: Callable[[object], str]) -> Product:
    interval = table.read("interval", "", _INTERVAL)
    product = Product(
        id=product_id,
        name=table.read_text("name", MAX_NAME, required='write what the buyer reads, such as name = "Mug"'),
        prices=_read_prices(table),
        description=table.read_text("description", MAX_DESCRIPTION),
        image=table.read("image", "", page_fault),
        interval=Interval(interval) if interval else None,
        max_quantity=table.read("max_quantity", 99, quantity_fault),
        sites=table.read_strings("sites", site),
        active=table.read("active", True, switch_fault),
        metadata=_read_metadata(table),
    )
    table.finish()
    return product


def _read_site(site_id: str, table: Table, strategies: Collection[str]) -> Site:
    strategy = one_of(strategies, f"must be one of: {', '.join(strategies)}")
    page = 'write an https URL, or a path on the engine\'s own origin, such as "/success.html"'
    default = table.read("default_strategy", "", strategy, required=f"write one of: {', '.join(strategies)}")
    site = Site(
        id=site_id,
        name=table.read_text("name", MAX_NAME, required='write the shop\'s name, such as name = "Shop"'),
        success_page=table.read("success_page", "", page_fault, required=page),
        cancel_page=table.read("cancel_page", "", page_fault, required=page),
        strategies=tuple(dict.fromkeys((default, *table.read_strings("strategies", strategy)))),
        origins=table.read_strings("origins", origin_fault),
        statement_descriptor_suffix=table.read("statement_descriptor_suffix", "", descriptor_fault),
        fulfilment_url=table.read("fulfilment_url", "", fulfilment_url_fault),
        fulfilment_email=table.read("fulfilment_email", False, switch_fault),
    )
    if site.fulfilment_email and not site.fulfilment_url:
        table.add_mistake("fulfilment_email", reason="has no effect without a valid fulfilment_url: add one, or remove this")
    table.finish()
    return site


def _read_tables(file: CatalogFile, kind: str, keys: Collection[str], mistakes: list[CatalogMistake]) -> dict[str, Table]:
    try:
        document = file.parse()
    except CatalogError as error:
        mistakes.extend(error.mistakes)
        return {}
    return read_tables(file, document, kind, keys, mistakes)


def sort_mistakes(mistakes: Iterable[CatalogMistake]) -> list[CatalogMistake]:
    """Return mistakes in the order of the files and their lines, those that refuse the catalogue first."""
    return sorted(mistakes, key=lambda one: (one.level, one.file, one.line or 0, one.column or 0))


def read_catalog(files: CatalogFiles, strategies: Collection[str]) -> Catalog:
    """Read both catalogue files.

    Args:
        files: The files.
        strategies: The names of the payment strategies that a site may offer.

    Raises:
        CatalogError: The files have mistakes; the error has all of them.
    """
    mistakes: list[CatalogMistake] = []
    products, sites = (
        _read_tables(file, kind, keys, mistakes)
        for file, kind, keys in ((files.products, "products", Product._fields), (files.sites, "sites", Site._fields))
    )
    # If no site could be read, the sites of a product cannot be checked.
    site = one_of(sites, f"must be the id of a site in {SITES}") if sites else lambda _: ""
    catalog = Catalog(
        products={key: _read_product(key, table, site) for key, table in products.items()},
        sites={key: _read_site(key, table, strategies) for key, table in sites.items()},
    )
    if mistakes:
        raise CatalogError(sort_mistakes(mistakes))
    return catalog


def parse_catalog(products: str, sites: str, strategies: Collection[str]) -> Catalog:
    """Read the texts of both catalogue files.

    Args:
        products: The content of `products.toml`.
        sites: The content of `sites.toml`.
        strategies: The names of the payment strategies that a site may offer.

    Raises:
        CatalogError: The files have mistakes; the error has all of them.
    """
    return read_catalog(CatalogFiles(CatalogFile(PRODUCTS, products), CatalogFile(SITES, sites)), strategies)
