"""What a buyer chose for one line of a cart."""

from collections.abc import Mapping
from typing import NamedTuple

from lightning_cart.domain.catalog import NO_METADATA, Product, Variant
from lightning_cart.domain.money import Money


class Choice(NamedTuple):
    """What a buyer chose for one line. It was checked: all of it exists and has a price in the cart's currency.

    Args:
        product: The product.
        variant: One of its variants, or None if it has none.
        quantity: At least 1.
        inputs: The buyer's texts by the ids of the product's inputs, without empty ones.
        amount: What the buyer pays for one, if the buyer chooses the price; else None.
    """

    product: Product
    variant: Variant | None = None
    quantity: int = 1
    inputs: Mapping[str, str] = NO_METADATA
    amount: Money | None = None

    def __repr__(self) -> str:
        return f"Choice({self.product.id!r})"  # without the buyer's texts

    @property
    def weight(self) -> int:
        """The weight of the line in grams, as far as it is delivered and known."""
        own = self.variant.weight if self.variant is not None else None
        one = own if own is not None else self.product.weight
        return (one or 0) * self.quantity if self.product.ships else 0

    @property
    def sku(self) -> str:
        """The variant's or the product's SKU, or empty."""
        return (self.variant.sku if self.variant else "") or self.product.sku

    def unit_price(self, currency: str) -> Money:
        """Return the price of one with the surcharges of its inputs."""
        price = self.product.prices_of(self.variant)[currency] if self.amount is None else self.amount
        for one in self.product.inputs:
            if one.id in self.inputs and currency in one.surcharge:
                price += one.surcharge[currency]
        return price
