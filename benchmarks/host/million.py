"""Measures what the engine does with a thousand orders and with a million: the same calls on both databases, in turns."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from statistics import median
from typing import Any, TypedDict

from benchmarks.edge.answers import answer
from benchmarks.edge.traffic import ENV
from benchmarks.host.contenders import POSTGRES, SQLITE
from benchmarks.host.filling import fill, stored_bytes
from benchmarks.host.racing import Arena, Say
from benchmarks.host.traffic import cart, stripe_event
from lightning_cart.domain.order import Order
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.flow import Flow
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.ports import Ports
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.strategy import CheckoutReading
from lightning_cart.providers.stripe.checkout import StripeCheckout
from lightning_cart.storage.order_search import OrderFilter, OrderSearch
from lightning_cart.storage.outbox import DeliveryResult, DeliveryState
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.reconcile import reconcile
from lightning_cart.web.app import App
from lightning_cart_host.adapters.database import HostDatabase, open_database
from lightning_cart_host.adapters.ids import new_id
from lightning_cart_host.edge.staging import ROOT
from lightning_cart_host.server.catalog_folder import load_catalog

FEW = 1000
_ORDERS_OF_A_RUN = 10

# By database and by what is done: milliseconds of each round with few orders and with many.
type Waits = dict[str, dict[str, list[tuple[float, ...]]]]


class MillionFigures(TypedDict):
    """What was measured.

    Args:
        orders: How many are many.
        waits: By database and by what is done, the median milliseconds of each round with few and with many orders.
        bytes_per_order: By database, with all rows about an order and all indexes.
    """

    orders: int
    waits: Waits
    bytes_per_order: dict[str, float]


class _QuietStripe(StripeCheckout):
    """Stripe, which says of every order what the engine knows already."""

    def read_checkout(self, order: Order, *, capture: bool) -> Flow[CheckoutReading]:
        if not order.paid_minor:
            return CheckoutReading()
        event_id = f"read:{order.payment_ref}:{capture}"
        paid = PaymentEvent(
            order.provider, event_id, "session", EventKind.PAID, order.id, amount=order.total, payment_ref=order.payment_ref
        )
        return CheckoutReading((paid,))
        yield  # makes it a flow


async def _send(request: HttpRequest) -> HttpResponse:
    return HttpResponse(200, {"content-type": "application/json"}, answer(request.path).encode())


@dataclass(frozen=True, slots=True)
class Shop:
    """An engine on a database.

    Args:
        app: The engine behind its routes.
        database: Its database.
    """

    app: App
    database: HostDatabase

    async def call(self, path: str, headers: dict[str, str], body: str) -> Any:  # noqa: ANN401 - whatever JSON it is
        """Send a request to the engine and return the response's JSON."""
        response = await self.app.handle(HttpRequest("POST", path, headers, body.encode()))
        if response.status not in {200, 201}:
            raise RuntimeError(f"{path} was answered with {response.status}: {response.body.decode()}")
        return json.loads(response.body)


@contextlib.asynccontextmanager
async def open_shop(name: str) -> AsyncIterator[Shop]:
    """Open an engine on a migrated database during the block."""
    database = await open_database(name)
    try:
        await database.migrate(ROOT / "migrations")
        ports = Ports(database, _send, clock=time.time, new_id=new_id, sleep=asyncio.sleep)
        strategies = tuple(_QuietStripe if one is StripeCheckout else one for one in STRATEGIES)
        yield Shop(App(Engine(ENV, load_catalog(ROOT / "benchmarks" / "config", strategies), ports, strategies)), database)
    finally:
        await database.aclose()


_numbers = count(time.time_ns())


async def _checkout(shop: Shop) -> Any:  # noqa: ANN401 - the same
    headers, body = cart(f"million-{next(_numbers)}")
    return await shop.call("/checkout", headers, body)


async def _webhook(shop: Shop, opened: dict[str, str]) -> None:
    await shop.call("/webhook/stripe", *stripe_event(opened["order_id"], opened["session_id"]))


async def _claim(shop: Shop) -> None:
    outbox = shop.app.engine.outbox
    if message := await outbox.claim(int(time.time()), 60):
        await outbox.save_result(message, DeliveryResult(DeliveryState.DELIVERED, 0, 200, ""))


async def _list(shop: Shop) -> None:
    await shop.app.engine.orders.list_orders("paid")


async def _search(shop: Shop) -> None:
    await OrderSearch(shop.database).find("pi_77", 20)


async def _filter(shop: Shop) -> None:
    await OrderSearch(shop.database).list(OrderFilter(status="paid", email="buyer77@shop.example"), 20)


async def _reconcile(shop: Shop) -> None:
    await reconcile(shop.app.engine, _ORDERS_OF_A_RUN)


_WORK: dict[str, Callable[[Shop], Awaitable[None]]] = {
    "claim": _claim,
    "list": _list,
    "search by a payment's id": _search,
    "list with two filters": _filter,
    "run of the reconciler": _reconcile,
}


async def _timed[T](work: Awaitable[T], waits: list[float]) -> T:
    started = time.perf_counter()
    done = await work
    waits.append((time.perf_counter() - started) * 1000)
    return done


async def _in_turns(shops: Sequence[Shop], times: int) -> dict[str, tuple[float, ...]]:
    """Do each kind of work so many times in each shop, in turns, and return the median milliseconds of each shop."""
    waits: dict[str, list[list[float]]] = {name: [[] for _ in shops] for name in ("checkout", "webhook", *_WORK)}
    opened: list[list[dict[str, str]]] = [[] for _ in shops]
    for _ in range(times):
        for number, shop in enumerate(shops):
            opened[number].append(await _timed(_checkout(shop), waits["checkout"][number]))
    for turn in range(times):
        for number, shop in enumerate(shops):
            await _timed(_webhook(shop, opened[number][turn]), waits["webhook"][number])
    for name, work in _WORK.items():
        for _ in range(times):
            for number, shop in enumerate(shops):
                await _timed(work(shop), waits[name][number])
    return {name: tuple(map(median, found)) for name, found in waits.items()}


async def _first_order(name: str) -> str:
    """Buy a first order, which is then copied, and return its id."""
    async with open_shop(name) as shop:
        opened = await _checkout(shop)
        await _webhook(shop, opened)
        await _claim(shop)
        return str(opened["order_id"])


async def _compare(few: str, many: str, rounds: int, times: int) -> dict[str, list[tuple[float, ...]]]:
    found: dict[str, list[tuple[float, ...]]] = {}
    async with open_shop(few) as small, open_shop(many) as large:
        await _in_turns((small, large), 2)
        for _ in range(rounds):
            for name, waits in (await _in_turns((small, large), times)).items():
                found.setdefault(name, []).append(waits)
    return found


def _databases(arena: Arena, database: str) -> Iterator[str]:
    for size in ("few", "many"):
        yield arena.postgres.create_database() if database == POSTGRES else str(arena.folder / f"{size}.db")


def measure_million(arena: Arena, orders: int, rounds: int, times: int, say: Say) -> MillionFigures:
    """Compare a thousand orders with many.

    Args:
        arena: Where the databases are.
        orders: How many are many.
        rounds: How often each kind of work is measured with few and with many orders, in turns.
        times: How often it is done in a round.
        say: Shows the progress.
    """
    figures: MillionFigures = {"orders": orders, "waits": {}, "bytes_per_order": {}}
    for database in (SQLITE, POSTGRES):
        few, many = _databases(arena, database)
        for name, size in ((few, FEW), (many, orders)):
            say(f"{database}: {size} orders")
            fill(name, asyncio.run(_first_order(name)), size)
        figures["bytes_per_order"][database] = (stored_bytes(many) - stored_bytes(few)) / max(1, orders - FEW)
        say(f"{database}: {FEW} orders and {orders} in turns")
        figures["waits"][database] = asyncio.run(_compare(few, many, rounds, times))
    return figures
