"""The single door: routes, methods, sizes, content types, CORS, and problems that name what to do."""

import json
from dataclasses import replace
from typing import Any, NoReturn

import pytest

from lightning_cart import errors
from lightning_cart.http import HttpRequest
from lightning_cart.web.problem import internal_error, problem_response
from support.app import ENV, OTHER, PRODUCTS, SHOP, Shop, make_catalog, problem


@pytest.fixture
def shop() -> Shop:
    return Shop()


ROUTES = {
    "/checkout": "POST, OPTIONS",
    "/webhook": "POST, OPTIONS",
    "/webhook/stripe": "POST, OPTIONS",
    "/orders/ord_x": "GET, HEAD, OPTIONS",
    "/return/ord_x": "GET, HEAD, OPTIONS",
    "/products": "GET, HEAD, OPTIONS",
    "/strategies": "GET, HEAD, OPTIONS",
    "/health": "GET, HEAD, OPTIONS",
}


@pytest.mark.parametrize(("path", "allow"), ROUTES.items())
def test_another_method_is_refused_with_those_that_are_offered(shop: Shop, path: str, allow: str) -> None:
    response = shop.handle("DELETE", path)
    assert (response.status, response.header("allow"), problem(response)["type"]) == (
        405,
        allow,
        "/problems/method-not-allowed",
    )


@pytest.mark.parametrize(("path", "allow"), ROUTES.items())
def test_options_says_what_is_offered(shop: Shop, path: str, allow: str) -> None:
    response = shop.handle("OPTIONS", path)
    assert (response.status, response.header("allow"), response.body) == (204, allow, b"")


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/checkout/", "/orders", "/orders/", "/orders/a/b", "/webhook/a/b", "/healthz"]
)
def test_an_unknown_path_is_a_problem(shop: Shop, path: str) -> None:
    response = shop.handle("GET", path)
    assert (response.status, problem(response)["type"]) == (404, "/problems/not-found")


@pytest.mark.parametrize("url", ["//[", "http://[/health", "//a\uff0fb/health", "", "*"])
def test_what_is_no_address_is_a_problem(shop: Shop, url: str) -> None:
    assert (shop.handle("GET", url).status, HttpRequest("GET", url).query) == (404, {})


@pytest.mark.parametrize("path", ["/products", "/strategies", "/health", "/nothing", "/orders/ord_x"])
def test_head_is_get_without_the_body(shop: Shop, path: str) -> None:
    get, head = shop.handle("GET", path), shop.handle("HEAD", path)
    assert (head.status, head.headers, head.body) == (get.status, get.headers, b"")


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


def test_a_healthy_engine_says_so(shop: Shop) -> None:
    response = shop.handle("GET", "/health")
    assert (response.status, json.loads(response.body)["missing"]) == (200, [])


def test_health_names_the_keys_that_are_missing() -> None:
    env = {name: value for name, value in ENV.items() if name not in {"STRIPE_SECRET_KEY", "RECEIPT_SECRET"}}
    response = Shop(env).handle("GET", "/health")
    assert (response.status, json.loads(response.body)["missing"]) == (503, ["RECEIPT_SECRET", "STRIPE_SECRET_KEY"])


def test_health_says_when_the_database_is_gone(shop: Shop) -> None:
    shop.database.broken = True
    response = shop.handle("GET", "/health")
    assert (response.status, json.loads(response.body)["database"]) == (503, "unavailable")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "/checkout", b'{"items":[{"id":"test-10","quantity":1}]}'), ("POST", "/webhook/stripe", b"{}")],
)
def test_without_its_keys_a_providers_routes_say_so_and_the_others_work(method: str, path: str, body: bytes) -> None:
    shop = Shop({name: value for name, value in ENV.items() if not name.startswith("STRIPE")})
    response = shop.handle(method, path, body, content_type="application/json", stripe_signature="t=1,v1=x")
    assert (response.status, problem(response)["type"]) == (503, "/problems/not-configured")
    assert shop.handle("GET", "/products").status == 200
    assert "STRIPE_SECRET_KEY" in response.log_fields["reason"]


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


@pytest.mark.parametrize(
    ("path", "limit"), [("/checkout", 64 * 1024), ("/webhook/stripe", 1024 * 1024), ("/webhook", 1024 * 1024)]
)
def test_a_body_over_the_limit_is_refused(shop: Shop, path: str, limit: int) -> None:
    assert shop.handle("POST", path, b" " * limit, content_type="application/json").status != 413
    assert problem(shop.handle("POST", path, b" " * (limit + 1)))["type"] == "/problems/body-too-large"


def test_a_listed_origin_may_read_the_answer(shop: Shop) -> None:
    response = shop.handle("GET", "/products", origin="https://shop.example")
    assert (response.header("access-control-allow-origin"), response.header("vary")) == ("https://shop.example", "Origin")


def test_a_listed_origin_may_read_a_problem_too(shop: Shop) -> None:
    response = shop.checkout(b"{", origin="https://shop.example")
    assert (response.status, response.header("access-control-allow-origin")) == (400, "https://shop.example")


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "https://shop.example.evil.example", "http://shop.example", "*"]
)
def test_no_other_origin_may(shop: Shop, origin: str) -> None:
    response = shop.handle("GET", "/products", origin=origin)
    assert "access-control-allow-origin" not in response.headers


def test_a_preflight_says_what_a_page_may_send(shop: Shop) -> None:
    response = shop.handle("OPTIONS", "/checkout", origin="https://shop.example", access_control_request_method="POST")
    assert {
        name: response.header(f"access-control-{name}")
        for name in ("allow-origin", "allow-methods", "allow-headers", "max-age")
    } == {
        "allow-origin": "https://shop.example",
        "allow-methods": "POST, OPTIONS",
        "allow-headers": "authorization, content-type, idempotency-key",
        "max-age": "600",
    }


@pytest.mark.parametrize("path", ["/webhook", "/webhook/stripe", "/health", "/return/ord_x"])
def test_what_is_not_for_pages_has_no_cors(shop: Shop, path: str) -> None:
    response = shop.handle("OPTIONS", path, origin="https://shop.example")
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_nothing_but_the_catalogue_is_cached(shop: Shop) -> None:
    paths = ["/products", "/strategies", "/health", "/nothing"]
    assert [shop.handle("GET", path).header("cache-control") for path in paths] == ["public, max-age=60", *["no-store"] * 3]


def leaves(kind: type[errors.LightningCartError]) -> list[type[errors.LightningCartError]]:
    return [leaf for child in kind.__subclasses__() for leaf in leaves(child)] or [kind]


MADE: dict[str, Any] = {
    "InvalidField": ("items", "must be a list"),
    "BodyTooLarge": (10,),
    "MethodNotAllowed": (["GET"],),
    "TooManyRequests": (60,),
    "InvalidSettings": (["KEY"],),
    "CatalogError": ([],),
    "OrderNotFoundYet": ("ord_x",),
    "ProviderTimeout": ("stripe", "slow"),
    "ProviderUnavailable": ("stripe", "down"),
    "ProviderRefused": ("stripe", "answered 400"),
}


@pytest.mark.parametrize("kind", leaves(errors.LightningCartError), ids=lambda kind: kind.__name__)
def test_every_error_becomes_a_problem_that_says_what_to_do(kind: type[errors.LightningCartError]) -> None:
    response = problem_response(kind(*MADE.get(kind.__name__, ("a sentence",))), HttpRequest("GET", "/"))
    content = problem(response)
    assert content["status"] == response.status
    assert content["type"].startswith("/problems/")
    assert content["title"]
    assert content["detail"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.ProviderTimeout("stripe", "slow"), 504),
        (errors.ProviderUnavailable("stripe", "down"), 502),
        (errors.ProviderRefused("stripe", "no"), 502),
        (errors.StorageUnavailable("gone"), 503),
        (errors.VerificationUnavailable("down"), 503),
        (errors.BadSignature("bad"), 400),
        (errors.ReceiptRequired("receipt"), 401),
        (errors.MoneyError("odd"), 500),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_status_says_whose_fault_it_is(error: errors.LightningCartError, status: int) -> None:
    assert problem_response(error, HttpRequest("GET", "/")).status == status


def test_a_refused_receipt_says_which_scheme_to_use() -> None:
    response = problem_response(errors.ReceiptRequired("send it"), HttpRequest("GET", "/"))
    assert response.header("www-authenticate").startswith("Bearer")


def test_what_will_do_later_says_when() -> None:
    assert problem_response(errors.StorageUnavailable("gone"), HttpRequest("GET", "/")).header("retry-after") == "5"


def test_the_reason_goes_to_the_log_and_not_to_the_caller() -> None:
    error = errors.ProviderRefused("stripe", "answered 400 about line_items", code="bad", reference="req_1")
    response = problem_response(error, HttpRequest("GET", "/"))
    assert response.log_fields == {
        "problem": "provider-refused",
        "provider": "stripe",
        "reason": "answered 400 about line_items",
        "code": "bad",
        "reference": "req_1",
    }
    assert b"line_items" not in response.body


def test_a_browser_gets_a_page_with_the_same_words(shop: Shop) -> None:
    body = b"id=test-10&quantity=<0>"
    response = shop.handle("POST", "/checkout", body, content_type="application/x-www-form-urlencoded", accept="text/html,*/*")
    assert (response.status, response.header("content-type")) == (422, "text/html; charset=utf-8")
    assert b"Items[0].quantity must be a whole number from 1 to 10." in response.body


def test_a_page_shows_markup_as_text() -> None:
    error = errors.InvalidField("<script>", "must not be <b>")
    response = problem_response(error, HttpRequest("GET", "/", {"accept": "text/html"}))
    assert b"<script>" not in response.body
    assert b"&lt;script&gt;" in response.body


def test_an_unforeseen_failure_tells_nothing() -> None:
    assert problem(internal_error(HttpRequest("GET", "/")))["type"] == "/problems/internal-error"


def test_each_site_has_its_own_products() -> None:
    shop = Shop(catalog=make_catalog(PRODUCTS, SHOP + OTHER))
    names = [json.loads(shop.handle("GET", f"/products?site={site}").body)["name"] for site in ("shop", "other")]
    assert names == ["Shop", "Other"]


def turned_away(shop: Shop) -> list[str]:
    asked: list[str] = []

    async def rate_limit(request: HttpRequest) -> None:
        asked.append(request.header("cf-connecting-ip"))
        raise errors.TooManyRequests(60)

    shop.app.engine.ports = replace(shop.app.engine.ports, rate_limit=rate_limit)
    return asked


def test_who_is_not_admitted_is_told_when_to_come_again_and_no_order_is_saved(shop: Shop) -> None:
    asked = turned_away(shop)
    response = shop.checkout(cf_connecting_ip="203.0.113.7")
    assert (response.status, response.header("retry-after"), asked) == (429, "60", ["203.0.113.7"])
    assert (shop.database.count("orders"), shop.provider.requests) == (0, [])


def test_nothing_but_checkouts_asks_to_be_admitted(shop: Shop) -> None:
    asked = turned_away(shop)
    assert (shop.handle("GET", "/products").status, asked) == (200, [])


def test_health_names_a_database_that_was_never_set_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def query(_statement: object) -> NoReturn:
        raise errors.InvalidSettings(["DB"])

    monkeypatch.setattr(shop.database, "query", query)
    response = shop.handle("GET", "/health")
    assert (response.status, json.loads(response.body)["missing"]) == (503, ["DB"])
