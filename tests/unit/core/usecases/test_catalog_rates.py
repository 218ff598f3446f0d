"""Tax rates that are missing, have no effect, or mix prices with and without tax."""

from collections.abc import Mapping

import pytest

from lightning_cart.domain.catalog_files import CatalogFiles, parse_catalog
from lightning_cart.domain.catalog_source import CatalogFile
from lightning_cart.domain.money import AmountFormat
from lightning_cart.providers.strategy import Limits
from lightning_cart.usecases.catalog_rates import check_rates

LIMITS: Mapping[str, Limits] = {
    "card": Limits(AmountFormat(), 10**9, tax_line=True),
    "till": Limits(AmountFormat(), 10**9),
}
MUG = '[products.mug]\nname = "Mug"\nprices = { EUR = "9.00" }\n'
SPAIN = '[rates.ES]\nlabel = "IVA"\nclasses = { standard = "21" }\n'
ADDED = '[rates.{}]\nlabel = "Tax"\nincluded = false\nclasses = {{ standard = "7" }}\n'


def site(more: str = "", strategies: str = "card") -> str:
    default, *others = strategies.split()
    return (
        f'[sites.shop]\nname = "Shop"\nsuccess_page = "/a"\ncancel_page = "/b"\ndefault_strategy = "{default}"\n'
        f"strategies = {others}\n{more}\n"
    )


def found(taxes: str | None, sites: str = "", products: str = MUG) -> list[str]:
    """Return what is found, each with its level, file, line and key."""
    sites = sites or site()
    catalog = parse_catalog(products, sites, list(LIMITS), taxes=taxes)
    files = CatalogFiles(
        CatalogFile("products", products),
        CatalogFile("sites", sites),
        None,
        None if taxes is None else CatalogFile("taxes", taxes),
    )
    return [f"{one.level}:{one.file}:{one.line}: {one.key}: {one.reason}" for one in check_rates(catalog, files, LIMITS)]


def test_one_rate_for_everybody_is_right() -> None:
    assert found(SPAIN) == []


def test_a_class_has_no_effect_without_the_file() -> None:
    assert found(None, products=MUG + 'tax = "books"\n') == ["warning:products:4: tax: has no effect without a file taxes.toml"]
    assert found(None) == found(None, products=MUG + 'tax = "none"\n') == []


@pytest.mark.parametrize(
    ("rate", "meant"), [("0.21", "21"), ("0.5", "50"), ("0.0888", "8.88"), ("0.005", "0.5"), ("0", ""), ("1.5", "")]
)
def test_a_rate_below_one_percent_may_be_a_fraction(rate: str, meant: str) -> None:
    reason = f'warning:taxes:3: classes.standard: is less than one percent: write "{meant}" if that is the rate'
    assert found(SPAIN.replace("21", rate)) == ([reason] if meant else [])


def test_a_country_without_rates_pays_what_outside_says() -> None:
    sites = site('countries = ["ES", "CH", "PT"]\nhome_country = "ES"')
    assert found(SPAIN, sites) == [
        (
            "warning:sites:7: countries: taxes.toml has no rates for CH and PT: buyers there pay the same prices as at home, "
            'and no tax is shown (outside = "gross")'
        )
    ]
    assert found('outside = "net"\n' + SPAIN, sites) == [
        (
            "warning:sites:7: countries: taxes.toml has no rates for CH and PT: buyers there pay the prices without the tax of "
            'ES (outside = "net")'
        )
    ]


def test_a_country_with_rates_for_a_region_has_rates() -> None:
    assert found(SPAIN + ADDED.format("US-NY"), site('countries = ["ES", "US"]')) == []


def test_a_site_whose_products_nobody_taxes_needs_no_rates() -> None:
    assert found(SPAIN, site('countries = ["ES", "CH"]'), MUG + 'tax = "none"\n') == []


def test_net_prices_need_a_home_with_rates_that_prices_include() -> None:
    net = 'outside = "net"\n'
    missing = found(net + SPAIN, site('countries = ["ES", "CH"]'))
    assert missing[0].endswith('pay the prices without the tax of its home_country (outside = "net")')
    assert missing[1:] == [
        'warning:sites:1: home_country: is missing: outside = "net" takes the tax of this country off the prices'
    ]
    assert found(net + SPAIN, site('home_country = "DE"')) == [
        'warning:sites:7: home_country: has no rates in taxes.toml, so that outside = "net" takes nothing off the prices'
    ]
    assert found(net + ADDED.format("ES"), site('home_country = "ES"')) == [
        (
            'warning:sites:7: home_country: has rates that prices do not include, so that outside = "net" takes nothing off '
            "the prices"
        )
    ]
    assert found(net + SPAIN, site('home_country = "ES"')) == []


def test_ways_to_pay_that_charge_no_added_tax_are_told() -> None:
    taxes = SPAIN + ADDED.format("US-NY")
    assert found(taxes, site(strategies="card till")) == [
        "warning:sites:6: strategies: till cannot charge tax that is added to the prices, as in US-NY"
    ]
    assert found(SPAIN, site(strategies="card till")) == []
    assert found(taxes, site('countries = ["ES"]', "card till")) == [
        "warning:taxes:4: : has no effect, because no site serves it"
    ]


def test_prices_with_and_without_tax_in_one_country_are_told() -> None:
    assert found(SPAIN + ADDED.format("ES-TF")) == [
        ("warning:taxes:6: included: differs from that of ES: the same price would include tax in one part of the country only")
    ]


def test_the_rates_of_the_shops_own_country_have_an_effect() -> None:
    assert found(SPAIN + ADDED.format("DE"), site('countries = ["ES", "DE"]\nhome_country = "DE"')) == []
