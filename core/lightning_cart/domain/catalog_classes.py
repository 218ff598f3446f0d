"""Checks that each place has a rate for what is sold there. The Worker does not import this module."""

from collections.abc import Iterator

from lightning_cart.domain.catalog import Catalog, Product
from lightning_cart.domain.catalog_mistakes import CatalogMistake
from lightning_cart.domain.catalog_source import CatalogFile
from lightning_cart.domain.taxes import UNTAXED, Taxes
from lightning_cart.spelling import did_you_mean


def _is_needed(catalog: Catalog, product: Product, place: str) -> bool:
    """Return whether the rate of a place counts for a product: where it is sold, or at the shop's own home."""
    country = place.partition("-")[0]
    return any(
        product.is_sold_on(site.id) and (site.serves(country) or site.home_country == country)
        for site in catalog.sites.values()
    )


def check_classes(catalog: Catalog, taxes: Taxes, products: CatalogFile, file: CatalogFile) -> Iterator[CatalogMistake]:
    """Yield each tax class that a product has and a place where it is sold does not.

    Args:
        catalog: The catalogue.
        taxes: Its tax rates.
        products: The file of the products.
        file: The file of the tax rates.
    """
    known = dict.fromkeys(name for rate in taxes.rates.values() for name in rate.classes)
    lacking: dict[tuple[str, str], list[str]] = {}
    for product in catalog.products.values():
        if product.tax == UNTAXED or not product.active:
            continue
        if product.tax not in known:
            reason = f"is {product.tax}, which no place in {file.name} has as a class"
            hint = did_you_mean(product.tax, known, f"write one of: {', '.join((*known, UNTAXED))}")
            yield products.mistake(("products", product.id, "tax"), f"{reason}: {hint}")
            continue
        for place, rate in taxes.rates.items():
            if product.tax not in rate.classes and _is_needed(catalog, product, place):
                lacking.setdefault((place, product.tax), []).append(product.id)
    for (place, name), ids in lacking.items():
        others = len(ids) - 1
        more = f" and {others} more {'product' if others == 1 else 'products'}" if others else ""
        reason = f'has no {name}, the class of {ids[0]}{more}: add {name} = "…" with its rate'
        yield file.mistake(("rates", place, "classes"), reason, key=True)
