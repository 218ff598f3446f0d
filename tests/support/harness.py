"""An engine and a provider sandbox in one process. The test controls the clock and every message between them."""

import importlib
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

import httpx

from lightning_cart.domain.catalog_files import parse_catalog
from lightning_cart.domain.order import Order
from lightning_cart.errors import ProviderTimeout
from lightning_cart.flow import ProviderRequest
from lightning_cart.http import HttpRequest, HttpResponse, json_bytes
from lightning_cart.ports import Database, Ports, Send
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.usecases.engine import Engine
from lightning_cart.web.app import App
from lightning_cart.web.responses import Answer
from lightning_cart_host.server.asgi import AsgiApp
from lightning_cart_host.server.log import null_log
from lightning_cart_sandbox import create_sandbox
from lightning_cart_sandbox.provider import SandboxProvider
from support.builders import ADMIN_TOKEN, NOW, RECEIPT_SECRET
from support.databases import MemoryDatabase
from support.merchants import HOOK, SIGNING_SECRET
from support.postgres_tables import PostgresTables

SHOP, SANDBOX = "https://shop.test", "https://sandbox.test"
PRODUCTS = """
[products.ten]
name = "Ten “dollars” — Ñandú & Söhne <b>🫖</b>"
description = "One line"
prices = { USD = "10.00", JPY = "1500", KWD = "3.210", EUR = "9.50" }
max_quantity = 99

[products.mug]
name = "Mug"
prices = { USD = "12.34" }
max_quantity = 99

[products.club]
name = "Club"
prices = { USD = "5.00" }
interval = "month"
"""
SITES = """
[sites.shop]
name = "Shop"
success_page = "https://shop.test/thanks"
cancel_page = "https://shop.test/cart"
default_strategy = "{strategy}"
statement_descriptor_suffix = "SHOP"
"""


class CatalogTexts(NamedTuple):
    """The catalogue files of a harness; `{strategy}` in `sites` is the strategy's name."""

    products: str = PRODUCTS
    sites: str = SITES
    shipping: str | None = None
    taxes: str | None = None


PLAIN = CatalogTexts()
LOOK_PAUSE = 6  # seconds: returns within five of each other ask the provider once
PENDING_OUTCOMES = {"stripe": ("async_success", "async_failure"), "paypal": ("settle", "deny")}
"""The buttons that complete or fail a pending payment, by provider."""

type Handle = Callable[[HttpRequest], Awaitable[Answer]]


def bare(app: App) -> Handle:
    """Return the engine's own `handle`."""
    return app.handle


def through_asgi(app: App) -> Handle:
    """Return a `handle` that calls the engine through its ASGI adapter, as a server does."""
    transport = httpx.ASGITransport(app=AsgiApp(app, null_log))

    async def handle(request: HttpRequest) -> Answer:
        headers = [
            (name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in request.headers.items()
        ]
        plain = httpx.Request(request.method, f"{SHOP}{request.url}", headers=headers, content=request.body)
        answer = await transport.handle_async_request(plain)
        return Answer(answer.status_code, dict(answer.headers), await answer.aread())

    return handle


def dashboard_path(strategy: str, session_id: str, stripe_session: str) -> str:
    """Return the path of the sandbox's page about a purchase.

    Args:
        strategy: It was bought with.
        session_id: Of its checkout, as the engine knows it.
        stripe_session: Of Stripe's, the session that a visit of its page opened.
    """
    if strategy.startswith("stripe"):
        return f"/stripe/sessions/{stripe_session}"
    places = {"paypal": f"/paypal/orders/{session_id}", "square": f"/square/links/{session_id.partition(':')[0]}"}
    return places.get(strategy, f"/{strategy.partition('_')[0]}/payments/{session_id}")


@dataclass
class WebhookRequest:
    """One webhook to the engine."""

    url: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Harness:
    """One shop that sells with one strategy."""

    strategy: str
    make_app: Callable[[], App]
    reach: Callable[[App], Handle]
    sandbox: Any
    provider: SandboxProvider
    browser: httpx.AsyncClient
    database: Any  # of `support.databases` or `support.postgres_tables`, with a `connection` of its own kind
    settings: dict[str, str]
    send: Send
    wait: Callable[[float], None]
    hold_webhooks: bool = False
    webhooks: list[WebhookRequest] = field(default_factory=list)
    calls: list[ProviderRequest] = field(default_factory=list)
    faults: list[HttpResponse | str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Replace the engine by one that remembers nothing but its database."""
        self.app = self.make_app()
        self.handle = self.reach(self.app)

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.handle(HttpRequest(method, path, named, body))

    async def check_out(self, *items: tuple[str, int], key: str = "", **cart: Any) -> Answer:
        lines = [{"id": product, "quantity": quantity} for product, quantity in items or [("ten", 1)]]
        body = json_bytes({"items": lines} | cart)
        return await self.ask("POST", "/checkout", body, content_type="application/json", idempotency_key=key)

    async def open(self, *items: tuple[str, int], **cart: Any) -> dict[str, Any]:
        response = await self.check_out(*items, **cart)
        assert response.status == 201, response.body
        content: dict[str, Any] = json.loads(response.body)
        return content

    async def visit(self, checkout: dict[str, Any], choice: str, **changes: str) -> httpx.Response:
        """Open the hosted page and press a button; follow the provider's redirects, but not the shop's.

        The engine's links take no tip on their page. For the choice `tip`, the seller takes the payment in person before.
        """
        self.wait(60)  # a buyer needs a while
        if choice == "tip":
            await self.at_provider(checkout, "take_in_person", tip=self.provider.buyer_forms[choice]["tip"])
        page = await self.browser.get(checkout["url"])
        while page.is_redirect:
            page = await self.browser.get(page.headers["location"])
        return await self.browser.post(page.url, data={**self.provider.buyer_forms[choice], **changes})

    async def at_provider(self, checkout: dict[str, Any], action: str, **fields: str) -> bool:
        """Press a button on the sandbox's dashboard; return whether the sandbox accepted it."""
        visits = self.sandbox.store.find("checkout.session", limit=1, client_reference_id=checkout["order_id"])
        path = dashboard_path(self.strategy, checkout["session_id"], visits[0]["id"] if visits else "none")
        answer = await self.browser.post(f"{SANDBOX}{path}", data={"action": action} | fields)
        return answer.status_code == 303

    async def come_back(self, checkout: dict[str, Any], pause: int = LOOK_PAUSE) -> HttpResponse:
        """Let the buyer return, some seconds after the provider was last asked about the order."""
        stored = self.database.connection.execute("SELECT return_token FROM orders WHERE id = ?", (checkout["order_id"],))
        (token,) = stored.fetchone()
        self.wait(pause)
        return await self.ask("GET", f"/return/{checkout['order_id']}/{token}")

    async def deliver(self) -> None:
        """Deliver every webhook that is due."""
        await self.sandbox.deliveries.drain()

    async def buy(self, *items: tuple[str, int], choice: str = "pay", **cart: Any) -> dict[str, Any]:
        """Make a whole purchase: checkout, hosted page, return, webhooks."""
        checkout = await self.open(*items, **cart)
        await self.visit(checkout, choice)
        await self.come_back(checkout)
        await self.deliver()
        return checkout

    async def refund(self, checkout: dict[str, Any], key: str = "r", **body: Any) -> HttpResponse:
        """Refund an order over HTTP, as an operator does."""
        path, content = f"/admin/orders/{checkout['order_id']}/refunds", json_bytes(body) if body else b""
        return await self.ask("POST", path, content, authorization=f"Bearer {ADMIN_TOKEN}", idempotency_key=key)

    async def cancel(self, checkout: dict[str, Any]) -> HttpResponse:
        """Cancel an order over HTTP, as an operator does."""
        return await self.ask("POST", f"/admin/orders/{checkout['order_id']}/cancel", authorization=f"Bearer {ADMIN_TOKEN}")

    async def order(self, checkout: dict[str, Any]) -> Order:
        found = await self.app.engine.orders.find_order(checkout["order_id"])
        assert found is not None
        return found

    async def effects(self, checkout: dict[str, Any]) -> list[str]:
        history = await self.app.engine.orders.history(checkout["order_id"])
        assert history is not None
        return [str(effect["effect"]) for effect in history.effects]

    async def post(self, webhook: WebhookRequest) -> HttpResponse:
        """Send a webhook to the engine."""
        path = httpx.URL(webhook.url).path
        return await self.handle(HttpRequest("POST", path, webhook.headers, webhook.body))

    def paid_out(self) -> dict[str, int]:
        """Return the buyers' payments minus refunds, by currency, from the sandbox's ledger."""
        ledger = self.sandbox.ledger.report()
        assert ledger["balanced"]
        return {one["currency"]: -one["balance_minor"] for one in ledger["accounts"] if one["balance_minor"] < 0}

    def net_paid(self) -> int:
        """Return the buyers' payments minus the refunds, from the buyers' accounts in the sandbox's ledger."""
        ledger = self.sandbox.ledger.report()
        assert ledger["balanced"]
        return -sum(int(account["balance_minor"]) for account in ledger["accounts"] if "••" in account["name"])


async def _no_sleep(_seconds: float) -> None:
    pass


def _extra() -> tuple[Any, ...]:
    """Return the provider sandbox that `CONFORMANCE_OTHER_END=module:Class` names, or nothing."""
    module, _, name = os.environ.get("CONFORMANCE_OTHER_END", "").partition(":")
    return (getattr(importlib.import_module(module), name),) if module else ()


@asynccontextmanager
async def open_harness(
    strategy: type[PaymentStrategy],
    tables: PostgresTables | None = None,
    wrap: Callable[[Database], Database] = lambda database: database,
    merchant: Send | None = None,
    *,
    start: int = NOW,
    texts: CatalogTexts = PLAIN,
) -> AsyncIterator[Harness]:
    """Open an engine with one strategy, and a sandbox as its provider.

    Args:
        strategy: The only payment strategy.
        tables: PostgreSQL, without rows. Then the engine is behind its ASGI adapter. Without it, its database is in memory.
        wrap: Wraps the engine's database.
        merchant: Receives the fulfilment webhooks, if any are sent.
        start: The time on the clock, in Unix seconds.
        texts: The catalogue files.
    """
    now = [float(start)]
    ids = iter(range(10**6))
    database = MemoryDatabase() if tables is None else tables

    async def receive(request: httpx.Request) -> httpx.Response:
        webhook = WebhookRequest(str(request.url), dict(request.headers.items()), await request.aread())
        harness.webhooks.append(webhook)
        if harness.hold_webhooks:
            return httpx.Response(503)
        answer = await harness.post(webhook)
        return httpx.Response(answer.status, content=answer.body)

    async def send(request: HttpRequest) -> HttpResponse:
        harness.calls.append(cast("ProviderRequest", request))
        fault = harness.faults.pop(0) if harness.faults else None
        if isinstance(fault, HttpResponse):
            return fault
        if fault == "silence":
            raise ProviderTimeout("sandbox", "did not answer in time")
        response = await outbound.request(request.method, request.url, headers=dict(request.headers), content=request.body)
        if fault == "lost answer":
            raise ProviderTimeout("sandbox", "did not answer in time")
        return HttpResponse(response.status_code, dict(response.headers), response.content)

    def ask_outside(request: HttpRequest) -> Awaitable[HttpResponse]:
        return harness.send(request)

    def wait(seconds: float) -> None:
        now[0] += seconds

    webhook_client = httpx.AsyncClient(transport=httpx.MockTransport(receive))
    application = create_sandbox(SANDBOX, clock=lambda: now[0], client=webhook_client, wait_seconds=0, extra=_extra())
    sandbox = application.state.sandbox
    provider = strategy.provider_name()
    sandbox_provider = sandbox.providers[provider]
    settings = sandbox_provider.connect(f"{SHOP}/webhook/{provider}")
    sandbox.square.offers_tips = True
    own = {"PUBLIC_URL": SHOP, "RECEIPT_SECRET": RECEIPT_SECRET, "ADMIN_TOKEN": ADMIN_TOKEN}
    env = own | settings | ({"FULFILMENT_SECRET": SIGNING_SECRET} if merchant else {})
    sites = texts.sites.format(strategy=strategy.name) + (f'fulfilment_url = "{HOOK}"\n' if merchant else "")
    catalog = parse_catalog(texts.products, sites, [strategy.name], texts.shipping, texts.taxes)
    outbound = httpx.AsyncClient(transport=httpx.ASGITransport(app=application), timeout=30)
    browser = httpx.AsyncClient(transport=httpx.ASGITransport(app=application), timeout=30)
    ports = Ports(wrap(database), ask_outside, lambda: now[0], lambda: f"{next(ids):026d}", _no_sleep, merchant or ask_outside)
    harness = Harness(
        strategy=strategy.name,
        make_app=lambda: App(Engine(env, catalog, ports, (strategy,))),
        reach=bare if tables is None else through_asgi,
        sandbox=sandbox,
        provider=sandbox_provider,
        browser=browser,
        database=database,
        settings=settings,
        send=send,
        wait=wait,
    )
    assert harness.app.engine.missing_settings() == []
    async with webhook_client, outbound, browser:
        try:
            yield harness
        finally:
            sandbox.store.close()
            database.close()


type Scenario = Callable[[Harness], Awaitable[None]]
