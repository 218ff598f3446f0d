"""Carts that come to nothing: who said that they may, and what the engine has to know, because no provider asks for it."""

from typing import Any

import pytest

from lightning_cart.domain.catalog import Catalog, Interval, OpenAmount, Product
from lightning_cart.domain.codes import Code
from lightning_cart.domain.order import ENGINE, FREE, Order
from lightning_cart.errors import InvalidField
from lightning_cart.http import json_bytes
from lightning_cart.providers import STRATEGIES
from lightning_cart.usecases.cart import PricedCart, order_from_cart, price_cart
from lightning_cart.usecases.cart_code import FoundCode
from lightning_cart.web.cart_parser import parse_json_cart
from support.builders import NOW
from support.codes import make_code, sums
from support.goods import SITE, euros, make_goods, to, tshirt

OFFERED = {strategy.name: strategy for strategy in STRATEGIES}
ALL = make_code(percent="100", free=True)
EMAIL = {"customer_email": "ada@example.com"}
GIFT = {"items": [{"id": "gift", "amount": "0"}], "delivery": to("FR")} | EMAIL
FILE = {"items": [{"id": "file"}], "delivery": to("FR")} | EMAIL
ADDRESS = {"name": "Ada Lovelace", "line1": "Calle Mayor 1", "city": "Paris", "postal_code": "75001"}
PARCEL = {"items": [tshirt()], "delivery": to("FR", "post", **ADDRESS)} | EMAIL
FREE_PARCEL = make_code(percent="100", free_delivery=True, free=True)


def with_products(*products: Product, **changes: Any) -> Catalog:
    catalog = make_goods(SITE._replace(countries=(*SITE.countries, "IE", "CA", "HK")), **changes)
    return catalog._replace(products={**catalog.products, **{one.id: one for one in products}})


GOODS = with_products()


def price(cart: dict[str, Any], code: Code | None = None, catalog: Catalog = GOODS) -> PricedCart:
    found = FoundCode(code.code, code) if code is not None else None
    return price_cart(parse_json_cart(json_bytes(cart)), catalog, OFFERED, "", NOW, found=found)


def sell(cart: dict[str, Any], code: Code | None = None, catalog: Catalog = GOODS) -> Order:
    found = FoundCode(code.code, code) if code is not None else None
    return order_from_cart(parse_json_cart(json_bytes(cart)), catalog, OFFERED, "", NOW, found=found)


def refusal(cart: dict[str, Any], code: Code | None = None, catalog: Catalog = GOODS) -> InvalidField:
    with pytest.raises(InvalidField) as caught:
        sell(cart, code, catalog)
    return caught.value


def missing(cart: dict[str, Any], code: Code | None = None, catalog: Catalog = GOODS) -> list[str]:
    return [one.field for one in price(cart, code, catalog).missing]


# ---- who said so


@pytest.mark.parametrize("strategy", [None, "free", "stripe_checkout"])
@pytest.mark.parametrize(("cart", "code"), [(GIFT, None), (FILE, ALL), (PARCEL, FREE_PARCEL)])
def test_a_total_of_nothing_is_taken_by_the_engine_whatever_the_cart_names(
    cart: dict[str, Any], code: Code | None, strategy: str | None
) -> None:
    order = sell(cart | {"strategy": strategy}, code)
    assert (order.strategy, order.provider, order.total.minor, order.is_free) == (FREE, ENGINE, 0, True)


@pytest.mark.parametrize(
    ("cart", "terms"),
    [
        (FILE, {"percent": "100"}),
        (FILE, {"amounts": sums(EUR=500)}),
        (PARCEL, {"percent": "100", "free_delivery": True}),
        (PARCEL | {"delivery": to("FR", "pickup")}, {"percent": "100"}),
    ],
)
def test_a_code_that_does_not_say_so_gives_nothing_away(cart: dict[str, Any], terms: dict[str, Any]) -> None:
    error = refusal(cart, make_code(**terms))
    assert (error.field, error.for_buyer) == (
        "code",
        "With this code your order comes to nothing, and this shop does not allow that.",
    )
    assert error.reason == "makes the total 0, and does not say that an order may be free: an operator adds it with --free"


SAMPLE = Product("sample", "Sample", amount={"EUR": OpenAmount(euros(0), euros(500))})
SAMPLES = {"items": [{"id": "sample", "amount": "0"}], "delivery": to("FR", "post", **ADDRESS)} | EMAIL


def test_a_code_for_the_delivery_that_does_not_say_so_gives_no_delivery_away() -> None:
    catalog = with_products(SAMPLE)
    assert refusal(SAMPLES, make_code(free_delivery=True), catalog).field == "code"
    assert sell(SAMPLES, make_code(free_delivery=True, free=True), catalog).is_free is True
    assert sell(SAMPLES, catalog=catalog).total == euros(490)


def test_a_code_that_takes_nothing_off_leaves_what_the_catalogue_gives_for_free() -> None:
    catalog = with_products(SAMPLE)
    pick_up = SAMPLES | {"delivery": to("FR", "pickup")}
    assert sell(pick_up, make_code(free_delivery=True), catalog).is_free is True
    assert sell(GIFT, make_code(percent="10")).is_free is True


def test_what_the_catalogue_gives_for_free_is_refused_with_a_code_that_does_not_hold() -> None:
    assert refusal(GIFT, make_code(percent="10", products=("cup",))).field == "code"


@pytest.mark.parametrize("code", [None, ALL])
def test_a_subscription_is_never_free(code: Code | None) -> None:
    club = Product("club", "Club", amount={"EUR": OpenAmount(euros(0), euros(500))}, interval=Interval.MONTH, ships=False)
    cart = {"items": [{"id": "club", "amount": "0"}, {"id": "gift", "amount": "0"}], "delivery": to("FR")} | EMAIL
    error = refusal(cart, code, with_products(club))
    assert (error.field, error.for_buyer) == ("items", "A subscription cannot be ordered for nothing.")


def test_a_cart_that_costs_something_cannot_be_ordered_for_free() -> None:
    error = refusal(PARCEL | {"strategy": "free"})
    assert (error.field, error.for_buyer) == (
        "strategy",
        "Your order comes to €25.90. Please choose Pay by card.",
    )
    assert error.reason == (
        "must be one of: stripe_checkout. free is for an order that comes to nothing, and this one to €25.90"
    )


def test_a_way_to_pay_that_is_not_offered_is_named_without_the_free_one() -> None:
    assert refusal(PARCEL | {"strategy": "cash"}).reason == "must be one of: stripe_checkout"


# ---- what it needs


def test_an_order_for_nothing_needs_the_buyers_address() -> None:
    error = refusal(GIFT | {"customer_email": ""})
    assert (error.field, error.for_buyer) == ("customer_email", "E-mail: please fill it in.")
    assert error.reason == "is missing: nobody else asks for it, because the order comes to nothing"


def test_what_a_code_and_an_order_for_nothing_need_is_named_once() -> None:
    once = make_code(percent="100", free=True, once=True)
    assert missing(FILE | {"customer_email": ""}, once) == ["customer_email"]


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ({}, ["name", "line1", "city", "postal_code"]),
        ({"name": "Ada", "city": "Paris"}, ["line1", "postal_code"]),
        (ADDRESS, []),
    ],
)
def test_a_parcel_for_nothing_needs_a_whole_address(address: dict[str, Any], fields: list[str]) -> None:
    cart = PARCEL | {"delivery": to("FR", "post", **address)}
    assert missing(cart, FREE_PARCEL) == [f"delivery.{field}" for field in fields]


@pytest.mark.parametrize(
    ("country", "changes", "fields"),
    [
        ("HK", {"postal_code": ""}, []),  # has no postal codes
        ("CA", {}, ["region"]),
        ("CA", {"region": "ON"}, []),
        ("IE", {"postal_code": ""}, ["postal_code"]),
    ],
)
def test_an_address_has_what_its_country_writes(country: str, changes: dict[str, Any], fields: list[str]) -> None:
    everywhere = make_goods().shipping
    assert everywhere is not None
    zone = everywhere.zones["europe"]._replace(countries=("*",))
    catalog = with_products(shipping=everywhere._replace(zones={"europe": zone}), taxes=None)
    cart = PARCEL | {"delivery": to(country, "post", **ADDRESS | changes)}
    assert missing(cart, FREE_PARCEL, catalog) == [f"delivery.{field}" for field in fields]


def test_the_labels_of_an_address_are_a_buyers_words() -> None:
    priced = price(PARCEL | {"delivery": to("FR", "post")}, FREE_PARCEL)
    assert [one.for_buyer for one in priced.missing] == [
        "Delivery, name: please fill it in.",
        "Delivery, street: please fill it in.",
        "Delivery, city: please fill it in.",
        "Delivery, postal code: please fill it in.",
    ]


def test_what_is_fetched_for_nothing_needs_no_address() -> None:
    cart = PARCEL | {"delivery": to("FR", "pickup")}
    assert (missing(cart, ALL), sell(cart, ALL).is_free) == ([], True)


def test_a_postal_code_that_the_delivery_depends_on_is_named_once() -> None:
    cart = PARCEL | {"delivery": to("PT", "post", name="Ada", line1="Rua 1", city="Lisboa")}
    assert missing(cart, FREE_PARCEL) == ["delivery.postal_code"]


# ---- incomplete carts


def test_as_long_as_the_delivery_is_open_a_cart_is_not_free() -> None:
    priced = price(PARCEL | {"delivery": to("FR")}, make_code(percent="100"))
    assert (priced.order.total.minor, priced.is_total_known, priced.is_free) == (0, False, False)
    assert ([one.field for one in priced.missing], priced.refusal) == (["delivery.method"], None)


def test_a_country_that_only_the_tax_depends_on_does_not_keep_a_cart_from_being_free() -> None:
    priced = price(FILE | {"delivery": None}, ALL)
    assert (priced.is_free, [one.field for one in priced.missing]) == (True, ["delivery.country"])


def test_a_cart_that_names_free_and_costs_something_is_not_free() -> None:
    priced = price(PARCEL | {"strategy": "free"})
    assert (priced.is_free, priced.order.total) == (False, euros(2590))
