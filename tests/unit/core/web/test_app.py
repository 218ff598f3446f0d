"""Dispatch: paths, methods, body limits, CORS and missing settings."""

import pytest

from lightning_cart.http import HttpRequest
from lightning_cart.web.responses import Answer
from support.app import ENV, Shop, problem, run
from support.merchants import FulfilmentHarness


@pytest.fixture
def shop() -> Shop:
    return Shop()


ROUTES = {
    "/checkout": "POST, OPTIONS",
    "/quote": "POST, OPTIONS",
    "/webhook": "POST, OPTIONS",
    "/webhook/stripe": "POST, OPTIONS",
    "/orders/ord_x": "GET, HEAD, OPTIONS",
    "/orders/ord_x/page/token": "GET, HEAD, OPTIONS",
    "/orders/ord_x/receipt/token": "GET, HEAD, OPTIONS",
    "/return/ord_x": "GET, HEAD, OPTIONS",
    "/return/ord_x/token": "GET, HEAD, OPTIONS",
    "/admin/orders/ord_x": "GET, HEAD, OPTIONS",
    "/admin/orders/ord_x/refunds": "POST, OPTIONS",
    "/admin/orders/ord_x/cancel": "POST, OPTIONS",
    "/admin/orders/ord_x/accept": "POST, OPTIONS",
    "/admin/orders/ord_x/close": "POST, OPTIONS",
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


@pytest.mark.parametrize(("path", "known"), [("/orders/ord_x", True), ("/orders", False), ("/success.html", False)])
def test_a_path_is_a_route_whatever_the_method(shop: Shop, path: str, known: bool) -> None:
    assert shop.app.has_route(path) is known


def test_a_path_has_the_path_of_its_route(shop: Shop) -> None:
    paths = ("/orders/ord_1", "/return/ord_1/token", "/nothing")
    assert [shop.app.route_path(path) for path in paths] == ["/orders/{id}", "/return/{id}/{token}", ""]


@pytest.mark.parametrize(("path", "allow"), ROUTES.items())
def test_options_says_what_is_offered(shop: Shop, path: str, allow: str) -> None:
    response = shop.handle("OPTIONS", path)
    assert (response.status, response.header("allow"), response.body) == (204, allow, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nothing",
        "/checkout/",
        "/orders",
        "/orders/",
        "/orders/a/b",
        "/orders/a/page",
        "/orders/a/page/",
        "/orders/a/page/b/c",
        "/orders/a/receipts/b",
        "/webhook/a/b",
        "/healthz",
        "/return",
        "/return/",
        "/return/a/",
        "/return/a/b/c",
        "/admin",
        "/admin/orders",
        "/admin/orders/",
        "/admin/orders/a/reopen",
        "/admin/orders/a/accept/b",
    ],
)
def test_an_unknown_path_is_a_problem(shop: Shop, path: str) -> None:
    response = shop.handle("GET", path)
    assert (response.status, problem(response)["type"]) == (404, "/problems/not-found")


@pytest.mark.parametrize("url", ["//[", "http://[/health", "//a\uff0fb/health", "", "*"])
def test_what_is_no_address_is_a_problem(shop: Shop, url: str) -> None:
    assert (shop.handle("GET", url).status, HttpRequest("GET", url).query) == (404, {})


@pytest.mark.parametrize(
    "path", ["/products", "/strategies", "/health", "/nothing", "/orders/ord_x", "/return/ord_x/token", "/admin/orders/ord_x"]
)
def test_head_is_get_without_the_body(shop: Shop, path: str) -> None:
    get, head = shop.handle("GET", path), shop.handle("HEAD", path)
    assert (head.status, head.headers, head.body) == (get.status, get.headers, b"")


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


@pytest.mark.parametrize(
    ("path", "limit"),
    [("/checkout", 64 * 1024), ("/quote", 64 * 1024), ("/webhook/stripe", 1024 * 1024), ("/webhook", 1024 * 1024)],
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


@pytest.mark.parametrize(
    "path",
    [
        *("/webhook", "/webhook/stripe", "/health", "/return/ord_x", "/return/ord_x/token", "/admin/orders/ord_x"),
        *("/orders/ord_x/page/token", "/orders/ord_x/receipt/token"),
    ],
)
def test_what_is_not_for_pages_has_no_cors(shop: Shop, path: str) -> None:
    response = shop.handle("OPTIONS", path, origin="https://shop.example")
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_what_an_answer_made_due_is_delivered_after_it() -> None:
    harness = FulfilmentHarness()
    harness.record()
    attempts = run(harness.app.deliver_after(Answer(200, has_deliveries=True)))
    assert (len(attempts), len(harness.merchant.requests)) == (1, 1)


def test_after_any_other_answer_nothing_is_delivered() -> None:
    harness = FulfilmentHarness()
    harness.record()
    assert run(harness.app.deliver_after(Answer(200))) == []


def test_nothing_but_the_catalogue_is_cached(shop: Shop) -> None:
    paths = ["/products", "/strategies", "/health", "/nothing"]
    assert [shop.handle("GET", path).header("cache-control") for path in paths] == ["public, max-age=60", *["no-store"] * 3]
