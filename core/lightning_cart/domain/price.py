"""Prices a cart: the one place where goods, discount, delivery and tax become a total.

Everything is an integer of minor units. The order of the steps: unit price with surcharges, goods, discount, delivery (free
from a sum of goods after discount), tax groups, total. What is rounded is rounded half up to the currency's step, so that every
provider can charge it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from lightning_cart.domain.buyer import NOWHERE, Destination
from lightning_cart.domain.catalog import Catalog, Product, Variant
from lightning_cart.domain.line_item import LineItem, sum_lines
from lightning_cart.domain.money import Money, step_of
from lightning_cart.domain.parts import Parts
from lightning_cart.domain.shares import share_out
from lightning_cart.domain.shipping import Method, Parcel, delivery_price
from lightning_cart.domain.taxes import LIKE_GOODS, UNTAXED, Outside, Percent, TaxedAmount, TaxGroup, TaxRate, group_taxes

_NO_TEXTS: Mapping[str, str] = {}


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
    inputs: Mapping[str, str] = _NO_TEXTS
    amount: Money | None = None

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
    """

    lines: tuple[LineItem, ...]
    parts: Parts
    delivery: Delivery | None
    taxes: tuple[TaxGroup, ...]
    renewal: Money
    place: Destination = NOWHERE


class _Net(NamedTuple):
    """Takes the tax of the shop's own country off what a buyer without a rate pays. Without rates it changes nothing."""

    rate: TaxRate | None
    step: int

    def of(self, money: Money, tax_class: str) -> Money:
        if self.rate is None or tax_class == UNTAXED:
            return money
        return Money(Percent.parse(self.rate.classes[tax_class]).take_from(money.minor, self.step), money.currency)


def _net_rate(catalog: Catalog, home: Destination, place: Destination) -> TaxRate | None:
    """Return the rate of the shop's own country, if a buyer in this place pays prices without the tax that they include."""
    taxes = catalog.taxes
    if taxes is None or taxes.outside is not Outside.NET or taxes.find(place) is not None:
        return None
    own = taxes.find(home)
    return own if own is not None and own.included else None


def _line(choice: Choice, unit_price: Money, discount_minor: int, *, delivers: bool) -> LineItem:
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
        options=variant.options if variant else {},
        sku=choice.sku,
        ships=product.ships and delivers,
        discount_minor=discount_minor,
    )


class _PricedGoods(NamedTuple):
    """The lines of a cart with the class of each."""

    lines: tuple[LineItem, ...]
    classes: tuple[str, ...]

    def amounts(self) -> Iterator[TaxedAmount]:
        """Yield each line after its discount."""
        for line, tax_class in zip(self.lines, self.classes, strict=True):
            yield TaxedAmount(tax_class, line.total.minor - line.discount_minor, line.interval is not None)

    def delivery_amounts(self, shipping: Money, rate: TaxRate, *, recurs: bool) -> Iterator[TaxedAmount]:
        """Yield the delivery's price by class: of one class, or shared by the value of what is delivered."""
        if rate.shipping != LIKE_GOODS:
            yield TaxedAmount(rate.shipping, shipping.minor, recurs)
            return
        delivered: dict[str, int] = {}
        for line, amount in zip(self.lines, self.amounts(), strict=True):
            if line.ships:
                delivered[amount.tax_class] = delivered.get(amount.tax_class, 0) + amount.minor
        shares = share_out(shipping.minor, list(delivered.values()), step_of(shipping.currency))
        for tax_class, share in zip(delivered, shares, strict=True):
            yield TaxedAmount(tax_class, share, recurs)


def price(
    choices: Sequence[Choice],
    currency: str,
    catalog: Catalog,
    place: Destination = NOWHERE,
    method: Method | None = None,
    *,
    home_country: str = "",
    discounts: Sequence[int] = (),
) -> Quote:
    """Price a cart.

    Args:
        choices: What the buyer chose, at least one, checked before.
        currency: ISO 4217 code; every choice has a price in it.
        catalog: The delivery methods and the tax rates.
        place: Where the goods go, or where the buyer of digital goods is.
        method: The delivery method, which fits the cart, or None if nothing is delivered or none was chosen yet.
        home_country: The shop's own country.
        discounts: What is taken off each line, in minor units; empty if nothing is.

    Returns:
        The quote. The same arguments give the same quote.
    """
    step, home = step_of(currency), Destination(home_country)
    net = _Net(_net_rate(catalog, home, place), step)
    off = discounts or [0] * len(choices)
    delivers = catalog.shipping is not None
    goods = _PricedGoods(
        tuple(
            _line(choice, net.of(choice.unit_price(currency), choice.product.tax), minor, delivers=delivers)
            for choice, minor in zip(choices, off, strict=True)
        ),
        tuple(choice.product.tax for choice in choices),
    )
    parcel = parcel_of(choices, goods.lines)
    shipping = Money(0, currency)
    delivery = None
    if method is not None:
        recurs = any(line.ships and line.interval for line in goods.lines)
        delivery = Delivery(method.id, method.name, method.days, method.pick_up, recurs)
        shipping = _net_delivery(goods, delivery_price(method, parcel), net)
    recurs = delivery is not None and delivery.recurs
    rate = catalog.taxes.find(place) if catalog.taxes is not None else None
    taxes: tuple[TaxGroup, ...] = ()
    if rate is not None:
        of_delivery = goods.delivery_amounts(shipping, rate, recurs=recurs) if delivery is not None else ()
        taxes = group_taxes(rate, [*goods.amounts(), *of_delivery], step)
    added = [group for group in taxes if not group.included]
    parts = Parts.of(sum_lines(goods.lines), sum(off), shipping.minor, sum(group.tax_minor for group in added))
    renewed = sum(line.total.minor for line in goods.lines if line.interval)
    renewed += (shipping.minor if recurs else 0) + sum(group.recurring_tax_minor for group in added)
    return Quote(goods.lines, parts, delivery, taxes, Money(renewed, currency), place)


def parcel_of(choices: Sequence[Choice], lines: Sequence[LineItem]) -> Parcel:
    """Return what the delivery's price depends on."""
    goods = sum_lines(lines)
    discount = sum(line.discount_minor for line in lines)
    return Parcel(goods - Money(discount, goods.currency), sum(choice.weight for choice in choices))


def _net_delivery(goods: _PricedGoods, gross: Money, net: _Net) -> Money:
    """Return the delivery's price without the tax that it includes, if the buyer pays prices without it."""
    if net.rate is None:
        return gross
    parts = goods.delivery_amounts(gross, net.rate, recurs=False)
    return Money(sum(net.of(Money(part.minor, gross.currency), part.tax_class).minor for part in parts), gross.currency)
