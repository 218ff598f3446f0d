"""The routes that show an order to its buyer: who is let in, what is shown, and at what cost."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from lightning_cart.domain.order import OrderStatus
from lightning_cart.web.responses import Answer
from support.app import Shop, problem
from support.builders import NOW, ORDER_ID, paid_session
from support.goods import SITE, make_goods, tshirt
from support.stripe import event, stripe_session

BOTH = ["page", "receipt"]
OTHER_ID = "ord_00000000000000000000000002"


@pytest.fixture
def shop() -> Shop:
    """Open a shop with one open order."""
    shop = Shop()
    assert shop.checkout().status == 201
    return shop


def pay(shop: Shop, event_id: str = "evt_1", **session: Any) -> None:
    answer = shop.webhook(event("checkout.session.completed", paid_session(ORDER_ID, **session), event_id))
    assert answer.log_fields["order_status"] == "paid"


def refund(shop: Shop) -> None:
    shop.database.connection.execute("UPDATE orders SET refunded_minor = 400, status = 'partially_refunded'")


def ask(shop: Shop, order_id: str = ORDER_ID) -> dict[str, Any]:
    receipt = shop.app.engine.receipts.issue(shop.order(order_id))
    response = shop.handle("GET", f"/orders/{order_id}", authorization=f"Bearer {receipt}")
    assert response.status == 200
    content: dict[str, Any] = json.loads(response.body)
    return content


def open_page(shop: Shop, page: str, method: str = "GET", query: str = "", **headers: str) -> Answer:
    ((token,),) = shop.rows("SELECT page_token FROM orders")
    return shop.handle(method, f"/orders/{ORDER_ID}/{page}/{token}{query}", b"", **({"accept": "text/html"} | headers))


# ---- as JSON


def test_a_receipt_shows_its_order(shop: Shop) -> None:
    assert ask(shop)["status"] == "open"


def test_a_receipt_in_the_query_shows_nothing(shop: Shop) -> None:
    receipt = shop.app.engine.receipts.issue(shop.order())
    response = shop.handle("GET", f"/orders/{ORDER_ID}?receipt={receipt}")
    assert (response.status, problem(response)["type"]) == (401, "/problems/receipt-needed")


@pytest.mark.parametrize("token", ["x.y.z", "", "\u0661"])
def test_without_its_receipt_no_order_is_shown(shop: Shop, token: str) -> None:
    shop.database.round_trips = 0
    response = shop.handle("GET", f"/orders/{ORDER_ID}", authorization=f"Bearer {token}")
    assert (response.status, problem(response)["type"], shop.database.round_trips) == (401, "/problems/receipt-needed", 0)


def test_the_token_of_the_pages_is_no_receipt(shop: Shop) -> None:
    assert shop.handle("GET", f"/orders/{ORDER_ID}", authorization=f"Bearer {shop.order().page_token}").status == 401


def test_the_receipt_of_another_order_shows_nothing(shop: Shop) -> None:
    shop.checkout()
    receipt = shop.app.engine.receipts.issue(shop.order(OTHER_ID))
    assert shop.handle("GET", f"/orders/{ORDER_ID}", authorization=f"Bearer {receipt}").status == 401


def test_the_receipt_of_an_order_that_is_gone_shows_nothing(shop: Shop) -> None:
    receipt = shop.app.engine.receipts.issue(shop.order())
    shop.database.connection.execute("DELETE FROM orders")
    assert shop.handle("GET", f"/orders/{ORDER_ID}", authorization=f"Bearer {receipt}").status == 401


def test_a_buyer_sees_no_address_metadata_or_provider_ids(shop: Shop) -> None:
    assert sorted(ask(shop)) == [
        "code", "created_at", "currency", "delivery", "discount_minor", "disputed", "documents", "exponent", "goods_minor",
        "lines", "needs_review", "order_id", "page_url", "paid_minor", "receipt", "refunded_minor", "renewal_minor",
        "shipping_minor", "site", "status", "strategy", "tax_minor", "taxes", "total", "total_minor", "updated_at",
    ]  # fmt: skip


def test_an_unpaid_order_has_a_page_and_no_receipt(shop: Shop) -> None:
    shown = ask(shop)
    page = f"https://pay.shop.example/orders/{ORDER_ID}/page/{shop.order().page_token}"
    assert (shown["page_url"], shown["receipt"], shown["documents"]) == (page, None, [])


def test_a_paid_order_has_a_receipt_with_a_number_and_a_date(shop: Shop) -> None:
    pay(shop)
    url = f"https://pay.shop.example/orders/{ORDER_ID}/receipt/{shop.order().page_token}"
    assert ask(shop)["receipt"] == {"number": "2026-1", "date": "2026-05-28", "url": url}


def test_a_refund_is_a_credit_note_with_its_tax(shop: Shop) -> None:
    pay(shop)
    refund(shop)
    assert ask(shop)["documents"] == [
        {
            "kind": "credit_note",
            "number": "C2026-1",
            "date": "2026-05-28",
            "at": NOW,
            "amount_minor": 400,
            "amount": "$4.00",
            "tip_minor": 0,
            "taxes": [{"label": "", "rate": "", "included": False, "net_minor": 400, "tax_minor": 0}],
        }
    ]


def test_what_has_no_number_yet_has_no_date(shop: Shop) -> None:
    shop.database.connection.execute(
        "INSERT INTO documents (order_id, series, place, site, amount_minor, at) VALUES (?, 'credit_note', 1, 'shop', 4, 1)",
        (ORDER_ID,),
    )
    (document,) = ask(shop)["documents"]
    assert (document["number"], document["date"], document["at"]) == (None, None, 1)


def test_an_order_from_before_the_pages_has_none(shop: Shop) -> None:
    pay(shop)
    shop.database.connection.execute("UPDATE orders SET page_token = ''")
    shown = ask(shop)
    assert (shown["page_url"], shown["receipt"]) == (None, {"number": "2026-1", "date": "2026-05-28", "url": None})


def test_lines_have_the_texts_of_the_buyer() -> None:
    shop = Shop(catalog=make_goods())
    delivery = {"country": "PT", "postal_code": "1100", "method": "post"}
    assert shop.checkout({"items": [tshirt(inputs={"engraving": "Ada"})], "delivery": delivery}).status == 201
    shown = ask(shop)
    line = shown["lines"][0]
    assert (line["inputs"], line["options"]) == ({"engraving": "Ada"}, {"size": "L", "colour": "blue"})
    assert (shown["delivery"]["days"], [tax["rate"] for tax in shown["taxes"]]) == ([2, 4], ["23"])


def test_an_order_is_read_in_one_round_trip_and_numbered_in_a_second(shop: Shop) -> None:
    trips = []
    for happens in (None, pay, None, refund, None):
        if happens is not None:
            happens(shop)
        receipt = shop.app.engine.receipts.issue(shop.order())
        shop.database.round_trips = 0
        shop.handle("GET", f"/orders/{ORDER_ID}", authorization=f"Bearer {receipt}")
        trips.append(shop.database.round_trips)
    assert trips == [1, 2, 1, 2, 1]


# ---- as pages


@pytest.mark.parametrize("page", BOTH)
def test_a_page_is_html_that_nobody_keeps_and_in_which_nothing_acts(shop: Shop, page: str) -> None:
    pay(shop)
    response = open_page(shop, page)
    assert (response.status, response.header("content-type")) == (200, "text/html; charset=utf-8")
    assert (response.header("cache-control"), response.header("referrer-policy")) == ("no-store", "no-referrer")
    assert (response.header("x-robots-tag"), response.header("x-content-type-options")) == ("noindex", "nosniff")
    assert response.header("content-security-policy").startswith("default-src 'none'; style-src 'sha256-")
    assert response.header("access-control-allow-origin") == ""
    assert response.log_fields == {"order_id": ORDER_ID, "order_status": "paid"}


@pytest.mark.parametrize("page", BOTH)
def test_a_head_has_the_headers_alone(shop: Shop, page: str) -> None:
    pay(shop)
    whole, head = open_page(shop, page), open_page(shop, page, "HEAD")
    assert (head.status, head.headers, head.body) == (200, whole.headers, b"")


WRONG: dict[str, Callable[[str], str]] = {
    "another token": lambda _: f"/orders/{ORDER_ID}/{{}}/{'0' * 32}",
    "a part of it": lambda token: f"/orders/{ORDER_ID}/{{}}/{token[:-1]}",
    "in capitals": lambda token: f"/orders/{ORDER_ID}/{{}}/{token.upper()}",
    "not ASCII": lambda _: f"/orders/{ORDER_ID}/{{}}/é",
    "half a character": lambda _: f"/orders/{ORDER_ID}/{{}}/\ud800",
    "no such order": lambda token: f"/orders/{OTHER_ID}/{{}}/{token}",
    "no order's id": lambda token: f"/orders/ord_x/{{}}/{token}",
}


@pytest.mark.parametrize("page", BOTH)
@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_token_and_a_wrong_id_are_the_same_page(shop: Shop, page: str, wrong: str) -> None:
    pay(shop)
    response = shop.handle("GET", WRONG[wrong](shop.order().page_token).format(page), accept="text/html")
    nothing = shop.handle("GET", f"/orders/{ORDER_ID[:-1]}7/{page}/{'0' * 32}", accept="text/html")
    assert (response.status, response.body, response.headers) == (404, nothing.body, nothing.headers)
    assert b"<h1>This link does not open an order.</h1>" in response.body
    assert (response.header("x-robots-tag"), ORDER_ID in str(response.log_fields)) == ("noindex", False)


@pytest.mark.parametrize("page", BOTH)
def test_the_token_of_another_order_opens_nothing(shop: Shop, page: str) -> None:
    shop.checkout()
    token = shop.order(OTHER_ID).page_token
    assert shop.handle("GET", f"/orders/{ORDER_ID}/{page}/{token}").status == 404


@pytest.mark.parametrize("page", BOTH)
def test_neither_the_receipt_nor_the_return_token_opens_a_page(shop: Shop, page: str) -> None:
    order = shop.order()
    for token in (order.return_token, shop.app.engine.receipts.issue(order)):
        assert shop.handle("GET", f"/orders/{ORDER_ID}/{page}/{token}").status == 404


@pytest.mark.parametrize("page", BOTH)
def test_an_order_from_before_the_pages_is_opened_by_no_token(shop: Shop, page: str) -> None:
    shop.database.connection.execute("UPDATE orders SET page_token = ''")
    assert [shop.handle("GET", f"/orders/{ORDER_ID}/{page}/{token}").status for token in ("x", "")] == [404, 404]


@pytest.mark.parametrize("page", BOTH)
def test_a_wrong_token_costs_one_round_trip_as_does_a_wrong_id_and_numbers_nothing(shop: Shop, page: str) -> None:
    pay(shop)
    for order_id in (ORDER_ID, OTHER_ID):
        shop.database.round_trips = 0
        shop.handle("GET", f"/orders/{order_id}/{page}/{'0' * 32}")
        assert shop.database.round_trips == 1
    assert shop.order().number is None


@pytest.mark.parametrize("page", BOTH)
def test_a_page_of_a_site_that_is_gone_is_not_found(shop: Shop, page: str) -> None:
    shop.database.connection.execute("UPDATE orders SET site = 'gone'")
    response = open_page(shop, page, accept="application/json")
    assert (response.status, problem(response)["reason"]) == (404, "the site of this order is no longer in the catalogue")


def test_the_page_shows_what_is_stored_and_asks_nobody(shop: Shop) -> None:
    shop.provider.requests.clear()
    shop.database.round_trips = 0
    response = open_page(shop, "page")
    assert (shop.provider.requests, shop.database.round_trips) == ([], 1)
    assert b"<h1>Waiting for the confirmation</h1>" in response.body
    assert b'content="5; url=?look=1"' in response.body
    assert b'content="10; url=?look=2"' in open_page(shop, "page", query="?look=1").body


def test_the_page_leads_to_the_receipt_and_to_the_shop(shop: Shop) -> None:
    pay(shop)
    order, receipt = shop.order(), shop.app.engine.receipts.issue(shop.order())
    body = open_page(shop, "page").body.decode()
    assert f'href="https://pay.shop.example/orders/{ORDER_ID}/receipt/{order.page_token}"' in body
    assert f'href="https://shop.example/thanks#order={ORDER_ID}&amp;receipt={receipt}"' in body


def test_the_page_numbers_nothing(shop: Shop) -> None:
    pay(shop)
    open_page(shop, "page")
    assert shop.order().number is None


def test_the_receipt_gets_its_number_when_it_is_first_shown_and_keeps_it(shop: Shop) -> None:
    pay(shop)
    trips = []
    for _ in range(2):
        shop.database.round_trips = 0
        response = open_page(shop, "receipt")
        trips.append(shop.database.round_trips)
        assert b"<h1>Receipt 2026-1</h1>" in response.body
        shop.now += 400 * 86_400
    assert trips == [2, 1]


def test_an_order_that_is_not_paid_has_no_receipt_yet(shop: Shop) -> None:
    response = open_page(shop, "receipt")
    assert (response.status, response.header("x-robots-tag")) == (409, "noindex")
    assert b"<h1>This order has no receipt</h1>" in response.body
    shop.webhook(event("checkout.session.expired", stripe_session(status="expired")))
    assert b"It was not paid" in open_page(shop, "receipt").body


@pytest.mark.parametrize(
    ("changes", "payment"),
    [
        ("strategy = 'stripe_checkout'", "Card"),
        ("strategy = 'stripe_links'", "Card (link)"),
        ("strategy = 'paypal'", "PayPal"),
        ("strategy = 'square'", "Square"),
        ("strategy = 'gone', provider = 'acorn'", "Acorn"),
        ("strategy = 'free', provider = 'engine'", "There was nothing to pay"),
    ],
)
def test_a_receipt_says_how_it_was_paid(shop: Shop, changes: str, payment: str) -> None:
    pay(shop)
    shop.database.connection.execute(f"UPDATE orders SET {changes}")
    assert f"<dt>Payment</dt><dd><bdi>{payment}</bdi></dd>".encode() in open_page(shop, "receipt").body


def test_a_receipt_has_the_shops_address() -> None:
    site = SITE._replace(address="Calle Mayor 1\n08201 Sabadell", vat_id="ESB12345678", email="hello@shop.example")
    shop = Shop(catalog=make_goods(site))
    shop.checkout({"items": [{"id": "file"}], "currency": "USD", "delivery": {"country": "ES", "region": "MD"}})
    pay(shop, amount_total=700)
    body = open_page(shop, "receipt").body.decode()
    assert ("Calle Mayor 1\n08201 Sabadell" in body, "ESB12345678" in body, "hello@shop.example" in body) == (True, True, True)


# ---- after a plain form


def by_form(shop: Shop) -> None:
    response = shop.checkout(b"id=test-10&quantity=1", content_type="application/x-www-form-urlencoded")
    assert (response.status, shop.order().by_form) == (303, True)
    shop.provider.requests.clear()


@pytest.mark.parametrize("status", ["open", "paid"])
def test_who_sent_a_plain_form_returns_to_the_orders_page(status: str) -> None:
    shop = Shop()
    by_form(shop)
    if status == "paid":
        pay(shop)
    response = shop.come_back()
    assert response.header("location") == f"https://pay.shop.example/orders/{ORDER_ID}/page/{shop.order().page_token}"
    assert shop.order().status is OrderStatus(status)


def test_an_order_of_a_form_from_before_the_pages_returns_to_the_shops_page() -> None:
    shop = Shop()
    by_form(shop)
    shop.database.connection.execute("UPDATE orders SET page_token = ''")
    assert shop.come_back().header("location").startswith(f"https://shop.example/thanks#order={ORDER_ID}&receipt=")
