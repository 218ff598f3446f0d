"""What can be bought, and by whom it is sold: products, their prices, and the sites that offer them. Data only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lightning_cart.domain.money import Money


class Interval(StrEnum):
    """How often a recurring price is charged."""

    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Product:
    """One product of `config/products.toml`.

    Args:
        id: Its name in carts.
        name: What the buyer reads.
        prices: Currency code to price; the first is the default.
        description: A sentence, or empty.
        image: An absolute https address, a path on the engine's own origin, or empty.
        interval: Set for a recurring price.
        max_quantity: The most that one order may hold.
        sites: Ids of the sites that sell it; empty means every site.
        active: Whether it can be bought now.
        metadata: Free keys and values, shown to pages and sent to the provider.
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
    metadata: Mapping[str, str] = field(default_factory=dict)

    def is_sold_on(self, site_id: str) -> bool:
        """Whether a site sells it now."""
        return self.active and (not self.sites or site_id in self.sites)


@dataclass(frozen=True, slots=True)
class Site:
    """One site of `config/sites.toml`.

    Args:
        id: Its name in carts.
        name: The shop's name.
        success_page: Where a buyer who paid is sent: an absolute address, or a path on the engine's own origin.
        cancel_page: Where a buyer who turned back is sent; the same.
        origins: The web origins whose scripts may call the engine.
        strategies: The ways to pay it offers; the first is the default.
        statement_descriptor_suffix: What stands behind the account's own name on a card statement, or empty.
        fulfilment_url: Where the merchant is told of orders, or empty.
        fulfilment_email: Whether the merchant is told the buyer's address, too.
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


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every product and every site, by id."""

    products: Mapping[str, Product]
    sites: Mapping[str, Site]

    def products_for(self, site_id: str) -> list[Product]:
        """The products that a site sells now, in the file's order."""
        return [product for product in self.products.values() if product.is_sold_on(site_id)]

    @property
    def has_fulfilment_url(self) -> bool:
        """Whether some site's merchant is told of orders."""
        return any(site.fulfilment_url for site in self.sites.values())

    @property
    def origins(self) -> frozenset[str]:
        """Every web origin that some site allows."""
        return frozenset(origin for site in self.sites.values() for origin in site.origins)


def absolute_url(page: str, public_url: str) -> str:
    """The address of a page that is written as an address, or as a path on the engine's own origin."""
    return public_url + page if page.startswith("/") else page
