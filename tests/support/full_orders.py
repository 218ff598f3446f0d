"""Orders with all that a total can have: options, a discount, a delivery, tax; and with a recurring line beside it."""

from typing import Any

from lightning_cart.domain.buyer import Address, Buyer, Destination
from lightning_cart.domain.catalog import Interval
from lightning_cart.domain.line_item import LineItem, sum_lines
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.parts import Parts
from lightning_cart.domain.price import Delivery
from lightning_cart.domain.taxes import TaxGroup
from support.builders import make_order

ADDRESS = Address("US", "Ada Lovelace", "1 Main Street", "Flat 2", "New York", "NY", "10001", "+12125550100")
POST = Delivery("post", "Standard post", (2, 4))
SHIRT = LineItem(
    "tshirt",
    "T-shirt",
    Money(2500, "USD"),
    3,
    description="Soft cotton",
    image="https://shop.example/blue.png",
    variant_id="l-blue",
    options={"size": "L", "colour": "blue"},
    sku="TS-L-BL",
    ships=True,
    discount_minor=1000,
)
BOOK = LineItem("book", "Book", Money(1500, "USD"), 1, ships=True)
CLUB = LineItem("club", "Tea club", Money(900, "USD"), 2, interval=Interval.MONTH, ships=True)
TAX = TaxGroup("8.875", "Sales tax", included=False, net_minor=8490, tax_minor=753)


def make_full_order(**changes: Any) -> Order:
    """Return an order of 92.43 dollars: goods of 90.00, less 10.00, delivery 4.90, added tax 7.53."""
    fields: dict[str, Any] = {
        "lines": (SHIRT, BOOK),
        "delivery": POST,
        "place": Destination("US", "NY"),
        "taxes": (TAX,),
    }
    fields |= changes
    if "parts" not in fields:
        goods = sum_lines(fields["lines"])
        off = sum(line.discount_minor for line in fields["lines"])
        added = sum(group.tax_minor for group in fields["taxes"] if not group.included)
        fields["parts"] = Parts.of(goods, off, 490 if fields["delivery"] else 0, added)
    return make_order(**fields)


def make_recurring_order(**changes: Any) -> Order:
    """Return the same order with a line of 18.00 dollars a month, which is delivered and taxed each month again."""
    tax = TaxGroup("8.875", "Sales tax", False, 10290, 913, recurring_tax_minor=203)
    fields: dict[str, Any] = {"lines": (SHIRT, CLUB), "delivery": POST._replace(recurs=True), "taxes": (tax,)}
    return make_full_order(**(fields | changes))


def make_addressed_order(**changes: Any) -> Order:
    """Return the full order with the whole address in its cart."""
    return make_full_order(buyer=Buyer(ADDRESS), **changes)
