"""HTTP requests and responses: what they show, and what they read."""

import pytest

from lightning_cart.http import HttpRequest, HttpResponse, json_bytes


def test_a_request_does_not_show_its_headers_query_or_body() -> None:
    request = HttpRequest("GET", "https://x.example/a?receipt=token", {"authorization": "Bearer sk_test_1"}, b"secret")
    assert repr(request) == "<HttpRequest GET https://x.example/a 6 bytes>"


def test_a_response_does_not_show_its_body() -> None:
    assert repr(HttpResponse(200, {}, b"secret")) == "<HttpResponse 200 6 bytes>"


def test_a_request_knows_its_path_and_query() -> None:
    request = HttpRequest("GET", "https://x.example/a/b?site=tea&blank=")
    assert (request.path, request.query) == ("/a/b", {"site": "tea", "blank": ""})


@pytest.mark.parametrize(
    ("url", "host"), [("https://Pay.Shop.example:8443/a", "pay.shop.example"), ("https://[x/a", ""), ("/a", "")]
)
def test_a_request_knows_its_host(url: str, host: str) -> None:
    assert HttpRequest("GET", url).host == host


def test_an_absent_header_is_an_empty_text() -> None:
    assert (HttpRequest("GET", "/").header("x"), HttpResponse(200).header("x")) == ("", "")


def test_json_is_compact_utf8() -> None:
    assert json_bytes({"name": "Ñ"}) == '{"name":"Ñ"}'.encode()
