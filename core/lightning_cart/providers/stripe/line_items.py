"""Parameters that sessions and payment links share: lines and metadata.

Source: Stripe API reference, Checkout Sessions and Payment Links, `line_items.price_data`.
"""

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.order import Order
from lightning_cart.http import Json
from lightning_cart.providers.stripe.amounts import AMOUNTS


def _line(line: LineItem) -> Json:
    product: dict[str, object] = {"name": line.name}
    if line.description:
        product["description"] = line.description
    if line.image.startswith("https://"):  # Stripe fetches it, and refuses a URL of this machine
        product["images"] = [line.image]
    product["metadata"] = {**line.metadata, "product_id": line.product_id}
    price: dict[str, object] = {
        "currency": line.unit_price.currency.lower(),
        "unit_amount": AMOUNTS.to_provider(line.unit_price),
        "product_data": product,
    }
    if line.interval:
        price["recurring"] = {"interval": line.interval.value}
    return {"quantity": line.quantity, "price_data": price}


def common_parameters(order: Order) -> dict[str, object]:
    """Return the lines and the metadata of an order, for the session or link and for its payment or subscription."""
    # Stripe does not copy a session's metadata, and refunds, disputes and renewals must find the order too.
    metadata = {**order.metadata, "order_id": order.id, "site_id": order.site_id}
    parameters: dict[str, object] = {"line_items": [_line(line) for line in order.lines], "metadata": metadata}
    if order.recurring:
        parameters["subscription_data"] = {"metadata": metadata}
    else:
        payment: dict[str, object] = {"metadata": metadata}
        if order.statement_descriptor_suffix:
            payment["statement_descriptor_suffix"] = order.statement_descriptor_suffix
        parameters["payment_intent_data"] = payment
    return parameters
