"""A shop with a merchant, whose clock, database and receiver the test controls."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from standardwebhooks import Webhook

from lightning_cart.domain.catalog import Catalog
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.ports import Ports, Row
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.fulfil import DeliveryAttempt, deliver_due
from lightning_cart.web.app import App
from support.app import ENV, PRODUCTS, SHOP, Provider, make_catalog, run
from support.builders import NOW, ORDER_ID, make_event, make_order
from support.databases import MemoryDatabase
from support.messages import check_message

HOOK = "https://merchant.example/hook"
SIGNING_SECRET = "whsec_" + "c2lnbmluZyBzZWNyZXQgb2YgdGhlIHRlc3QgbWVyY2hhbnQ="
OLD_SECRET = "whsec_" + "b2xkIHNlY3JldCBvbGQgc2VjcmV0IG9sZCBzZWNyZXQh"

type Reply = HttpResponse | Exception | Callable[[HttpRequest], Awaitable[HttpResponse]]


def merchants_catalog(url: str = HOOK, more: str = "") -> Catalog:
    """Return the tests' catalogue, whose only site has a fulfilment URL."""
    products = PRODUCTS.replace('sites = ["other"]', "active = false")
    return make_catalog(products, f'{SHOP}fulfilment_url = "{url}"\n{more}' if url else SHOP)


class MerchantDouble:
    """A scripted merchant: records the messages, which fit their schema, responds in turn, and repeats the last response."""

    def __init__(self) -> None:
        self.replies: list[Reply] = [HttpResponse(200)]
        self.requests: list[HttpRequest] = []

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        check_message(request.body)
        self.requests.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, HttpResponse):
            return reply
        if isinstance(reply, Exception):
            raise reply
        return await reply(request)


class FulfilmentHarness:
    """An engine over a database in memory, with one order, and its merchant."""

    def __init__(self, catalog: Catalog | None = None, env: Mapping[str, str] | None = None, **order: Any) -> None:
        self.database = MemoryDatabase()
        self.merchant = MerchantDouble()
        self.now = float(NOW)
        self.env = {**ENV, "FULFILMENT_SECRET": SIGNING_SECRET} if env is None else env
        chosen = catalog or merchants_catalog()
        ports = Ports(self.database, Provider(), lambda: self.now, lambda: "0" * 26, self._sleep, self.merchant)
        self.app = App(Engine(self.env, chosen, ports))
        self.engine = self.app.engine
        run(self.engine.orders.create_order(make_order(**order), "", "digest"))

    async def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def record(self, kind: EventKind = EventKind.PAID, **changes: Any) -> None:
        run(self.engine.inbox.record_event(make_event(kind, **changes), int(self.now)))

    def deliver(self, limit: int = 50) -> list[DeliveryAttempt]:
        return run(deliver_due(self.engine, limit))

    def effects(self) -> dict[str, Row]:
        """Every effect's row, by its name."""
        history = run(self.engine.orders.history(ORDER_ID))
        assert history is not None
        return {str(row["effect"]): row for row in history.effects}

    def states(self) -> dict[str, object]:
        return {name: row["state"] for name, row in self.effects().items()}


def read_message(request: HttpRequest, secret: str = SIGNING_SECRET) -> dict[str, Any]:
    """Verify a message with the official library at the message's time, and return its content."""
    content: dict[str, Any] = Webhook(secret).verify(request.body, dict(request.headers))
    return content
