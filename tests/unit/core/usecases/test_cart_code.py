"""The code of a cart: what it does to the price, and in which words it does not hold."""

from typing import Any

import pytest

from lightning_cart.domain.catalog import Catalog
from lightning_cart.domain.codes import Code, CodeFault
from lightning_cart.domain.order import Order
from lightning_cart.domain.taxes import Outside, Taxes
from lightning_cart.errors import InvalidField
from lightning_cart.http import json_bytes
from lightning_cart.providers import STRATEGIES
from lightning_cart.usecases.cart import PricedCart, order_from_cart, price_cart
from lightning_cart.usecases.cart_code import FoundCode, read_cart_code
from lightning_cart.web.cart_parser import parse_json_cart
from support.builders import NOW
from support.codes import make_code, sums
from support.goods import SHIPPING, TAXES, make_goods, to, tshirt

OFFERED = {strategy.name: strategy for strategy in STRATEGIES}
GOODS = make_goods()
TEN = make_code(percent="10")
SHIRTS = {"items": [tshirt(quantity=2), {"id": "book"}], "delivery": to("ES", "post", region="M")}  # 42 + 20


def price(cart: dict[str, Any], code: Code | None = TEN, catalog: Catalog = GOODS, **found: Any) -> PricedCart:
    request = parse_json_cart(json_bytes(cart))
    return price_cart(request, catalog, OFFERED, "", NOW, found=FoundCode("SPRING", code, **found))


def sell(cart: dict[str, Any], code: Code | None = TEN, catalog: Catalog = GOODS, **found: Any) -> Order:
    request = parse_json_cart(json_bytes(cart))
    return order_from_cart(request, catalog, OFFERED, "", NOW, found=FoundCode("SPRING", code, **found))


def refusal(cart: dict[str, Any], code: Code | None = TEN, **found: Any) -> InvalidField:
    with pytest.raises(InvalidField) as caught:
        sell(cart, code, **found)
    return caught.value


def parts(order: Order) -> tuple[int, int, int, int]:
    return order.parts.goods.minor, order.parts.discount.minor, order.parts.shipping.minor, order.total.minor


# ---- what a cart says


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, None), ("", None), (" \n", None), ("sp ring", "SPRING"), (2027, "2027"), ("%", ""), ("x" * 41, "")],
)
def test_the_code_of_a_cart_is_read_as_it_is_stored(value: object, expected: str | None) -> None:
    assert read_cart_code(value) == expected


@pytest.mark.parametrize("value", [True, 1.5, ["SPRING"], {"code": "SPRING"}])
def test_a_code_that_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(InvalidField, match="code: must be a string such as SPRING: a cart has one code"):
        read_cart_code(value)


# ---- what it does


def test_a_code_reduces_the_goods_and_is_in_the_order() -> None:
    order = sell(SHIRTS)
    assert (order.code, parts(order)) == ("SPRING", (6200, 620, 0, 5580))
    assert [line.discount_minor for line in order.lines] == [420, 200]


def test_the_goods_after_the_discount_decide_whether_the_delivery_is_free() -> None:
    assert parts(sell(SHIRTS, make_code(percent="20"))) == (6200, 1240, 490, 5450)  # free from 50.00
    (post,) = (one for one in price(SHIRTS, make_code(percent="20")).offers if one.method.id == "post")
    assert post.unfit is None


def test_the_goods_after_the_discount_decide_which_ways_of_delivery_there_are() -> None:
    cart = SHIRTS | {"delivery": to("ES", "express", region="M")}
    assert refusal(cart, make_code(percent="90")).for_buyer.startswith(
        "Express is offered from €10.00, and your order comes to"
    )


def test_a_tax_that_prices_include_is_of_what_is_left() -> None:
    taxes = {group.rate: group.tax_minor for group in sell(SHIRTS).taxes}
    assert taxes == {"21": round(3780 * 21 / 121), "4": round(1800 * 4 / 104)}


def test_an_added_tax_is_of_what_is_left() -> None:
    cart = {"items": [{"id": "file"}], "currency": "USD", "delivery": to("US", region="NY")}
    order = sell(cart)
    assert (order.parts.discount.minor, order.parts.tax.minor) == (70, round(630 * 0.08875))


def test_a_code_reduces_what_is_left_without_the_tax_that_a_buyer_abroad_does_not_pay() -> None:
    catalog = make_goods(taxes=Taxes({"ES": TAXES.rates["ES"]}, Outside.NET))
    order = sell({"items": [{"id": "file"}], "delivery": to("FR")}, make_code(amounts=sums(EUR=100)), catalog)
    assert parts(order) == (413, 100, 0, 313)


def test_a_free_delivery_costs_nothing_and_the_goods_the_same() -> None:
    cart = {"items": [tshirt()], "delivery": to("FR", "post")}
    priced = price(cart, make_code(free_delivery=True))
    assert parts(priced.order) == (2100, 0, 0, 2100)
    assert (priced.code is not None and priced.code.free_delivery, priced.order.code) == (True, "SPRING")


def test_a_delivery_that_recurs_is_not_freed_beside_goods_that_are_reduced() -> None:
    cart = {"items": [{"id": "box"}, tshirt()], "delivery": to("FR", "post")}
    priced = price(cart, make_code(percent="10", free_delivery=True))
    assert (priced.order.parts.shipping.minor, priced.order.renewal_minor) == (490, 1990)
    assert priced.code is not None
    assert (priced.code.discounts, priced.code.free_delivery) == ((0, 210), False)


def test_a_renewal_is_charged_in_full() -> None:
    order = sell({"items": [{"id": "box"}, {"id": "file"}], "delivery": to("FR", "pickup")}, make_code(percent="50"))
    assert (order.total.minor, order.renewal_minor) == (1500 + 250, 1500)


def test_of_an_incomplete_cart_the_code_is_shown_as_far_as_the_price_is_known() -> None:
    priced = price({"items": [tshirt()]})
    assert parts(priced.order) == (2100, 210, 0, 1890)
    assert [one.field for one in priced.missing] == ["delivery.country", "delivery.method"]
    assert priced.refusal is None


def test_a_way_of_delivery_that_a_code_frees_misses_nothing_to_be_free() -> None:
    priced = price({"items": [tshirt()], "delivery": to("FR")}, make_code(free_delivery=True))
    assert priced.parcel.is_free is True


# ---- once for each buyer


def test_a_code_for_once_needs_to_know_the_buyer() -> None:
    error = refusal(SHIRTS, make_code(once=True))
    assert (error.field, error.reason) == ("customer_email", "is missing: each buyer can use this code once")
    assert error.for_buyer == "E-mail: please fill it in, because each customer can use this code once."
    assert sell(SHIRTS | {"customer_email": "ada@example.com"}, make_code(once=True)).code == "SPRING"


def test_in_a_quote_a_code_for_once_holds_and_the_address_is_missing() -> None:
    priced = price(SHIRTS, make_code(once=True))
    assert [one.field for one in priced.missing] == ["customer_email"]
    assert priced.order.parts.discount.minor == 620


# ---- why it does not hold

FAULTS: dict[str, tuple[Code | None, str, str]] = {
    "unknown": (None, "is no code of this engine", "This shop has no code SPRING. Please check how it is written."),
    "over": (make_code(until_at=NOW), "has ended", "The code SPRING has ended."),
    "not_yet": (make_code(from_at=NOW + 1), "does not hold yet", "The code SPRING does not hold yet."),
    "used_up": (
        make_code(most_uses=1, uses=1),
        "was used as often as it can be, open checkouts counted",
        "The code SPRING is used up.",
    ),
    "used_before": (
        make_code(once=True),
        "can be used once by each buyer, and an order with this customer_email has it",
        "You have an order with the code SPRING already, and each customer can use it once.",
    ),
    "other_goods": (
        make_code(percent="10", products=("cup",)),
        "is for other goods",
        "The code SPRING is for other products than those in your cart.",
    ),
    "recurring": (
        make_code(percent="10", products=("box",)),
        "is for goods of this cart that recur, and neither their price nor their delivery is reduced",
        "The code SPRING does not reduce a subscription.",
    ),
    "below_sum": (
        make_code(percent="10", categories=("clothes",), least=sums(EUR=5000)),
        "is for €50.00 or more of the goods that it reduces, and these are €42.00",
        "The code SPRING is for products of €50.00 or more, and yours come to €42.00.",
    ),
    "currency": (
        make_code(amounts=sums(USD=500)),
        "has no amount in EUR",
        "The code SPRING does not hold for prices in EUR.",
    ),
}
CART = SHIRTS | {"items": [*SHIRTS["items"], {"id": "box"}], "customer_email": "ada@example.com"}


def test_every_fault_has_a_sentence_of_its_own() -> None:
    assert FAULTS.keys() == set(CodeFault)
    assert len({reason for _, reason, _ in FAULTS.values()} | {words for _, _, words in FAULTS.values()}) == 2 * len(FAULTS)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_code_that_does_not_hold_is_refused_in_words_for_each_reader(fault: str) -> None:
    code, reason, words = FAULTS[fault]
    error = refusal(CART, code, used_before=fault == "used_before")
    assert (error.field, error.reason, error.for_buyer) == ("code", reason, words)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_code_that_does_not_hold_changes_no_price(fault: str) -> None:
    priced = price(CART, FAULTS[fault][0], used_before=fault == "used_before")
    plain = price_cart(parse_json_cart(json_bytes(CART)), GOODS, OFFERED, "", NOW)
    assert priced.order == plain.order
    assert priced.missing == plain.missing == ()
    assert priced.code is not None
    assert (priced.code.fault, priced.code.discounts, priced.code.free_delivery) == (fault, (), False)


def test_what_cannot_be_a_code_is_not_repeated() -> None:
    request = parse_json_cart(json_bytes(SHIRTS))
    priced = price_cart(request, GOODS, OFFERED, "", NOW, found=FoundCode(""))
    assert priced.refusal is not None
    assert priced.refusal.for_buyer == "This is no code of this shop. Please check how it is written."


def test_a_code_without_an_amount_in_the_carts_currency_holds_in_the_other() -> None:
    code = make_code(amounts=sums(EUR=500))
    assert parts(sell({"items": [tshirt()], "delivery": to("FR", "post")}, code)) == (2100, 500, 490, 2090)
    cart = {"items": [tshirt()], "currency": "USD", "delivery": to("FR", "post")}
    assert refusal(cart, code).for_buyer == "The code SPRING does not hold for prices in USD."


def test_a_discount_that_leaves_too_little_to_charge_is_refused_with_what_can_be_done() -> None:
    error = refusal({"items": [{"id": "file"}], "delivery": to("FR")}, make_code(percent="95"))
    assert error.for_buyer.startswith("This way to pay takes €0.50 or more, and your order comes to €0.25.")


def test_where_only_pick_up_is_offered_a_code_for_the_delivery_holds_and_takes_nothing_off() -> None:
    pick_up_only = SHIPPING._replace(methods={"pickup": SHIPPING.methods["pickup"]})
    order = sell({"items": [tshirt()]}, make_code(free_delivery=True), make_goods(taxes=None, shipping=pick_up_only))
    assert (parts(order), order.code) == ((2100, 0, 0, 2100), "")


@pytest.mark.parametrize(
    ("terms", "delivery", "code"),
    [
        ({"free_delivery": True}, to("FR", "post"), "SPRING"),
        ({"free_delivery": True}, to("FR", "pickup"), ""),
        ({"free_delivery": True, "percent": "10"}, to("FR", "pickup"), "SPRING"),
        ({"percent": "0.001"}, to("FR", "post"), ""),
        ({"amounts": sums(EUR=1)}, to("FR", "post"), "SPRING"),
    ],
)
def test_a_code_that_takes_nothing_off_is_not_used(terms: dict[str, Any], delivery: dict[str, Any], code: str) -> None:
    assert sell({"items": [tshirt()], "delivery": delivery}, make_code(**terms)).code == code


def test_a_code_for_a_delivery_that_is_free_without_it_is_not_used() -> None:
    assert sell(SHIRTS, make_code(free_delivery=True)).code == ""
