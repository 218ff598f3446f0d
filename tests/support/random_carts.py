"""Any catalogue and any cart of it: variants, texts, open amounts, deliveries, taxes, codes, recurring lines."""

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

from lightning_cart.domain.buyer import NOWHERE, Destination
from lightning_cart.domain.catalog import Catalog, Input, Interval, OpenAmount, Product, Variant
from lightning_cart.domain.choice import Choice
from lightning_cart.domain.codes import CodeTerms, frees_delivery, line_discounts
from lightning_cart.domain.money import Money, step_of
from lightning_cart.domain.order import Order
from lightning_cart.domain.price import Goods, Quote, price, price_goods
from lightning_cart.domain.shipping import Method, Shipping, Zone
from lightning_cart.domain.taxes import LIKE_GOODS, UNTAXED, Outside, Taxes, TaxRate
from lightning_cart.providers.strategy import PaymentStrategy
from support.builders import make_order

HOME = "ES"
CLASSES = ("standard", "reduced", "books")
PLACES = (
    NOWHERE,
    Destination("ES"),
    Destination("FR"),
    Destination("US", "NY", "10001"),
    Destination("US", "CA"),
    Destination("JP"),
)
CURRENCIES = ("EUR", "USD", "GBP", "JPY", "HUF", "TWD", "BHD", "ISK", "MGA", "CHF")
PERCENTS = ("0", "4", "5.5", "8.875", "9.75", "19", "20", "21")


class Cart(NamedTuple):
    """What `price` takes."""

    choices: Sequence[Choice]
    currency: str
    catalog: Catalog
    place: Destination
    method: Method | None
    terms: CodeTerms = CodeTerms()  # of its code; they give nothing if it has none
    discounts: Sequence[int] = ()
    free_delivery: bool = False

    def goods(self) -> Goods:
        """Price the goods before any discount."""
        return price_goods(self.choices, self.currency, self.catalog, self.place, home_country=HOME)

    def quote(self, **changes: Any) -> Quote:
        """Price the cart, or one that differs from it."""
        cart = self._replace(**changes)
        return price(
            cart.choices,
            cart.currency,
            cart.catalog,
            cart.place,
            cart.method,
            home_country=HOME,
            discounts=cart.discounts,
            free_delivery=cart.free_delivery,
        )


def order_of(quote: Quote, strategy: type[PaymentStrategy]) -> Order:
    """Return the order of a quote that a strategy would charge."""
    return make_order(
        strategy=strategy.name,
        provider=strategy.provider_name(),
        lines=quote.lines,
        parts=quote.parts,
        delivery=quote.delivery,
        place=quote.place,
        taxes=quote.taxes,
        renewal_minor=quote.renewal.minor,
        code="SPRING" if quote.parts.discount.minor else "",
    )


# Few draws make a cart, because drawing takes much longer than pricing: several facts at once are one draw.
_KINDS = list(itertools.product([*CLASSES, UNTAXED], [True, False], [None, 180, 2000], ["plain", "variants", "inputs", "open"]))
_CODES = list(
    itertools.product(
        ["", "", "10", "15", "33.3", "100", "of"],  # `of` is an amount
        [(), (), ("p0",)],
        [(), (), ("odd",)],
        [False, False, True],
    )
)
_RATES = list(itertools.product(PERCENTS, PERCENTS, [True, False], [LIKE_GOODS, LIKE_GOODS, UNTAXED, *CLASSES]))


def _amounts(currency: str) -> st.SearchStrategy[Money]:
    """Draw prices, of which three of four are multiples of what every provider can charge."""
    step = step_of(currency)
    return st.integers(0, 160_000).map(lambda number: Money(number // 4 * (step if number % 4 else 1), currency))


@st.composite
def _products(draw: st.DrawFn, number: int, currency: str, intervals: Sequence[Interval | None]) -> Product:
    tax, ships, weight, kind = draw(st.sampled_from(_KINDS))
    price, other = {currency: draw(_amounts(currency))}, {currency: draw(_amounts(currency))}
    has_variants, has_inputs, is_open = (kind == one for one in ("variants", "inputs", "open"))
    variants = (Variant("s", {"size": "S"}, weight=50), Variant("l", {"size": "L"}, other))
    inputs = (Input("engraving", "Text", surcharge=other), Input("greeting", "Greeting"))
    return Product(
        f"p{number}",
        f"Product {number}",
        prices={} if is_open else price,
        interval=draw(st.sampled_from(intervals)),
        variants=variants if has_variants else (),
        inputs=inputs if has_inputs else (),
        amount={currency: OpenAmount(Money(0, currency), Money(10**9, currency), price[currency])} if is_open else {},
        tax=tax,
        weight=weight,
        ships=ships,
        categories=("odd",) if number % 2 else (),
    )


@st.composite
def _choices(draw: st.DrawFn, products: Sequence[Product], currency: str) -> Choice:
    product, quantity, which = draw(st.sampled_from(products)), draw(st.integers(1, 9)), draw(st.integers(0, 3))
    return Choice(
        product,
        product.variants[which % 2] if product.variants else None,
        quantity,
        {one.id: "text" for index, one in enumerate(product.inputs) if which >> index & 1},
        product.amount[currency].suggested if product.amount else None,
    )


@st.composite
def _taxes(draw: st.DrawFn) -> Taxes | None:
    rates = {}
    for place in draw(st.sampled_from([(), ("ES",), ("ES", "FR"), ("US-NY",), ("ES", "US", "US-NY")])):
        one, other, included, shipping = draw(st.sampled_from(_RATES))
        rates[place] = TaxRate("Tax", {"standard": one, "reduced": other, "books": "4"}, included, shipping)
    return Taxes(rates, draw(st.sampled_from(Outside))) if rates else None


@st.composite
def _methods(draw: st.DrawFn, currency: str) -> Method:
    free_from, pick_up = draw(st.sampled_from([({}, False), ({}, True), ({currency: draw(_amounts(currency))}, False)]))
    return Method("post", "Post", {currency: draw(_amounts(currency))}, ("all",), free_from, days=(2, 4), pick_up=pick_up)


@st.composite
def _with_code(draw: st.DrawFn, cart: Cart) -> Cart:
    """Draw the code of a cart and what it takes off. It reduces nothing if it is for none of the goods."""
    percent, products, categories, free_delivery = draw(st.sampled_from(_CODES))
    terms = CodeTerms(percent, products=products, categories=categories, free_delivery=free_delivery)
    if percent == "of":
        terms = terms._replace(percent="", amounts={cart.currency: draw(_amounts(cart.currency))})
    goods = cart.goods()
    discounts = line_discounts(terms, cart.choices, goods)
    free = frees_delivery(terms, goods)
    return cart._replace(terms=terms, discounts=discounts if any(discounts) else (), free_delivery=free)


@st.composite
def carts(draw: st.DrawFn, currencies: Sequence[str] = CURRENCIES) -> Cart:
    """Draw a cart with its catalogue."""
    currency = draw(st.sampled_from(currencies))
    intervals = draw(st.sampled_from([(None,), (None,), (None, Interval.MONTH), (Interval.YEAR,)]))
    products = [draw(_products(number, currency, intervals)) for number in range(draw(st.integers(1, 3)))]
    choices = [draw(_choices(products, currency)) for _ in range(draw(st.integers(1, 4)))]
    delivers = draw(st.sampled_from(["not", "later", "now", "now"]))
    method = draw(_methods(currency)) if delivers != "not" else None
    shipping = Shipping({"all": Zone("all", ("*",))}, {method.id: method}) if method is not None else None
    catalog = Catalog({product.id: product for product in products}, {}, shipping, draw(_taxes()))
    cart = Cart(choices, currency, catalog, draw(st.sampled_from(PLACES)), method if delivers == "now" else None)
    return draw(_with_code(cart))
