"""A sandbox in this process, with a frozen clock and a receiver of webhooks that remembers what it was sent."""

import asyncio
import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import pytest

from lightning_cart_sandbox import create_sandbox

BASE = "http://sandbox.test"
KEY = "sk_test_anything"
NOW = 1_780_000_000
CARD = {
    "action": "pay",
    "card_number": "4242 4242 4242 4242",
    "expiry": "12/34",
    "cvc": "123",
    "name": "Ada L",
    "email": "a@b.co",
}


class Receiver:
    """An ASGI application that answers webhooks with what it is told to, and keeps every request."""

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
        """The events received, in order."""
        return [json.loads(body) for _, body in self.requests]


class StripeClient:
    """Drives one sandbox: its API as a shop, its pages as a buyer."""

    def __init__(self, state: str = ":memory:", retry_seconds: tuple[float, ...] = (1, 2)) -> None:
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
        )
        self.sandbox = self.app.state.sandbox

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request to the sandbox."""

        async def exchange() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=BASE) as client:
                return await client.request(method, path, **options)

        return asyncio.run(exchange())

    def api(self, method: str, path: str, params: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        """Call the API with a test key and flat bracketed parameters."""
        where = "data" if method == "POST" else "params"
        sent = {"authorization": f"Bearer {KEY}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.ask(method, f"/stripe/v1/{path}", headers=sent, **{where: params or {}})

    def get(self, path: str, **params: Any) -> Any:
        """Read an object that must be there."""
        answer = self.api("GET", path, params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def session(self, **changes: Any) -> Any:
        """Make a session of ten dollars, with some parameters changed; `None` leaves one out."""
        answer = self.api("POST", "checkout/sessions", session_params(**changes))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pay(self, session: Any, **changes: str) -> httpx.Response:
        """Post the card form."""
        return self.ask("POST", f"/stripe/c/pay/{session['id']}", data=CARD | changes)

    def act(self, session: Any, action: str, **fields: str) -> httpx.Response:
        """Press a button on the sandbox's page of a session."""
        return self.ask("POST", f"/stripe/sessions/{session['id']}", data={"action": action, **fields})

    def listen(self, **options: Any) -> Any:
        """Register the receiver."""
        return self.sandbox.stripe.add_webhook_endpoint("http://127.0.0.1:9999/webhook", **options)

    def drain(self) -> None:
        """Deliver what is due."""
        asyncio.run(self.sandbox.deliveries.drain())

    def event_types(self) -> list[str]:
        """All types of events so far, oldest first."""
        return [event["type"] for event in reversed(self.get("events", limit=100)["data"])]

    def balances(self) -> dict[str, int]:
        """The ledger's accounts."""
        return {one["name"]: one["balance_minor"] for one in self.ask("GET", "/api/ledger").json()["accounts"]}


def session_params(**changes: Any) -> dict[str, str]:
    """Flat parameters of a ten-dollar session."""
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


SUBSCRIPTION = {
    "mode": "subscription",
    "line_items[0][price_data][recurring][interval]": "month",
    "subscription_data[metadata][order_id]": "ord_1",
}


@pytest.fixture
def desk() -> Iterator[StripeClient]:
    """A fresh sandbox."""
    made = StripeClient()
    yield made
    made.sandbox.store.close()


@pytest.fixture
def params() -> Any:
    """Parameters of a ten-dollar session, changed as the test wants."""
    return session_params


@pytest.fixture
def make_desk() -> type[StripeClient]:
    """Sandboxes with settings of their own."""
    return StripeClient


@pytest.fixture
def subscription() -> dict[str, str]:
    """What turns the ten-dollar session into a monthly subscription."""
    return SUBSCRIPTION


@pytest.fixture
def card() -> dict[str, str]:
    """The card form, filled in well."""
    return dict(CARD)
