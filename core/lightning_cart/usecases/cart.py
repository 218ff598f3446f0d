"""Validates a cart and prices it from the catalogue. The buyer chooses only products, quantities and the payment strategy."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from lightning_cart.domain.catalog import Catalog, Product, Site, absolute_url
from lightning_cart.domain.metadata import read_metadata
from lightning_cart.domain.order import LineItem, Order
from lightning_cart.errors import InvalidField
from lightning_cart.providers.strategy import PaymentStrategy, choose_able

# Accepted by every provider: RFC 5322's dot-atom and a host name. Sources: PayPal, Orders v2, email; RFC 1123, 2.1.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.){{1,8}}(?=[A-Za-z][^.])(?:{_LABEL})", re.ASCII)
MAX_EMAIL = 254  # characters; RFC 5321, 4.5.3.1.3: a path of 256 with its brackets


class CartRequest(NamedTuple):
    """The cart in a request, parsed but not validated: every value may be of any type."""

    items: object
    site: object = None
    strategy: object = None
    currency: object = None
    customer_email: object = None
    metadata: object = None

    def __repr__(self) -> str:
        return f"CartRequest(site={self.site!r})"  # without the buyer's data

    def site_id(self, catalog: Catalog) -> str:
        """Return the id of the site that the cart names, even if it is not in the catalogue; else that of the only site."""
        if isinstance(self.site, str):
            return self.site
        return next(iter(catalog.sites)) if len(catalog.sites) == 1 else ""


def _choose_site(cart: CartRequest, catalog: Catalog) -> Site:
    sites = catalog.sites
    if cart.site is None and len(sites) == 1:
        return next(iter(sites.values()))
    if not isinstance(cart.site, str) or cart.site not in sites:
        raise InvalidField("site", "must be the id of a site of this engine")
    return sites[cart.site]


def _choose_strategy(cart: CartRequest, site: Site) -> str:
    if cart.strategy is None:
        return site.strategies[0]
    if not isinstance(cart.strategy, str) or cart.strategy not in site.strategies:
        raise InvalidField("strategy", f"must be one of: {', '.join(site.strategies)}")
    return cart.strategy


def _read_quantities(items: object, site: Site, catalog: Catalog) -> list[tuple[Product, int]]:
    """Return each product once with its total quantity, so that repeated lines cannot exceed a limit."""
    if not isinstance(items, list) or not items:
        raise InvalidField("items", "must be a list with at least one product")
    quantities: dict[str, int] = {}
    for index, item in enumerate(items):
        path = f"items[{index}]"
        if not isinstance(item, Mapping):
            raise InvalidField(path, 'must be an object such as {"id": "test-10", "quantity": 1}')
        product_id, quantity = item.get("id"), item.get("quantity")
        product = catalog.products.get(product_id) if isinstance(product_id, str) else None
        if product is None or not product.is_sold_on(site.id):
            raise InvalidField(f"{path}.id", "must be the id of a product that this site sells")
        total = quantities.get(product.id, 0) + quantity if type(quantity) is int and quantity > 0 else 0
        if not 1 <= total <= product.max_quantity:
            raise InvalidField(f"{path}.quantity", f"must be a whole number from 1 to {product.max_quantity}")
        quantities[product.id] = total
    return [(catalog.products[product_id], quantity) for product_id, quantity in quantities.items()]


def _choose_currency(cart: CartRequest, chosen: list[tuple[Product, int]]) -> str:
    first = chosen[0][0]
    currency = next(iter(first.prices)) if cart.currency is None else cart.currency
    offered = [code for code in first.prices if all(code in product.prices for product, _ in chosen)]
    if isinstance(currency, str) and currency in offered:
        return currency
    if not offered:
        raise InvalidField("items", "the products have no price in one common currency: order them separately")
    if cart.currency is None:
        raise InvalidField("items", f"their default currencies differ: set the currency to one of: {', '.join(offered)}")
    raise InvalidField("currency", f"must be one of: {', '.join(offered)}")


def _read_email(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_EMAIL or not _EMAIL.fullmatch(value):
        raise InvalidField("customer_email", "must be an e-mail address such as name@example.com, or left out")
    return value


def order_from_cart(
    cart: CartRequest, catalog: Catalog, strategies: Mapping[str, type[PaymentStrategy]], public_url: str, now: int
) -> Order:
    """Price a cart from the catalogue.

    Args:
        cart: The unvalidated cart.
        catalog: The only source of prices, names and quantity limits.
        strategies: The payment strategies by name.
        public_url: The engine's own origin, for images whose URL is a path.
        now: Unix seconds.

    Returns:
        An order that is not saved yet and has an empty id.

    Raises:
        InvalidField: The first field that is not valid.
    """
    site = _choose_site(cart, catalog)
    strategy = _choose_strategy(cart, site)
    chosen = _read_quantities(cart.items, site, catalog)
    currency = _choose_currency(cart, chosen)
    if len({product.interval for product, _ in chosen if product.interval}) > 1:
        raise InvalidField("items", "products that are charged at different intervals must be ordered separately")
    order = Order(
        id="",
        site_id=site.id,
        strategy=strategy,
        provider=strategies[strategy].provider_name(),
        lines=tuple(
            LineItem(
                product_id=product.id,
                name=product.name,
                unit_price=product.prices[currency],
                quantity=quantity,
                description=product.description,
                image=absolute_url(product.image, public_url),
                interval=product.interval,
                metadata=product.metadata,
            )
            for product, quantity in chosen
        ),
        created_at=now,
        updated_at=now,
        customer_email=_read_email(cart.customer_email),
        metadata=read_metadata(cart.metadata, "metadata"),
        statement_descriptor_suffix=site.statement_descriptor_suffix,
    )
    choose_able(order, {name: strategies[name].limits for name in site.strategies})
    return order
