"""Opens an order's receipt at the engine, as a buyer does, and checks what is printed on it."""

from collections.abc import Mapping
from html import unescape
from typing import Any

import httpx

from lightning_cart.domain.money import Money
from lightning_cart_host.demo.buyer import Buyer
from lightning_cart_host.shop_client.requests import PurchaseFailed


def _tax_note(order: Mapping[str, Any]) -> str:
    taxes = [f"{one['label']} {one['rate']} % {Money(one['tax_minor'], order['currency']).display}" for one in order["taxes"]]
    return " and ".join(taxes) or "no tax"


def _find_missing(page: str, order: Mapping[str, Any]) -> list[str]:
    """Return what should be on the page and is not: the number, the products, the total and the discount."""
    currency = order["currency"]
    wanted = [order["receipt"]["number"], order["total"], *(line["name"] for line in order["lines"])]
    wanted += [Money(order["discount_minor"], currency).display] if order["discount_minor"] else []
    return [text for text in wanted if text not in page]


async def check_receipt(buyer: Buyer) -> str:
    """Open the receipt of a paid order, and return its URL.

    Args:
        buyer: The buyer of the order.

    Raises:
        PurchaseFailed: The order has no receipt, or its page does not show what was bought.
    """
    order = await buyer.order()
    receipt = order["receipt"]
    if receipt is None:
        raise PurchaseFailed("the paid order has no receipt")

    def note(response: httpx.Response) -> str:  # noqa: ARG001 - what is on the page is checked below
        return f"receipt {receipt['number']} over {order['total']}, with {_tax_note(order)}"

    page = await buyer.steps.request("The buyer opens the receipt", "GET", receipt["url"], 200, note)
    if missing := _find_missing(unescape(page.text), order):
        raise PurchaseFailed(f"the receipt's page does not show {' and '.join(missing)}")
    return str(receipt["url"])
