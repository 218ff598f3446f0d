"""The page that a buyer reads: whose shop it is, the way back, and nothing of the request that could act."""

import re

import pytest

from lightning_cart import errors
from lightning_cart.domain.catalog import Catalog, Site
from lightning_cart.errors import StorageUnavailable
from lightning_cart.http import HttpRequest
from lightning_cart.web.problem import problem_response
from lightning_cart.web.responses import Answer
from support.app import OTHER, PRODUCTS, SHOP, Shop, make_catalog
from support.builders import ORDER_ID

FORM = "application/x-www-form-urlencoded"
THIRD = SHOP.replace("[sites.shop]", "[sites.third]").replace("shop.example", "third.example").replace('"Shop"', '"Third & Co"')


@pytest.fixture
def shop() -> Shop:
    return Shop()


def shops() -> Shop:
    return Shop(catalog=make_catalog(PRODUCTS, SHOP + OTHER + THIRD))


def send(shop: Shop, body: bytes, **headers: str) -> str:
    response = shop.handle("POST", "/checkout", body, content_type=FORM, accept="text/html,*/*", **headers)
    assert (response.status, response.header("content-type")) == (422, "text/html; charset=utf-8")
    return response.body.decode()


def link(page: str) -> str:
    found = re.search(r'<a href="([^"]*)">', page)
    return found[1] if found else ""


def test_a_buyer_reads_what_to_choose_and_the_developer_why(shop: Shop) -> None:
    page = send(shop, b"id=test-10&quantity=<11>")
    assert "<h1>Quantity of Test checkout: choose 1 to 10.</h1>" in page
    assert "<title>Quantity of Test checkout: choose 1 to 10. &ndash; Shop</title>" in page
    assert "<p>Nothing was charged. Your browser&#x27;s back button leads back to what you have chosen.</p>" in page
    assert "items[0].quantity must be a whole number from 1 to 10 (422, invalid-field)</p></aside>" in page


def test_the_way_back_is_the_cancel_page_of_the_only_shop(shop: Shop) -> None:
    page = send(shop, b"id=nothing")
    assert ('<p class="shop">Shop</p>' in page, link(page)) == (True, "https://shop.example/cart")


@pytest.mark.parametrize(
    ("body", "headers", "url"),
    [
        (b"site=third&id=nothing", {}, "https://third.example/cart"),
        (b"site=+third&size=XL", {}, "https://third.example/cart"),
        (b"site=other&id=nothing", {"origin": "https://third.example"}, "/cancel.html"),
        (b"id=nothing", {"origin": "https://third.example"}, "https://third.example/cart"),
        (b"id=nothing", {"referer": "https://third.example/a?b#c"}, "https://third.example/cart"),
        (b"id=nothing", {"origin": "https://evil.example"}, ""),
        (b"id=nothing", {"origin": "null", "referer": "https://third.example/"}, ""),
        (b"site=https://evil.example&id=nothing", {}, ""),
        (b"id=nothing", {}, ""),
    ],
)
def test_where_there_are_several_shops_the_cart_or_the_sending_page_names_its_own(
    body: bytes, headers: dict[str, str], url: str
) -> None:
    page = send(shops(), body, **headers)
    assert link(page) == url
    assert ("back button leads back to the shop" in page) == (url == "")


def test_a_shops_name_is_text() -> None:
    assert "Back to Third &amp; Co</a>" in send(shops(), b"site=third&id=nothing")


def test_a_reloaded_checkout_leads_back_to_the_shop(shop: Shop) -> None:
    response = shop.handle("GET", "/checkout", accept="text/html")
    assert (response.status, link(response.body.decode())) == (405, "https://shop.example/cart")
    assert b"<h1>This page cannot be opened by itself.</h1>" in response.body


def come_back(shop: Shop, url: str) -> Answer:
    return shop.handle("GET", url, accept="text/html")


def test_a_return_that_fails_leads_to_the_home_page_of_the_orders_shop(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = shops()
    shop.checkout({"site": "third", "items": [{"id": "test-10"}]})

    async def fail(*_: object) -> None:
        raise StorageUnavailable("gone")

    monkeypatch.setattr(shop.app.engine.leases, "take", fail)
    response = come_back(shop, f"/return/{ORDER_ID}/{shop.order().return_token}")
    assert (response.status, link(response.body.decode())) == (503, "https://third.example/")
    assert b"please do not pay a second time" in response.body


def test_without_an_orders_token_the_page_does_not_say_whose_shop_it_is() -> None:
    shop = shops()
    shop.checkout({"site": "third", "items": [{"id": "test-10"}]})
    response = come_back(shop, f"/return/{ORDER_ID}/wrong")
    assert (response.status, link(response.body.decode()), b"Third" in response.body) == (404, "", False)


@pytest.mark.parametrize(
    ("site", "home"),
    [
        (Site("a", "A", "/s", "/c", ("x",)), "/"),
        (Site("a", "A", "/s", "https://shop.example/left/cart", ("x",), ("http://localhost:8000",)), "https://shop.example/"),
        (Site("a", "A", "/s", "/c", ("x",), ("https://shop.example",)), "https://shop.example/"),
    ],
    ids=["paths", "absolute", "origins"],
)
def test_after_paying_the_way_back_is_the_home_page(site: Site, home: str) -> None:
    request = HttpRequest("GET", "/return/ord_x", {"accept": "text/html"})
    page = problem_response(errors.NotFound("there is no such order"), request, Catalog({}, {"a": site})).body.decode()
    assert link(page) == home


def test_a_failure_that_nobody_foresaw_has_a_way_back_too(shop: Shop) -> None:
    page = shop.app.internal_error(HttpRequest("POST", "/checkout", {"accept": "text/html"})).body.decode()
    assert ("<h1>Something went wrong in the shop.</h1>" in page, link(page)) == (True, "https://shop.example/cart")


def test_an_unknown_address_is_no_page_of_the_shop(shop: Shop) -> None:
    response = shop.handle("GET", "/nowhere", accept="text/html")
    assert (response.status, b"<h1>There is no page at this address.</h1>" in response.body) == (404, True)


def test_an_operator_reads_the_operators_sentence(shop: Shop) -> None:
    response = shop.handle("GET", f"/admin/orders/{ORDER_ID}", accept="text/html")
    assert (response.status, b"There is no page" in response.body) == (401, False)


def test_a_page_shows_markup_as_text_and_runs_nothing() -> None:
    error = errors.InvalidField("<script>", "must not be <b>", "Not <i>.")
    response = problem_response(error, HttpRequest("GET", "/checkout", {"accept": "text/html"}))
    assert not re.search(rb"<(?:script|b|i)>", response.body)
    assert (b"&lt;script&gt; must not be &lt;b&gt;" in response.body, b"<h1>Not &lt;i&gt;.</h1>" in response.body) == (
        True,
        True,
    )
    policy = response.header("content-security-policy")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'none'" in policy
    assert response.header("referrer-policy") == "no-referrer"


def test_a_field_that_the_page_invented_is_shown_as_text(shop: Shop) -> None:
    page = send(shop, b"id=test-10&%3Cimg+src%3Dx%3E=1")
    assert ("<img" in page, "&lt;img src=x&gt; is not known here" in page) == (False, True)
