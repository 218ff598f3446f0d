"""Says in one line what a quote costs."""

from collections.abc import Mapping
from typing import Any

from lightning_cart.domain.money import Money


def describe_quote(quote: Mapping[str, Any]) -> str:
    """Return what a quote costs and what is in it.

    Args:
        quote: The answer of `POST /quote`.
    """

    def shown(name: str) -> str:
        return Money(quote[name], quote["currency"]).display

    delivery, tax = shown("shipping_minor"), shown("included_tax_minor")
    if quote["code"] is None:
        return f"{quote['total']}, of it {delivery} for the delivery and {tax} tax"
    if fault := code_fault(quote):
        return fault
    parts = [f"goods {shown('goods_minor')}", f"less {shown('discount_minor')} with {quote['code']['code']}"]
    parts += [f"delivery {delivery}"] if quote["delivery"]["needed"] else []
    return f"{quote['total']}: {', '.join(parts)}; {tax} of it is tax"


def code_fault(quote: Mapping[str, Any]) -> str:
    """Return why the code of a quote does not hold, in words for buyers, or an empty string."""
    code = quote["code"]
    return "" if code is None or code["holds"] else f"the code does not hold: {code['detail']}"
