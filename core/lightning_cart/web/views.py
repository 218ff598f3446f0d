"""Products, payment methods, orders and refunds as the JSON that callers see."""

from collections.abc import Mapping

from lightning_cart.domain.catalog import Catalog, Product, Site, absolute_url
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Dispute, Order
from lightning_cart.http import Json
from lightning_cart.providers.strategy import Limits, PaymentStrategy


def _price(money: Money, product: Product) -> Json:
    return {
        "currency": money.currency,
        "amount_minor": money.minor,
        "exponent": money.exponent,
        "display": money.display,
        "interval": product.interval,
    }


def _product(product: Product, public_url: str) -> Json:
    return {
        "id": product.id,
        "name": product.name,
        "description": product.description,
        "image": absolute_url(product.image, public_url) or None,
        "max_quantity": product.max_quantity,
        "metadata": dict(product.metadata),
        "prices": [_price(money, product) for money in product.prices.values()],
    }


def products_view(site: Site, catalog: Catalog, public_url: str) -> Json:
    """Return the products that a site sells, with all their prices."""
    products = [_product(product, public_url) for product in catalog.products_for(site.id)]
    return {"site": site.id, "name": site.name, "products": products}


def _limits(limits: Limits, currencies: list[str]) -> Json:
    return {
        "recurring": limits.recurring_lines > 0,
        "mixed": limits.mixed_intervals,
        "lines": limits.lines,
        "recurring_lines": limits.recurring_lines,
        "lifetime": limits.lifetime,
        "cancels": limits.has_cancel_page,
        "currencies": {
            code: {"minimum_minor": limits.min_total(code).minor, "maximum_minor": limits.max_total(code).minor}
            for code in currencies
            if limits.accepts_currency(code)
        },
    }


def strategies_view(site: Site, catalog: Catalog, strategies: Mapping[str, type[PaymentStrategy]]) -> Json:
    """Return a site's payment methods and their limits, in the currencies of its prices."""
    currencies = list(dict.fromkeys(code for product in catalog.products_for(site.id) for code in product.prices))
    views = [
        {
            "name": name,
            "provider": strategies[name].provider_name(),
            "label": strategies[name].label,
            "limits": _limits(strategies[name].limits, currencies),
        }
        for name in site.strategies
    ]
    return {"site": site.id, "default": site.strategies[0], "strategies": views}


def _line(line: LineItem) -> Json:
    return {
        "id": line.product_id,
        "name": line.name,
        "quantity": line.quantity,
        "unit_minor": line.unit_price.minor,
        "unit": line.unit_price.display,
        "interval": line.interval,
    }


def order_view(order: Order) -> Json:
    """Return an order as its buyer sees it, without e-mail address, metadata and the provider's ids."""
    return {
        "order_id": order.id,
        "site": order.site_id,
        "strategy": order.strategy,
        "status": order.status,
        "currency": order.total.currency,
        "exponent": order.total.exponent,
        "total_minor": order.total.minor,
        "total": order.total.display,
        "paid_minor": order.paid_minor,
        "refunded_minor": order.refunded_minor,
        "disputed": order.dispute in {Dispute.OPEN, Dispute.LOST},
        "needs_review": order.needs_review,
        "lines": [_line(line) for line in order.lines],
        "created_at": order.created_at,
        "updated_at": order.updated_at,
    }
