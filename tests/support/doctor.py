"""An installation that the doctor finds nothing wrong with: the sandbox's providers, an engine that answers, and a database."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.utils import formatdate
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from lightning_cart import __version__
from lightning_cart.http import HttpRequest, HttpResponse, json_bytes
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.storage.loop_leases import LEASE_SECONDS, Loop
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.cli.doctor.check import Check
from lightning_cart_host.cli.doctor.run import Installation, Outside, run_checks
from lightning_cart_host.resources import find_resource
from lightning_cart_sandbox import create_sandbox
from support.builders import ADMIN_TOKEN, NOW, RECEIPT_SECRET
from support.merchants import SIGNING_SECRET

PUBLIC_URL = "https://pay.shop.example"
DATABASE = "orders.db"
SANDBOX_URL = "http://127.0.0.1:8090"
KEYS = {
    "stripe": [
        "sk_test_sandbox",
        "rk_test_reader_of_this_machine=event_read",
        "rk_test_checkout_of_this_machine=checkout_session_read",
    ],
    "square": ["sandbox-access-token", "EAAAreader_of_this_machine=PAYMENTS_READ"],
}
PRODUCTS = '[products.mug]\nname = "Mug"\nprices = { USD = "12.50" }\n'
SITES = """
[sites.shop]
name = "Shop"
success_page = "/thanks"
cancel_page = "/cart"
default_strategy = "stripe_checkout"
strategies = ["stripe_links", "paypal", "square"]
address = ["Calle Mayor 1", "28013 Madrid"]
"""

type Reply = HttpResponse | Exception


def health(status: int = 200, **changes: object) -> HttpResponse:
    """Return what the engine answers to `GET /health`."""
    content = {"status": "ok" if status == 200 else "unavailable", "version": __version__, **changes}
    return HttpResponse(status, {"content-type": "application/json"}, json_bytes(content))


WEBHOOK_REPLY = HttpResponse(405, {"content-type": "application/problem+json"}, b'{"type": "/problems/method-not-allowed"}')


class CheckedShop:
    """What the doctor checks. A test breaks one part of it.

    Args:
        folder: Has the database with every migration, and the catalogue.

    Attributes:
        env: The settings.
        replies: Responses instead of the sandbox's, by the start of the URL.
        ahead: Seconds by which this machine's clock is ahead of everyone's.
        requests: What was sent.
    """

    def __init__(self, folder: Path) -> None:
        self.app = create_sandbox(SANDBOX_URL, keys=KEYS)
        self.sandbox: Any = self.app.state.sandbox
        self.config, self.database = folder, str(folder / DATABASE)
        self.env = {
            "PUBLIC_URL": PUBLIC_URL,
            "RECEIPT_SECRET": RECEIPT_SECRET,
            "ADMIN_TOKEN": ADMIN_TOKEN,
            "FULFILMENT_SECRET": SIGNING_SECRET,
        }
        for name, provider in self.sandbox.providers.items():
            self.env |= provider.connect(f"{PUBLIC_URL}/webhook/{name}")
        self.env["SQUARE_WEBHOOK_URL"] = f"{PUBLIC_URL}/webhook/square"
        self.replies: dict[str, Reply] = {
            f"{PUBLIC_URL}/webhook": WEBHOOK_REPLY,
            PUBLIC_URL: health(),
            "http://pay.shop.example": HttpResponse(308),
        }
        self.ahead = 0
        self.requests: list[HttpRequest] = []
        self.certificate: list[Check] = []

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send a request to the engine's reply, or to the sandbox."""
        self.requests.append(request)
        for start, reply in self.replies.items():
            if request.url.startswith(start):
                if isinstance(reply, Exception):
                    raise reply
                return reply
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app)) as client:
            answer = await client.request(request.method, request.url, headers=dict(request.headers), content=request.body)
        date = formatdate(NOW - self.ahead, usegmt=True)
        return HttpResponse(answer.status_code, {**answer.headers, "date": date}, answer.content)

    def check(
        self, strategies: tuple[type[PaymentStrategy], ...] | None = STRATEGIES, folder: Path | None = None, **env: str
    ) -> list[Check]:
        """Return the doctor's checks, with changed settings; with a folder also those of `.env` in it."""
        installation = Installation({**self.env, **env}, self.config, self.database)
        if folder is not None:
            installation = installation._replace(environ={}, folder=folder)
        outside = Outside(self.send, lambda: NOW, lambda _: self.certificate)
        return asyncio.run(run_checks(installation, strategies, outside))

    def find(self, kind: str) -> dict[str, Any]:
        """Return the only document of a kind in the sandbox's store."""
        (document,) = self.sandbox.store.find(kind)
        return dict(document)

    def change(self, kind: str, **changes: object) -> None:
        """Change the only document of a kind in the sandbox's store."""
        self.sandbox.store.put(kind, self.find(kind) | changes)


@cache
def migrated_database() -> bytes:
    """Return an empty database with every migration, as a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / DATABASE
        made = SqliteDatabase(path)
        asyncio.run(made.migrate(find_resource("migrations")))
        made.close()
        return path.read_bytes()


@contextmanager
def checked_shop(folder: Path) -> Iterator[CheckedShop]:
    """Make an installation in a folder."""
    (folder / DATABASE).write_bytes(migrated_database())
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as connection:
        for loop in Loop:  # as a running engine holds them
            row = (f"loop:{loop}", "shop:1:x", NOW + LEASE_SECONDS)
            connection.execute("INSERT INTO reconciling (name, value, until) VALUES (?, ?, ?)", row)
    (folder / "products.toml").write_text(PRODUCTS)
    (folder / "sites.toml").write_text(SITES)
    shop = CheckedShop(folder)
    try:
        yield shop
    finally:
        shop.sandbox.store.close()
