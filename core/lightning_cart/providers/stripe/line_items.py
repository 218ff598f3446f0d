"""Parameters that sessions and payment links share: lines, metadata, and what the page asks the buyer for.

Source: Stripe API reference, Checkout Sessions and Payment Links. What an account's default could turn on is turned off, and
keys without a value are left out, because Stripe refuses empty ones.
"""

from lightning_cart.domain.order import Order
from lightning_cart.http import Json
from lightning_cart.providers.sent_lines import SentLine, sent_lines
from lightning_cart.providers.strategy import Limits
from lightning_cart.providers.stripe.amounts import AMOUNTS

OFF = {"enabled": "false"}
OTHER_TOTAL = "would charge another total than the order has: turn off the taxes and discounts that the account adds"
_ON = {"enabled": "true"}


def _product(line: SentLine) -> Json:
    product: dict[str, object] = {"name": line.name}
    item = line.item
    if item is None:
        return product | {"metadata": {"kind": line.kind.value}}
    if item.description:
        product["description"] = item.description
    if item.image.startswith("https://"):  # Stripe fetches it, and refuses a URL of this machine
        product["images"] = [item.image]
    own = {"product_id": item.product_id, "variant_id": item.variant_id, "sku": item.sku}
    product["metadata"] = {**item.metadata, **{name: value for name, value in own.items() if value}}
    return product


def _line(line: SentLine) -> Json:
    price: dict[str, object] = {
        "currency": line.unit_price.currency.lower(),
        "unit_amount": AMOUNTS.to_provider(line.unit_price),
        "product_data": _product(line),
    }
    if line.interval:
        price["recurring"] = {"interval": line.interval.value}
    return {"quantity": line.quantity, "price_data": price}


def common_parameters(order: Order, limits: Limits, shipping: Json | None = None) -> dict[str, object]:
    """Return the lines and the metadata of an order, for the session or link and for its payment or subscription.

    Args:
        order: The order.
        limits: The strategy's limits, which say what goes into lines.
        shipping: Name and address to store with a one-time payment, if the page does not ask for them.
    """
    # Stripe does not copy a session's metadata, and refunds, disputes and renewals must find the order too.
    metadata = {**order.metadata, "order_id": order.id, "site_id": order.site_id}
    parameters: dict[str, object] = {
        "line_items": [_line(line) for line in sent_lines(order, limits)],
        "metadata": metadata,
        "automatic_tax": OFF,
    }
    if order.asks_vat_id:
        parameters["tax_id_collection"] = _ON  # needs no customer: the id comes back with the session
    if order.recurring:
        parameters["subscription_data"] = {"metadata": metadata}
    else:
        payment: dict[str, object] = {"metadata": metadata}
        if order.statement_descriptor_suffix:
            payment["statement_descriptor_suffix"] = order.statement_descriptor_suffix
        if shipping:
            payment["shipping"] = shipping
        parameters["payment_intent_data"] = payment
    return parameters


def address_parameters(order: Order) -> Json:
    """Return what makes the page ask for an address: where the goods go, in the country that the price is for alone.

    A buyer to whom nothing is delivered is asked for the billing address if the cart has a country, which carts have where
    tax depends on it.
    """
    if order.asks_address:
        return {
            "shipping_address_collection": {"allowed_countries": [order.place.country]},
            "phone_number_collection": _ON,
        }
    address = order.buyer.address
    is_taxed_there = order.delivery is None and address is not None and address.country
    return {"billing_address_collection": "required"} if is_taxed_there else {}
