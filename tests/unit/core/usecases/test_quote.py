"""Quotes: what a cart costs, over HTTP, in JSON and as a form, without anything being saved or anybody being asked."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import pytest

from lightning_cart.domain.catalog import Catalog, Interval, Product
from lightning_cart.domain.taxes import Outside, Taxes
from lightning_cart.http import Json, json_bytes
from lightning_cart.ports import Row, Statement
from lightning_cart.web.app import App
from support.app import ENV, Shop, problem
from support.goods import SHIPPING, SITE, TAXES, euros, make_goods, to, tshirt

FORM = "application/x-www-form-urlencoded"
EVERY_WAY = ("stripe_checkout", "stripe_links", "paypal", "square")


class NoDatabase:
    """Fails at any call."""

    async def query(self, statement: Statement) -> list[Row]:
        raise AssertionError(statement)

    async def batch(self, statements: Sequence[Statement]) -> list[list[Row]]:
        raise AssertionError(statements)


def open_shop(catalog: Catalog | None = None) -> Shop:
    """Open a shop with no database, whose provider refuses to be called."""
    shop = Shop(catalog=catalog or make_goods())
    shop.app = App(shop.app.engine.with_database(NoDatabase()))
    shop.provider.answers = [AssertionError("the provider was asked")]
    return shop


def ask(cart: dict[str, Any], catalog: Catalog | None = None) -> dict[str, Any]:
    response = open_shop(catalog).handle("POST", "/quote", json_bytes(cart), content_type="application/json")
    assert response.status == 200, response.body
    content: dict[str, Any] = json.loads(response.body)
    return content


def fields(content: Json, *names: str) -> list[object]:
    return [content[name] for name in names]


CART = {
    "items": [tshirt(inputs={"engraving": "Ada"}, quantity=2), {"id": "book"}],
    "delivery": to("es", "express", region="M", name="Ada"),
    "note": "Ring twice.",
    "customer_email": "ada@example.com",
}


def test_a_database_that_is_asked_is_noticed() -> None:
    with pytest.raises(AssertionError):
        open_shop().checkout({"items": [{"id": "file"}], "delivery": {"country": "ES"}})


def test_a_quote_has_every_part_of_the_price() -> None:
    content = ask(CART)
    assert fields(content, "site", "currency", "exponent", "goods_minor", "discount_minor", "shipping_minor", "tax_minor") == [
        "shop", "EUR", 2, 7000, 0, 990, 0,
    ]  # fmt: skip
    assert fields(content, "total_minor", "total", "renewal_minor", "interval", "missing") == [7990, "€79.90", 0, None, []]
    assert content["lines"][0] == {
        "id": "tshirt",
        "variant": "l-blue",
        "name": "T-shirt",
        "options": {"size": "L", "colour": "blue"},
        "sku": "TS-L-BL",
        "inputs": {"engraving": 400},
        "quantity": 2,
        "unit_minor": 2500,
        "unit": "€25.00",
        "total_minor": 5000,
        "discount_minor": 0,
        "interval": None,
        "image": "https://pay.shop.example/blue.png",
        "ships": True,
    }
    assert fields(content["lines"][1], "id", "variant", "options", "inputs", "image") == ["book", None, {}, {}, None]
    assert [tax["rate"] for tax in content["taxes"]] == ["21", "4"]
    assert content["taxes"][0].keys() == {"label", "rate", "included", "net_minor", "tax_minor"}
    assert content["included_tax_minor"] == sum(tax["tax_minor"] for tax in content["taxes"])


def test_a_quote_costs_what_the_checkout_costs() -> None:
    shop = Shop(catalog=make_goods())
    quoted = json.loads(shop.handle("POST", "/quote", json_bytes(CART), content_type="application/json").body)
    assert shop.database.count("orders") == 0
    shop.checkout(CART)
    assert shop.rows("SELECT total_minor, shipping_minor FROM orders") == [(quoted["total_minor"], quoted["shipping_minor"])]


def test_a_quote_repeats_nothing_that_the_buyer_wrote() -> None:
    text = json.dumps(ask(CART))
    assert [word for word in ("Ada", "Ring", "ada@example.com") if word in text] == []


def test_a_quote_lists_the_ways_of_delivery_and_why_others_do_not_fit() -> None:
    delivery = ask(CART | {"items": [tshirt()]})["delivery"]
    assert fields(delivery, "needed", "country", "method") == [True, "ES", "express"]
    assert delivery["methods"] == [
        {
            "id": "post",
            "name": "Post",
            "price_minor": 490,
            "price": "€4.90",
            "days": [2, 4],
            "pick_up": False,
            "missing_to_free_minor": 2900,
            "missing_to_free": "€29.00",
        },
        {
            "id": "express",
            "name": "Express",
            "price_minor": 990,
            "price": "€9.90",
            "days": None,
            "pick_up": False,
            "missing_to_free_minor": None,
            "missing_to_free": None,
        },
        {
            "id": "pickup",
            "name": "Pick up in Madrid",
            "price_minor": 0,
            "price": "€0.00",
            "days": None,
            "pick_up": True,
            "missing_to_free_minor": None,
            "missing_to_free": None,
        },
    ]
    assert delivery["unfit"] == [
        {"id": "boat", "name": "Boat", "pick_up": False, "reason": "Boat does not go to this address."}
    ]


def test_a_method_costs_in_the_list_what_it_costs_in_the_total() -> None:
    catalog = make_goods(taxes=Taxes({"ES": TAXES.rates["ES"]}, Outside.NET))
    content = ask({"items": [tshirt()], "delivery": to("FR", "post")}, catalog)
    (post,) = (method for method in content["delivery"]["methods"] if method["id"] == "post")
    assert (post["price_minor"], content["shipping_minor"]) == (405, 405)


def test_a_quote_names_what_a_checkout_still_needs() -> None:
    content = ask({"items": [{"id": "cup"}]})
    assert [one["field"] for one in content["missing"]] == ["items[0].inputs.name", "delivery.country", "delivery.method"]
    assert content["missing"][1] == {
        "field": "delivery.country",
        "reason": "is missing: the delivery depends on it",
        "detail": "Please choose your country.",
    }
    assert fields(content, "total_minor", "included_tax_minor") == [1200, 208]  # with the tax of the shop's own country
    assert fields(content["delivery"], "country", "method") == ["ES", None]


def test_the_only_method_is_in_the_price_as_at_the_checkout() -> None:
    catalog = make_goods(shipping=SHIPPING._replace(methods={"post": SHIPPING.methods["post"]}))
    content = ask({"items": [tshirt()], "delivery": to("FR")}, catalog)
    assert fields(content, "shipping_minor", "missing") == [490, []]
    assert content["delivery"]["method"] == "post"


def test_a_download_has_no_delivery() -> None:
    content = ask({"items": [{"id": "file"}], "delivery": {"country": "FR"}})
    assert content["delivery"] == {"needed": False, "country": "FR", "method": None, "methods": [], "unfit": []}


def test_without_a_country_anywhere_none_is_shown() -> None:
    catalog = make_goods(SITE._replace(home_country=""), taxes=None)
    assert ask({"items": [{"id": "file"}]}, catalog)["delivery"]["country"] is None


def test_what_recurs_is_shown_apart() -> None:
    content = ask({"items": [{"id": "box"}, {"id": "file"}], "delivery": {"method": "pickup", "country": "FR"}})
    assert fields(content, "total_minor", "renewal_minor", "interval") == [2000, 1500, "month"]


def test_each_way_to_pay_says_whether_it_can_take_the_cart() -> None:
    catalog = make_goods(SITE._replace(strategies=EVERY_WAY))
    content = ask({"items": [{"id": "box"}], "delivery": to("FR", "post")}, catalog)
    assert [one["name"] for one in content["strategies"]] == list(EVERY_WAY)
    able = {one["name"]: one["able"] for one in content["strategies"]}
    assert able == {"stripe_checkout": True, "stripe_links": True, "paypal": False, "square": False}
    assert content["strategies"][2]["reason"] == "This way to pay cannot be used for a subscription."
    assert content["strategies"][0]["reason"] is None


def test_a_total_below_what_can_be_charged_is_a_quote_that_nobody_takes() -> None:
    (stripe,) = ask({"items": [{"id": "gift", "amount": "0.49"}], "delivery": {"country": "ES"}})["strategies"]
    assert (stripe["able"], stripe["reason"]) == (
        False,
        "This way to pay takes €0.50 or more, and your order comes to €0.49.",
    )


def test_a_total_of_nothing_can_be_ordered_for_free() -> None:
    content = ask({"items": [{"id": "gift", "amount": "0"}], "delivery": {"country": "ES"}})
    assert [one["name"] for one in content["strategies"]] == ["free", "stripe_checkout"]
    assert content["strategies"][0] == {"name": "free", "label": "Order for free", "able": True, "reason": None}
    assert content["strategies"][1]["able"] is False
    assert [one["field"] for one in content["missing"]] == ["customer_email"]


def test_a_subscription_for_nothing_is_a_quote_that_nobody_takes() -> None:
    catalog = make_goods()
    club = catalog.products["gift"]._replace(id="club", interval=Interval.MONTH)
    catalog = catalog._replace(products={**catalog.products, "club": club})
    content = ask({"items": [{"id": "club", "amount": "0"}], "delivery": {"country": "ES"}}, catalog)
    sentence = "A subscription cannot be ordered for nothing."
    assert [(one["able"], one["reason"]) for one in content["strategies"]] == [(False, sentence)] * 2


def test_the_least_sum_is_not_asked_before_a_way_of_delivery_was_chosen() -> None:
    pen = Product("pen", "Pen", {"EUR": euros(20)})
    catalog = make_goods()
    catalog = catalog._replace(products={**catalog.products, "pen": pen})
    cart = {"items": [{"id": "pen"}], "delivery": to("FR")}
    assert [one["able"] for one in ask(cart, catalog)["strategies"]] == [True]
    pick_up = ask(cart | {"delivery": to("FR", "pickup")}, catalog)
    assert [one["able"] for one in pick_up["strategies"]] == [False]


def test_a_form_is_quoted_as_json_is() -> None:
    form = {
        "id": "tshirt",
        "quantity": "2",
        "option[Size]": "l",
        "option[colour]": "blue",
        "input[engraving]": "Ada",
        "input[poem]": "",
        "delivery[country]": "ES",
        "delivery[region]": "M",
        "delivery[method]": "express",
        "note": "Ring twice.",
    }
    cart = {"items": [tshirt(inputs={"engraving": "Ada"}, quantity=2)], "delivery": to("ES", "express", region="M")}
    response = open_shop().handle("POST", "/quote", urlencode(form).encode(), content_type=FORM)
    assert (response.status, json.loads(response.body)) == (200, ask(cart))


def test_a_form_that_a_browser_sends_gets_json_too() -> None:
    response = open_shop().handle(
        "POST", "/quote", b"id=file", content_type=FORM, accept="text/html", sec_fetch_mode="navigate"
    )
    assert (response.status, response.header("content-type"), response.header("cache-control")) == (
        200,
        "application/json",
        "no-store",
    )


def test_a_cart_that_is_invalid_is_the_problem_that_it_is_at_the_checkout() -> None:
    cart = json_bytes({"items": [tshirt(quantity=0)]})
    quoted, ordered = (
        open_shop().handle("POST", path, cart, content_type="application/json") for path in ("/quote", "/checkout")
    )
    assert (quoted.status, problem(quoted)) == (ordered.status, problem(ordered))


def test_a_browser_reads_a_page_with_the_way_back() -> None:
    response = open_shop().handle("POST", "/quote", b"id=nothing", content_type=FORM, accept="text/html")
    assert (response.status, b'<a href="https://shop.example/cart">' in response.body) == (422, True)
    assert b"Nothing was charged." in response.body


def test_settings_of_providers_are_not_needed() -> None:
    shop = Shop({name: value for name, value in ENV.items() if not name.startswith("STRIPE")}, make_goods())
    assert shop.handle("POST", "/quote", b'{"items": [{"id": "file"}]}').status == 200


def test_nobody_is_counted_for_a_quote() -> None:
    shop, asked = open_shop(), []

    async def rate_limit(request: object) -> None:
        asked.append(request)

    shop.app.engine.ports = shop.app.engine.ports._replace(rate_limit=rate_limit)
    assert (shop.handle("POST", "/quote", b'{"items": [{"id": "file"}]}').status, asked) == (200, [])


def test_a_repeated_key_gets_its_order_although_prices_have_changed() -> None:
    shop = Shop(catalog=make_goods())
    cart = {"items": [tshirt()], "delivery": to("FR", "post")}
    first = shop.checkout(cart, idempotency_key="k")
    catalog = make_goods(shipping=None)
    dear = catalog.products["tshirt"]._replace(prices={"EUR": catalog.products["tip"].amount["HUF"].least})
    shop.app.engine.catalog = catalog._replace(products=dict(catalog.products) | {"tshirt": dear})
    again = shop.checkout(cart, idempotency_key="k")
    assert (first.status, again.body) == (201, first.body)
    assert shop.rows("SELECT total_minor FROM orders") == [(2590,)]


def test_nothing_is_saved_of_a_cart_that_lacks_something() -> None:
    shop = Shop(catalog=make_goods())
    response = shop.checkout({"items": [tshirt()], "note": "for Ada"})
    assert (response.status, problem(response)["field"]) == (422, "delivery.country")
    assert (shop.database.count("orders"), shop.database.count("buyers"), shop.provider.requests) == (0, 0, [])


def test_what_the_buyer_wrote_is_stored_apart_from_the_order() -> None:
    shop = Shop(catalog=make_goods())
    shop.checkout(CART)
    (order,), (buyer,) = shop.rows("SELECT * FROM orders"), shop.rows("SELECT data FROM buyers")
    assert ("Ring twice." in str(order), "Ring twice." in str(buyer), "Ada" in str(buyer)) == (False, True, True)
