"""Turns what a buyer's browser sent into a priced order. Ids and quantities are all the buyer decides."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from lightning_cart.domain.catalog import Catalog, Product, Site, absolute_url
from lightning_cart.domain.metadata import read_metadata
from lightning_cart.domain.order import LineItem, Order
from lightning_cart.errors import InvalidField, MalformedRequest
from lightning_cart.providers.strategy import Limits, choose_able

_DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)
# What every provider takes: RFC 5322's dot-atom and a host name. Sources: PayPal, Orders v2, email; RFC 1123, 2.1.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.){{1,8}}(?=[A-Za-z][^.])(?:{_LABEL})", re.ASCII)
_METADATA_FIELD = re.compile(r"metadata\[([^\[\]]*)\]")
MAX_EMAIL = 254  # RFC 5321, 4.5.3.1.3: a path of 256 with its brackets


@dataclass(frozen=True, slots=True)
class CartRequest:
    """What the browser sent, read but not yet believed: every value may be of any type."""

    items: object
    site: object = None
    strategy: object = None
    currency: object = None
    customer_email: object = field(default=None, repr=False)
    metadata: object = field(default=None, repr=False)


def reject_nan(name: str) -> object:
    """Refuse `NaN` and `Infinity`, which Python reads and JSON does not have (RFC 8259, section 6)."""
    raise ValueError(name)


def parse_json_cart(body: bytes) -> CartRequest:
    """Read a cart from JSON. Keys that are not a cart's are not read.

    Raises:
        MalformedRequest: Not JSON in UTF-8, or not an object.
    """
    try:
        document = json.loads(body.decode(), parse_constant=reject_nan)
    except (ValueError, RecursionError) as error:
        raise MalformedRequest("the body must be JSON in UTF-8") from error
    if not isinstance(document, dict):
        raise MalformedRequest('the body must be a JSON object such as {"items": [{"id": "test-10", "quantity": 1}]}')
    names = ("items", "site", "strategy", "currency", "customer_email", "metadata")
    return CartRequest(**{"items": None} | {name: document[name] for name in names if name in document})


def parse_form_cart(body: bytes) -> CartRequest:
    """Read a cart from an HTML form: `id` and `quantity` once per line; a line left blank is not bought.

    Raises:
        MalformedRequest: Not a form in UTF-8.
    """
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=1000)
    except ValueError as error:
        raise MalformedRequest("the form must be URL-encoded in UTF-8") from error
    ids = [value for name, value in pairs if name == "id"]
    quantities = [value.strip() for name, value in pairs if name == "quantity"]
    if len(ids) != len(quantities):
        raise InvalidField("quantity", "the form must have one quantity for each id")
    items = [
        {"id": product_id, "quantity": int(quantity) if _DIGITS.fullmatch(quantity) else quantity}
        for product_id, quantity in zip(ids, quantities, strict=True)
        if quantity
    ]
    metadata = {match[1]: value for name, value in pairs if (match := _METADATA_FIELD.fullmatch(name)) and value}
    # A field left blank in a form was not filled in.
    own = {name: value for name, value in pairs if name in {"site", "strategy", "currency", "customer_email"} and value}
    return CartRequest(items=items, metadata=metadata, **own)


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
    """Each product once, with the sum of its lines' quantities: so no limit is passed by asking twice."""
    if not isinstance(items, list) or not items:
        raise InvalidField("items", "must be a list with at least one product")
    wanted: dict[str, int] = {}
    for index, item in enumerate(items):
        place = f"items[{index}]"
        if not isinstance(item, Mapping):
            raise InvalidField(place, 'must be an object such as {"id": "test-10", "quantity": 1}')
        product_id, quantity = item.get("id"), item.get("quantity")
        product = catalog.products.get(product_id) if isinstance(product_id, str) else None
        if product is None or not product.is_sold_on(site.id):
            raise InvalidField(f"{place}.id", "must be the id of a product that this site sells")
        total = wanted.get(product.id, 0) + quantity if type(quantity) is int and quantity > 0 else 0
        if not 1 <= total <= product.max_quantity:
            raise InvalidField(f"{place}.quantity", f"must be a whole number from 1 to {product.max_quantity}")
        wanted[product.id] = total
    return [(catalog.products[product_id], quantity) for product_id, quantity in wanted.items()]


def _choose_currency(cart: CartRequest, wanted: list[tuple[Product, int]]) -> str:
    first = wanted[0][0]
    currency = next(iter(first.prices)) if cart.currency is None else cart.currency
    offered = [code for code in first.prices if all(code in product.prices for product, _ in wanted)]
    if isinstance(currency, str) and currency in offered:
        return currency
    if not offered:
        raise InvalidField("items", "the products have no price in one common currency: order them separately")
    if cart.currency is None:
        raise InvalidField("items", f"their first prices differ in currency: name one as the currency: {', '.join(offered)}")
    raise InvalidField("currency", f"must be one of: {', '.join(offered)}")


def _read_email(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_EMAIL or not _EMAIL.fullmatch(value):
        raise InvalidField("customer_email", "must be an e-mail address such as name@example.com, or left out")
    return value


def order_from_cart(
    cart: CartRequest, catalog: Catalog, limits: Mapping[str, tuple[str, Limits]], public_url: str, now: int
) -> Order:
    """Price a cart from the catalogue.

    Args:
        cart: What the browser sent.
        catalog: The only source of prices, names and limits.
        limits: Strategy name to its provider's name and its limits.
        public_url: Our own origin, for images that are written as a path.
        now: Unix seconds.

    Returns:
        An order without an id: nobody has promised anything yet.

    Raises:
        InvalidField: Naming the first field that cannot be accepted.
    """
    site = _choose_site(cart, catalog)
    strategy = _choose_strategy(cart, site)
    wanted = _read_quantities(cart.items, site, catalog)
    currency = _choose_currency(cart, wanted)
    if len({product.interval for product, _ in wanted if product.interval}) > 1:
        raise InvalidField("items", "products that are charged at different intervals must be ordered separately")
    order = Order(
        id="",
        site_id=site.id,
        strategy=strategy,
        provider=limits[strategy][0],
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
            for product, quantity in wanted
        ),
        created_at=now,
        updated_at=now,
        customer_email=_read_email(cart.customer_email),
        metadata=read_metadata(cart.metadata, "metadata"),
        statement_descriptor_suffix=site.statement_descriptor_suffix,
    )
    choose_able(order, {name: limits[name][1] for name in site.strategies})
    return order
