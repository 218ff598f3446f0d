"""The ASGI adapter: requests reach the engine byte for byte, and no failure reveals details."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from lightning_cart.http import HttpRequest
from lightning_cart.web.app import WEBHOOK_LIMIT, App
from lightning_cart.web.responses import Answer
from lightning_cart_host.server.asgi import AsgiApp
from lightning_cart_host.server.loops import run_loops
from lightning_cart_host.server.uvicorn_server import bind, serve
from support.app import Shop as Engine
from support.http_server import exchange


class Recorder(App):
    """A double of the engine that keeps every request and returns a given answer."""

    def __init__(self, answer: Answer | Exception | None = None) -> None:
        self.answer = answer or Answer(200, {}, b"ok")
        self.engine = Engine().app.engine
        self.requests: list[HttpRequest] = []

    async def handle(self, request: HttpRequest) -> Answer:
        self.requests.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    @property
    def request(self) -> HttpRequest:
        """The only request."""
        (request,) = self.requests
        return request


def scope(path: str = "/checkout", method: str = "POST", **changes: Any) -> dict[str, Any]:
    """Return an ASGI scope without the optional parts."""
    return {"type": "http", "method": method, "path": path, "query_string": b"", "headers": [], **changes}


def call(app: AsgiApp, asked: dict[str, Any], *events: dict[str, Any]) -> list[dict[str, Any]]:
    """Call the application with these events, and return what it sends."""
    received = iter(events or ({"type": "http.request", "body": b""},))
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(received)

    async def send(event: MutableMapping[str, Any]) -> None:
        sent.append(dict(event))

    asyncio.run(app(asked, receive, send))
    return sent


def quiet_app(engine: App, log: Any, on_shutdown: Callable[[], Awaitable[None]] | None = None) -> AsgiApp:
    """Return the application of a process whose loops run elsewhere."""
    return AsgiApp(engine, log, on_shutdown, loops=False)


def sent_headers(sent: list[dict[str, Any]]) -> dict[bytes, bytes]:
    return dict(sent[0]["headers"])


def ask(app: Any, method: str, path: str, content: Any = None, root_path: str = "") -> httpx.Response:
    """Send one request to an application without a socket."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app, root_path=root_path)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as client:
            return await client.request(method, path, json=content)

    return asyncio.run(send())


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (scope("/checkout"), "/checkout"),
        (scope("/pay/checkout", root_path="/pay"), "/checkout"),
        (scope("/checkout", root_path="/pay"), "/checkout"),
        (scope("/payment", root_path="/pay"), "/payment"),
        (scope("/pay/checkout", root_path="/pay/"), "/checkout"),
        (scope("/orders/é b"), "/orders/%C3%A9%20b"),
        (scope("/orders/a/b", raw_path=b"/orders/a%2Fb"), "/orders/a%2Fb"),
        (scope("/é/x", raw_path=b"/%C3%A9/x", root_path="/é"), "/x"),
        (scope("//evil.example/checkout"), "/evil.example/checkout"),
        (scope("/pay", root_path="/pay"), "/pay"),
        (scope("http://other.example/checkout"), "/checkout"),
        (scope("HTTPS://other.example:8443", raw_path=b"HTTPS://other.example:8443"), "/"),
        (scope("http://other.example/é", raw_path=b"http://other.example/%C3%A9"), "/%C3%A9"),
        (
            scope("/payhttp://other.example/checkout", raw_path=b"/payhttp://other.example/checkout", root_path="/pay"),
            "/checkout",
        ),
        (scope("http://other.example/pay/checkout", root_path="/pay"), "/checkout"),
        (scope("/http://other.example/checkout"), "/http%3A//other.example/checkout"),
    ],
    ids=[
        "a path is passed on",
        "a mount that leaves its prefix",
        "a server that strips it",
        "a prefix ends at a slash",
        "a root path with a slash",
        "a path is percent-encoded again",
        "the raw path is taken where there is one",
        "a mount that is not ASCII",
        "two slashes are not a host",
        "the mount itself without a slash",
        "the whole URL",
        "the whole URL without a path",
        "the whole URL, percent-encoded",
        "the whole URL behind a root path that the server puts before it",
        "the whole URL with a prefix that the server leaves",
        "a path that looks like a URL",
    ],
)
def test_the_path_is_the_one_below_the_mount(logbook: Any, asked: dict[str, Any], expected: str) -> None:
    engine = Recorder()
    call(quiet_app(engine, logbook.log), asked)
    assert engine.request.path == expected


def test_the_query_is_passed_on_as_it_came(logbook: Any) -> None:
    engine = Recorder()
    call(quiet_app(engine, logbook.log), scope("/products", "GET", query_string=b"site=a%20b&x=%C3%B1"))
    assert engine.request.query == {"site": "a b", "x": "ñ"}


@pytest.mark.parametrize(
    ("raw", "name", "expected"),
    [
        ([(b"Stripe-Signature", b"t=1,v1=aa,v0=bb")], "stripe-signature", "t=1,v1=aa,v0=bb"),
        ([(b"X-Twice", b"one"), (b"x-twice", b"two, three")], "x-twice", "one, two, three"),
        ([(b"content-type", b"text/plain"), (b"content-type", b"text/html")], "content-type", "text/plain"),
        ([(b"stripe-signature", b"t=1,v1=\xe9\xff")], "stripe-signature", "t=1,v1=éÿ"),
    ],
    ids=["commas stay", "repeated headers are a list", "of two content types the first counts", "bytes beyond ASCII stay"],
)
def test_headers_reach_the_engine(logbook: Any, raw: list[Any], name: str, expected: str) -> None:
    engine = Recorder()
    call(quiet_app(engine, logbook.log), scope(headers=raw))
    assert engine.request.header(name) == expected


def test_a_body_in_pieces_is_put_together_byte_for_byte(logbook: Any) -> None:
    engine = Recorder()
    pieces = [{"type": "http.request", "body": piece, "more_body": True} for piece in (b"\x00\xff", b"", b"\r\n{")]
    call(quiet_app(engine, logbook.log), scope(), *pieces, {"type": "http.request"})
    assert engine.request.body == b"\x00\xff\r\n{"


def test_no_more_of_a_body_is_read_than_any_route_reads(logbook: Any) -> None:
    engine = Recorder()
    piece = {"type": "http.request", "body": b"x" * (WEBHOOK_LIMIT // 2 + 1), "more_body": True}
    call(quiet_app(engine, logbook.log), scope(), piece, piece)  # a third `receive` would raise StopIteration
    assert len(engine.request.body) == WEBHOOK_LIMIT + 1


def test_a_client_that_goes_away_is_not_answered(logbook: Any) -> None:
    engine = Recorder()
    half = {"type": "http.request", "body": b"half", "more_body": True}
    assert call(quiet_app(engine, logbook.log), scope(), half, {"type": "http.disconnect"}) == []
    assert (engine.requests, logbook.lines[0]["event"]) == ([], "disconnected")


def test_the_answer_goes_out_as_the_engine_gave_it(logbook: Any) -> None:
    engine = Recorder(Answer(201, {"x-name": "é"}, b"\x00body"))
    sent = call(quiet_app(engine, logbook.log), scope())
    assert (sent[0]["status"], sent_headers(sent)[b"x-name"], sent[1]["body"]) == (201, b"\xe9", b"\x00body")
    assert sent_headers(sent)[b"content-length"] == b"5"


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("OPTIONS", 204), ("GET", 304)], ids=["to HEAD", "204", "304"])
def test_an_answer_without_a_body_claims_no_length(logbook: Any, method: str, status: int) -> None:
    sent = call(quiet_app(Recorder(Answer(status)), logbook.log), scope(method=method))
    assert b"content-length" not in sent_headers(sent)


@pytest.mark.parametrize("given", [b"abc-DEF_123", b"x" * 64], ids=["letters, digits, dashes", "64 characters"])
def test_a_good_request_id_is_kept(logbook: Any, given: bytes) -> None:
    sent = call(quiet_app(Recorder(), logbook.log), scope(headers=[(b"x-request-id", given)]))
    assert (sent_headers(sent)[b"x-request-id"], logbook.lines[0]["request_id"]) == (given, given.decode())


@pytest.mark.parametrize(
    "given", [b"x" * 65, b"a b", b"", b"\xe9", b"a\n", b"one, two"], ids=["long", "blank", "none", "é", "newline", "comma"]
)
def test_a_bad_request_id_is_replaced(logbook: Any, given: bytes) -> None:
    sent = call(quiet_app(Recorder(), logbook.log), scope(headers=[(b"x-request-id", given)]))
    made = sent_headers(sent)[b"x-request-id"]
    assert (len(made), made.isalnum(), logbook.lines[0]["request_id"]) == (26, True, made.decode())


def test_a_failure_is_answered_without_a_word_of_it(logbook: Any) -> None:
    sent = call(quiet_app(Recorder(ValueError("sk_test_secret of ada@example.com")), logbook.log), scope())
    assert sent[0]["status"] == 500
    assert b"ada" not in sent[1]["body"]
    assert b"/problems/internal-error" in sent[1]["body"]


def test_a_failure_is_logged_by_type_and_place_alone(logbook: Any) -> None:
    call(quiet_app(Recorder(ValueError("a secret value")), logbook.log), scope())
    failure, request = logbook.lines
    assert (failure["level"], failure["event"], failure["error"]) == ("error", "failure", "ValueError")
    assert failure["where"].startswith("test_asgi.py:")
    assert failure["request_id"] == request["request_id"]
    assert "a secret value" not in logbook.text


def test_a_request_is_logged_in_one_line(logbook: Any) -> None:
    facts = {"order_id": "ord_1", "order_status": "paid"}
    asked = scope("/orders/ord_1", "GET", query_string=b"receipt=eyJhbGciOi.x.y")
    call(quiet_app(Recorder(Answer(200, log_fields=facts)), logbook.log), asked)
    (line,) = logbook.lines
    assert isinstance(line.pop("ms"), float)
    assert len(line.pop("request_id")) == 26
    assert line == {
        "ts": "2026-05-28T20:26:40.500+00:00",
        "level": "info",
        "event": "request",
        "method": "GET",
        "path": "/orders/ord_1",
        "status": 200,
        "order_id": "ord_1",
        "order_status": "paid",
    }


def test_an_answer_of_five_hundred_is_logged_as_a_warning(logbook: Any) -> None:
    call(quiet_app(Recorder(Answer(503)), logbook.log), scope())
    assert logbook.lines[0]["level"] == "warning"


def test_a_lifespan_is_lived_through_and_its_end_is_told(logbook: Any) -> None:
    closed = []

    async def close() -> None:
        closed.append(True)

    app = quiet_app(Recorder(), logbook.log, close)
    sent = call(app, {"type": "lifespan"}, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    assert [event["type"] for event in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert closed == [True]


def test_a_web_socket_is_turned_away(logbook: Any) -> None:
    sent = call(quiet_app(Recorder(), logbook.log), {"type": "websocket"})
    assert [event["type"] for event in sent] == ["websocket.close"]


@pytest.mark.parametrize("prefix", ["", "/pay", "/a/b"], ids=["at the root", "below a path", "below two"])
def test_the_engine_is_mounted_in_starlette(logbook: Any, prefix: str) -> None:
    engine = quiet_app(Engine().app, logbook.log)
    inner = Starlette(routes=[Mount("/b", engine)]) if prefix == "/a/b" else engine
    outer = Starlette(routes=[Mount("/a" if prefix == "/a/b" else prefix, inner)])
    assert ask(outer, "GET", f"{prefix}/products").json()["site"] == "shop"
    assert ask(outer, "GET", f"{prefix}/nothing").status_code == 404


def test_behind_a_proxy_that_strips_a_prefix_the_engine_answers(logbook: Any) -> None:
    assert ask(quiet_app(Engine().app, logbook.log), "GET", "/products", root_path="/pay").status_code == 200


def test_a_body_that_is_too_large_is_refused_over_a_socket(logbook: Any) -> None:
    async def post() -> int:
        listener = bind("127.0.0.1", 0)
        app = quiet_app(Engine().app, logbook.log)
        async with serve(app, listener, "127.0.0.1") as served, httpx.AsyncClient() as client:
            body = b"x" * (3 * WEBHOOK_LIMIT)
            return (await client.post(f"{served.address}/webhook/stripe", content=body)).status_code

    assert asyncio.run(post()) == 413


def test_a_chunked_body_arrives_byte_for_byte_over_a_socket(logbook: Any) -> None:
    engine = Recorder()
    raw = (
        b"POST /webhook HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
        b"3\r\n\x00\xff{\r\n2\r\n\r\n\r\n0\r\n\r\n"
    )
    assert asyncio.run(exchange(quiet_app(engine, logbook.log), raw)).startswith(b"HTTP/1.1 200")
    assert engine.request.body == b"\x00\xff{\r\n"


def test_signature_headers_arrive_byte_for_byte_over_a_socket(logbook: Any) -> None:
    engine = Recorder()
    raw = (
        b"POST /webhook HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n"
        b"Stripe-Signature: t=1,v1=a\r\nStripe-Signature: v1=b,v1=\xe9\r\n\r\n"
    )
    asyncio.run(exchange(quiet_app(engine, logbook.log), raw))
    assert engine.request.header("stripe-signature") == "t=1,v1=a, v1=b,v1=é"


@pytest.mark.parametrize(
    ("client", "expected"), [({"client": ("203.0.113.7", 50000)}, "203.0.113.7"), ({"client": None}, ""), ({}, "")]
)
def test_a_request_names_the_address_that_sent_it(logbook: Any, client: dict[str, Any], expected: str) -> None:
    engine = Recorder()
    call(quiet_app(engine, logbook.log), scope(**client))
    assert engine.request.client == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"", "127.0.0.1"),
        (b"X-Forwarded-For: 203.0.113.7\r\n", "203.0.113.7"),
        (b"X-Forwarded-For: 198.51.100.1, 203.0.113.7\r\n", "203.0.113.7"),  # what the caller wrote, and what the proxy added
        (b"X-Forwarded-For: 2001:db8::1\r\n", "2001:db8::1"),
        (b"X-Forwarded-For: [2001:db8::1]:443\r\n", "2001:db8::1"),
        (b"X-Forwarded-For: 203.0.113.7:443\r\n", "203.0.113.7"),
    ],
)
def test_behind_a_proxy_on_this_machine_it_is_the_address_that_the_proxy_names(
    logbook: Any, header: bytes, expected: str
) -> None:
    engine = Recorder()
    raw = b"POST /quote HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n" + header + b"\r\n"
    asyncio.run(exchange(quiet_app(engine, logbook.log), raw))
    assert engine.request.client == expected


def test_a_proxy_elsewhere_is_believed_if_the_environment_names_it(logbook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Recorder()
    raw = b"POST /quote HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n"
    for trusted in ("10.0.0.0/8", "10.0.0.0/8,127.0.0.0/8"):
        monkeypatch.setenv("FORWARDED_ALLOW_IPS", trusted)
        asyncio.run(exchange(quiet_app(engine, logbook.log), raw))
    assert [request.client for request in engine.requests] == ["127.0.0.1", "203.0.113.7"]


def test_a_client_that_hangs_up_over_a_socket_harms_nobody(logbook: Any) -> None:
    engine = Recorder()

    async def hang_up() -> bytes:
        listener = bind("127.0.0.1", 0)
        async with serve(quiet_app(engine, logbook.log), listener, "127.0.0.1") as served:
            _, writer = await asyncio.open_connection(*listener.getsockname())
            writer.write(b"POST /checkout HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf")
            await writer.drain()
            writer.close()
            await writer.wait_closed()
            async with httpx.AsyncClient() as client:
                return (await client.get(served.address)).content

    assert asyncio.run(hang_up()) == b"ok"
    assert [request.method for request in engine.requests] == ["GET"]


def test_the_query_never_reaches_the_log(logbook: Any) -> None:
    call(quiet_app(Recorder(), logbook.log), scope("/orders/ord_1", "GET", query_string=b"receipt=secret-receipt"))
    assert "secret-receipt" not in logbook.text


def test_a_path_that_holds_an_address_is_logged_without_it(logbook: Any) -> None:
    call(quiet_app(Recorder(), logbook.log), scope("/orders/ada@example.com", "GET"))
    assert logbook.lines[0]["path"] == "/orders/[redacted]"


@pytest.mark.parametrize("page", ["page", "receipt"])
def test_the_token_of_an_orders_page_is_not_logged(logbook: Any, page: str) -> None:
    path = f"/orders/ord_{'0' * 26}/{page}/"
    call(quiet_app(Recorder(), logbook.log), scope(f"{path}0a1b2c3d", "GET"))
    assert logbook.lines[0]["path"] == f"{path}[redacted]"


def test_a_checkout_is_logged_with_its_order(logbook: Any) -> None:
    answer = ask(
        quiet_app(Engine().app, logbook.log),
        "POST",
        "/checkout",
        {"items": [{"id": "test-10", "quantity": 1}], "customer_email": "a@b.example"},
    )
    assert (answer.status_code, logbook.lines[0]["order_id"]) == (201, answer.json()["order_id"])
    assert "a@b.example" not in logbook.text


# ---- the loops of the engine


LIFESPAN = {"type": "lifespan"}, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}


def told_of_loops(logbook: Any) -> list[Any]:
    return [line for line in logbook.lines if line["event"] == "loops" and line["level"] == "warning"]


def test_the_first_request_of_a_mounted_application_tells_that_no_loops_run(logbook: Any) -> None:
    app = AsgiApp(Engine().app, logbook.log)
    for _ in range(2):
        call(app, scope("/products", "GET"))
    (warning,) = told_of_loops(logbook)
    assert warning["missing"].startswith("this process repeats no fulfilment webhooks")
    assert "async with run_loops(app.engine)" in warning["advice"]


def test_the_start_of_a_server_tells_that_no_loops_run(logbook: Any) -> None:
    app = AsgiApp(Engine().app, logbook.log)
    call(app, *LIFESPAN)
    call(app, scope("/products", "GET"))
    assert len(told_of_loops(logbook)) == 1


def test_nothing_is_told_while_the_loops_run(logbook: Any) -> None:
    engine = Engine().app

    async def live() -> None:
        async with run_loops(engine.engine, logbook.log):
            transport = httpx.ASGITransport(AsgiApp(engine, logbook.log))
            async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as client:
                await client.get("/products")

    asyncio.run(live())
    assert told_of_loops(logbook) == []


def test_an_application_runs_its_own_loops_where_it_is_told_to(logbook: Any) -> None:
    shop = Engine()
    call(AsgiApp(shop.app, logbook.log, loops=True), *LIFESPAN)
    assert told_of_loops(logbook) == []
    assert shop.rows("SELECT count(*) FROM reconciling WHERE name LIKE 'loop:%'")[0][0] == 3
