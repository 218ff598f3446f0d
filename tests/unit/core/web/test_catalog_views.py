"""What pages see of products and payment methods: variants, texts, open amounts, prices of a litre, and limits."""

import json
from typing import Any

import pytest

from lightning_cart.domain.catalog import Catalog, UnitPrice
from lightning_cart.domain.money import Money
from support.app import Shop
from support.goods import SITE, make_goods


def listed(catalog: Catalog | None = None) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(Shop(catalog=catalog or make_goods()).handle("GET", "/products").body)
    return content


def product(product_id: str, catalog: Catalog | None = None) -> dict[str, Any]:
    (found,) = (one for one in listed(catalog)["products"] if one["id"] == product_id)
    return dict(found)


def displayed(prices: list[dict[str, Any]]) -> list[str]:
    return [price["display"] for price in prices]


def test_variants_are_grouped_under_their_product() -> None:
    tshirt = product("tshirt")
    assert tshirt["options"] == [
        {"name": "size", "values": ["M", "L", "XL"]},
        {"name": "colour", "values": ["red", "blue", "Off White"]},
    ]
    assert [(one["id"], one["available"]) for one in tshirt["variants"]] == [
        ("m-red", True), ("l-blue", True), ("l-off white", False), ("xl-blue", True),
    ]  # fmt: skip
    blue = tshirt["variants"][1]
    assert displayed(blue.pop("prices")) == ["€21.00", "$23.00"]
    assert blue == {
        "id": "l-blue",
        "options": {"size": "L", "colour": "blue"},
        "sku": "TS-L-BL",
        "image": "https://pay.shop.example/blue.png",
        "available": True,
    }
    red = tshirt["variants"][0]
    assert (red["sku"], red["image"], displayed(red["prices"])) == (
        "TS",
        "https://pay.shop.example/tshirt.png",
        ["€19.00", "$21.00"],
    )


def test_the_price_of_a_product_with_variants_is_the_lowest_that_can_be_bought() -> None:
    catalog = make_goods()
    shirt = catalog.products["tshirt"]
    assert displayed(product("tshirt")["prices"]) == ["€19.00", "$21.00"]
    own = shirt._replace(prices={}, variants=(shirt.variants[1], shirt.variants[3]._replace(active=False)))
    assert displayed(product("tshirt", catalog._replace(products={"tshirt": own}))["prices"]) == ["€21.00", "$23.00"]


def test_a_product_whose_variants_are_all_inactive_shows_its_own_price() -> None:
    catalog = make_goods()
    shirt = catalog.products["tshirt"]
    gone = shirt._replace(variants=tuple(one._replace(active=False) for one in shirt.variants))
    shown = product("tshirt", catalog._replace(products={"tshirt": gone}))
    assert (displayed(shown["prices"]), {one["available"] for one in shown["variants"]}) == (["€19.00", "$21.00"], {False})


def test_inputs_say_what_a_page_has_to_ask() -> None:
    first, second = product("tshirt")["inputs"]
    assert displayed(first.pop("surcharge")) == ["€4.00", "$6.00"]
    assert first == {"id": "engraving", "label": "Text on the back", "max_length": 20, "lines": 1, "required": False}
    assert (second["lines"], second["surcharge"], product("cup")["inputs"][0]["required"]) == (3, [], True)


def test_an_open_amount_has_its_bounds_and_no_price() -> None:
    donation = product("donation")
    assert (donation["prices"], donation["ships"]) == ([], False)
    assert donation["amount"][0] == {
        "currency": "EUR",
        "exponent": 2,
        "least_minor": 200,
        "least": "€2.00",
        "most_minor": 50_000,
        "most": "€500.00",
        "suggested_minor": 1000,
        "suggested": "€10.00",
    }
    assert (donation["amount"][1]["suggested_minor"], donation["amount"][1]["suggested"]) == (None, None)


@pytest.mark.parametrize(
    ("content", "unit", "minor", "text"),
    [
        ("0.75", "l", 900, "€12.00 / l"),
        ("3", "kg", 1000, "€3.33 / kg"),
        ("0.8", "kg", 1250, "€15.63 / kg"),
        ("1.50", "m2", 300, "€2.00 / m²"),
    ],
)
def test_the_price_of_a_unit_is_rounded_half_up(content: str, unit: str, minor: int, text: str) -> None:
    catalog = make_goods()
    oil = catalog.products["oil"]._replace(prices={"EUR": Money(minor, "EUR")}, unit_price=UnitPrice(content, unit))
    (price,) = product("oil", catalog._replace(products={"oil": oil}))["prices"]
    assert price["unit_price"] == text


def test_a_catalogue_says_whether_its_prices_include_tax() -> None:
    catalog = make_goods()
    content = listed(catalog)
    assert {name: content[name] for name in ("home_country", "countries", "tax_included", "tax_label")} == {
        "home_country": "ES",
        "countries": ["ES", "PT", "FR", "US"],
        "tax_included": True,
        "tax_label": "IVA",
    }
    american = listed(make_goods(SITE._replace(home_country="US")))
    assert (american["tax_included"], american["tax_label"]) == (False, "Sales tax")
    untaxed = listed(make_goods(SITE._replace(home_country=""), taxes=None))
    assert (untaxed["home_country"], untaxed["tax_included"], untaxed["tax_label"]) == (None, None, None)


def test_a_catalogue_names_the_pages_that_a_buyer_agrees_to() -> None:
    content = listed(make_goods(SITE._replace(terms_page="/terms.html", privacy_page="https://shop.example/privacy")))
    assert content["terms_page"].endswith("/terms.html")
    assert content["terms_page"].startswith("https://")
    assert content["privacy_page"] == "https://shop.example/privacy"
    assert (listed(make_goods())["terms_page"], listed(make_goods())["privacy_page"]) == (None, None)


def test_products_say_their_categories_and_whether_they_are_delivered() -> None:
    shirt = product("tshirt")
    assert (shirt["categories"], shirt["sku"], shirt["ships"], product("file")["ships"]) == (["clothes"], "TS", True, False)
    assert product("tshirt", make_goods(shipping=None))["ships"] is False


def test_strategies_are_listed_in_the_currencies_of_variants_and_open_amounts_too() -> None:
    catalog = make_goods(SITE._replace(strategies=("stripe_checkout", "paypal")))
    content = json.loads(Shop(catalog=catalog).handle("GET", "/strategies").body)
    stripe, paypal = (one["limits"] for one in content["strategies"])
    assert list(stripe["currencies"]) == ["EUR", "USD", "HUF", "SEK"]
    assert ("CU" in stripe["refused_countries"], stripe["delivery"], paypal["added_tax"]) == (True, True, True)
