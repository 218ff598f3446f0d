"""The catalogue: products, their prices, and the sites that sell them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from lightning_cart.domain.money import Money

NO_METADATA: Mapping[str, str] = {}


class Interval(StrEnum):
    """How often a recurring price is charged."""

    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Product(NamedTuple):
    """One product of `config/products.toml`.

    Args:
        id: The product's id in carts.
        name: The name that the buyer reads.
        prices: Price by currency code; the first currency is the default.
        description: A sentence, or empty.
        image: An absolute https URL, a path on the engine's own origin, or empty.
        interval: How often a recurring price is charged, or None.
        max_quantity: Maximum quantity in one order.
        sites: Ids of the sites that sell it; empty means every site.
        active: Whether it can be bought.
        metadata: Keys and values that pages can read and that are sent to the provider.
    """

    id: str
    name: str
    prices: Mapping[str, Money]
    description: str = ""
    image: str = ""
    interval: Interval | None = None
    max_quantity: int = 99
    sites: tuple[str, ...] = ()
    active: bool = True
    metadata: Mapping[str, str] = NO_METADATA

    def is_sold_on(self, site_id: str) -> bool:
        """Return whether a site sells this product."""
        return self.active and (not self.sites or site_id in self.sites)


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
        fulfilment_email: Whether fulfilment webhooks include the buyer's e-mail address.
    """

    id: str
    name: str
    success_page: str
    cancel_page: str
    strategies: tuple[str, ...]
    origins: tuple[str, ...] = ()
    statement_descriptor_suffix: str = ""
    fulfilment_url: str = ""
    fulfilment_email: bool = False


class Catalog(NamedTuple):
    """Every product and every site, by id."""

    products: Mapping[str, Product]
    sites: Mapping[str, Site]

    def products_for(self, site_id: str) -> list[Product]:
        """Return the products that a site sells, in the order of the file."""
        return [product for product in self.products.values() if product.is_sold_on(site_id)]

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
