"""Carts: the buyer decides only ids and quantities, and every error names its field."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.money import AmountFormat, Money
from lightning_cart.domain.order import Order
from lightning_cart.errors import InvalidField, LightningCartError
from lightning_cart.http import json_bytes
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.strategy import Limits
from lightning_cart.usecases.cart import CartRequest, order_from_cart
from lightning_cart.web.requests import parse_form_cart, parse_json_cart
from support.app import PRODUCTS, SHOP, make_catalog
from support.builders import NOW
from support.carts import REFUSED, items

CATALOG = make_catalog()
OFFERED = {strategy.name: strategy for strategy in STRATEGIES}


def price(cart: Any, limits: Limits | None = None, catalog: Any = CATALOG) -> Order:
    offered = OFFERED
    if limits:
        offered = {"stripe_checkout": type("Limited", (OFFERED["stripe_checkout"],), {"limits": limits})}
    return order_from_cart(parse_json_cart(json_bytes({"site": "shop"} | cart)), catalog, offered, "https://pay.example", NOW)


def test_a_cart_is_priced_from_the_catalogue() -> None:
    order = price(items(("test-10", 2), ("mug", 1)))
    assert (order.total, [line.name for line in order.lines]) == (Money(3250, "USD"), ["Test checkout", "Mug"])


def test_the_repr_of_a_cart_has_nothing_of_the_buyer() -> None:
    cart = CartRequest([], site="shop", customer_email="ada@example.com", metadata={"note": "for Ada"})
    assert repr(cart) == "CartRequest(site='shop')"


def test_a_price_that_the_page_sends_is_not_read() -> None:
    order = price({"items": [{"id": "test-10", "quantity": 1, "price": 1, "unit_amount": 1}], "total": 1})
    assert order.total == Money(1000, "USD")


def test_the_currency_may_be_chosen_among_the_products_own() -> None:
    assert price(items(("test-10", 1)) | {"currency": "EUR"}).total == Money(950, "EUR")


def test_where_the_first_prices_differ_in_currency_the_common_ones_are_named() -> None:
    with pytest.raises(InvalidField, match=r"items: .* set the currency to one of: EUR$"):
        price(items(("oud", 1), ("test-10", 1)))


EMAILS = ["a@b.example", "first.last+tag@mail.shop-1.example", "o'brien@x.co", f"{'a' * 64}@b.example", "a@xn--9ca.example"]


@pytest.mark.parametrize("email", EMAILS)
def test_an_address_that_every_provider_takes_is_taken(email: str) -> None:
    assert price(items(("test-10", 1)) | {"customer_email": email}).customer_email == email


@pytest.mark.parametrize(
    "email",
    [
        ".a@b.example",
        "a.@b.example",
        "a..b@c.example",
        "\u00e9@b.example",
        "a@b",
        "a@-b.example",
        "a@b-.example",
        "a@b..example",
        "a@10.0.0.1",
        "a@b.c",
        f"{'a' * 65}@b.example",
        "a@b.example ",
        "\ud800@b.example",
    ],
)
def test_an_address_that_some_provider_refuses_is_refused_here(email: str) -> None:
    cart = parse_json_cart(json.dumps({"site": "shop", "customer_email": email, **items(("test-10", 1))}).encode())
    with pytest.raises(InvalidField, match="customer_email"):
        order_from_cart(cart, CATALOG, OFFERED, "", NOW)


def test_a_product_named_twice_is_one_line_with_the_sum() -> None:
    (line,) = price(items(("test-10", 1), ("test-10", 2))).lines
    assert line.quantity == 3


def test_the_way_to_pay_may_be_chosen_among_the_sites_own() -> None:
    assert price(items(("test-10", 1)) | {"strategy": "stripe_checkout"}).strategy == "stripe_checkout"


def test_an_image_that_is_a_path_is_on_our_own_origin() -> None:
    assert price(items(("test-10", 1))).lines[0].image == "https://pay.example/test-10.svg"


def test_the_only_site_is_the_default_one() -> None:
    catalog = make_catalog(PRODUCTS.replace('sites = ["other"]', ""), SHOP)
    assert order_from_cart(CartRequest(items=items(("pin", 6))["items"]), catalog, OFFERED, "", NOW).site_id == "shop"


def test_the_site_decides_the_text_on_the_card_statement() -> None:
    assert price(items(("test-10", 1))).statement_descriptor_suffix == "SHOP"


def test_email_and_metadata_travel_with_the_order() -> None:
    order = price(items(("test-10", 1)) | {"customer_email": "ada@example.com", "metadata": {"table": "7"}})
    assert (order.customer_email, order.metadata) == ("ada@example.com", {"table": "7"})


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.replace(" ", "-"))
def test_a_cart_is_refused_with_the_field_at_fault(case: str) -> None:
    cart, field = REFUSED[case]
    body = json.dumps({"site": "shop"} | cart).encode()
    with pytest.raises(InvalidField) as caught:
        order_from_cart(parse_json_cart(body), CATALOG, OFFERED, "https://pay.example", NOW)
    assert caught.value.field == field


def limits(**changes: Any) -> Limits:
    fields: dict[str, Any] = {"amounts": AmountFormat(), "maximum": 99_999_999}
    return Limits(**(fields | changes))


def test_a_recurring_price_is_refused_where_the_provider_has_none() -> None:
    with pytest.raises(InvalidField, match="recurring"):
        price(items(("club", 1)), limits())


def test_one_time_and_recurring_are_refused_together_where_the_provider_cannot() -> None:
    with pytest.raises(InvalidField, match="one-time and recurring"):
        price(items(("club", 1), ("test-10", 1)), limits(recurring_lines=5))


def test_stripe_takes_one_time_and_recurring_together() -> None:
    assert price(items(("club", 1), ("test-10", 1))).recurring


def test_too_many_lines_are_refused() -> None:
    with pytest.raises(InvalidField, match="at most 1 lines"):
        price(items(("mug", 1), ("test-10", 1)), limits(lines=1))


def test_a_total_above_what_can_be_charged_at_once_is_refused() -> None:
    with pytest.raises(InvalidField, match="more than"):
        price(items(("test-10", 10)), limits(maximum=9_999))


@pytest.mark.parametrize("quantity", ["0", "-1", "1.0", "x", "1e1", "٣", "9999999999"])
def test_a_forms_quantity_is_judged_as_strictly(quantity: str) -> None:
    cart = parse_form_cart(urlencode({"site": "shop", "id": "test-10", "quantity": quantity}).encode())
    with pytest.raises(InvalidField, match="whole number"):
        order_from_cart(cart, CATALOG, OFFERED, "https://pay.example", NOW)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
hostile_items = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "id": st.sampled_from(["test-10", "mug", "pin", "old"]) | json_values,
            "quantity": st.integers(-3, 12) | json_values,
        },
    )
    | json_values,
    max_size=4,
)


@given(
    st.fixed_dictionaries(
        {"items": hostile_items},
        optional={
            "site": st.just("shop") | json_values,
            "currency": st.sampled_from(["USD", "EUR", "JPY"]) | json_values,
            "metadata": json_values,
            "customer_email": json_values,
            "amount": json_values,
        },
    )
)
def test_whatever_the_buyer_sends_the_catalogue_decides_the_price(document: dict[str, Any]) -> None:
    """Any cart is refused with one of our errors, or costs exactly what the catalogue says."""
    try:
        body = json.dumps(document).encode()
        order = order_from_cart(parse_json_cart(body), CATALOG, OFFERED, "https://pay.example", NOW)
    except LightningCartError:
        return
    for line in order.lines:
        product = CATALOG.products[line.product_id]
        assert line.unit_price == product.prices[order.total.currency]
        assert 1 <= line.quantity <= product.max_quantity
