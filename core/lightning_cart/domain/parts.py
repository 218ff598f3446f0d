"""The parts of a total. Whoever makes one that does not add up gets an error, so no stored order can have it."""

from dataclasses import dataclass

from lightning_cart.domain.money import Money
from lightning_cart.errors import MoneyError


@dataclass(frozen=True, slots=True)
class Parts:
    """A total and its parts, all in one currency: `total = goods - discount + shipping + tax`.

    Args:
        total: What the buyer pays.
        goods: The lines at full price.
        discount: What is taken off the goods.
        shipping: The price of the delivery.
        tax: The tax that is added to the prices. Tax that the prices include is in the other parts.

    Raises:
        MoneyError: They do not add up, one is negative, or the currencies differ.
    """

    total: Money
    goods: Money
    discount: Money
    shipping: Money
    tax: Money

    def __post_init__(self) -> None:
        if self.goods - self.discount + self.shipping + self.tax != self.total:
            raise MoneyError("the parts of a total do not add up")
        if min(self.goods.minor, self.discount.minor, self.shipping.minor, self.tax.minor, self.total.minor) < 0:
            raise MoneyError("a part of a total is negative")

    @classmethod
    def of(cls, goods: Money, discount_minor: int = 0, shipping_minor: int = 0, tax_minor: int = 0) -> "Parts":
        """Return the parts with their total.

        Args:
            goods: The lines at full price.
            discount_minor: In minor units of the same currency, as the next two.
            shipping_minor: The price of the delivery.
            tax_minor: The added tax.

        Raises:
            MoneyError: A part or the total is negative.
        """
        discount, shipping, tax = (Money(minor, goods.currency) for minor in (discount_minor, shipping_minor, tax_minor))
        return cls(goods - discount + shipping + tax, goods, discount, shipping, tax)
