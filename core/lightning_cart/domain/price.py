"""Prices a cart: the one place where goods, discount, delivery and tax become a total.

Everything is an integer of minor units. The order of the steps: unit price with surcharges, goods, discount, delivery (free
from a sum of goods after discount), tax groups, total. What is rounded is rounded half up to the currency's step, so that every
provider can charge it. Prices of the catalogue are taken as they are.
"""

from collections.abc import Sequence
from typing import NamedTuple

from lightning_cart.domain.buyer import NOWHERE, Destination
from lightning_cart.domain.catalog import NO_METADATA, Catalog
from lightning_cart.domain.choice import Choice
from lightning_cart.domain.line_item import LineItem, sum_lines
from lightning_cart.domain.money import Money, step_of
from lightning_cart.domain.parts import Parts
from lightning_cart.domain.shares import share_out
from lightning_cart.domain.shipping import Method, Parcel, delivery_price
from lightning_cart.domain.taxes import LIKE_GOODS, UNTAXED, TaxedAmount, TaxGroup, TaxRate, group_taxes
from lightning_cart.errors import MoneyError


class Delivery(NamedTuple):
    """How an order is delivered.

    Args:
        method_id: The method's id.
        name: The method's name.
        days: The fewest and the most working days, or None if unknown.
        pick_up: Whether the buyer fetches the goods.
        recurs: Whether each renewal is delivered, and pays for it, again.
    """

    method_id: str
    name: str
    days: tuple[int, int] | None = None
    pick_up: bool = False
    recurs: bool = False


class Quote(NamedTuple):
    """A priced cart.

    Args:
        lines: One for each choice, in their order.
        parts: The total and its parts.
        delivery: The chosen delivery, or None if nothing is delivered or no method was chosen yet.
        taxes: The tax of each percentage; empty if the place has no rate.
        renewal: What each renewal charges; 0 if nothing recurs.
        place: Where the price is for.
        parcel: What a delivery of this cart costs by, whether or not a method was chosen.
    """

    lines: tuple[LineItem, ...]
    parts: Parts
    delivery: Delivery | None
    taxes: tuple[TaxGroup, ...]
    renewal: Money
    place: Destination
    parcel: Parcel


class Goods(NamedTuple):
    """The goods of a cart with their prices, before delivery and tax.

    Args:
        lines: One for each choice, in their order.
        tax_classes: The tax class of each line.
        parcel: What a delivery of them costs by.
        place: Where the price is for.
        unpaid: The rates of the tax that was taken off the prices, or None.
    """

    lines: tuple[LineItem, ...]
    tax_classes: tuple[str, ...]
    parcel: Parcel
    place: Destination
    unpaid: TaxRate | None = None


def price_goods(
    choices: Sequence[Choice], currency: str, catalog: Catalog, place: Destination = NOWHERE, *, home_country: str = ""
) -> Goods:
    """Price the goods of a cart before any discount: the part of `price` that depends on no delivery method.

    The arguments are those of `price`.
    """
    taxes = catalog.taxes
    unpaid = taxes.find_unpaid(Destination(home_country), place) if taxes is not None else None
    delivers = catalog.shipping is not None
    lines = tuple(_line(choice, _unit_price(choice, currency, unpaid), delivers=delivers) for choice in choices)
    classes, weight = tuple(choice.product.tax for choice in choices), sum(choice.weight for choice in choices)
    return Goods(lines, classes, _parcel(lines, classes, weight, unpaid), place, unpaid)


def reduce_goods(goods: Goods, discounts: Sequence[int], *, free_delivery: bool = False) -> Goods:
    """Take discounts off priced goods.

    Args:
        goods: The goods before any discount.
        discounts: What is taken off each line, in minor units; empty if nothing is.
        free_delivery: Whether a code makes the delivery free, as of `price`.

    Raises:
        MoneyError: A discount is negative, exceeds its line, or reduces a line that recurs.
    """
    lines = goods.lines
    if discounts:
        lines = tuple(_reduce(line, discount) for line, discount in zip(lines, discounts, strict=True))
    # A free delivery that recurs would be free with each renewal.
    is_free = free_delivery and not any(line.ships and line.interval for line in lines)
    parcel = _parcel(lines, goods.tax_classes, goods.parcel.weight, goods.unpaid)
    return goods._replace(lines=lines, parcel=parcel._replace(is_free=is_free))


def price_total(goods: Goods, catalog: Catalog, method: Method | None = None) -> Quote:
    """Add delivery and tax to priced goods: the rest of `price`.

    Args:
        goods: The priced goods.
        catalog: The tax rates.
        method: The delivery method, as of `price`.
    """
    lines = goods.lines
    delivery, shipping = _deliver(lines, goods.parcel, method)
    recurs = delivery is not None and delivery.recurs
    rate = catalog.taxes.find(goods.place) if catalog.taxes is not None else None
    groups = _tax(goods, shipping, rate, recurs=recurs) if rate is not None else ()
    added = sum(group.tax_minor for group in groups if not group.included)
    if rate is not None:
        rates = {**rate.classes, UNTAXED: ""}
        lines = tuple(line._replace(tax_rate=rates[name]) for line, name in zip(lines, goods.tax_classes, strict=True))
    parts = Parts.of(sum_lines(lines), sum(line.discount_minor for line in lines), shipping.minor, added)
    renewal = sum(line.reduced_minor for line in lines if line.interval)
    renewal += (shipping.minor if recurs else 0) + sum(group.recurring_tax_minor for group in groups)
    return Quote(lines, parts, delivery, groups, Money(renewal, shipping.currency), goods.place, goods.parcel)


def price(
    choices: Sequence[Choice],
    currency: str,
    catalog: Catalog,
    place: Destination = NOWHERE,
    method: Method | None = None,
    *,
    home_country: str = "",
    discounts: Sequence[int] = (),
    free_delivery: bool = False,
) -> Quote:
    """Price a cart.

    Args:
        choices: What the buyer chose, at least one, checked before.
        currency: ISO 4217 code; every choice has a price in it.
        catalog: The delivery methods and the tax rates.
        place: Where the goods go, or where the buyer of digital goods is.
        method: The delivery method, which fits the cart, or None if none was chosen yet. It is ignored if nothing is delivered.
        home_country: The shop's own country.
        discounts: What is taken off each line, in minor units; empty if nothing is.
        free_delivery: Whether a code makes the delivery free. One that recurs is paid all the same.

    Returns:
        The quote. The same arguments give the same quote.

    Raises:
        MoneyError: A discount is negative, exceeds its line, or reduces a line that recurs.
    """
    goods = price_goods(choices, currency, catalog, place, home_country=home_country)
    if discounts or free_delivery:
        goods = reduce_goods(goods, discounts, free_delivery=free_delivery)
    return price_total(goods, catalog, method)


def _unit_price(choice: Choice, currency: str, unpaid: TaxRate | None) -> Money:
    """Return what the buyer pays for one. Tax is taken off each one, so that unit price times quantity is the line's total."""
    full = choice.unit_price(currency)
    if unpaid is None:
        return full
    return Money(unpaid.percent_of(choice.product.tax).take_from(full.minor, step_of(currency)), currency)


def _line(choice: Choice, unit_price: Money, *, delivers: bool) -> LineItem:
    product, variant = choice.product, choice.variant
    return LineItem(
        product_id=product.id,
        name=product.name,
        unit_price=unit_price,
        quantity=choice.quantity,
        description=product.description,
        image=(variant.image if variant else "") or product.image,
        interval=product.interval,
        metadata=product.metadata,
        variant_id=variant.id if variant else "",
        options=variant.options if variant else NO_METADATA,
        sku=choice.sku,
        ships=product.ships and delivers,
    )


def _reduce(line: LineItem, discount_minor: int) -> LineItem:
    if discount_minor and (not 0 < discount_minor <= line.total.minor or line.interval):
        raise MoneyError(f"the line of {line.product_id} cannot be reduced by {discount_minor}")
    return line._replace(discount_minor=discount_minor)


def _parcel(lines: Sequence[LineItem], classes: Sequence[str], weight: int, unpaid: TaxRate | None) -> Parcel:
    left = Money(sum(line.reduced_minor for line in lines), lines[0].unit_price.currency)
    if unpaid is None:
        return Parcel(left, weight)
    values = _delivered_values(unpaid, classes, lines)
    return Parcel(left, weight, tuple((unpaid.percent_of(name), value) for name, value in values.items()))


def _deliver(lines: Sequence[LineItem], parcel: Parcel, method: Method | None) -> tuple[Delivery | None, Money]:
    """Return the delivery and its price: none and 0 if nothing is delivered, or no method was chosen yet."""
    delivered = [line for line in lines if line.ships]
    if method is None or not delivered:
        return None, Money(0, parcel.goods.currency)
    recurs = any(line.interval for line in delivered)
    return Delivery(method.id, method.name, method.days, method.pick_up, recurs), delivery_price(method, parcel)


def _delivered_values(rate: TaxRate, classes: Sequence[str], lines: Sequence[LineItem]) -> dict[str, int]:
    """Return the tax classes that share the price of the delivery, with the value of the delivered goods of each."""
    if rate.shipping != LIKE_GOODS:
        return {rate.shipping: 1}
    values: dict[str, int] = {}
    for tax_class, line in zip(classes, lines, strict=True):
        if line.ships:
            values[tax_class] = values.get(tax_class, 0) + line.reduced_minor
    return values


def _tax(goods: Goods, shipping: Money, rate: TaxRate, *, recurs: bool) -> tuple[TaxGroup, ...]:
    """Return the tax of the goods and of the delivery, which may recur."""
    step = step_of(shipping.currency)
    classes, lines = goods.tax_classes, goods.lines
    taxed = zip(classes, lines, strict=True)
    amounts = [TaxedAmount(tax_class, line.reduced_minor, line.interval is not None) for tax_class, line in taxed]
    if shipping.minor:
        values = _delivered_values(rate, classes, lines)
        shares = share_out(shipping.minor, list(values.values()), step)
        amounts += [TaxedAmount(tax_class, share, recurs) for tax_class, share in zip(values, shares, strict=True)]
    return group_taxes(rate, amounts, step)
