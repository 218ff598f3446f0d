"""The lines of an order, as they were priced."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lightning_cart.domain.catalog import NO_METADATA, Interval
from lightning_cart.domain.money import Money


class LineItem(NamedTuple):
    """One line of an order, copied from the catalogue when the order was created.

    Args:
        product_id: The product's id.
        name: The product's name.
        unit_price: The price of one: that of the variant with the surcharges of the buyer's inputs, or what the buyer chose.
        quantity: At least 1.
        description: The product's description, or empty.
        image: An absolute URL, or empty.
        interval: How often the price is charged, or None.
        metadata: The product's keys and values.
        variant_id: The variant's id, or empty.
        options: The variant's options in the catalogue's order, such as `{"size": "L", "colour": "blue"}`.
        sku: The variant's or the product's SKU, or empty.
        ships: Whether it has to be delivered or fetched.
        discount_minor: The line's share of the order's discount, in minor units.
        tax_rate: The percentage of the line's tax, as `TaxGroup.rate`; or empty if it is untaxed or no rate is known.
    """

    product_id: str
    name: str
    unit_price: Money
    quantity: int
    description: str = ""
    image: str = ""
    interval: Interval | None = None
    metadata: Mapping[str, str] = NO_METADATA
    variant_id: str = ""
    options: Mapping[str, str] = NO_METADATA
    sku: str = ""
    ships: bool = False
    discount_minor: int = 0
    tax_rate: str = ""

    @property
    def total(self) -> Money:
        """Unit price times quantity, before any discount."""
        return self.unit_price * self.quantity

    @property
    def reduced_minor(self) -> int:
        """The total after the discount, in minor units."""
        return self.unit_price.minor * self.quantity - self.discount_minor

    @property
    def title(self) -> str:
        """The name with the chosen options: `T-shirt (L, blue)`."""
        return f"{self.name}{self._chosen}"

    @property
    def id_with_options(self) -> str:
        """The product's id with the chosen options: `tshirt (L, blue)`."""
        return f"{self.product_id}{self._chosen}"

    @property
    def _chosen(self) -> str:
        return f" ({', '.join(self.options.values())})" if self.options else ""


def sum_lines(lines: Sequence[LineItem]) -> Money:
    """Return the sum of at least one line, before any discount."""
    return Money(sum(line.unit_price.minor * line.quantity for line in lines), lines[0].unit_price.currency)
