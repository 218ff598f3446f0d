"""What is refused is refused over real HTTP with the field at fault, and nothing is written."""

import json

import pytest

from support.carts import REFUSED
from support.processes import ShopClient

pytestmark = pytest.mark.process


NOT_IN_A_CATALOGUE = "amount that the provider cannot charge exactly"  # such a price is refused when the engine starts


@pytest.mark.parametrize(
    "case", [case for case in REFUSED if case != NOT_IN_A_CATALOGUE], ids=lambda case: case.replace(" ", "-")
)
def test_a_refused_cart_names_its_field_and_leaves_no_row(shop: ShopClient, case: str) -> None:
    cart, field = REFUSED[case]
    before = shop.rows("orders")
    body = json.dumps({"site": "shop"} | cart).encode()
    response = shop.client.post("/checkout", content=body, headers={"content-type": "application/json"})
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
    assert (response.json()["field"], shop.rows("orders")) == (field, before)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"\xef\xbb\xbf{}", "application/json", 422),
        (b'{"items": [], "items": []}', "application/json", 422),
        (b'{"items": NaN}', "application/json", 400),
        (b"id=%ff&quantity=1", "application/x-www-form-urlencoded", 400),
        (b"x", "text/plain", 415),
        (b" " * (64 * 1024 + 1), "application/json", 413),
        (b" " * (3 * 1024 * 1024), "application/json", 413),
    ],
    ids=["cut off", "not UTF-8", "BOM", "twice", "NaN", "form not UTF-8", "text", "over 64 KiB", "over 3 MiB"],
)
def test_a_body_that_cannot_be_a_cart_is_a_problem(shop: ShopClient, body: bytes, content_type: str, status: int) -> None:
    before = shop.rows("orders")
    response = shop.client.post("/checkout", content=body, headers={"content-type": content_type})
    assert (response.status_code, response.headers["content-type"], response.json()["status"], shop.rows("orders")) == (
        status,
        "application/problem+json",
        status,
        before,
    )


@pytest.mark.parametrize("header", ["", "t=1,v1=" + "0" * 64, "t=9,v1=é", "x" * 8000], ids=["none", "old", "not ASCII", "long"])
def test_a_webhook_that_stripe_did_not_sign_is_refused(shop: ShopClient, header: str) -> None:
    before = shop.rows("events")
    headers = {b"stripe-signature": header.encode("latin-1")} if header else {}
    response = shop.client.post("/webhook/stripe", content=b'{"id": "evt_1"}', headers=headers)
    assert (response.status_code, response.json()["type"], shop.rows("events")) == (
        400,
        "/problems/bad-signature",
        before,
    )
