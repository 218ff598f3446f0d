"""What the core's tests share: an engine over an in-memory SQLite, a scripted provider, and events signed as Stripe does."""

import asyncio
import hashlib
import hmac
import json
import sqlite3
import weakref
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lightning_cart.domain.catalog import Catalog
from lightning_cart.domain.catalog_files import parse_catalog
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import EventKind, LineItem, Order, PaymentEvent
from lightning_cart.errors import StorageUnavailable
from lightning_cart.http import HttpRequest, HttpResponse, json_bytes
from lightning_cart.ports import Ports, Row, Statement
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.usecases.engine import Engine
from lightning_cart.web.app import App

ROOT = Path(__file__).parents[2]
NOW = 1_780_000_000
SECRET = "whsec_test_secret"
ENV = {
    "PUBLIC_URL": "https://pay.shop.example",
    "RECEIPT_SECRET": "receipt-secret-of-thirty-two-chars",
    "ADMIN_TOKEN": "admin-token-of-thirty-two-characters",
    "STRIPE_SECRET_KEY": "sk_test_key",
    "STRIPE_WEBHOOK_SECRET": SECRET,
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


def make_catalog(products: str = PRODUCTS, sites: str = SHOP + OTHER) -> Catalog:
    """The catalogue of the tests."""
    return parse_catalog(products, sites, [strategy.name for strategy in STRATEGIES])


def shop_only() -> Catalog:
    """The same with one site."""
    return make_catalog(PRODUCTS.replace('sites = ["other"]', "active = false"), SHOP)


class MemoryDatabase:
    """A real SQLite in memory, which counts its round trips and can be broken."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False
        )  # closed by whichever thread collects it
        weakref.finalize(self, self.connection.close)
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("PRAGMA foreign_keys = ON")
        for migration in sorted((ROOT / "migrations").glob("*.sql")):
            self.connection.executescript(migration.read_text())
        self.round_trips = 0
        self.broken = False
        self.break_before: int | None = None

    def _rows(self, statement: Statement) -> list[Row]:
        return [dict(row) for row in self.connection.execute(statement.sql, statement.values)]

    async def query(self, statement: Statement) -> Sequence[Row]:
        (rows,) = await self.batch([statement])
        return rows

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        self.round_trips += 1
        if self.broken:
            raise StorageUnavailable("the disk is gone")
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            results = []
            for index, statement in enumerate(statements):
                if index == self.break_before:
                    raise StorageUnavailable("the disk is gone in the middle")
                results.append(self._rows(statement))
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")
        return results

    def close(self) -> None:
        self.connection.close()

    def count(self, table: str) -> int:
        return int(self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def stripe_session(**changes: Any) -> dict[str, Any]:
    """A fresh session as Stripe answers one."""
    session = {
        "id": "cs_test_1",
        "object": "checkout.session",
        "url": "https://checkout.stripe.com/c/pay/cs_test_1",
        "status": "open",
        "payment_status": "unpaid",
        "expires_at": NOW + 82_800,
    }
    return session | changes


@dataclass
class Provider:
    """The other end of `Send`: answers in turn, the last one for ever, and keeps what it was sent."""

    answers: list[HttpResponse | Exception] = field(default_factory=lambda: [answer(stripe_session())])
    requests: list[HttpRequest] = field(default_factory=list)

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        reply = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(reply, Exception):
            raise reply
        return reply


def answer(value: object, status: int = 200, **headers: str) -> HttpResponse:
    """A provider's JSON answer."""
    return HttpResponse(status, {name.replace("_", "-"): text for name, text in headers.items()}, json_bytes(value))


class Shop:
    """An engine with everything of its world in the test's hands."""

    def __init__(
        self,
        env: Mapping[str, str] = ENV,
        catalog: Catalog | None = None,
        register: tuple[type[PaymentStrategy], ...] = STRATEGIES,
    ) -> None:
        self.database = MemoryDatabase()
        self.provider = Provider()
        self.now = float(NOW)
        self.slept: list[float] = []
        self._next = 0
        ports = Ports(self.database, self.provider, lambda: self.now, self._new_id, self._sleep)
        chosen = catalog or shop_only()
        self.app = App(Engine(env, chosen, ports, register))

    def _new_id(self) -> str:
        self._next += 1
        return f"{self._next:026d}"

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def handle(self, method: str, url: str, body: bytes = b"", **headers: str) -> HttpResponse:
        request = HttpRequest(method, url, {name.replace("_", "-"): text for name, text in headers.items()}, body)
        return run(self.app.handle(request))

    def checkout(self, cart: object = None, **headers: str) -> HttpResponse:
        body = cart if isinstance(cart, bytes) else json_bytes(cart or {"items": [{"id": "test-10", "quantity": 1}]})
        return self.handle("POST", "/checkout", body, **({"content_type": "application/json"} | headers))

    def webhook(self, body: bytes, path: str = "/webhook/stripe", **signing: Any) -> HttpResponse:
        return self.handle("POST", path, body, stripe_signature=sign(body, **signing))

    def order(self, order_id: str) -> Order:
        found = run(self.app.engine.store.find_order(order_id))
        assert found is not None
        return found


def run[T](coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end."""
    return asyncio.run(coroutine)


def sign(body: bytes, time: int = NOW, secret: str = SECRET) -> str:
    """A Stripe-Signature header."""
    digest = hmac.new(secret.encode(), b"%d.%b" % (time, body), hashlib.sha256).hexdigest()
    return f"t={time},v1={digest}"


def event(event_type: str, subject: object, event_id: str = "evt_1") -> bytes:
    """A Stripe event's body."""
    return json_bytes({"id": event_id, "object": "event", "type": event_type, "data": {"object": subject}})


def paid_session(order_id: str, **changes: Any) -> dict[str, Any]:
    """A session as Stripe reports it once it is paid."""
    session = {
        "id": "cs_test_1",
        "status": "complete",
        "payment_status": "paid",
        "amount_total": 1000,
        "currency": "usd",
        "client_reference_id": order_id,
        "payment_intent": "pi_1",
        "subscription": None,
        "metadata": {"order_id": order_id, "site_id": "shop"},
    }
    return session | changes


def problem(response: HttpResponse) -> dict[str, Any]:
    """A problem+json's content."""
    assert response.header("content-type") == "application/problem+json"
    content: dict[str, Any] = json.loads(response.body)
    return content


ORDER_ID = "ord_00000000000000000000000001"


def make_order(**changes: Any) -> Order:
    """An open order of ten dollars."""
    fields: dict[str, Any] = {
        "id": ORDER_ID,
        "site_id": "shop",
        "strategy": "stripe_checkout",
        "provider": "stripe",
        "lines": (LineItem("test-10", "Test checkout", Money(1000, "USD"), 1),),
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Order(**(fields | changes))


def make_event(kind: EventKind, **changes: Any) -> PaymentEvent:
    """An event of that order."""
    fields: dict[str, Any] = {
        "provider": "stripe",
        "id": f"evt_{kind}",
        "type": "some.event",
        "kind": kind,
        "order_id": ORDER_ID,
        "amount": Money(1000, "USD") if kind in {EventKind.PAID, EventKind.REFUNDED} else None,
        "payment_ref": "pi_1",
    }
    return PaymentEvent(**(fields | changes))
