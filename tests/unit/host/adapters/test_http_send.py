"""Sending to providers: every failure without a response is a provider error, and every response is returned."""

import asyncio
from typing import Any

import pytest

from lightning_cart.errors import ProviderTimeout, ProviderUnavailable
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart_host.adapters.http_send import HttpSend
from lightning_cart_host.server.loopback import free_port

FINE = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nX-Twice: a\r\nx-twice: b\r\n\r\nok"
MOVED = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"


def ask(canned: Any, answer: bytes, pause: float = 0, *, stay: bool = False, **bounds: Any) -> tuple[HttpResponse, bytes]:
    """Return the result of one request to a server that answers these bytes, and the request the server received."""

    async def exchange() -> tuple[HttpResponse, bytes]:
        send = HttpSend(**bounds)
        try:
            async with canned(answer, pause, stay=stay) as (address, asked):
                response = await send(HttpRequest("POST", f"{address}/v1?a=%20b", {"x-key": "1"}, b"\x00body"))
                return response, asked[0]
        finally:
            await send.close()

    return asyncio.run(exchange())


def test_an_answer_comes_back_with_lower_case_headers(canned: Any) -> None:
    response, _ = ask(canned, FINE)
    assert (response.status, response.body, response.headers) == (200, b"ok", {"content-length": "2", "x-twice": "a, b"})


def test_the_request_goes_out_as_it_was_made(canned: Any) -> None:
    _, asked = ask(canned, FINE)
    assert asked.startswith(b"POST /v1?a=%20b HTTP/1.1\r\n")
    assert b"\r\nx-key: 1\r\n" in asked


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_a_refusal_is_an_answer(canned: Any, status: int) -> None:
    response, _ = ask(canned, b"HTTP/1.1 %d No\r\ncontent-length: 0\r\n\r\n" % status)
    assert response.status == status


def test_a_redirect_is_not_followed(canned: Any) -> None:
    response, _ = ask(canned, MOVED)
    assert (response.status, response.header("location")) == (302, "http://127.0.0.1:1/")


@pytest.mark.parametrize(
    ("answer", "pause", "bounds"),
    [
        (b"", 0, {"read": 0.1}),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort", 0, {"read": 0.1}),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n" + b"x" * 9999, 0.01, {"total": 0.3}),
    ],
    ids=["silence", "an answer that stops", "an answer that trickles"],
)
def test_no_whole_answer_in_time_is_a_timeout(canned: Any, answer: bytes, pause: float, bounds: Any) -> None:
    with pytest.raises(ProviderTimeout, match=r"127\.0\.0\.1: did not answer in time"):
        ask(canned, answer, pause, stay=True, **bounds)


@pytest.mark.parametrize(
    "answer",
    [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort"],
    ids=["hanging up", "another protocol", "half an answer"],
)
def test_an_answer_that_cannot_be_read_is_no_answer(canned: Any, answer: bytes) -> None:
    with pytest.raises(ProviderUnavailable):
        ask(canned, answer)


def test_an_answer_that_claims_gzip_and_is_not_is_no_answer(canned: Any) -> None:
    with pytest.raises(ProviderUnavailable):
        ask(canned, b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope")


def test_an_answer_that_is_too_large_is_no_answer(canned: Any) -> None:
    with pytest.raises(ProviderUnavailable, match="more than 10 bytes"):
        ask(canned, b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nxxxxxxxxxxx", max_bytes=10)


def test_a_refused_connection_is_unavailable_and_names_the_host() -> None:
    async def exchange() -> None:
        send = HttpSend()
        try:
            await send(HttpRequest("GET", f"http://127.0.0.1:{free_port()}/secret?key=1"))
        finally:
            await send.close()

    with pytest.raises(ProviderUnavailable) as raised:
        asyncio.run(exchange())
    assert str(raised.value) == "127.0.0.1: could not be reached (ClientConnectorError)"


def test_this_machine_is_reached_without_the_proxy_of_the_environment(canned: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert ask(canned, FINE)[0].status == 200
