"""Requests over `fetch`: headers, limits, timeouts, and the URLs that fulfilment refuses."""

import asyncio

import pytest
from pyodide.ffi import JsException

from lightning_cart.errors import ProviderTimeout, ProviderUnavailable
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.ports import Send
from support.javascript import Edge, Message, internet
from worker.promises import run_coroutine
from worker.sending import MAX_ACK_BYTES, MAX_RESPONSE_BYTES, FetchSend, PublicSend

HOOK = "https://merchant.example/hook"


@pytest.fixture(autouse=True)
def _fresh() -> None:
    Edge()


def send(by: Send, url: str = HOOK, body: bytes = b"\xff\x00") -> HttpResponse:
    async def once() -> HttpResponse:
        return await by(HttpRequest("POST", url, {"x-note": "a, b"}, body))

    return asyncio.run(run_coroutine(once()))


def test_what_is_sent_is_what_was_asked() -> None:
    send(FetchSend())
    (request,) = internet.provider.requests
    assert (request.method, request.url, dict(request.headers), request.body) == ("POST", HOOK, {"x-note": "a, b"}, b"\xff\x00")


def test_redirects_are_answers_and_all_of_it_ends() -> None:
    send(FetchSend(timeout_ms=700))
    assert (internet.options[0]["redirect"], internet.options[0]["signal"]) == ("manual", 700)


def test_without_a_body_none_is_sent() -> None:
    send(FetchSend(), body=b"")
    assert "body" not in internet.options[0]


def test_an_answer_comes_as_it_is() -> None:
    internet.provider.answers = [HttpResponse(418, {"x-tea": "green"}, b"\xfe")]
    answer = send(FetchSend())
    assert (answer.status, answer.header("x-tea"), answer.body) == (418, "green", b"\xfe")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("TimeoutError", ProviderTimeout),
        ("AbortError", ProviderTimeout),
        ("TypeError", ProviderUnavailable),
        ("Error", ProviderUnavailable),
    ],
)
def test_what_javascript_throws_is_ours(name: str, kind: type[ProviderUnavailable]) -> None:
    internet.broken = JsException(name, "sk_live_secret")
    with pytest.raises(ProviderUnavailable) as caught:
        send(FetchSend())
    assert type(caught.value) is kind
    assert (caught.value.provider, "sk_live" in str(caught.value)) == ("merchant.example", False)


@pytest.mark.parametrize("length", [{}, {"content-length": "6", "content-encoding": "gzip"}], ids=["no length", "compressed"])
def test_an_answer_without_a_length_that_counts_is_read_piece_by_piece(length: dict[str, str]) -> None:
    internet.reply = lambda _: Message(length, [b"abc", b"def"], status=200)
    assert send(FetchSend()).body == b"abcdef"


@pytest.mark.parametrize(
    "length", [{}, {"content-length": str(MAX_RESPONSE_BYTES + 1)}], ids=["without a length", "with its length"]
)
def test_an_answer_that_is_too_long_is_refused_and_not_read_on(length: dict[str, str]) -> None:
    message = Message(length, [b"x" * MAX_RESPONSE_BYTES, b"xx", b"xx"], status=200)
    internet.reply = lambda _: message
    with pytest.raises(ProviderUnavailable, match="answered more than"):
        send(FetchSend())
    assert message.body
    assert (message.body.left, message.body.cancelled) == ([b"xx"], True)


def test_of_a_merchants_answer_the_start_is_read() -> None:
    internet.reply = lambda _: Message({}, [b"x" * 2000, b"x" * 2000], status=200)
    assert len(send(PublicSend()).body) == MAX_ACK_BYTES


def test_an_answer_without_a_body_is_empty() -> None:
    internet.reply = lambda _: Message({}, status=204)
    assert send(FetchSend()).body == b""


@pytest.mark.parametrize(
    "url",
    [
        "http://merchant.example/hook",
        "https://localhost/hook",
        "https://shop.localhost/hook",
        "https://127.0.0.1/hook",
        "https://10.0.0.1/hook",
        "https://2130706433/hook",
        "https://0x7f.1/hook",
        "https://127.1/hook",
        "https://[::1]/hook",
        "https://[::ffff:10.0.0.1]/hook",
        "https://nas.local/hook",
        "https://db.internal/hook",
        "https://router.home.arpa/hook",
        "https://merchant/hook",
        "https://merchant.example./hook",
        "https://[broken/hook",
        "https:///hook",
    ],
)
def test_a_merchants_address_that_is_not_public_is_refused(url: str) -> None:
    with pytest.raises(ProviderUnavailable):
        send(PublicSend(), url)
    assert internet.provider.requests == []


@pytest.mark.parametrize(
    "url", [HOOK, "https://xn--mnchen-3ya.example:8443/hook?a=1", "https://MERCHANT.example", "https://a_b.c-d.example/"]
)
def test_a_public_name_is_reached(url: str) -> None:
    assert send(PublicSend(), url).status == 200


def test_private_addresses_are_reached_where_development_allows_them() -> None:
    ports = Edge(FULFILMENT_ALLOW_PRIVATE="1").worker._app().engine.ports
    assert ports.send_webhook is not None
    assert send(ports.send_webhook, "http://127.0.0.1:8080/hook").status == 200


def test_private_addresses_are_not_reached_otherwise() -> None:
    ports = Edge(FULFILMENT_ALLOW_PRIVATE="yes").worker._app().engine.ports
    assert ports.send_webhook is not None
    with pytest.raises(ProviderUnavailable, match="is not https"):
        send(ports.send_webhook, "http://127.0.0.1:8080/hook")
