"""What a cart costs, as the JSON that pages see."""

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.http import Json
from lightning_cart.usecases.cart_code import CodeOutcome
from lightning_cart.usecases.price_fields import price_fields
from lightning_cart.usecases.quote import CartQuote, MethodQuote, StrategyQuote
from lightning_cart.web.views import line_view


def _line(line: LineItem, surcharges: dict[str, int]) -> Json:
    return {**line_view(line), "inputs": surcharges, "image": line.image or None, "ships": line.ships}


def _unfit(quote: MethodQuote) -> Json:
    return {"id": quote.method.id, "name": quote.method.name, "pick_up": quote.method.pick_up, "reason": quote.unfit}


def _method(quote: MethodQuote, price: Money) -> Json:
    to_free = quote.missing_to_free
    return {
        "id": quote.method.id,
        "name": quote.method.name,
        "price_minor": price.minor,
        "price": price.display,
        "days": list(quote.method.days) if quote.method.days else None,
        "pick_up": quote.method.pick_up,
        "missing_to_free_minor": to_free.minor if to_free is not None else None,
        "missing_to_free": to_free.display if to_free is not None else None,
    }


def _strategy(quote: StrategyQuote) -> Json:
    return {"name": quote.name, "label": quote.label, "able": not quote.refusal, "reason": quote.refusal or None}


def _code(code: CodeOutcome, order: Order) -> Json:
    refusal = code.refusal
    return {
        "code": code.text or None,
        "holds": refusal is None,
        "discount_minor": order.parts.discount.minor,
        "free_delivery": code.free_delivery,
        "fault": code.fault or None,
        "reason": refusal.reason if refusal is not None else None,
        "detail": refusal.for_buyer if refusal is not None else None,
    }


def quote_view(quote: CartQuote) -> Json:
    """Return a quote. It has the surcharges of the buyer's inputs, and none of the texts."""
    cart, order = quote.cart, quote.cart.order
    return {
        "site": order.site_id,
        "currency": order.total.currency,
        "exponent": order.total.exponent,
        "lines": [_line(line, surcharges) for line, surcharges in zip(order.lines, quote.surcharges, strict=True)],
        **price_fields(order),
        "total_minor": order.total.minor,
        "total": order.total.display,
        "included_tax_minor": sum(group.tax_minor for group in order.taxes if group.included),
        "interval": order.interval,
        "delivery": {
            "needed": cart.needs_delivery,
            "country": order.place.country or None,
            "method": cart.method.id if cart.method is not None else None,
            "methods": [_method(one, one.price) for one in quote.methods if one.price is not None],
            "unfit": [_unfit(one) for one in quote.methods if one.price is None],
        },
        "code": _code(cart.code, order) if cart.code is not None else None,
        "missing": [{"field": one.field, "reason": one.reason, "detail": one.for_buyer} for one in cart.missing],
        "strategies": [_strategy(one) for one in quote.strategies],
    }
