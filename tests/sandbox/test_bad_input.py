"""Bodies, queries, headers and paths beyond all bounds: each provider refuses them in its own shape, and nothing is booked."""

import asyncio
import gzip
import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_cart_sandbox.paypal.endpoints import ENDPOINTS as PAYPAL
from lightning_cart_sandbox.square.endpoints import ENDPOINTS as SQUARE
from lightning_cart_sandbox.stripe.endpoints import ENDPOINTS as STRIPE
from support.sandbox_clients import SandboxClient, link_body, order_body, session_params

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
KEYS = {"stripe": "sk_test_sandbox", "square": "sandbox-access-token"}
ROUTES = {
    "stripe": [(one.method, f"/stripe/v1/{one.path}") for one in STRIPE],
    "paypal": [(one.method, f"/paypal{one.path}") for one in PAYPAL],
    "square": [(one.method, f"/square/v2/{one.path}") for one in SQUARE],
}
TYPES = {"stripe": FORM, "paypal": JSON, "square": JSON}
HUGE = 1024 * 1024 + 1
DEEP = 100_000
JSON_BODIES = {
    "half an object": b"{",
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "two values": b"{} {}",
    "a name twice": b'{"id": 1, "id": 1}',
    "a name twice inside": b'{"order": {"a": 1, "a": 1}}',
    "not a number": b'{"id": NaN}',
    "infinity": b'{"id": Infinity}',
    "a number beyond all": b'{"id": 1e999}',
    "an integer beyond all": b'{"id": ' + b"9" * 5000 + b"}",
    "a large integer": b'{"amount": 99999999999999999999999, "limit": 99999999999999999999999}',
    "deep lists": b"[" * DEEP,
    "deep objects": b'{"a":' * DEEP,
    "deep and closed": b'{"order":' * 900 + b"1" + b"}" * 900,
    "deep lists in a field": b'{"order": ' + b"[" * 2000 + b"]" * 2000 + b"}",
    "invalid UTF-8": b'{"id": "\xff\xfe"}',
    "UTF-16": '{"id": "x"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"id": "x"}',
    "NUL bytes": b"\0\0\0",
    "NUL in a text": b'{"id": "a\\u0000b", "idempotency_key": "a\\u0000b"}',
    "half a pair of surrogates": b'{"id": "\\ud800", "idempotency_key": "\\udfff"}',
    "half a pair in a name": b'{"\\ud800": 1}',
    "gzip": gzip.compress(b'{"id": "x"}', mtime=0),
    "too long": b'{"id": "' + b"x" * HUGE + b'"}',
    "a form": b"id=x",
}
FORM_BODIES = {
    "an open bracket": b"a[b=1",
    "two closed brackets": b"a[b]]=1",
    "a bracket first": b"[a]=1",
    "no name": b"=1",
    "deep brackets": b"metadata" + b"[a]" * 5000 + b"=1",
    "a name twice": b"limit=1&limit=1",
    "a value and an object": b"created=1&created[gt]=1",
    "invalid UTF-8": b"email=%ff%fe",
    "raw bytes": b"email=\xff\xfe",
    "half a pair of surrogates": b"email=%ED%A0%80",
    "NUL": b"email=%00&metadata[%00]=%00",
    "an integer beyond all": b"amount=" + b"9" * 5000,
    "a large integer": b"amount=999999999999999999999&limit=999999999999999999999",
    "no integer": b"amount=1e5&limit=0x1",
    "too many fields": b"&".join(b"metadata[%d]=x" % number for number in range(6000)),
    "many elements": b"&".join(b"expand[%d]=x" % number for number in range(3000)),
    "a large index": b"line_items[999999999999][price]=x&expand[99999999999]=x",
    "a long name": b"x" * 100_000 + b"=1",
    "too long": b"description=" + b"x" * HUGE,
    "gzip": gzip.compress(b"amount=1", mtime=0),
    "JSON": b'{"amount": 1}',
}
PATHS = ["%00", "%ff", "%ED%A0%80", "..", "%2e%2e", "a%2fb", "%F0%9F%92%B8", "x" * 10_000, "'", "%0a", "%5B", "{id}", "-1"]
HEADERS = {
    "stripe": ["idempotency-key", "stripe-version", "stripe-account", "content-type", "authorization"],
    "paypal": ["paypal-request-id", "prefer", "paypal-mock-response", "content-type", "authorization"],
    "square": ["square-version", "content-type", "authorization"],
}
TEXTS = [b"", b" ", b"\xff\xfe", b"x" * 10_000, b"[" * 5000, b"{}", b'{"mock_application_codes": [[]]}', b"\xc3\xa4", b";;;"]


class Sent(NamedTuple):
    """A request with raw bytes."""

    method: str
    path: str
    headers: dict[str, bytes] | None = None
    query: bytes = b""
    body: bytes = b""


class Everything(SandboxClient):
    """A client of one sandbox that sends many requests in one event loop, with raw bytes."""

    def __init__(self) -> None:
        super().__init__(any_key=False)
        form = {"grant_type": "client_credentials"}
        auth = ("sandbox-client", "sandbox-client-secret")
        token = self.ask("POST", "/paypal/v1/oauth2/token", auth=auth, data=form).json()["access_token"]
        self.keys = {**KEYS, "paypal": token}

    def send(self, provider: str, requests: list[Sent], *, may_succeed: bool = False) -> list[str]:
        """Send requests; return what is wrong with their answers: a success is, unless a request may succeed."""

        async def all_of_them() -> list[str]:
            found = []
            for sent in requests:
                status, answer = await self._exchange(provider, sent)
                if complaint := check_shape(provider, status, answer, may_succeed=may_succeed):
                    found.append(f"{sent.method} {sent.path[:60]} {sent.query[:30]!r} {sent.body[:30]!r}: {status} {complaint}")
            return found

        return asyncio.run(all_of_them())

    def statuses(self, requests: list[Sent]) -> set[int]:
        """Send requests to pages; return the statuses of the responses."""

        async def all_of_them() -> set[int]:
            return {(await self._exchange("stripe", sent))[0] for sent in requests}

        return asyncio.run(all_of_them())

    async def _exchange(self, provider: str, sent: Sent) -> tuple[int, bytes]:
        key, kind = f"Bearer {self.keys[provider]}".encode(), TYPES[provider].encode()
        headers = {"authorization": key, "content-type": kind, **(sent.headers or {})}
        messages: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": sent.body, "more_body": False}

        async def send(message: Any) -> None:
            messages.append(message)

        scope = {
            "type": "http",
            "http_version": "1.1",
            "scheme": "http",
            "method": sent.method,
            "path": unquote(sent.path),
            "raw_path": sent.path.encode(),
            "query_string": sent.query,
            "root_path": "",
            "headers": [(name.encode(), value) for name, value in headers.items() if value or name != "authorization"],
            "server": ("sandbox.test", 80),
            "client": ("127.0.0.1", 1),
        }
        await self.app(scope, receive, send)
        return messages[0]["status"], b"".join(message.get("body", b"") for message in messages[1:])


def check_shape(provider: str, status: int, answer: bytes, *, may_succeed: bool) -> str:
    """Return what is wrong with an answer, or "": it is an error in the provider's shape, or a success that may be."""
    if status < 400:
        return "" if may_succeed else "is accepted"
    if status >= 500:
        return "is no fault of the client"
    try:
        read = json.loads(answer)
    except ValueError:
        return f"is no JSON: {answer[:200]!r}"
    if provider == "stripe":
        good = {"message", "type"} <= set(read["error"])
    elif provider == "paypal":
        good = {"name", "message", "debug_id", "details", "links"} <= set(read) or {"error", "error_description"} == set(read)
    else:
        good = all({"category", "code", "detail"} <= set(error) for error in read["errors"])
    return "" if good and len(answer) < 5000 else f"is not in shape: {answer[:200]!r}"


@pytest.fixture(scope="module")
def everything() -> Iterator[Everything]:
    client = Everything()
    yield client
    assert client.sandbox.ledger.report()["transactions"] == []
    client.sandbox.store.close()


@pytest.mark.parametrize("name", JSON_BODIES)
@pytest.mark.parametrize("provider", ["paypal", "square"])
def test_json_that_is_none_is_refused_by_every_route(everything: Everything, provider: str, name: str) -> None:
    routes = [(method, path.replace("*", "x")) for method, path in ROUTES[provider] if method != "GET"]
    assert everything.send(provider, [Sent(*route, body=JSON_BODIES[name]) for route in routes]) == []


@pytest.mark.parametrize("name", FORM_BODIES)
def test_a_form_that_is_none_is_refused(everything: Everything, name: str) -> None:
    body = FORM_BODIES[name]
    routes = [(method, path.replace("*", "x")) for method, path in ROUTES["stripe"]][:: 1 if len(body) < 10_000 else 9]
    in_bodies = [Sent(*route, body=body) for route in routes if route[0] == "POST"]
    in_queries = [Sent(*route, query=body[:60_000]) for route in routes if route[0] != "POST"]
    assert everything.send("stripe", in_bodies + in_queries) == []


@pytest.mark.parametrize("provider", ["paypal", "square"])
def test_a_query_that_is_none_is_refused_or_ignored(everything: Everything, provider: str) -> None:
    routes = [(method, path.replace("*", "x")) for method, path in ROUTES[provider]]
    queries = [body[:60_000] for body in FORM_BODIES.values()]
    sent = [Sent(*route, query=query, body=b"{}") for route in routes for query in queries]
    assert everything.send(provider, sent, may_succeed=True) == []


@pytest.mark.parametrize("provider", ROUTES)
def test_an_id_that_is_none_is_refused_by_every_route(everything: Everything, provider: str) -> None:
    routes = [(method, path.replace("*", part)) for method, path in ROUTES[provider] if "*" in path for part in PATHS]
    assert everything.send(provider, [Sent(*route) for route in routes]) == []


@pytest.mark.parametrize("provider", ROUTES)
def test_a_header_that_is_none_is_refused_or_ignored(everything: Everything, provider: str) -> None:
    routes = [(method, path.replace("*", "x")) for method, path in ROUTES[provider]][::4]  # the check comes before the routes
    headers = [{name: text} for name in HEADERS[provider] for text in TEXTS]
    assert everything.send(provider, [Sent(*route, one) for route in routes for one in headers], may_succeed=True) == []


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x", "text/json; charset=utf-16", "é"])
@pytest.mark.parametrize("provider", ROUTES)
def test_another_content_type_is_refused_by_every_route(everything: Everything, provider: str, content_type: str) -> None:
    routes = [(method, path.replace("*", "x")) for method, path in ROUTES[provider] if method != "GET"]
    header = {"content-type": content_type.encode()}
    assert everything.send(provider, [Sent(*route, header, body=b"a=1") for route in routes]) == []


@pytest.fixture(scope="module")
def pages(everything: Everything) -> list[str]:
    """Return the paths of all pages that take a form, some about objects that exist."""
    session = everything.ask(
        "POST", "/stripe/v1/checkout/sessions", data=session_params(), headers={"authorization": f"Bearer {KEYS['stripe']}"}
    ).json()
    authorization = {"authorization": f"Bearer {everything.keys['paypal']}"}
    order = everything.ask(
        "POST", "/paypal/v2/checkout/orders", json=order_body(payment_source=None), headers=authorization
    ).json()
    authorization = {"authorization": f"Bearer {KEYS['square']}"}
    body = {"idempotency_key": "pages", **link_body()}
    link = everything.ask("POST", "/square/v2/online-checkout/payment-links", json=body, headers=authorization).json()
    known = [urlsplit(session["url"]).path, f"/stripe/sessions/{session['id']}", f"/paypal/orders/{order['id']}"]
    square = [urlsplit(link["payment_link"]["url"]).path, f"/square/links/{link['payment_link']['id']}"]
    own = ["/chaos", "/api/chaos", "/keys", "/api/keys", "/api/refunds", "/deliveries/x"]
    sales = ["/stripe/sales", "/paypal/sales", "/square/sales"]
    return [*known, *square, *own, *sales, "/paypal/checkoutnow", "/stripe/c/pay/x", "/square/u/x", "/stripe/b/x"]


@pytest.mark.parametrize("name", FORM_BODIES | JSON_BODIES)
def test_a_form_that_is_none_gets_a_page(everything: Everything, pages: list[str], name: str) -> None:
    body = (FORM_BODIES | JSON_BODIES)[name]
    sent = [Sent(method, path, {"authorization": b""}, b"", body) for path in pages for method in ("POST", "PUT")]
    assert everything.statuses(sent) <= {200, 303, 400, 404, 405, 422}


@pytest.mark.parametrize("part", PATHS)
def test_a_page_of_what_is_none_is_a_page(everything: Everything, part: str) -> None:
    paths = (
        "/stripe/c/pay/",
        "/stripe/b/",
        "/stripe/sessions/",
        "/stripe/events/",
        "/paypal/orders/",
        "/square/u/",
        "/deliveries/",
    )
    queries = [Sent("GET", "/paypal/checkoutnow", query=f"token={part}".encode())]
    assert everything.statuses([Sent("GET", f"{path}{part}") for path in paths] + queries) <= {303, 400, 404}


def test_a_target_that_is_no_path_is_not_found(everything: Everything) -> None:
    assert everything.statuses([Sent("OPTIONS", "*"), Sent("CONNECT", "sandbox.test:443")]) == {404}


@pytest.mark.parametrize("amount", ["1e999", "NaN", "null", "[]", '"x"', "9" * 400])
def test_a_refund_of_an_amount_that_is_none_is_refused(everything: Everything, amount: str) -> None:
    body = f'{{"provider": "stripe", "order_id": "x", "amount_minor": {amount}}}'.encode()
    assert everything.statuses([Sent("POST", "/api/refunds", body=body)]) <= {400, 404}


VALUES: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(alphabet=st.characters(exclude_categories=()), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "order", "amount", "x", "\ud800"]), inner)
    ),
    max_leaves=6,
)


@given(st.sampled_from(["paypal", "square"]), st.data())
@settings(max_examples=60, deadline=None)
def test_any_json_has_an_answer(everything_else: Everything, provider: str, data: Any) -> None:
    method, path = data.draw(st.sampled_from([route for route in ROUTES[provider] if route[0] != "GET"]))
    body = json.dumps(data.draw(VALUES)).encode()
    assert everything_else.send(provider, [Sent(method, path.replace("*", "x"), body=body)], may_succeed=True) == []


@pytest.fixture(scope="module")
def everything_else() -> Iterator[Everything]:
    client = Everything()
    yield client
    assert client.sandbox.ledger.report()["balanced"]
    client.sandbox.store.close()
