"""Validates a cart and prices it from the catalogue. The buyer chooses only products, quantities and the payment strategy."""

from collections.abc import Mapping
from typing import NamedTuple

from lightning_cart.domain.catalog import Catalog, Product, Site, absolute_url
from lightning_cart.domain.email_address import read_email
from lightning_cart.domain.metadata import read_metadata
from lightning_cart.domain.order import Order
from lightning_cart.domain.price import Choice, price
from lightning_cart.domain.typed import is_left_out, match_name, read_whole, trim
from lightning_cart.errors import InvalidField
from lightning_cart.providers.strategy import PaymentStrategy, choose_able
from lightning_cart.usecases.cart_keys import CART_KEYS, FORM_FIELDS, LINE_KEYS, refuse_unknown

CLOSED = "This shop cannot take orders at the moment. Please tell the shop."
_CHOOSE = "Please choose at least one product."


class CartRequest(NamedTuple):
    """The cart in a request, parsed but not validated: every value may be of any type.

    `unknown` has the keys of the request that no cart has, and `is_form` tells whether they are fields of a form.
    """

    items: object
    site: object = None
    strategy: object = None
    currency: object = None
    customer_email: object = None
    metadata: object = None
    unknown: tuple[str, ...] = ()
    is_form: bool = False

    def __repr__(self) -> str:
        return f"CartRequest(site={self.site!r})"  # without the buyer's data

    def site_id(self, catalog: Catalog) -> str:
        """Return the id of the site that the cart names, even if it has left the catalogue; else that of the only site."""
        if is_left_out(self.site):
            return next(iter(catalog.sites)) if len(catalog.sites) == 1 else ""
        named = trim(self.site) if isinstance(self.site, str) else ""
        return named if named.isascii() and named.isprintable() else ""


def choose_site(site: object, catalog: Catalog) -> Site:
    """Return the site that a request names, or the only one.

    Args:
        site: Any value; None and "" count as left out.
        catalog: The sites.

    Raises:
        InvalidField: It names none, or names none where there are several.
    """
    if is_left_out(site) and len(catalog.sites) == 1:
        return next(iter(catalog.sites.values()))
    site_id = match_name(site, catalog.sites)
    if site_id is None:
        raise InvalidField("site", "must be the id of a site of this engine", CLOSED)
    return catalog.sites[site_id]


def _choose_strategy(cart: CartRequest, site: Site, strategies: Mapping[str, type[PaymentStrategy]]) -> str:
    if is_left_out(cart.strategy):
        return site.strategies[0]
    strategy = match_name(cart.strategy, site.strategies)
    if strategy is None:
        labels = " or ".join(strategies[name].label for name in site.strategies)
        reason = f"must be one of: {', '.join(site.strategies)}"
        raise InvalidField("strategy", reason, f"This way to pay is not offered. Please choose {labels}.")
    return strategy


def _read_lines(items: object) -> list[tuple[str, Mapping[str, object]]]:
    """Return the lines of a cart with their paths."""
    if not isinstance(items, list) or not items:
        raise InvalidField("items", "must be a list with at least one product", _CHOOSE)
    lines = [(f"items[{index}]", item) for index, item in enumerate(items)]
    for path, item in lines:
        if not isinstance(item, Mapping):
            raise InvalidField(path, 'must be an object such as {"id": "test-10", "quantity": 1}')
        refuse_unknown([key for key in item if key not in LINE_KEYS], LINE_KEYS, path)
    return lines


def _read_quantities(items: object, site: Site, catalog: Catalog) -> list[tuple[Product, int]]:
    """Return each product once with its total quantity, so that repeated lines cannot exceed a limit."""
    quantities: dict[str, int] = {}
    for path, item in _read_lines(items):
        product = catalog.products.get(match_name(item.get("id"), catalog.products) or "")
        if product is None or not product.is_sold_on(site.id):
            reason = "must be the id of a product that this site sells"
            raise InvalidField(f"{path}.id", reason, "One of these products is not sold here any more. Please take it out.")
        given = item.get("quantity")
        quantity = 1 if given is None else read_whole(given)
        total = quantities.get(product.id, 0) + quantity if quantity and quantity > 0 else 0
        if not 1 <= total <= product.max_quantity:
            reason = f"must be a whole number from 1 to {product.max_quantity}"
            limit = f"choose 1 to {product.max_quantity}" if product.max_quantity > 1 else "only 1 can be ordered"
            raise InvalidField(f"{path}.quantity", reason, f"Quantity of {product.name}: {limit}.")
        quantities[product.id] = total
    return [(catalog.products[product_id], quantity) for product_id, quantity in quantities.items()]


def _choose_currency(cart: CartRequest, chosen: list[tuple[Product, int]]) -> str:
    first = chosen[0][0]
    offered = [code for code in first.prices if all(code in product.prices for product, _ in chosen)]
    left_out = is_left_out(cart.currency)
    wanted = next(iter(first.prices)) if left_out else cart.currency
    currency = match_name(wanted.upper() if isinstance(wanted, str) else wanted, offered)
    if currency is not None:
        return currency
    if not offered:
        reason = "the products have no price in one common currency: order them separately"
        raise InvalidField("items", reason, "These products have no common currency. Please order them separately.")
    codes = ", ".join(offered)
    for_buyer = f"These products are not sold in this currency together. Please choose another: {codes}."
    if left_out:
        raise InvalidField("items", f"their default currencies differ: set the currency to one of: {codes}", for_buyer)
    raise InvalidField("currency", f"must be one of: {codes}", for_buyer)


def _read_customer_email(value: object) -> str:
    if is_left_out(value):
        return ""
    address = read_email(value)
    if address is None:
        reason = "must be an e-mail address such as name@example.com, or left out"
        raise InvalidField("customer_email", reason, "E-mail: please check the address. It looks like name@example.com.")
    return address


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
    refuse_unknown(cart.unknown, FORM_FIELDS if cart.is_form else CART_KEYS)
    site = choose_site(cart.site, catalog)
    strategy = _choose_strategy(cart, site, strategies)
    chosen = _read_quantities(cart.items, site, catalog)
    currency = _choose_currency(cart, chosen)
    if len({product.interval for product, _ in chosen if product.interval}) > 1:
        reason = "products that are charged at different intervals must be ordered separately"
        raise InvalidField("items", reason, "These products are charged at different times. Please order them separately.")
    quote = price([Choice(product, quantity=quantity) for product, quantity in chosen], currency, catalog)
    order = Order(
        id="",
        site_id=site.id,
        strategy=strategy,
        provider=strategies[strategy].provider_name(),
        lines=tuple(line._replace(image=absolute_url(line.image, public_url)) for line in quote.lines),
        parts=quote.parts,
        created_at=now,
        updated_at=now,
        customer_email=_read_customer_email(cart.customer_email),
        metadata=read_metadata(cart.metadata, "metadata"),
        statement_descriptor_suffix=site.statement_descriptor_suffix,
        delivery=quote.delivery,
        place=quote.place,
        taxes=quote.taxes,
        renewal_minor=quote.renewal.minor,
    )
    choose_able(order, {name: strategies[name] for name in site.strategies})
    return order
