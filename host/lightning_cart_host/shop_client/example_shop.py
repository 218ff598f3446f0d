"""Names from the example catalogue in `config`, which the demo, the chaos run and the tests buy from."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

SITE = "test-checkout"
FREE = "free"  # the strategy of a cart that comes to nothing
PRODUCT = "test-10"  # costs 10 USD
UNSETTLED = frozenset({"open", "pending"})  # order statuses that still wait for the payment
_ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "Carrer de la Rutlla 1",
    "city": "Sabadell",
    "postal_code": "08201",
    "country": "ES",
    "phone": "+34931234567",
    "method": "post",
}
_FULL_ITEMS: Sequence[Mapping[str, Any]] = (
    {"id": "tshirt", "options": {"size": "L", "colour": "blue"}, "inputs": {"engraving": "First of its kind"}},
    {"id": "mug"},
    {"id": "book"},
)


class ExampleCart(StrEnum):
    """A cart of the example shop."""

    TEST = "test"  # the $10 product
    FULL = "full"  # a T-shirt with a text, a mug and a book, posted to Spain


def cart_body(cart: ExampleCart, strategy: str, *, code: str = "", email: str = "") -> dict[str, Any]:
    """Return the body of a checkout or a quote.

    Args:
        cart: Which cart.
        strategy: The strategy to pay with.
        code: A discount code, or empty.
        email: The buyer's e-mail address, or empty: the payment page asks for it.
    """
    given = {"code": code, "customer_email": email}
    body: dict[str, Any] = {"site": SITE, "strategy": strategy} | {name: text for name, text in given.items() if text}
    if cart is ExampleCart.TEST:
        return {"items": [{"id": PRODUCT, "quantity": 1}], **body}
    return {"items": [dict(item) for item in _FULL_ITEMS], "currency": "USD", "delivery": _ADDRESS, **body}


def cart_products(cart: ExampleCart) -> list[str]:
    """Return the ids of a cart's products."""
    return [item["id"] for item in cart_body(cart, "")["items"]]
