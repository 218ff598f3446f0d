"""The traffic of the edge benchmark is real: its webhooks pay the orders that they name, and its carts become orders."""

import asyncio
import time
from collections.abc import Iterator
from itertools import islice

import pytest

from benchmarks.edge.answers import answer
from benchmarks.edge.traffic import (
    CODE_CART,
    ENV,
    FULL_CART,
    Request,
    checkouts,
    paypal_webhooks,
    quotes,
    seed_script,
    stripe_webhooks,
)
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.ports import Ports
from lightning_cart.providers import STRATEGIES
from lightning_cart.ulid import make_id
from lightning_cart.usecases.engine import Engine
from lightning_cart.web.app import App
from lightning_cart_host.server.catalog_folder import load_catalog
from support import ROOT, app
from support.databases import MemoryDatabase

ORDERS = 3


class Shop:
    """The benchmark's engine, with its open orders and its providers."""

    def __init__(self) -> None:
        self.database = MemoryDatabase()
        self.database.connection.executescript(seed_script(ORDERS))
        self.paths: list[str] = []
        ids = (make_id(time.time_ns() // 1_000_000, number) for number in range(99))
        ports = Ports(self.database, self, clock=time.time, new_id=lambda: next(ids), sleep=asyncio.sleep)
        self.app = App(Engine(ENV, load_catalog(ROOT / "benchmarks" / "config", STRATEGIES), ports))

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        self.paths.append(request.path)
        return HttpResponse(200, {"content-type": "application/json"}, answer(request.path).encode())

    def run(self, traffic: Iterator[Request]) -> list[int]:
        """Send three requests, and return the statuses of the responses."""
        requests = (
            HttpRequest(one["method"], one["url"], one["headers"], one["body"].encode()) for one in islice(traffic, ORDERS)
        )
        return [app.run(self.app.handle(request)).status for request in requests]

    def count(self, provider: str, status: str) -> int:
        """Return how many orders of a provider have a status."""
        found = self.database.connection.execute(
            "SELECT COUNT(*) FROM orders WHERE provider = ? AND status = ? AND needs_review = 0", (provider, status)
        )
        return int(found.fetchone()[0])


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_each_webhook_of_stripe_pays_its_order(shop: Shop) -> None:
    assert shop.run(stripe_webhooks("/webhook/stripe")) == [200] * ORDERS
    assert (shop.count("stripe", "paid"), shop.count("paypal", "paid")) == (ORDERS, 0)


def test_each_webhook_of_paypal_pays_its_order(shop: Shop) -> None:
    assert shop.run(paypal_webhooks()) == [200] * ORDERS
    assert (shop.count("stripe", "paid"), shop.count("paypal", "paid")) == (0, ORDERS)


def test_each_cart_opens_an_order_of_its_own(shop: Shop) -> None:
    assert shop.run(checkouts()) == [201] * ORDERS
    assert shop.count("stripe", "open") == 2 * ORDERS


def test_each_full_cart_opens_an_order_with_delivery_and_tax(shop: Shop) -> None:
    assert shop.run(checkouts(FULL_CART)) == [201] * ORDERS
    parts = shop.database.connection.execute("SELECT goods_minor, shipping_minor, tax_minor FROM orders WHERE tax_minor > 0")
    assert tuple(parts.fetchone()) == (3000, 550, 900)


def test_a_full_cart_with_a_code_comes_to_the_same_in_one_round_trip_more(shop: Shop) -> None:
    shop.run(checkouts(FULL_CART))
    without = shop.database.round_trips
    assert shop.run(checkouts(CODE_CART)) == [201] * ORDERS
    assert (without, shop.database.round_trips - without) == (2 * ORDERS, 3 * ORDERS)
    totals = shop.database.connection.execute(
        "SELECT MIN(total_minor), MAX(total_minor), COUNT(*) FROM orders WHERE tax_minor > 0"
    )
    assert tuple(totals.fetchone()) == (4450, 4450, 2 * ORDERS)
    assert shop.database.connection.execute("SELECT uses FROM codes").fetchone()[0] == ORDERS


def test_each_quote_is_answered_without_the_database(shop: Shop) -> None:
    assert shop.run(quotes()) == [200] * ORDERS
    assert (shop.database.round_trips, shop.paths) == (0, [])


def test_paypals_token_is_fetched_once_and_each_webhook_asks_twice_in_two_round_trips(shop: Shop) -> None:
    shop.run(paypal_webhooks())
    assert shop.paths.count("/v1/oauth2/token") == 1
    assert (len(shop.paths) - 1, shop.database.round_trips) == (2 * ORDERS, 2 * ORDERS)
