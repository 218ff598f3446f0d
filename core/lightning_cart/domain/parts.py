"""The parts of a total. Whoever makes one that does not add up gets an error, so no stored order can have it."""

from dataclasses import dataclass

from lightning_cart.domain.money import Money
from lightning_cart.errors import MoneyError


@dataclass(frozen=True, slots=True)
class Parts:
    """A total and its parts, all in one currency: `total = goods - discount + shipping + tax`.

    None is negative, and the discount is at most the goods.

    Args:
        total: What the buyer pays.
        goods: The lines at full price.
        discount: What is taken off the goods.
        shipping: The price of the delivery.
        tax: The tax that is added to the prices. Tax that the prices include is in the other parts.

    Raises:
        MoneyError: They do not add up, one is negative, the discount exceeds the goods, or the currencies differ.
    """

    total: Money
    goods: Money
    discount: Money
    shipping: Money
    tax: Money

    def __post_init__(self) -> None:
        goods, discount, shipping, tax = self.goods.minor, self.discount.minor, self.shipping.minor, self.tax.minor
        if len({self.total.currency, *(part.currency for part in (self.goods, self.discount, self.shipping, self.tax))}) > 1:
            raise MoneyError("the parts of a total are in several currencies")
        if goods - discount + shipping + tax != self.total.minor:
            raise MoneyError("the parts of a total do not add up")
        if min(goods, discount, shipping, tax) < 0:
            raise MoneyError("a part of a total is negative")
        if goods < discount:
            raise MoneyError("the discount exceeds the goods")

    @classmethod
    def of(cls, goods: Money, discount_minor: int = 0, shipping_minor: int = 0, tax_minor: int = 0) -> "Parts":
        """Return the parts with their total.

        Args:
            goods: The lines at full price.
            discount_minor: In minor units of the same currency, as the next two.
            shipping_minor: The price of the delivery.
            tax_minor: The added tax.

        Raises:
            MoneyError: A part is negative, or the discount exceeds the goods.
        """
        discount, shipping, tax = (Money(minor, goods.currency) for minor in (discount_minor, shipping_minor, tax_minor))
        total = Money(goods.minor - discount_minor + shipping_minor + tax_minor, goods.currency)
        return cls(total, goods, discount, shipping, tax)
