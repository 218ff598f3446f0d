"""The price of a cart, by figures that were computed by hand."""

from typing import Any

import pytest

from lightning_cart.domain.buyer import NOWHERE, Destination
from lightning_cart.domain.catalog import Catalog, Input, Interval, OpenAmount, Product, Variant
from lightning_cart.domain.choice import Choice
from lightning_cart.domain.money import Money
from lightning_cart.domain.price import Delivery, Quote, price
from lightning_cart.domain.shares import share_out, split_line
from lightning_cart.domain.shipping import Method, Parcel, Shipping, Zone, delivery_price
from lightning_cart.domain.taxes import Outside, Percent, Taxes, TaxGroup, TaxRate
from lightning_cart.errors import MoneyError

ES, FR, NY = Destination("ES"), Destination("FR"), Destination("US", "NY")
SPAIN = TaxRate("IVA", {"standard": "21", "books": "4"})
GERMANY = TaxRate("USt", {"standard": "19", "books": "7"})
NEW_YORK = TaxRate("Sales tax", {"standard": "8.875", "books": "0", "delivery": "0"}, included=False, shipping="delivery")
POST = Method("post", "Post", {"EUR": Money(490, "EUR"), "USD": Money(490, "USD")}, ("all",), days=(2, 4))
PICK_UP = Method("pickup", "Pick up", {"EUR": Money(0, "EUR")}, pick_up=True)
DELIVERED = Shipping({"all": Zone("all", ("*",))}, {"post": POST, "pickup": PICK_UP})
RATES = {"ES": SPAIN, "DE": GERMANY, "US-NY": NEW_YORK}
SHOP = Catalog({}, {}, DELIVERED, Taxes(RATES))


def product(minor: int, currency: str = "EUR", **changes: Any) -> Product:
    return Product(**({"id": "x", "name": "X", "prices": {currency: Money(minor, currency)}} | changes))


def chosen(*minors: int, currency: str = "EUR", **changes: Any) -> list[Choice]:
    return [Choice(product(minor, currency, **changes)) for minor in minors]


def parts(quote: Quote) -> tuple[int, int, int, int, int]:
    """Return goods, discount, delivery, added tax and the total."""
    of = quote.parts
    return of.goods.minor, of.discount.minor, of.shipping.minor, of.tax.minor, of.total.minor


def test_no_repr_shows_what_a_buyer_wrote() -> None:
    assert repr(Choice(product(100), inputs={"engraving": "Ada"})) == "Choice('x')"


def test_included_tax_is_a_part_of_goods_and_delivery_and_adds_nothing() -> None:
    cart = [Choice(product(1999), quantity=2), Choice(product(450))]
    quote = price(cart, "EUR", SHOP, Destination("DE"), POST)
    assert parts(quote) == (4448, 0, 490, 0, 4938)
    assert quote.taxes == (TaxGroup("19", "USt", True, 4150, 788),)


def test_added_tax_is_computed_on_the_goods_after_their_discount() -> None:
    cart = [Choice(product(1000, "USD"), quantity=2), Choice(product(500, "USD"))]
    quote = price(cart, "USD", SHOP, NY, POST, discounts=[200, 50])
    assert parts(quote) == (2500, 250, 490, 200, 2940)
    assert quote.taxes == (TaxGroup("8.875", "Sales tax", False, 2250, 200), TaxGroup("0", "Sales tax", False, 490, 0))


def test_a_discount_of_fifteen_percent_is_shared_out_over_the_lines() -> None:
    shares = share_out(375, [999, 999, 499])
    quote = price(chosen(999, 999, 499), "EUR", SHOP, discounts=shares)
    assert [line.discount_minor for line in quote.lines] == [150, 150, 75]
    assert [line.reduced_minor for line in quote.lines] == [849, 849, 424]
    assert parts(quote) == (2497, 375, 0, 0, 2122)


def test_a_reduced_line_of_three_is_two_lines_that_add_up() -> None:
    quote = price([Choice(product(333), quantity=3)], "EUR", SHOP, discounts=[100])
    assert parts(quote) == (999, 100, 0, 0, 899)
    assert split_line(quote.lines[0].reduced_minor, 3) == [(300, 2), (299, 1)]


@pytest.mark.parametrize(
    ("currency", "minor", "text", "tax"),
    [
        ("USD", 600, "9.75", 59),  # 58.5
        ("HUF", 199_900, "5", 10_000),  # 9,995: whole forints
        ("BHD", 1_990, "10", 200),  # 199: tens of thousandths
        ("MGA", 250_000, "0.5", 1_300),  # 1,250: whole ariary
        ("JPY", 1_805, "10", 181),  # 180.5
    ],
)
def test_added_tax_is_rounded_half_up_to_what_every_provider_charges(currency: str, minor: int, text: str, tax: int) -> None:
    rate = TaxRate("Tax", {"standard": text}, included=False)
    quote = price(chosen(minor, currency=currency), currency, Catalog({}, {}, taxes=Taxes({"ES": rate})), ES)
    assert parts(quote) == (minor, 0, 0, tax, minor + tax)


def test_the_line_has_what_the_product_has() -> None:
    mug = product(
        1250,
        id="mug",
        name="Mug",
        description="For tea",
        image="/mug.png",
        sku="M-1",
        interval=Interval.YEAR,
        metadata={"a": "b"},
    )
    (line,) = price([Choice(mug, quantity=3)], "EUR", SHOP).lines
    assert (line.product_id, line.name, line.description, line.image, line.sku) == ("mug", "Mug", "For tea", "/mug.png", "M-1")
    assert (line.unit_price, line.quantity, line.interval, line.metadata) == (Money(1250, "EUR"), 3, "year", {"a": "b"})
    assert (line.variant_id, line.options, line.discount_minor, line.ships) == ("", {}, 0, True)


def test_the_line_of_a_variant_has_what_this_has_of_its_own() -> None:
    options = {"size": "L", "colour": "blue"}
    blue = Variant("l-blue", options, {"EUR": Money(2100, "EUR")}, "TS-L-BL", "/blue.png", 200)
    (line,) = price([Choice(product(1900, sku="TS", image="/white.png"), blue)], "EUR", SHOP).lines
    assert (line.unit_price.minor, line.variant_id, line.options) == (2100, "l-blue", options)
    assert (line.sku, line.image, line.title) == ("TS-L-BL", "/blue.png", "X (L, blue)")


def test_the_line_of_a_variant_has_the_product_s_price_number_and_picture_if_it_has_none() -> None:
    (line,) = price([Choice(product(1900, sku="TS", image="/white.png"), Variant("s", {"size": "S"}))], "EUR", SHOP).lines
    assert (line.unit_price.minor, line.sku, line.image) == (1900, "TS", "/white.png")


def test_a_text_adds_its_surcharge_to_each_piece_and_one_without_a_price_adds_nothing() -> None:
    engraving = Input("engraving", "Text", surcharge={"EUR": Money(400, "EUR")})
    inputs = (engraving, Input("ribbon", "Ribbon", surcharge={"EUR": Money(150, "EUR")}), Input("greeting", "Greeting"))
    choice = Choice(product(1900, inputs=inputs), quantity=2, inputs={"engraving": "Ada", "greeting": "Hello"})
    assert price([choice], "EUR", SHOP).lines[0].unit_price == Money(2300, "EUR")


def test_a_surcharge_in_another_currency_adds_nothing() -> None:
    engraving = Input("engraving", "Text", surcharge={"USD": Money(400, "USD")})
    choice = Choice(product(1900, inputs=(engraving,)), inputs={"engraving": "Ada"})
    assert price([choice], "EUR", SHOP).parts.total == Money(1900, "EUR")


def test_an_amount_that_the_buyer_chooses_is_the_price_and_surcharges_are_added_to_it() -> None:
    open_amount = {"EUR": OpenAmount(Money(200, "EUR"), Money(50_000, "EUR"))}
    card = Input("card", "Card", surcharge={"EUR": Money(100, "EUR")})
    donation = product(0, prices={}, amount=open_amount, inputs=(card,))
    choice = Choice(donation, quantity=2, inputs={"card": "For Ada"}, amount=Money(1234, "EUR"))
    assert parts(price([choice], "EUR", SHOP)) == (2668, 0, 0, 0, 2668)


@pytest.mark.parametrize(
    ("changes", "variant", "grams"),
    [
        ({"weight": 180}, None, 540),
        ({"weight": 180}, Variant("l", {"size": "L"}), 540),
        ({"weight": 180}, Variant("l", {"size": "L"}, weight=200), 600),
        ({"weight": 180}, Variant("card", {"kind": "card"}, weight=0), 0),
        ({}, None, 0),
        ({"weight": 180, "ships": False}, None, 0),
    ],
)
def test_a_parcel_weighs_what_is_delivered_as_far_as_it_is_known(
    changes: dict[str, Any], variant: Variant | None, grams: int
) -> None:
    assert price([Choice(product(1000, **changes), variant, 3)], "EUR", SHOP).parcel.weight == grams


def test_a_parcel_is_worth_all_goods_after_their_discount() -> None:
    cart = [*chosen(3000), *chosen(2000, ships=False)]
    quote = price(cart, "EUR", SHOP, discounts=[300, 0])
    assert quote.parcel == Parcel(Money(4700, "EUR"), 0)


@pytest.mark.parametrize(("discount", "shipping"), [(0, 0), (1000, 0), (1001, 490)])
def test_a_delivery_is_free_from_a_sum_of_goods_after_their_discount(discount: int, shipping: int) -> None:
    free = POST._replace(free_from={"EUR": Money(5000, "EUR")})
    quote = price(chosen(6000), "EUR", SHOP, ES, free, discounts=[discount])
    assert quote.parts.shipping == Money(shipping, "EUR")


@pytest.mark.parametrize(("interval", "shipping"), [(None, 0), (Interval.MONTH, 490)])
def test_a_delivery_is_free_by_a_code_if_it_does_not_recur(interval: Interval | None, shipping: int) -> None:
    quote = price(chosen(6000, interval=interval), "EUR", SHOP, ES, POST, free_delivery=True)
    assert (quote.parts.shipping.minor, quote.parcel.is_free) == (shipping, not shipping)


def test_a_free_delivery_has_no_share_in_any_tax() -> None:
    own = Catalog({}, {}, DELIVERED, Taxes({"ES": SPAIN._replace(shipping="standard")}))
    free = POST._replace(prices={"EUR": Money(0, "EUR")})
    assert price(chosen(1000, tax="books"), "EUR", own, ES, free).taxes == (TaxGroup("4", "IVA", True, 962, 38),)


def test_the_delivery_is_named_and_tells_its_days() -> None:
    quote = price(chosen(1000), "EUR", SHOP, ES, POST)
    assert (quote.delivery, quote.place) == (Delivery("post", "Post", (2, 4)), ES)


def test_what_is_fetched_is_a_delivery_without_an_address() -> None:
    quote = price(chosen(1000), "EUR", SHOP, ES, PICK_UP)
    assert quote.delivery == Delivery("pickup", "Pick up", None, pick_up=True)
    assert parts(quote) == (1000, 0, 0, 0, 1000)


def test_without_a_method_nothing_is_delivered_yet() -> None:
    quote = price(chosen(1000), "EUR", SHOP, ES)
    assert (quote.delivery, parts(quote)) == (None, (1000, 0, 0, 0, 1000))


def test_a_cart_that_nothing_of_is_delivered_has_no_delivery_whatever_the_method() -> None:
    quote = price(chosen(1000, ships=False), "EUR", SHOP, ES, POST)
    assert (quote.delivery, parts(quote)) == (None, (1000, 0, 0, 0, 1000))


def test_a_shop_without_deliveries_sends_nothing() -> None:
    quote = price(chosen(1000), "EUR", Catalog({}, {}), ES)
    assert (quote.lines[0].ships, quote.delivery, quote.taxes) == (False, None, ())


def test_the_tax_of_a_delivery_is_shared_by_the_value_of_what_is_delivered() -> None:
    cart = [*chosen(3000), *chosen(1000, tax="books"), *chosen(9000, tax="books", ships=False)]
    quote = price(cart, "EUR", SHOP, ES, POST)
    # 4.90 is shared 3:1, so 3.68 (367.5 goes up first) and 1.22
    assert quote.taxes == (TaxGroup("21", "IVA", True, 2783, 585), TaxGroup("4", "IVA", True, 9733, 389))


def test_the_tax_of_a_delivery_is_shared_by_the_value_after_discounts() -> None:
    cart = [*chosen(2000), *chosen(1000, tax="books")]
    quote = price(cart, "EUR", SHOP, ES, POST, discounts=[1000, 0])
    assert quote.taxes == (TaxGroup("21", "IVA", True, 1029, 216), TaxGroup("4", "IVA", True, 1197, 48))


def test_the_delivery_of_goods_that_cost_nothing_is_taxed_as_the_first_of_them() -> None:
    cart = [*chosen(0, tax="books"), *chosen(0)]
    assert price(cart, "EUR", SHOP, ES, POST).taxes == (
        TaxGroup("4", "IVA", True, 471, 19),
        TaxGroup("21", "IVA", True, 0, 0),
    )


def test_untaxed_goods_take_their_share_of_a_delivery_out_of_the_tax() -> None:
    cart = [*chosen(1000), *chosen(1000, tax="none")]
    assert price(cart, "EUR", SHOP, ES, POST).taxes == (TaxGroup("21", "IVA", True, 1029, 216),)  # of 12.45


def test_a_place_without_a_rate_pays_the_price_as_it_is() -> None:
    quote = price(chosen(1210), "EUR", SHOP, FR, POST, home_country="ES")
    assert (parts(quote), quote.taxes) == ((1210, 0, 490, 0, 1700), ())


NET = Catalog({}, {}, DELIVERED, Taxes(RATES, Outside.NET))


def test_a_place_without_a_rate_pays_each_piece_and_the_delivery_without_tax_if_the_shop_says_so() -> None:
    cart = [Choice(product(1999), quantity=3), *chosen(1040, tax="books")]
    quote = price(cart, "EUR", NET, FR, POST, home_country="ES")
    # 19.99 includes 3.469, so 16.52 each; 10.40 includes 0.40. 4.90 is shared by 49.56 and 10.00: 4.08 and 0.82, less 0.71
    # and 0.03.
    assert [line.unit_price.minor for line in quote.lines] == [1652, 1000]
    assert (parts(quote), quote.taxes) == ((5956, 0, 416, 0, 6372), ())
    assert quote.parcel == Parcel(Money(5956, "EUR"), 0, ((Percent(21, 100), 4956), (Percent(4, 100), 1000)))


def test_the_price_of_another_delivery_can_be_asked_of_the_parcel() -> None:
    quote = price(chosen(1210), "EUR", NET, FR, home_country="ES")
    assert delivery_price(POST, quote.parcel) == Money(405, "EUR")
    assert price(chosen(1210), "EUR", NET, FR, POST, home_country="ES").parts.shipping == Money(405, "EUR")


def test_a_delivery_of_a_class_of_its_own_loses_the_tax_of_that() -> None:
    own = Catalog({}, {}, DELIVERED, Taxes({"ES": SPAIN._replace(shipping="books")}, Outside.NET))
    assert price(chosen(1210), "EUR", own, FR, POST, home_country="ES").parts.shipping == Money(471, "EUR")


def test_untaxed_goods_cost_the_same_without_tax() -> None:
    assert parts(price(chosen(1999, tax="none"), "EUR", NET, FR, POST, home_country="ES")) == (1999, 0, 490, 0, 2489)


def test_a_place_with_a_rate_pays_the_whole_price_also_in_a_shop_that_spares_others() -> None:
    assert parts(price(chosen(1999), "EUR", NET, ES, POST, home_country="ES")) == (1999, 0, 490, 0, 2489)


CLUB = {"interval": Interval.MONTH}


def test_a_renewal_charges_what_recurs_with_its_delivery_and_added_tax() -> None:
    rate = NEW_YORK._replace(shipping="standard")
    shop = Catalog({}, {}, DELIVERED, Taxes({"US-NY": rate}))
    cart = [*chosen(1200, currency="USD", **CLUB), *chosen(2000, currency="USD")]
    quote = price(cart, "USD", shop, NY, POST)
    assert quote.taxes == (TaxGroup("8.875", "Sales tax", False, 3690, 327, 150),)  # 327.4875, and 149.9875 of 16.90
    assert (quote.delivery and quote.delivery.recurs, quote.renewal) == (True, Money(1200 + 490 + 150, "USD"))
    assert parts(quote) == (3200, 0, 490, 327, 4017)


def test_the_delivery_of_what_is_bought_once_does_not_recur() -> None:
    cart = [*chosen(1200, **CLUB, ships=False), *chosen(2000)]
    quote = price(cart, "EUR", SHOP, ES, POST)
    assert (quote.delivery and quote.delivery.recurs, quote.renewal) == (False, Money(1200, "EUR"))


def test_a_cart_without_anything_that_recurs_has_no_renewal() -> None:
    assert price(chosen(1200), "EUR", SHOP, ES, POST).renewal == Money(0, "EUR")


@pytest.mark.parametrize(
    ("changes", "discounts"), [({}, [-1, 0]), ({}, [1001, 0]), (CLUB, [1, 0])], ids=["negative", "above its line", "recurs"]
)
def test_a_discount_that_does_not_fit_its_line_is_refused(changes: dict[str, Any], discounts: list[int]) -> None:
    with pytest.raises(MoneyError, match="the line of x cannot be reduced by"):
        price([*chosen(1000, **changes), *chosen(5000)], "EUR", SHOP, NOWHERE, discounts=discounts)
