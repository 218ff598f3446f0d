"""The routes of a shop's pages: catalogue, strategies, content types and the rate limit."""

import json
from urllib.parse import parse_qsl

import pytest

from lightning_cart import errors
from lightning_cart.http import HttpRequest
from lightning_cart.web.responses import Answer
from support.app import ENV, OTHER, PRODUCTS, SHOP, Shop, make_catalog, problem
from support.builders import ORDER_ID
from support.stripe import event, stripe_session


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
            {
                "currency": "USD",
                "amount_minor": 1000,
                "exponent": 2,
                "display": "$10.00",
                "interval": None,
                "unit_price": None,
            },
            {"currency": "EUR", "amount_minor": 950, "exponent": 2, "display": "€9.50", "interval": None, "unit_price": None},
        ],
        "options": [],
        "variants": [],
        "inputs": [],
        "amount": [],
        "sku": None,
        "categories": [],
        "ships": False,
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
    assert limits.pop("refused_countries") == sorted(shop.app.engine.strategies["stripe_checkout"].limits.refused_countries)
    assert limits == {
        "recurring": True,
        "mixed": True,
        "lines": 100,
        "recurring_lines": 20,
        "lifetime": 82_800,
        "cancels": True,
        "delivery": True,
        "added_tax": True,
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


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/xml"])
def test_a_cart_of_another_content_type_is_refused(shop: Shop, content_type: str) -> None:
    response = shop.checkout(b"<cart/>", content_type=content_type)
    assert (response.status, problem(response)["type"]) == (415, "/problems/unsupported-content")


def test_a_content_type_may_name_its_charset(shop: Shop) -> None:
    assert shop.checkout(content_type="Application/JSON; charset=utf-8").status == 201


def test_each_site_has_its_own_products() -> None:
    shop = Shop(catalog=make_catalog(PRODUCTS, SHOP + OTHER))
    names = [json.loads(shop.handle("GET", f"/products?site={site}").body)["name"] for site in ("shop", "other")]
    assert names == ["Shop", "Other"]


def test_a_form_is_sent_to_the_providers_page(shop: Shop) -> None:
    response = shop.checkout(b"id=test-10&quantity=1", content_type="application/x-www-form-urlencoded")
    assert (response.status, response.header("location")) == (303, "https://checkout.stripe.com/c/pay/cs_test_1")


PARTS = b'--%b\r\nContent-Disposition: form-data; name="id"\r\n\r\ntest-10\r\n--%b--\r\n'


def in_parts(shop: Shop, boundary: bytes, **headers: str) -> Answer:
    content_type = f"multipart/form-data; boundary={boundary.decode()}"
    return shop.checkout(PARTS % (boundary, boundary), content_type=content_type, **headers)


def test_a_form_in_parts_is_sent_to_the_providers_page(shop: Shop) -> None:
    assert in_parts(shop, b"b1", sec_fetch_mode="navigate").status == 303


@pytest.mark.parametrize(
    "headers", [{"sec_fetch_mode": "cors"}, {"sec_fetch_mode": "same-origin"}, {"accept": "application/json"}], ids=str
)
def test_a_form_that_a_script_sends_gets_the_url_as_json(shop: Shop, headers: dict[str, str]) -> None:
    response = in_parts(shop, b"b1", **headers)
    assert (response.status, json.loads(response.body)["url"]) == (201, "https://checkout.stripe.com/c/pay/cs_test_1")


def test_a_browser_that_would_take_json_too_is_sent_to_the_providers_page(shop: Shop) -> None:
    assert in_parts(shop, b"b1", accept="text/html,application/json").status == 303


def test_a_repeated_form_in_parts_gets_the_same_order_though_its_boundary_is_new(shop: Shop) -> None:
    first, second = (in_parts(shop, boundary, accept="application/json", idempotency_key="k") for boundary in (b"b1", b"b2"))
    assert (first.status, first.body) == (201, second.body)


def test_a_form_in_parts_that_has_its_boundary_in_a_value_is_another_body(shop: Shop) -> None:
    part = b'--b1\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
    bodies = [part % (b"id", b"test-10") + part % (b"metadata[note]", note) + b"--b1--\r\n" for note in (b"x", b"x--b1")]
    content_type = "multipart/form-data; boundary=b1"
    statuses = [shop.checkout(body, content_type=content_type, idempotency_key="k").status for body in bodies]
    assert statuses == [303, 409]


@pytest.mark.parametrize("site", ["\ud800", "\0", "\uff4d\u202e"])
def test_a_site_that_can_be_no_id_is_refused_with_a_key_too(shop: Shop, site: str) -> None:
    body = json.dumps({"site": site, "items": [{"id": "test-10"}]}).encode()
    response = shop.checkout(body, idempotency_key="k")
    assert (response.status, problem(response)["field"]) == (422, "site")


def test_a_checkout_names_the_return_url_of_its_order_with_its_token(shop: Shop) -> None:
    shop.checkout()
    sent = dict(parse_qsl(shop.provider.requests[0].body.decode()))
    assert sent["success_url"] == f"https://pay.shop.example/return/{ORDER_ID}/{shop.order().return_token}"


def test_a_return_token_is_in_no_answer_to_the_page(shop: Shop) -> None:
    response = shop.checkout()
    assert shop.order().return_token.encode() not in response.body


def test_the_same_key_gets_the_same_order_while_its_checkout_is_open(shop: Shop) -> None:
    first, second = (json.loads(shop.checkout(idempotency_key="k").body) for _ in range(2))
    assert first == second


def end_of_checkout(shop: Shop) -> None:
    """Let the buyer's checkout with the key `k` end at the provider."""
    shop.checkout(idempotency_key="k")
    shop.webhook(event("checkout.session.expired", stripe_session(status="expired")))


def test_the_same_key_after_the_end_of_its_checkout_is_told_how_it_ended(shop: Shop) -> None:
    end_of_checkout(shop)
    response = shop.checkout(idempotency_key="k")
    content = problem(response)
    assert (response.status, content["type"], content["order_id"], content["order_status"]) == (
        409,
        "/problems/checkout-ended",
        ORDER_ID,
        "expired",
    )


def test_a_new_key_after_the_end_of_a_checkout_makes_a_new_order(shop: Shop) -> None:
    end_of_checkout(shop)
    response = shop.checkout(idempotency_key="k2")
    assert (response.status, json.loads(response.body)["order_id"] != ORDER_ID) == (201, True)


def test_the_same_key_with_another_cart_is_a_conflict(shop: Shop) -> None:
    shop.checkout(idempotency_key="k")
    response = shop.checkout({"items": [{"id": "test-10", "quantity": 2}]}, idempotency_key="k")
    assert (response.status, problem(response)["type"]) == (409, "/problems/idempotency-conflict")


def test_a_key_of_another_site_is_a_conflict() -> None:
    shop = Shop(catalog=make_catalog(PRODUCTS, SHOP + OTHER))
    items = [{"id": "test-10", "quantity": 1}]
    shop.checkout({"site": "shop", "items": items}, idempotency_key="k")
    response = shop.checkout({"site": "other", "items": items}, idempotency_key="k")
    assert (response.status, problem(response)["type"]) == (409, "/problems/idempotency-conflict")


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
