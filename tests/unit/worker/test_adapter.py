"""Requests and responses are converted unchanged, and a body is read only up to the limit."""

import asyncio

import pytest

from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.web.app import WEBHOOK_LIMIT
from support.javascript import Message
from worker.adapter import make_response, read_request
from worker.promises import run_coroutine


def read(method: str, *pieces: bytes, **headers: str) -> tuple[HttpRequest, Message]:
    given = {name.replace("_", "-"): text for name, text in headers.items()}
    message = Message(given, pieces, method=method, url="https://pay.shop.example/webhook?a=1")
    return asyncio.run(run_coroutine(read_request(message))), message


def test_a_request_comes_as_it_is() -> None:
    request, _ = read("POST", b"\xff\xfe\x00", content_length="3", stripe_signature="t=1,v1=2")
    assert (request.method, request.path, request.query) == ("POST", "/webhook", {"a": "1"})
    assert (request.body, request.header("stripe-signature")) == (b"\xff\xfe\x00", "t=1,v1=2")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_of_a_request_that_has_no_body_none_is_read(method: str) -> None:
    assert read(method, b"abc", content_length="3")[0].body == b""


@pytest.mark.parametrize("length", ["", "x", "-1", "²"])
def test_a_body_whose_length_is_not_told_is_read_piece_by_piece(length: str) -> None:
    assert read("POST", b"ab", b"c", content_length=length)[0].body == b"abc"


def test_a_body_that_is_not_there_is_empty() -> None:
    assert read("POST")[0].body == b""


@pytest.mark.parametrize("length", ["", str(WEBHOOK_LIMIT * 3), "9" * 400], ids=["not told", "told", "told in 400 digits"])
def test_a_body_is_read_no_further_than_a_route_does(length: str) -> None:
    request, message = read("POST", b"x" * WEBHOOK_LIMIT, b"xyz", b"more", content_length=length)
    assert message.body
    assert len(request.body) == WEBHOOK_LIMIT + 1
    assert (message.body.left, message.body.cancelled) == ([b"more"], True)


def test_a_body_of_just_the_limit_is_read_whole() -> None:
    request, message = read("POST", b"x" * WEBHOOK_LIMIT)
    assert message.body
    assert (len(request.body), message.body.cancelled) == (WEBHOOK_LIMIT, False)


def test_a_request_names_the_address_that_cloudflare_saw() -> None:
    request, _ = read("POST", cf_connecting_ip="2001:db8::1", x_forwarded_for="203.0.113.7")
    assert request.client == "2001:db8::1"
    assert read("POST", x_forwarded_for="203.0.113.7")[0].client == ""


def test_an_answer_goes_as_it_is() -> None:
    answer = make_response(HttpResponse(201, {"x-note": "a, ü"}, b"\xff"), "req-1")
    assert (answer.status, answer.headers, answer.body) == (201, {"x-note": "a, ü", "x-request-id": "req-1"}, b"\xff")


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_may_have_no_body_has_none(status: int) -> None:
    assert make_response(HttpResponse(status), "req-1").body is None
