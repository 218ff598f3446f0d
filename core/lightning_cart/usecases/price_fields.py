"""What an order's total is made of, as the JSON that buyers, operators and shops see."""

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.order import Order
from lightning_cart.domain.price import Delivery
from lightning_cart.domain.receipt import TaxShare
from lightning_cart.domain.taxes import TaxGroup
from lightning_cart.http import Json


def tax_fields(group: TaxGroup | TaxShare) -> Json:
    """Return the tax of one percentage. What is untaxed has an empty one."""
    return {
        "label": group.label,
        "rate": group.rate,
        "included": group.included,
        "net_minor": group.net_minor,
        "tax_minor": group.tax_minor,
    }


def _delivery_fields(delivery: Delivery) -> Json:
    days = list(delivery.days) if delivery.days else None
    return {"method": delivery.method_id, "name": delivery.name, "days": days, "pick_up": delivery.pick_up}


def price_fields(order: Order) -> Json:
    """Return the parts of an order's total, what each renewal charges, the taxes and the delivery."""
    parts = order.parts
    return {
        "goods_minor": parts.goods.minor,
        "discount_minor": parts.discount.minor,
        "code": order.code or None,
        "shipping_minor": parts.shipping.minor,
        "tax_minor": parts.tax.minor,
        "renewal_minor": order.renewal_minor,
        "taxes": [tax_fields(group) for group in order.taxes],
        "delivery": _delivery_fields(order.delivery) if order.delivery is not None else None,
    }


def choice_fields(line: LineItem) -> Json:
    """Return which variant of its product a line is."""
    return {"variant": line.variant_id or None, "options": dict(line.options), "sku": line.sku or None}
