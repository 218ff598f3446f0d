"""What is shown of messages: enough to understand them, and nothing secret or personal."""

import pytest

from lightning_cart.domain.order import CheckoutSession
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart_notebook import show
from lightning_cart_notebook.exchange import JsonObject
from lightning_cart_notebook.masking import HIDDEN, safe_body, safe_headers, safe_text
from support.builders import make_order

RECEIPT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvcmQifQ.c2ln"


@pytest.mark.parametrize(
    ("name", "value", "seen"),
    [
        ("authorization", "Bearer sk_test_abc", f"Bearer {HIDDEN}"),
        ("authorization", "sk_test_abc", HIDDEN),
        ("cookie", "session=1", HIDDEN),
        ("x-api-token", "abc", HIDDEN),
        ("location", f"/success.html#order=1&receipt={RECEIPT}", f"/success.html#order=1&receipt={HIDDEN}"),
        ("idempotency-key", "chk-ord_1-1", "chk-ord_1-1"),
        ("stripe-signature", "t=1,v1=ab", "t=1,v1=ab"),
    ],
)
def test_a_header_is_shown_as_far_as_it_is_no_secret(name: str, value: str, seen: str) -> None:
    assert safe_headers({name: value}) == {name: seen}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"receipt": "S3CRET", "nested": [{"client_secret": "S3CRET"}]}', "application/json"),
        (b'{"customer_details": {"email": "S3CRET@example.com"}}', "application/json"),
        (b'{"note": "write to S3CRET@example.com"}', "application/json"),
        (b'{"any": "whsec_S3CRET"}', "application/json"),
        (b"card_number=S3CRET&cvc=S3CRET&email=S3CRET%40example.com", "application/x-www-form-urlencoded"),
        (b"plain sk_test_S3CRET", "text/plain"),
        (b"<title>Pay</title><input value=S3CRET>", "text/html"),
    ],
    ids=["by name", "an address by name", "an address in a text", "by its look", "a form", "a text", "a page"],
)
def test_a_secret_in_a_body_is_not_shown(body: bytes, kind: str) -> None:
    assert "S3CRET" not in safe_body(body, kind)


def test_a_body_is_written_over_several_lines() -> None:
    assert safe_body(b'{"a":{"b":1}}', "application/json") == '{\n  "a": {\n    "b": 1\n  }\n}'
    assert safe_body(b"a%5Bb%5D=1&c=x+y", "application/x-www-form-urlencoded") == "a[b] = 1\nc = x y"


def test_a_body_that_is_not_what_it_says_is_shown_as_text() -> None:
    assert safe_body(b"\xff{", "application/json") == "�{"


def test_a_very_long_body_is_cut_off_and_says_so() -> None:
    assert safe_body(b"x" * 20_000, "text/plain").endswith("… and 8000 characters more")


def test_a_json_object_can_be_used_and_is_masked_where_it_is_shown() -> None:
    value = JsonObject({"receipt": RECEIPT, "order_id": "ord_1"})
    assert value["receipt"] == RECEIPT
    assert RECEIPT not in repr(value)


def test_an_address_keeps_its_place_and_loses_its_receipt() -> None:
    assert safe_text(f"https://a.example/x?receipt={RECEIPT}&b=1") == f"https://a.example/x?receipt={HIDDEN}&b=1"


def test_the_buyers_address_is_not_shown_with_the_order() -> None:
    view = show(make_order(customer_email="ada@example.com"))
    assert "ada@" not in view.text + view.html


@pytest.mark.parametrize(
    "value",
    [
        HttpRequest("POST", "https://a.example/<script>", {"x": "<script>"}, b'{"n": "<script>"}'),
        HttpResponse(200, {"x": "<script>"}, b"<script>"),
        CheckoutSession("<script>", "https://a.example/<script>", None),
        make_order(strategy="<script>"),
    ],
    ids=["a request", "an answer", "a session", "an order"],
)
def test_markup_in_a_value_is_text(value: object) -> None:
    view = show(value)
    assert "<script>" not in view.html
    assert "&lt;script&gt;" in view.html
    assert "<script>" in view.text
