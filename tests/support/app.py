"""An engine over an in-memory SQLite with a scripted provider, and the catalogue that it sells from."""

import asyncio
import json
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from lightning_cart.domain.catalog import Catalog
from lightning_cart.domain.catalog_files import parse_catalog
from lightning_cart.domain.order import Order
from lightning_cart.flow import ProviderRequest
from lightning_cart.http import HttpRequest, HttpResponse, json_bytes
from lightning_cart.ports import Ports
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.usecases.engine import Engine
from lightning_cart.web.app import App
from lightning_cart.web.responses import Answer
from support.builders import ADMIN_TOKEN, NOW, ORDER_ID, RECEIPT_SECRET, STRIPE_KEY, paid_session
from support.databases import MemoryDatabase
from support.stripe import WEBHOOK_SECRET, sign, stripe_session, with_totals

type Reply = HttpResponse | Exception

ENV = {
    "PUBLIC_URL": "https://pay.shop.example",
    "RECEIPT_SECRET": RECEIPT_SECRET,
    "ADMIN_TOKEN": ADMIN_TOKEN,
    "STRIPE_SECRET_KEY": STRIPE_KEY,
    "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
}
PRODUCTS = """
[products.test-10]
name = "Test checkout"
description = "Ten dollars"
prices = { USD = "10.00", EUR = "9.50" }
max_quantity = 10
image = "/test-10.svg"

[products.mug]
name = "Mug"
prices = { USD = "12.50", JPY = "1800" }
image = "https://shop.example/mug.png"
sites = ["shop"]
metadata = { sku = "MUG-1" }

[products.club]
name = "Club"
prices = { USD = "5.00" }
interval = "month"

[products.paper]
name = "Weekly"
prices = { USD = "2.00" }
interval = "week"

[products.old]
name = "Old"
prices = { USD = "1.00" }
active = false

[products.elsewhere]
name = "Sold elsewhere"
prices = { USD = "1.00" }
sites = ["other"]

[products.pin]
name = "Pin"
prices = { USD = "0.10" }

[products.oud]
name = "Oud"
prices = { KWD = "1.005", EUR = "3.00" }
"""
CHARGEABLE_PRODUCTS = PRODUCTS.replace("1.005", "1.010")
"""The same without a price that no way to pay can charge: a running engine refuses that."""
SHOP = """
[sites.shop]
name = "Shop"
success_page = "https://shop.example/thanks"
cancel_page = "https://shop.example/cart"
origins = ["https://shop.example"]
default_strategy = "stripe_checkout"
statement_descriptor_suffix = "SHOP"
"""
OTHER = """
[sites.other]
name = "Other"
success_page = "/success.html"
cancel_page = "/cancel.html"
default_strategy = "stripe_checkout"
"""


def make_catalog(
    products: str = PRODUCTS, sites: str = SHOP + OTHER, shipping: str | None = None, taxes: str | None = None
) -> Catalog:
    """Return the catalogue of the tests. Without the last two, nothing is delivered and no tax is computed."""
    return parse_catalog(products, sites, [strategy.name for strategy in STRATEGIES], shipping, taxes)


def shop_only() -> Catalog:
    """Return that catalogue with one site."""
    return make_catalog(PRODUCTS.replace('sites = ["other"]', "active = false"), SHOP)


@dataclass
class Provider:
    """A scripted `Send`: gives its responses in turn, repeats the last one, and records the requests.

    A request whose URL contains one of `routes` gets the response there, always the same. The second order's new Stripe session
    is `cs_test_2`, the third one's `cs_test_3`: a checkout belongs to one order. New sessions and links charge what was sent.
    """

    answers: list[Reply] = field(default_factory=lambda: [answer(stripe_session())])
    requests: list[ProviderRequest] = field(default_factory=list)
    routes: dict[str, Reply] = field(default_factory=dict)
    orders: list[str] = field(default_factory=list)

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(cast("ProviderRequest", request))
        routed = next((reply for part, reply in self.routes.items() if part in request.url), None)
        reply = routed or (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
        if isinstance(reply, Exception):
            raise reply
        key = request.header("idempotency-key")
        if not key.startswith(("chk-", "lnk-")):
            return reply
        self.orders += [] if key in self.orders else [key]
        session_id = b"cs_test_%d" % (1 + self.orders.index(key))
        body = with_totals(reply.body, request.body) if reply.status == 200 else reply.body
        return HttpResponse(reply.status, reply.headers, body.replace(b"cs_test_1", session_id))


def stripe_routes(refunded: int = 0, order_id: str = ORDER_ID, **session: Any) -> dict[str, Reply]:
    """Return what Stripe shows of a paid order with its only session: the routes of a `Provider`."""
    charge = {"amount_refunded": refunded, "currency": session.get("currency", "usd")}
    return {
        "/v1/invoice_payments": answer({"data": []}),
        "/v1/checkout/sessions": answer(paid_session(order_id, **session)),
        "/v1/payment_intents/": answer({"id": "pi_1", "latest_charge": charge}),
    }


def answer(value: object, status: int = 200, **headers: str) -> HttpResponse:
    """Return a provider's JSON response."""
    return HttpResponse(status, {name.replace("_", "-"): text for name, text in headers.items()}, json_bytes(value))


class Shop:
    """An engine whose ports the test controls."""

    def __init__(
        self,
        env: Mapping[str, str] = ENV,
        catalog: Catalog | None = None,
        strategies: tuple[type[PaymentStrategy], ...] = STRATEGIES,
    ) -> None:
        self.database = MemoryDatabase()
        self.provider = Provider()
        self.now = float(NOW)
        self.client = "203.0.113.7"  # the address that requests come from
        self.slept: list[float] = []
        self._next = 0
        ports = Ports(self.database, self.provider, lambda: self.now, self._new_id, self._sleep)
        chosen = catalog or shop_only()
        self.app = App(Engine(env, chosen, ports, strategies))

    def _new_id(self) -> str:
        self._next += 1
        return f"{self._next:026d}"

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def handle(self, method: str, url: str, body: bytes = b"", **headers: str) -> Answer:
        names = {name.replace("_", "-"): text for name, text in headers.items()}
        return run(self.app.handle(HttpRequest(method, url, names, body, client=self.client)))

    def checkout(self, cart: object = None, **headers: str) -> Answer:
        body = cart if isinstance(cart, bytes) else json_bytes(cart or {"items": [{"id": "test-10", "quantity": 1}]})
        return self.handle("POST", "/checkout", body, **({"content_type": "application/json"} | headers))

    def webhook(self, body: bytes, path: str = "/webhook/stripe", **signing: Any) -> Answer:
        return self.handle("POST", path, body, stripe_signature=sign(body, **signing))

    def order(self, order_id: str = ORDER_ID) -> Order:
        found = run(self.app.engine.orders.find_order(order_id))
        assert found is not None
        return found

    def come_back(self, order_id: str = ORDER_ID, method: str = "GET", **headers: str) -> Answer:
        """Open an order's return URL, as the provider sends the buyer to it."""
        return self.handle(method, f"/return/{order_id}/{self.order(order_id).return_token}", b"", **headers)

    def messages(self, order_id: str = ORDER_ID) -> list[str]:
        """Return the names of an order's messages."""
        history = run(self.app.engine.orders.history(order_id))
        assert history is not None
        return [str(row["effect"]) for row in history.effects]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what a query finds in the database."""
        return [tuple(row) for row in self.database.connection.execute(sql)]


def run[T](coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end."""
    return asyncio.run(coroutine)


def problem(response: HttpResponse) -> dict[str, Any]:
    """Return the content of a problem+json response."""
    assert response.header("content-type") == "application/problem+json"
    content: dict[str, Any] = json.loads(response.body)
    return content
