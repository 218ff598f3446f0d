"""Finds what may surprise of a catalogue's tax rates. The Worker does not import this module."""

from collections.abc import Iterator, Mapping

from lightning_cart.domain.buyer import Destination
from lightning_cart.domain.catalog import Catalog, Site
from lightning_cart.domain.catalog_files import CatalogFiles
from lightning_cart.domain.catalog_mistakes import CatalogMistake
from lightning_cart.domain.catalog_source import CatalogFile
from lightning_cart.domain.taxes import STANDARD, UNTAXED, Outside, Taxes
from lightning_cart.providers.strategy import Limits
from lightning_cart.usecases.catalog_limits import join_names


def _country(place: str) -> str:
    return place.partition("-")[0]


def _missing_rates(site: Site, taxes: Taxes) -> str:
    """Return what buyers pay in the countries that a site names and that have no rates, or ""."""
    known = {_country(place) for place in taxes.rates}
    without = [country for country in site.countries if country not in known]
    if not without:
        return ""
    net = f'the prices without the tax of {site.home_country or "its home_country"} (outside = "{Outside.NET}")'
    gross = f'the same prices as at home, and no tax is shown (outside = "{Outside.GROSS}")'
    paid = net if taxes.outside is Outside.NET else gross
    return f"taxes.toml has no rates for {join_names(without)}: buyers there pay {paid}"


def _net_fault(site: Site, taxes: Taxes) -> str:
    """Return why `outside = "net"` changes nothing on a site, or ""."""
    if taxes.outside is not Outside.NET:
        return ""
    if not site.home_country:
        return f'is missing: outside = "{Outside.NET}" takes the tax of this country off the prices'
    own = taxes.find(Destination(site.home_country))
    if own is None or not own.included:
        what = "has no rates in taxes.toml" if own is None else "has rates that prices do not include"
        return f'{what}, so that outside = "{Outside.NET}" takes nothing off the prices'
    return ""


def _site_findings(site: Site, taxes: Taxes, file: CatalogFile, limits: Mapping[str, Limits]) -> Iterator[CatalogMistake]:
    where = ("sites", site.id)
    for key, reason in (("countries", _missing_rates(site, taxes)), ("home_country", _net_fault(site, taxes))):
        if reason:
            yield file.mistake((*where, key), reason, level="warning")
    added = [place for place, rate in taxes.rates.items() if not rate.included and site.serves(_country(place))]
    unable = [name for name in site.strategies if limits[name].tax_line is None] if added else []
    if unable:
        reason = f"{join_names(unable)} cannot charge tax that is added to the prices, as in {join_names(added)}"
        yield file.mistake((*where, "strategies"), reason, level="warning")


def _little(percent: str) -> str:
    """Return what a rate below one percent is more likely meant to be, or "" if it is none."""
    whole, _, decimals = percent.partition(".")
    if whole != "0" or not decimals:
        return ""
    shifted = decimals.ljust(2, "0")
    hundredfold = f"{shifted[:2].lstrip('0') or '0'}.{shifted[2:]}".rstrip(".")
    return f'is less than one percent: write "{hundredfold}" if that is the rate'


def _rate_findings(catalog: Catalog, taxes: Taxes, file: CatalogFile) -> Iterator[CatalogMistake]:
    for place, rate in taxes.rates.items():
        country = _country(place)
        if not any(site.serves(country) or site.home_country == country for site in catalog.sites.values()):
            yield file.mistake(("rates", place), "has no effect, because no site serves it", key=True, level="warning")
        for name, percent in rate.classes.items():
            if reason := _little(percent):
                yield file.mistake(("rates", place, "classes", name), reason, level="warning")
        whole = taxes.rates.get(country)
        if whole is not None and whole.included != rate.included:
            reason = f"differs from that of {country}: the same price would include tax in one part of the country only"
            yield file.mistake(("rates", place, "included"), reason, level="warning")


def check_rates(catalog: Catalog, files: CatalogFiles, limits: Mapping[str, Limits]) -> Iterator[CatalogMistake]:
    """Yield which rates are missing, have no effect, or mix prices with and without tax.

    Args:
        catalog: The catalogue.
        files: Its files.
        limits: The limits of every strategy, by name.
    """
    if catalog.taxes is None or files.taxes is None:
        for product in catalog.products.values():
            if product.tax not in (STANDARD, UNTAXED):
                reason = "has no effect without a file taxes.toml"
                yield files.products.mistake(("products", product.id, "tax"), reason, level="warning")
        return
    yield from _rate_findings(catalog, catalog.taxes, files.taxes)
    for site in catalog.sites.values():
        if any(product.tax != UNTAXED for product in catalog.products_for(site.id)):
            yield from _site_findings(site, catalog.taxes, files.sites, limits)
