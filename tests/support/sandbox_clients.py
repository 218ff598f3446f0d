"""Clients of a sandbox in this process: they call each provider's API as a shop, and use its pages as a buyer."""

import asyncio
import json
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import httpx

from lightning_cart_sandbox import create_sandbox
from lightning_cart_sandbox.paypal.authority import new_authority
from support.builders import NOW

BASE = "http://sandbox.test"
KEY = "sk_test_anything"
STRIPE_CARD = {
    "action": "pay",
    "card_number": "4242 4242 4242 4242",
    "expiry": "12/34",
    "cvc": "123",
    "name": "Ada L",
    "email": "a@b.co",
}
RETURN, CANCEL = "https://shop.test/return/ord_1?k=v", "https://shop.test/cart"
ORDERS = "/v2/checkout/orders"
_REQUEST_IDS = count(1)
_AUTHORITY = new_authority(NOW)  # making keys is slow, so all tests share them
SQUARE_CARD = {
    "action": "pay",
    "card_number": "4111 1111 1111 1111",
    "expiry": "12/34",
    "cvc": "111",
    "postal_code": "94103",
    "name": "Ada L",
    "email": "a@b.co",
}
REDIRECT = "https://shop.test/square/return/ord_1?k=v"
LINKS = "online-checkout/payment-links"
SUBSCRIPTION = {
    "mode": "subscription",
    "line_items[0][price_data][recurring][interval]": "month",
    "subscription_data[metadata][order_id]": "ord_1",
}


class Receiver:
    """An ASGI application that records every webhook and responds with the statuses in `answers`."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.requests: list[tuple[dict[str, str], bytes]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.requests.append((headers, body))
        status = self.answers.pop(0) if self.answers else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"thank you"})

    @property
    def events(self) -> list[Any]:
        """The received events, in order."""
        return [json.loads(body) for _, body in self.requests]


class SandboxClient:
    """A sandbox in this process with a frozen clock, and the receiver of its webhooks."""

    def __init__(self, state: str = ":memory:", retry_seconds: tuple[float, ...] = (1, 2), **options: Any) -> None:
        self.now: float = NOW
        self.receiver = Receiver()
        numbers = count(1)
        self.app = create_sandbox(
            BASE,
            state=state,
            clock=lambda: self.now,
            new_id=lambda prefix: f"{prefix}_{next(numbers):06d}",
            retry_seconds=retry_seconds,
            client=httpx.AsyncClient(transport=httpx.ASGITransport(self.receiver)),
            **{"any_key": True, **options},
        )
        self.sandbox = self.app.state.sandbox

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request to the sandbox."""

        async def exchange() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=BASE) as client:
                return await client.request(method, path, **options)

        return asyncio.run(exchange())

    def drain(self) -> None:
        """Deliver the webhooks that are due."""
        asyncio.run(self.sandbox.deliveries.drain())

    def balances(self) -> dict[str, int]:
        """Return the balance of each account in the ledger."""
        return {one["name"]: one["balance_minor"] for one in self.ask("GET", "/api/ledger").json()["accounts"]}


class StripeClient(SandboxClient):
    """A client of the sandbox's Stripe: its API as a shop calls it, its pages as a buyer uses them."""

    def api(self, method: str, path: str, params: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        """Call the API with a test key and flat bracketed parameters."""
        where = "data" if method == "POST" else "params"
        sent = {"authorization": f"Bearer {KEY}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.ask(method, f"/stripe/v1/{path}", headers=sent, **{where: params or {}})

    def get(self, path: str, **params: Any) -> Any:
        """Read an existing object."""
        answer = self.api("GET", path, params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **params: Any) -> Any:
        """Create or change an object; return it."""
        answer = self.api("POST", path, params)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    def session(self, **changes: Any) -> Any:
        """Create a ten-dollar session with some parameters changed; `None` leaves one out."""
        answer = self.api("POST", "checkout/sessions", session_params(**changes))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pay(self, session: Any, **changes: str) -> httpx.Response:
        """Post the card form."""
        return self.ask("POST", f"/stripe/c/pay/{session['id']}", data=STRIPE_CARD | changes)

    def act(self, session: Any, action: str, **fields: str) -> httpx.Response:
        """Press a button on the sandbox's page of a session."""
        return self.ask("POST", f"/stripe/sessions/{session['id']}", data={"action": action, **fields})

    def listen(self, **options: Any) -> Any:
        """Register the receiver."""
        return self.sandbox.stripe.add_webhook_endpoint("http://127.0.0.1:9999/webhook", **options)

    def event_types(self) -> list[str]:
        """Return the types of all events so far, oldest first."""
        return [event["type"] for event in reversed(self.get("events", limit=100)["data"])]


def session_params(**changes: Any) -> dict[str, str]:
    """Return flat parameters of a ten-dollar session."""
    item = "line_items[0]"
    params = {
        "mode": "payment",
        "success_url": "https://shop.test/ok?s={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://shop.test/cart",
        f"{item}[quantity]": "1",
        f"{item}[price_data][currency]": "usd",
        f"{item}[price_data][unit_amount]": "1000",
        f"{item}[price_data][product_data][name]": "Test checkout",
        **changes,
    }
    return {name: str(value) for name, value in params.items() if value is not None}


def paypal_money(value: Any, currency: str = "USD") -> dict[str, Any]:
    return {"currency_code": currency, "value": value}


def item(**changes: Any) -> dict[str, Any]:
    return given({"name": "Mug", "quantity": "1", "unit_amount": paypal_money("10.00"), **changes})


def amount(value: str = "10.00", currency: str = "USD", **breakdown: str) -> dict[str, Any]:
    parts = {name: paypal_money(part, currency) for name, part in breakdown.items()}
    return paypal_money(value, currency) | ({"breakdown": parts} if parts else {})


def unit(**changes: Any) -> dict[str, Any]:
    """Return a purchase unit of ten dollars, with some fields changed; `None` leaves one out."""
    return given({"custom_id": "site:ord_1", "amount": amount(item_total="10.00"), "items": [item()], **changes})


def source(**context: Any) -> dict[str, Any]:
    addresses = {"return_url": RETURN, "cancel_url": CANCEL}
    return {"paypal": {"experience_context": given({**addresses, **context})}}


def order_body(**changes: Any) -> dict[str, Any]:
    return given({"intent": "CAPTURE", "purchase_units": [unit()], "payment_source": source(), **changes})


def given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def issues(answer: httpx.Response, status: int = 422) -> list[str]:
    """Return the issues of an error response, and check the fields that every PayPal error has."""
    body = answer.json()
    assert answer.status_code == status, answer.text
    assert body["debug_id"] == answer.headers["paypal-debug-id"]
    assert body["name"] in {"INVALID_REQUEST", "UNPROCESSABLE_ENTITY", "RESOURCE_NOT_FOUND", "RESOURCE_CONFLICT"}
    assert body["links"][-1]["rel"] == "information_link"
    return [detail["issue"] for detail in body["details"]]


def parent_id(document: Any) -> str:
    """Return the id of a capture's order or a refund's capture, from its link."""
    return next(str(link["href"]).rpartition("/")[2] for link in document["links"] if link["rel"] == "up")


class PayPalClient:
    """A client of the sandbox's PayPal that has an access token."""

    def __init__(self, client: SandboxClient) -> None:
        self.client = client
        self.provider = client.sandbox.paypal
        self.token = self.fetch_token().json()["access_token"]

    def fetch_token(self, auth: Any = ("client", "secret"), **form: str) -> httpx.Response:
        fields = {"grant_type": "client_credentials", **form}
        return self.client.ask("POST", "/paypal/v1/oauth2/token", auth=auth, data=fields)

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Send JSON. Header names have underscores."""
        sent = {"authorization": f"Bearer {self.token}", **{name.replace("_", "-"): text for name, text in headers.items()}}
        if method in {"POST", "PATCH"}:
            sent = {"content-type": "application/json", **sent}
        content = b"" if body is None else json.dumps(body).encode()
        return self.client.ask(method, f"/paypal{path}", headers=sent, content=content)

    def create(self, body: Any = None, **headers: str) -> httpx.Response:
        """Send an order, with a request id of its own unless the headers have one."""
        defaults = {"prefer": "return=representation", "paypal_request_id": f"create-{next(_REQUEST_IDS)}"}
        return self.api("POST", ORDERS, order_body() if body is None else body, **defaults | headers)

    def order(self, **changes: Any) -> Any:
        """Create an order and return it."""
        answer = self.create(order_body(**changes))
        assert answer.status_code == 201, answer.text
        return answer.json()

    def read(self, order: Any) -> Any:
        answer = self.api("GET", f"{ORDERS}/{order['id']}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def visit(self, order: Any, action: str = "", **choices: str) -> httpx.Response:
        """Open the approve page, or press one of its buttons after choices about the delivery."""
        path = f"/paypal/checkoutnow?token={order['id']}"
        return self.client.ask("POST", path, data={"action": action, **choices}) if action else self.client.ask("GET", path)

    def capture(self, order: Any, **headers: str) -> httpx.Response:
        return self.api("POST", f"{ORDERS}/{order['id']}/capture", **{"prefer": "return=representation"} | headers)

    def captured(self, action: str = "approve", **changes: Any) -> Any:
        """Create, approve and capture an order; return the capture."""
        order = self.order(**changes)
        assert self.visit(order, action).status_code in {200, 303}
        answer = self.capture(order)
        assert answer.status_code == 201, answer.text
        return answer.json()["purchase_units"][0]["payments"]["captures"][0]

    def refund(self, capture: Any, value: str = "", currency: str = "USD", **headers: str) -> httpx.Response:
        body = {"amount": paypal_money(value, currency)} if value else {}
        path = f"/v2/payments/captures/{capture['id']}/refund"
        return self.api("POST", path, body, **{"prefer": "return=representation"} | headers)

    def capture_now(self, capture: Any) -> Any:
        return self.api("GET", f"/v2/payments/captures/{capture['id']}").json()

    def act(self, capture: Any, action: str, /, **fields: str) -> httpx.Response:
        """Press a button on the sandbox's page of a capture's order."""
        return self.client.ask("POST", f"/paypal/orders/{parent_id(capture)}", data={"action": action, **fields})

    def listen(self, *event_types: str) -> Any:
        certificates = {"id": "authority", "certificate": "CERT-one-two-three", **_AUTHORITY}
        self.client.sandbox.store.put("paypal.authority", certificates)
        return self.provider.add_webhook("http://127.0.0.1:9999/webhook", event_types or ("*",))

    def heard(self) -> list[Any]:
        """Deliver the webhooks that are due, and return every event received so far."""
        self.client.drain()
        return list(self.client.receiver.events)

    def event_types(self) -> list[str]:
        events = self.api("GET", "/v1/notifications/webhooks-events").json()["events"]
        return [event["event_type"] for event in reversed(events)]


def square_money(amount: Any, currency: str = "USD") -> dict[str, Any]:
    return {"amount": amount, "currency": currency}


def line(**changes: Any) -> dict[str, Any]:
    return given({"name": "Test checkout", "quantity": "1", "base_price_money": square_money(1000), **changes})


def order(**changes: Any) -> dict[str, Any]:
    return given({"location_id": "LSANDBOXUSD", "reference_id": "ord_1", "line_items": [line()], **changes})


def link_body(**changes: Any) -> dict[str, Any]:
    """Return the body of a ten-dollar link, with some fields changed; `None` leaves one out."""
    return given({"order": order(), "checkout_options": {"redirect_url": REDIRECT}, "payment_note": "ord_1", **changes})


class SquareClient:
    """A client of the sandbox's Square."""

    def __init__(self, client: SandboxClient) -> None:
        self.client = client
        self.provider = client.sandbox.square

    def api(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"authorization": "Bearer EAAAtest", **options.pop("headers", {})}
        return self.client.ask(method, f"/square/v2/{path}", headers=headers, **options)

    def get(self, path: str, **params: Any) -> Any:
        answer = self.api("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def create(self, **changes: Any) -> httpx.Response:
        return self.api("POST", LINKS, json=link_body(**changes))

    def link(self, **changes: Any) -> Any:
        answer = self.create(**changes)
        assert answer.status_code == 200, answer.text
        return answer.json()["payment_link"]

    def panel(self, link: Any) -> str:
        return str(urlsplit(link["url"]).path)

    def look(self, link: Any) -> httpx.Response:
        return self.client.ask("GET", self.panel(link))

    def pay(self, link: Any, **changes: str) -> httpx.Response:
        return self.client.ask("POST", self.panel(link), data=SQUARE_CARD | changes)

    def paid(self, **changes: Any) -> Any:
        """Create a link, pay it, and return the payment."""
        link = self.link(**changes)
        assert self.pay(link).status_code == 303
        return self.read_payment(link)

    def read_order(self, link: Any) -> Any:
        return self.get(f"orders/{link['order_id']}")["order"]

    def read_payment(self, link: Any) -> Any:
        return self.get(f"payments/{self.read_order(link)['tenders'][0]['payment_id']}")["payment"]

    def refund(self, payment: Any, amount: Any, **changes: Any) -> httpx.Response:
        body = {
            "idempotency_key": f"rfd-{amount}",
            "payment_id": payment["id"],
            "amount_money": square_money(amount),
            **changes,
        }
        return self.api("POST", "refunds", json=given(body))

    def act(self, link: Any, action: str, **fields: str) -> httpx.Response:
        return self.client.ask("POST", f"/square/links/{link['id']}", data={"action": action, **fields})

    def listen(self, **options: Any) -> Any:
        return self.provider.add_webhook_subscription("http://127.0.0.1:9999/webhook?a=b", **options)

    def heard(self) -> list[Any]:
        """Deliver the webhooks that are due, and return every event received so far."""
        self.client.drain()
        return list(self.client.receiver.events)


def read_error(answer: httpx.Response) -> tuple[int, str, str | None]:
    """Return an error response's status, code and field."""
    (error,) = answer.json()["errors"]
    return answer.status_code, error["code"], error.get("field")
