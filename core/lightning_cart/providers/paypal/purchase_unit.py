"""PayPal's purchase unit of an order: items, amounts and delivery. Source: PayPal REST API reference, Orders v2.

PayPal has a field for each part of a total: item_total + tax_total + shipping - discount. Items have their full price, and no
tax of their own, which PayPal would count for each piece. None has a category, because PayPal refuses some to some accounts.
"""

import re

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.order import Order
from lightning_cart.domain.parts import Parts
from lightning_cart.http import Json
from lightning_cart.providers.paypal.amounts import amount
from lightning_cart.providers.paypal.events import custom_id
from lightning_cart.providers.paypal.places import spell_address

MAX_TEXT_LENGTH = 127  # UTF-16 code units of an item's name, description and SKU
_IMAGE = re.compile(r"https://[\w./-]+\.(?:jpg|gif|png|jpeg|JPG|GIF|PNG|JPEG)", re.ASCII)
_MAX_URL_LENGTH = 2048


def _cut(text: str) -> str:
    """Return as many whole characters as fit into PayPal's limit. PayPal counts UTF-16 code units, so a teapot is two."""
    return text.encode("utf-16-le")[: 2 * MAX_TEXT_LENGTH].decode("utf-16-le", "ignore")


def _item(line: LineItem) -> Json:
    item: dict[str, object] = {
        "name": _cut(line.title),
        "quantity": str(line.quantity),
        "unit_amount": amount(line.unit_price),
        "sku": _cut(line.sku or line.product_id),
    }
    if line.description:
        item["description"] = _cut(line.description)
    if len(line.image) <= _MAX_URL_LENGTH and _IMAGE.fullmatch(line.image):
        item["image_url"] = line.image
    return item


def _breakdown(parts: Parts) -> Json:
    """Return the parts of a total, without those that are 0."""
    others = {"shipping": parts.shipping, "tax_total": parts.tax, "discount": parts.discount}
    return {"item_total": amount(parts.goods), **{name: amount(money) for name, money in others.items() if money.minor}}


def known_shipping(order: Order) -> Json | None:
    """Return the whole address that the cart has, or None: then the buyer chooses one on PayPal's page."""
    address = order.buyer.address
    if not order.asks_address or address is None or not address.is_whole:
        return None
    spelled = spell_address(address)
    return {"name": {"full_name": address.name}, "address": spelled} if spelled else None


def shipping_preference(order: Order) -> str:
    """Return whether PayPal's page shows the order's address, lets the buyer choose one, or has none."""
    if not order.asks_address:
        return "NO_SHIPPING"
    return "SET_PROVIDED_ADDRESS" if known_shipping(order) else "GET_FROM_FILE"


def purchase_unit(order: Order) -> Json:
    """Return the purchase unit of an order. It depends on the stored order alone."""
    unit: dict[str, object] = {
        "reference_id": order.id,
        "custom_id": custom_id(order),
        # PayPal captures one payment per invoice id, so a second PayPal order for the same order cannot be paid as well.
        "invoice_id": f"{order.id}-1",
        "description": f"Order {order.id}",
        "amount": {**amount(order.total), "breakdown": _breakdown(order.parts)},
        "items": [_item(line) for line in order.lines],
    }
    shipping = known_shipping(order)
    if shipping is not None:
        unit["shipping"] = shipping
    if order.statement_descriptor_suffix:
        unit["soft_descriptor"] = order.statement_descriptor_suffix
    return unit
