"""The catalogue: products, their prices, and the sites that sell them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from lightning_cart.domain.money import Money
from lightning_cart.domain.shipping import Shipping
from lightning_cart.domain.taxes import STANDARD, Taxes

NO_METADATA: Mapping[str, str] = {}
NO_PRICES: Mapping[str, Money] = {}
NO_CURRENCIES: Mapping[str, tuple[str, ...]] = {}


class Interval(StrEnum):
    """How often a recurring price is charged."""

    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Variant(NamedTuple):
    """One of the kinds in which a product is made, such as a T-shirt in L and blue.

    Args:
        id: Its id, once in its product.
        options: What a buyer chooses it by, such as `{"size": "L", "colour": "blue"}`. All variants of a product have the same
            keys.
        prices: Its own price by currency code, or empty for the product's.
        sku: The shop's number for it, or empty.
        image: As the product's, or empty for the product's.
        weight: In grams, or None for the product's.
        active: Whether it can be bought.
    """

    id: str
    options: Mapping[str, str]
    prices: Mapping[str, Money] = NO_PRICES
    sku: str = ""
    image: str = ""
    weight: int | None = None
    active: bool = True


class Input(NamedTuple):
    """A text that the buyer writes for a product, such as an engraving.

    Args:
        id: Its id, once in its product.
        label: What the buyer reads beside the field.
        max_length: In characters.
        lines: The maximum number of lines.
        required: Whether the product cannot be bought without it.
        surcharge: What it adds to the unit price when there is a text, by currency code; empty if nothing.
    """

    id: str
    label: str
    max_length: int = 100
    lines: int = 1
    required: bool = False
    surcharge: Mapping[str, Money] = NO_PRICES


class OpenAmount(NamedTuple):
    """What a buyer may pay for a product whose price the buyer chooses, in one currency.

    Args:
        least: The smallest amount.
        most: The largest amount.
        suggested: What is paid if the buyer chooses none, or None if one has to be chosen.
    """

    least: Money
    most: Money
    suggested: Money | None = None


NO_AMOUNTS: Mapping[str, OpenAmount] = {}


class UnitPrice(NamedTuple):
    """How much a product contains, so that pages can show its price per litre or kilogram.

    Args:
        content: A decimal string, such as `0.75`.
        unit: `kg`, `l`, `m`, `m2` or `m3`. Source: Directive 98/6/EC, Article 2(b).
    """

    content: str
    unit: str


class Product(NamedTuple):
    """One product of `config/products.toml`.

    Args:
        id: The product's id in carts.
        name: The name that the buyer reads.
        prices: Price by currency code; the first currency is the default. Empty if every variant has its own, or if the buyer
            chooses the amount.
        description: A sentence, or empty.
        image: An absolute https URL, a path on the engine's own origin, or empty.
        interval: How often a recurring price is charged, or None.
        max_quantity: Maximum quantity in one order.
        sites: Ids of the sites that sell it; empty means every site.
        active: Whether it can be bought.
        metadata: Keys and values that pages can read and that are sent to the provider.
        variants: The kinds in which it is made, in the order of the file; a product with variants is only sold as one of them.
        inputs: The texts that a buyer writes for it.
        amount: Between which amounts the buyer chooses the price, by currency code; empty if the price is fixed.
        tax: The class of its tax rate in `taxes.toml`, or `none` if no place taxes it.
        weight: In grams, or None if unknown.
        ships: Whether it is delivered to an address: false for downloads and services.
        sku: The shop's number for it, or empty.
        unit_price: Its content, for the price per litre or kilogram, or None.
        categories: Names by which pages and codes group products.
    """

    id: str
    name: str
    prices: Mapping[str, Money] = NO_PRICES
    description: str = ""
    image: str = ""
    interval: Interval | None = None
    max_quantity: int = 99
    sites: tuple[str, ...] = ()
    active: bool = True
    metadata: Mapping[str, str] = NO_METADATA
    variants: tuple[Variant, ...] = ()
    inputs: tuple[Input, ...] = ()
    amount: Mapping[str, OpenAmount] = NO_AMOUNTS
    tax: str = STANDARD
    weight: int | None = None
    ships: bool = True
    sku: str = ""
    unit_price: UnitPrice | None = None
    categories: tuple[str, ...] = ()

    def is_sold_on(self, site_id: str) -> bool:
        """Return whether a site sells this product."""
        return self.active and (not self.sites or site_id in self.sites)

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies in which it is sold, at least as one of its variants; the first is the default."""
        own = (self.prices, self.amount, *(variant.prices for variant in self.variants if variant.active))
        return tuple(dict.fromkeys(code for prices in own for code in prices))

    def prices_of(self, variant: Variant | None) -> Mapping[str, Money]:
        """Return the fixed prices of the product or of one of its variants."""
        return variant.prices if variant is not None and variant.prices else self.prices


class Site(NamedTuple):
    """One site of `config/sites.toml`.

    Args:
        id: The site's id in carts.
        name: The shop's name.
        success_page: The page for buyers who paid: an absolute URL, or a path on the engine's own origin.
        cancel_page: The page for buyers who left the checkout: an absolute URL, or a path on the engine's own origin.
        strategies: The payment strategies it offers; the first is the default.
        origins: The web origins whose scripts may call the engine.
        statement_descriptor_suffix: Text after the account's name on a card statement, or empty.
        fulfilment_url: The URL that receives fulfilment webhooks, or empty.
        contact: Whether fulfilment webhooks include what is known of the buyer: e-mail address, name, phone, addresses, VAT id,
            inputs and note.
        countries: The ISO 3166-1 codes of the countries that it serves; empty for all.
        home_country: The shop's own country, or empty.
        timezone: The IANA name of the zone of dates for people, or empty for UTC.
        terms_page: The shop's terms, as `success_page`; or empty.
        privacy_page: The shop's privacy statement, as `success_page`; or empty.
        address: The shop's postal address on receipts, its lines joined by line breaks; or empty.
        vat_id: The shop's VAT id on receipts, or empty.
        email: The e-mail address on receipts, to which buyers write; or empty.
        ask_vat_id: Whether the provider's page asks buyers for a VAT id, where it can.
    """

    id: str
    name: str
    success_page: str
    cancel_page: str
    strategies: tuple[str, ...]
    origins: tuple[str, ...] = ()
    statement_descriptor_suffix: str = ""
    fulfilment_url: str = ""
    contact: bool = False
    countries: tuple[str, ...] = ()
    home_country: str = ""
    timezone: str = ""
    terms_page: str = ""
    privacy_page: str = ""
    address: str = ""
    vat_id: str = ""
    email: str = ""
    ask_vat_id: bool = False

    @property
    def pages(self) -> Mapping[str, str]:
        """The site's pages by the names of their keys, without those that it has not."""
        names = ("success_page", "cancel_page", "terms_page", "privacy_page")
        return {name: page for name in names if (page := getattr(self, name))}

    def serves(self, country: str) -> bool:
        """Return whether the site sells to a country."""
        return not self.countries or country in self.countries


class Catalog(NamedTuple):
    """Everything that the catalogue files say.

    Args:
        products: Every product by its id.
        sites: Every site by its id.
        shipping: How goods are delivered, or None if nothing is.
        taxes: The tax rates, or None if the engine computes no tax.
        currencies: The currencies of each site by its id, as far as they were found when the catalogue was compiled.
    """

    products: Mapping[str, Product]
    sites: Mapping[str, Site]
    shipping: Shipping | None = None
    taxes: Taxes | None = None
    currencies: Mapping[str, tuple[str, ...]] = NO_CURRENCIES

    def products_for(self, site_id: str) -> list[Product]:
        """Return the products that a site sells, in the order of the file."""
        return [product for product in self.products.values() if product.is_sold_on(site_id)]

    def currencies_of(self, site_id: str) -> tuple[str, ...]:
        """Return the currencies in which a site sells anything, in the order of the file."""
        if site_id in self.currencies:
            return self.currencies[site_id]
        return tuple(dict.fromkeys(code for product in self.products_for(site_id) for code in product.currencies))

    @property
    def has_fulfilment_url(self) -> bool:
        """Whether any site receives fulfilment webhooks."""
        return any(site.fulfilment_url for site in self.sites.values())

    @property
    def origins(self) -> frozenset[str]:
        """The web origins of all sites."""
        return frozenset(origin for site in self.sites.values() for origin in site.origins)


def absolute_url(page: str, public_url: str) -> str:
    """Return the absolute URL of a page that is a URL or a path on the engine's own origin."""
    return public_url + page if page.startswith("/") else page
