"""The lines that a provider gets of an order: its goods, and what the provider has no field of its own for.

A provider without a field for discounts gets reduced lines, which add up to the reduced sum exactly and name the code.
Recurring lines are never reduced, because each renewal would be reduced as well. In an order with a recurring line, delivery
and added tax are lines at every provider, because a field is charged once; what each renewal charges again is a recurring line
of the same interval.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from lightning_cart.domain.catalog import Interval
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money, step_of
from lightning_cart.domain.order import Order
from lightning_cart.domain.shares import split_line
from lightning_cart.errors import InvalidField, MoneyError

if TYPE_CHECKING:
    from lightning_cart.providers.strategy import Limits


class LineKind(StrEnum):
    """What a line that a provider gets is for."""

    GOODS = "goods"
    DELIVERY = "delivery"
    TAX = "tax"


class SentLine(NamedTuple):
    """One line as a provider gets it.

    Args:
        kind: What it is for.
        name: What the buyer reads on the provider's page.
        unit_price: The price of one, reduced if the provider shows no discount.
        quantity: At least 1.
        interval: How often it is charged, or None.
        item: The order's line that it is made of, or None for delivery and tax.
    """

    kind: LineKind
    name: str
    unit_price: Money
    quantity: int = 1
    interval: Interval | None = None
    item: LineItem | None = None


def sent_lines(order: Order, limits: "Limits") -> tuple[SentLine, ...]:
    """Return the lines that a provider gets of an order.

    Args:
        order: The priced order.
        limits: The strategy's limits, which say what goes into lines.

    Returns:
        Goods, then delivery, then added tax. They add up to the total, less what goes into the provider's own fields.
    """
    return (*_goods(order, limits), *_delivery(order, limits), *_taxes(order, limits))


def _goods(order: Order, limits: "Limits") -> Iterator[SentLine]:
    why = f"reduced with {order.code}" if order.code else "reduced"
    for line in order.lines:
        if line.interval or not line.discount_minor or not limits.discount_line:
            yield SentLine(LineKind.GOODS, line.title, line.unit_price, line.quantity, line.interval, line)
            continue
        currency, reduced = line.unit_price.currency, line.total.minor - line.discount_minor
        step = step_of(currency)
        # A price below the step is sold only at providers that take it.
        for unit, quantity in split_line(reduced, line.quantity, 1 if reduced % step else step):
            yield SentLine(LineKind.GOODS, f"{line.title}, {why}", Money(unit, currency), quantity, None, line)


def _delivery(order: Order, limits: "Limits") -> Iterator[SentLine]:
    delivery = order.delivery
    if delivery is not None and order.parts.shipping.minor and (limits.delivery_line or order.recurring):
        interval = order.interval if delivery.recurs else None
        yield SentLine(LineKind.DELIVERY, delivery.name, order.parts.shipping, 1, interval)


def _taxes(order: Order, limits: "Limits") -> Iterator[SentLine]:
    if not (limits.tax_line or order.recurring):
        return
    currency = order.total.currency
    for group in order.taxes:
        if group.included:
            continue
        name, again = f"{group.label} ({group.rate} %)", group.recurring_tax_minor
        for minor, interval in ((again, order.interval), (group.tax_minor - again, None)):
            if minor:
                yield SentLine(LineKind.TAX, name, Money(minor, currency), 1, interval)


def check_lines(order: Order, limits: "Limits", sent: Sequence[SentLine]) -> None:
    """Refuse an order whose lines a strategy cannot charge.

    Args:
        order: The priced order.
        limits: The strategy's limits.
        sent: Its `sent_lines`.

    Raises:
        InvalidField: The error names the cart's field.
    """
    _check_parts(order, limits)
    recurring = sum(1 for line in sent if line.interval)
    single = len(sent) - recurring
    if recurring and not limits.recurring_lines:
        reason = f"{order.strategy} cannot charge a recurring price"
        raise InvalidField("items", reason, "This way to pay cannot be used for a subscription.")
    if recurring and not order.total.minor:
        reason = "an order with a recurring price cannot be free"
        raise InvalidField("items", reason, "A subscription cannot be ordered for nothing.")
    if recurring and single and not limits.mixed_intervals:
        reason = f"{order.strategy} cannot take one-time and recurring products in one order"
        raise InvalidField("items", reason, "This way to pay cannot take a subscription and other products in one order.")
    if recurring and max(recurring, single) > limits.recurring_lines:
        reason = f"{order.strategy} takes at most {limits.recurring_lines} lines of each sort"
        raise InvalidField("items", reason, "These are more different products than this way to pay takes with a subscription.")
    if len(sent) > limits.lines:
        reason = f"{order.strategy} takes at most {limits.lines} lines"
        for_buyer = f"This way to pay takes at most {limits.lines} different products in one order."
        if len(sent) > len(order.lines):
            reason += f", and with reduced prices, delivery and tax this order has {len(sent)}"
            for_buyer = "These are more different products than this way to pay takes with delivery, tax or a discount."
        raise InvalidField("items", reason, for_buyer)


def _check_parts(order: Order, limits: "Limits") -> None:
    """Refuse a delivery, a tax or a discount that a strategy does not send."""
    rules = (
        (limits.delivery_line, order.asks_address or order.parts.shipping.minor, "a delivery", "for goods that are delivered"),
        (limits.tax_line, order.parts.tax.minor, "tax that is added to the price", "where tax is added to the price"),
        (limits.discount_line, order.parts.discount.minor, "a discount", "with a discount"),
    )
    for is_line, is_needed, part, use in rules:
        if is_line is None and is_needed:
            raise InvalidField("items", f"{order.strategy} cannot charge {part}", f"This way to pay cannot be used {use}.")
    country = order.place.country
    if order.asks_address and country in limits.refused_countries:
        reason = f"{order.strategy} takes no delivery address in {country}"
        raise InvalidField("delivery.country", reason, "This way to pay cannot be used for a delivery to this country.")


def check_amounts(order: Order, limits: "Limits", sent: Sequence[SentLine]) -> None:
    """Refuse an order of which an amount that would be sent is no multiple of what the provider can charge.

    Args:
        order: The priced order.
        limits: The strategy's limits.
        sent: Its `sent_lines`.

    Raises:
        InvalidField: The error names the cart's field.
    """
    parts = order.parts
    if limits.amounts.takes_every_amount(order.total.currency):
        return
    fields = (
        (limits.delivery_line, parts.shipping),
        (limits.tax_line, parts.tax),
        (limits.discount_line, parts.discount),
    )
    try:
        for line in sent:
            limits.amounts.to_provider(line.unit_price)
        for is_line, money in fields:
            if not is_line:
                limits.amounts.to_provider(money)
    except MoneyError as error:
        for_buyer = "This way to pay cannot take exactly these amounts."
        raise InvalidField("currency", f"{order.strategy} cannot charge this: {error}", for_buyer) from error
