"""Adds up orders: counts, and exact sums in minor units for each currency, strategy, product and UTC day."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from lightning_cart.domain.order import PAID_STATUSES, Dispute, Order, OrderStatus
from lightning_cart_host.cli.dates import Interval, start_of_day


@dataclass
class Sums:
    """Sums over some orders of one currency, in minor units. An amount is what was paid of orders, whatever their status.

    Args:
        orders: The number of orders.
        paid_orders: How many of them were paid, also if they were refunded later.
        paid_minor: What was paid, without tips.
        tip_minor: The tips.
        refunded_minor: What was refunded of `paid_minor`.
    """

    orders: int = 0
    paid_orders: int = 0
    paid_minor: int = 0
    tip_minor: int = 0
    refunded_minor: int = 0

    @property
    def kept_minor(self) -> int:
        """What was paid and not refunded, without tips."""
        return self.paid_minor - self.refunded_minor

    def add(self, order: Order) -> None:
        """Add an order."""
        self.orders += 1
        self.paid_orders += order.status in PAID_STATUSES
        self.paid_minor += order.paid_minor
        self.tip_minor += order.tip_minor
        self.refunded_minor += order.refunded_minor


@dataclass
class ProductSums:
    """What was sold of one product in one currency: in paid orders, at the lines' prices after discounts, before refunds.

    Args:
        name: Its name in the newest of these orders.
        quantity: How many pieces.
        total_minor: The sum of the lines.
    """

    name: str
    quantity: int = 0
    total_minor: int = 0


@dataclass
class TaxSums:
    """The tax of one rate, in paid orders, before refunds, in minor units."""

    net_minor: int = 0
    tax_minor: int = 0


class TaxKind(NamedTuple):
    """What taxes are added up by: their name, their percentage as a text, and whether the prices include them."""

    label: str
    rate: str
    included: bool


@dataclass
class CurrencyStats:
    """The orders of one currency. Discounts, deliveries, taxes and products are those of paid orders, before refunds."""

    sums: Sums = field(default_factory=Sums)
    discount_minor: int = 0
    shipping_minor: int = 0
    taxes: dict[TaxKind, TaxSums] = field(default_factory=dict)
    strategies: dict[str, Sums] = field(default_factory=dict)
    products: dict[str, ProductSums] = field(default_factory=dict)
    days: dict[int, Sums] = field(default_factory=dict)  # by the first second of the UTC day in which orders were created

    def best_sellers(self) -> list[tuple[str, ProductSums]]:
        """Return the products by their ids, those with the largest sums first."""
        return sorted(self.products.items(), key=lambda item: (-item[1].total_minor, item[0]))

    def add(self, order: Order) -> None:
        """Add an order."""
        day = start_of_day(order.created_at)
        for sums in (self.sums, self.strategies.setdefault(order.strategy, Sums()), self.days.setdefault(day, Sums())):
            sums.add(order)
        if order.status not in PAID_STATUSES:
            return
        self.discount_minor += order.parts.discount.minor
        self.shipping_minor += order.parts.shipping.minor
        for group in order.taxes:
            tax = self.taxes.setdefault(TaxKind(group.label, group.rate, group.included), TaxSums())
            tax.net_minor += group.net_minor
            tax.tax_minor += group.tax_minor
        for line in order.lines:
            product = self.products.setdefault(line.product_id, ProductSums(line.name))
            product.quantity += line.quantity
            product.total_minor += line.reduced_minor


@dataclass
class OrderStats:
    """What the orders of a time span add up to.

    Args:
        span: The time span in which they were created.
    """

    span: Interval
    orders: int = 0
    to_review: int = 0
    statuses: Counter[OrderStatus] = field(default_factory=Counter)
    disputes: Counter[Dispute] = field(default_factory=Counter)
    currencies: dict[str, CurrencyStats] = field(default_factory=dict)

    def add(self, orders: Iterable[Order]) -> None:
        """Add orders, newest first."""
        for order in orders:
            self.orders += 1
            self.to_review += order.needs_review
            self.statuses[order.status] += 1
            if order.dispute is not Dispute.NONE:
                self.disputes[order.dispute] += 1
            self.currencies.setdefault(order.lines[0].unit_price.currency, CurrencyStats()).add(order)
