"""The routes of a shop's pages: catalogue, strategies, content types and the rate limit."""

import json

import pytest

from lightning_cart import errors
from lightning_cart.http import HttpRequest
from support.app import ENV, OTHER, PRODUCTS, SHOP, Shop, make_catalog, problem


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_products_are_those_that_the_site_sells(shop: Shop) -> None:
    products = json.loads(shop.handle("GET", "/products").body)
    assert [product["id"] for product in products["products"]] == ["test-10", "mug", "club", "paper", "pin", "oud"]


def test_a_product_shows_prices_in_minor_units_and_for_people(shop: Shop) -> None:
    first = json.loads(shop.handle("GET", "/products?site=shop").body)["products"][0]
    assert first == {
        "id": "test-10",
        "name": "Test checkout",
        "description": "Ten dollars",
        "image": "https://pay.shop.example/test-10.svg",
        "max_quantity": 10,
        "metadata": {},
        "prices": [
            {"currency": "USD", "amount_minor": 1000, "exponent": 2, "display": "$10.00", "interval": None},
            {"currency": "EUR", "amount_minor": 950, "exponent": 2, "display": "€9.50", "interval": None},
        ],
    }


def test_an_unchanged_catalogue_is_not_sent_again(shop: Shop) -> None:
    etag = shop.handle("GET", "/products").header("etag")
    response = shop.handle("GET", "/products", if_none_match=f'W/"other", W/{etag}')
    assert (response.status, response.body, response.header("etag")) == (304, b"", etag)


def test_the_site_must_be_named_where_there_are_two() -> None:
    shop = Shop(catalog=make_catalog())
    response = shop.handle("GET", "/products")
    assert (response.status, problem(response)["field"]) == (422, "site")


@pytest.mark.parametrize("path", ["/products?site=nowhere", "/strategies?site=nowhere"])
def test_an_unknown_site_is_never_the_default(shop: Shop, path: str) -> None:
    assert problem(shop.handle("GET", path))["field"] == "site"


def test_the_ways_to_pay_have_names_and_labels(shop: Shop) -> None:
    answered = json.loads(shop.handle("GET", "/strategies").body)
    limits = answered["strategies"][0].pop("limits")
    assert answered == {
        "site": "shop",
        "default": "stripe_checkout",
        "strategies": [{"name": "stripe_checkout", "provider": "stripe", "label": "Pay by card"}],
    }
    assert limits == {
        "recurring": True,
        "mixed": True,
        "lines": 100,
        "recurring_lines": 20,
        "lifetime": 82_800,
        "cancels": True,
        "currencies": {
            "USD": {"minimum_minor": 50, "maximum_minor": 99_999_999},
            "EUR": {"minimum_minor": 50, "maximum_minor": 99_999_999},
            "JPY": {"minimum_minor": 50, "maximum_minor": 99_999_999},
            "KWD": {"minimum_minor": 1, "maximum_minor": 99_999_990},
        },
    }


def test_without_our_own_settings_no_checkout_begins() -> None:
    shop = Shop({name: value for name, value in ENV.items() if name != "PUBLIC_URL"})
    assert shop.checkout().status == 503
    assert shop.database.count("orders") == 0


@pytest.mark.parametrize("content_type", ["", "text/plain", "multipart/form-data; boundary=x", "application/xml"])
def test_a_cart_of_another_content_type_is_refused(shop: Shop, content_type: str) -> None:
    response = shop.checkout(content_type=content_type)
    assert (response.status, problem(response)["type"]) == (415, "/problems/unsupported-content")


def test_a_content_type_may_name_its_charset(shop: Shop) -> None:
    assert shop.checkout(content_type="Application/JSON; charset=utf-8").status == 201


def test_each_site_has_its_own_products() -> None:
    shop = Shop(catalog=make_catalog(PRODUCTS, SHOP + OTHER))
    names = [json.loads(shop.handle("GET", f"/products?site={site}").body)["name"] for site in ("shop", "other")]
    assert names == ["Shop", "Other"]


def turned_away(shop: Shop) -> list[str]:
    asked: list[str] = []

    async def rate_limit(request: HttpRequest) -> None:
        asked.append(request.header("cf-connecting-ip"))
        raise errors.TooManyRequests(60)

    shop.app.engine.ports = shop.app.engine.ports._replace(rate_limit=rate_limit)
    return asked


def test_who_is_not_admitted_is_told_when_to_come_again_and_no_order_is_saved(shop: Shop) -> None:
    asked = turned_away(shop)
    response = shop.checkout(cf_connecting_ip="203.0.113.7")
    assert (response.status, response.header("retry-after"), asked) == (429, "60", ["203.0.113.7"])
    assert (shop.database.count("orders"), shop.provider.requests) == (0, [])


def test_nothing_but_checkouts_asks_to_be_admitted(shop: Shop) -> None:
    asked = turned_away(shop)
    assert (shop.handle("GET", "/products").status, asked) == (200, [])
