"""Orders as the JSON that callers see."""

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.order import Dispute, Order
from lightning_cart.http import Json
from lightning_cart.usecases.price_fields import choice_fields, price_fields


def line_view(line: LineItem) -> Json:
    """Return a line of an order as its buyer sees it."""
    return {
        "id": line.product_id,
        "name": line.name,
        **choice_fields(line),
        "quantity": line.quantity,
        "unit_minor": line.unit_price.minor,
        "unit": line.unit_price.display,
        "total_minor": line.total.minor,
        "discount_minor": line.discount_minor,
        "interval": line.interval,
    }


def order_view(order: Order) -> Json:
    """Return an order as its buyer sees it, without personal data, metadata and the provider's ids."""
    return {
        "order_id": order.id,
        "site": order.site_id,
        "strategy": order.strategy,
        "status": order.status,
        "currency": order.total.currency,
        "exponent": order.total.exponent,
        "total_minor": order.total.minor,
        "total": order.total.display,
        **price_fields(order),
        "paid_minor": order.paid_minor,
        "refunded_minor": order.refunded_minor,
        "disputed": order.dispute in {Dispute.OPEN, Dispute.LOST},
        "needs_review": order.needs_review,
        "lines": [line_view(line) for line in order.lines],
        "created_at": order.created_at,
        "updated_at": order.updated_at,
    }
