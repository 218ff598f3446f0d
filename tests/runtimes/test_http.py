"""Requests and responses pass unchanged, on every runtime."""

import time

import httpx
import pytest

from lightning_cart.web.app import BODY_LIMIT, WEBHOOK_LIMIT
from support.runtimes import NAMES, ORIGIN, RuntimeShop

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("runtimes")]
CART = b'{"items": [{"id": "test-10", "quantity": 1}]}'
SHIRTS = {"id": "tshirt", "options": {"Size": "l", "colour": "Blue"}, "inputs": {"engraving": "Čaj 🫖"}, "quantity": 2}
FULL_CART = {
    "items": [SHIRTS, {"id": "book"}, {"id": "donation", "amount": "5,00"}],
    "currency": "EUR",
    "delivery": {"country": "es", "method": "post", "name": "Señora Ñ"},
    "note": "紅茶, please.",
}


def status_and_type(answer: httpx.Response) -> tuple[int, str]:
    """Return a response's status, and the type of its problem."""
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"]


def test_the_shop_is_healthy(shop: RuntimeShop) -> None:
    answer = shop.client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    told = shop.health().json()
    assert (told["missing"], told["problems"], told["database"]) == ([], [], "ok")


def test_five_hundred_unicode_names_arrive_as_they_are(shop: RuntimeShop) -> None:
    listed = {one["id"]: one["name"] for one in shop.client.get("/products").json()["products"]}
    assert [listed[f"line-{number}"] for number in range(len(NAMES))] == NAMES


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("HEAD", "/products", (200, "")),
        ("HEAD", "/health", (200, "")),
        ("HEAD", "/nowhere", (404, "")),
        ("OPTIONS", "/products", (204, "GET, HEAD, OPTIONS")),
        ("OPTIONS", "/checkout", (204, "POST, OPTIONS")),
        ("GET", "/checkout", (405, "POST, OPTIONS")),
        ("OPTIONS", "/quote", (204, "POST, OPTIONS")),
        ("HEAD", "/quote", (405, "POST, OPTIONS")),
        ("DELETE", "/products", (405, "GET, HEAD, OPTIONS")),
    ],
)
def test_every_method_is_answered(shop: RuntimeShop, method: str, path: str, expected: tuple[int, str]) -> None:
    answer = shop.client.request(method, path)
    assert (answer.status_code, answer.headers.get("allow", "")) == expected
    assert bool(answer.content) is (method not in {"HEAD", "OPTIONS"})


def test_head_has_the_headers_of_get(shop: RuntimeShop) -> None:
    head, get = (shop.client.request(method, "/products").headers for method in ("HEAD", "GET"))
    names = ("content-type", "etag", "cache-control")
    assert [head[name] for name in names] == [get[name] for name in names]


def test_a_page_of_the_shop_may_ask_and_another_may_not(shop: RuntimeShop) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type, idempotency-key"}
    ours = shop.client.options("/checkout", headers={"origin": ORIGIN} | asked)
    theirs = shop.client.options("/checkout", headers={"origin": "https://evil.example"} | asked)
    assert ours.headers["access-control-allow-origin"] == ORIGIN
    assert ours.headers["access-control-allow-headers"] == "authorization, content-type, idempotency-key"
    assert (ours.headers["vary"], theirs.headers["vary"]) == ("Origin", "Origin")
    assert "access-control-allow-origin" not in theirs.headers


def test_a_list_in_one_header_stays_a_list(shop: RuntimeShop) -> None:
    etag = shop.client.get("/products").headers["etag"]
    answer = shop.client.get("/products", headers={"if-none-match": f'"a, b", W/{etag}'})
    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        (b"idempotency-key", "clé".encode(), (422, "/problems/invalid-field")),
        (b"idempotency-key", b"cl\xe9", (422, "/problems/invalid-field")),
        (b"idempotency-key", b"a,b, c", (422, "/problems/invalid-field")),
        (b"content-type", "text/é".encode(), (415, "/problems/unsupported-content")),
    ],
    ids=["UTF-8 in a key", "Latin-1 in a key", "a list in a key", "UTF-8 in a content type"],
)
def test_a_header_beyond_ascii_or_with_commas_is_judged_and_not_split(
    shop: RuntimeShop, name: bytes, value: bytes, expected: tuple[int, str]
) -> None:
    headers = {b"content-type": b"application/json", name: value}
    assert status_and_type(shop.client.post("/checkout", content=CART, headers=headers)) == expected


def test_headers_beyond_ascii_that_nobody_reads_harm_nothing(shop: RuntimeShop) -> None:
    assert shop.client.get("/products", headers={b"x-name": "Ñandú".encode(), b"x-more": b"\xff\xfe"}).status_code == 200


def test_a_receipt_beyond_ascii_opens_nothing(shop: RuntimeShop) -> None:
    headers = {b"authorization": "Bearer é.ñ.🫖".encode()}
    assert status_and_type(shop.client.get("/orders/ord_ñ", headers=headers)) == (401, "/problems/receipt-needed")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"items": "\xff"}', (400, "/problems/malformed-request")),
        (b"\xef\xbb\xbf{}", (422, "/problems/invalid-field")),
        (b"", (400, "/problems/malformed-request")),
        (b"\x00" * 16, (400, "/problems/malformed-request")),
        (b'{"items": [{"id": "test-10", "quantity": 1.5}]}', (422, "/problems/invalid-field")),
        (b'{"items": [{"id": "test-10", "quantity": 9007199254740993}]}', (422, "/problems/invalid-field")),
        (b'{"items": null, "metadata": null}', (422, "/problems/invalid-field")),
    ],
    ids=["invalid UTF-8", "a byte order mark", "no bytes", "zero bytes", "a fraction", "a number beyond 2^53", "null"],
)
def test_a_cart_is_read_as_bytes(shop: RuntimeShop, body: bytes, expected: tuple[int, str]) -> None:
    answer = shop.client.post("/checkout", content=body, headers={"content-type": "application/json"})
    assert status_and_type(answer) == expected


@pytest.mark.parametrize(
    ("path", "limit", "at_limit"),
    [("/checkout", BODY_LIMIT, 201), ("/webhook/stripe", WEBHOOK_LIMIT, 400)],
    ids=["a cart", "a webhook"],
)
@pytest.mark.parametrize("in_pieces", [False, True], ids=["with its length", "in pieces"])
def test_a_body_may_be_as_long_as_the_limit_and_no_longer(
    shop: RuntimeShop, path: str, limit: int, at_limit: int, *, in_pieces: bool
) -> None:
    def post(length: int) -> httpx.Response:
        body = CART.ljust(length)
        pieces = iter([body[:1000], body[1000:]]) if in_pieces else body
        return shop.client.post(path, content=pieces, headers={"content-type": "application/json"})

    assert post(limit).status_code == at_limit
    assert status_and_type(post(limit + 1)) == (413, "/problems/body-too-large")


def test_a_form_without_javascript_leads_straight_to_the_pay_page(shop: RuntimeShop) -> None:
    fields = {
        "id": ["test-10", "line-7"],
        "quantity": ["1", ""],
        "metadata[note]": "Grüße, 紅茶",
        "strategy": "stripe_checkout",
    }
    answer = shop.client.post("/checkout", data=fields)
    assert (answer.status_code, answer.content) == (303, b"")
    assert answer.headers["location"].startswith(shop.gateway.sandbox)


def test_a_full_cart_costs_at_the_checkout_what_the_quote_says(shop: RuntimeShop) -> None:
    quoted = shop.client.post("/quote", json=FULL_CART)
    assert quoted.status_code == 200, quoted.text
    quote = quoted.json()
    assert (quote["goods_minor"], quote["missing"], quote["delivery"]["method"]) == (7990, [], "post")
    assert [(tax["label"], tax["rate"]) for tax in quote["taxes"]] == [("IVA", "21"), ("IVA", "4")]
    opened = shop.client.post("/checkout", json=FULL_CART)
    assert opened.status_code == 201, opened.text
    assert shop.order(opened.json())["total_minor"] == quote["total_minor"]


def test_a_form_of_a_full_line_is_quoted(shop: RuntimeShop) -> None:
    fields = {
        "id": "tshirt",
        "option[size]": "L",
        "option[colour]": "blue",
        "input[engraving]": "Čaj",
        "delivery[country]": "ES",
    }
    answer = shop.client.post("/quote", data=fields)
    assert (answer.status_code, [one["field"] for one in answer.json()["missing"]]) == (200, ["delivery.method"])
    assert answer.json()["lines"][0]["inputs"] == {"engraving": 400}


def test_what_has_no_value_is_null_on_the_way_back_from_the_database(shop: RuntimeShop) -> None:
    key = f"null-{time.monotonic_ns()}"
    made, again = (shop.check_out(key=key, strategy="square") for _ in range(2))
    assert (made.status_code, again.status_code) == (201, 201)
    assert made.json()["expires_at"] is None
    assert again.json() == made.json()


def test_a_hundred_lines_of_unicode_names_are_ordered_and_told(shop: RuntimeShop) -> None:
    checkout = shop.open(*[(f"line-{number}", 1 + number % 3) for number in range(100)], customer_email="ada@example.com")
    lines = shop.order(checkout)["lines"]
    assert [(one["name"], one["quantity"]) for one in lines] == [(NAMES[number], 1 + number % 3) for number in range(100)]


def test_more_lines_than_a_provider_takes_are_refused_before_it_hears_of_them(shop: RuntimeShop) -> None:
    spoken = shop.gateway.answered_count
    answer = shop.check_out(*[(f"line-{number}", 1) for number in range(len(NAMES))])
    assert (status_and_type(answer), answer.json()["field"]) == ((422, "/problems/invalid-field"), "items")
    assert shop.gateway.answered_count == spoken


def test_a_header_that_comes_twice_is_one_list(shop: RuntimeShop) -> None:
    etag = shop.client.get("/products").headers["etag"]
    answer = shop.client.get("/products", headers=[("if-none-match", '"other"'), ("if-none-match", etag)])
    assert answer.status_code == 304


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("site=test-checkout", 200),
        ("site=test%2Dcheckout&x=%F0%9F%AB%96+%C3%B1", 200),
        ("x=%ff%00&site=", 200),
        ("site=t%C3%A9st", 422),
        ("site=test-checkout&site=other", 422),
    ],
    ids=["plain", "percent-encoded", "not UTF-8", "another site", "of a repeated field the last"],
)
def test_a_query_is_read_alike(shop: RuntimeShop, query: str, expected: int) -> None:
    assert shop.client.get(f"/products?{query}").status_code == expected


@pytest.mark.parametrize("path", ["/orders/a%2Fb", "/orders/%C3%A9", "/orders/a%00b"])
def test_a_path_stays_percent_encoded(shop: RuntimeShop, path: str) -> None:
    assert status_and_type(shop.client.get(path)) == (401, "/problems/receipt-needed")


def test_a_browser_that_is_refused_gets_a_page(shop: RuntimeShop) -> None:
    answer = shop.client.post("/checkout", data={"id": "<nothing>", "quantity": "1"}, headers={"accept": "text/html,*/*"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "must be the id of a product" in answer.text


def test_every_answer_has_the_id_by_which_the_log_finds_it(shop: RuntimeShop) -> None:
    given, made = (shop.client.get("/health", headers=headers) for headers in ({"x-request-id": "our-own-1"}, {}))
    assert given.headers["x-request-id"] == "our-own-1"
    assert len(made.headers["x-request-id"]) == 26
