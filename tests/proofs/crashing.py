"""A whole purchase with one crash of its engine, at any of its round trips to the database."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol

from lightning_cart.domain.order import OrderStatus
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.ports import Database, Statement
from lightning_cart.usecases.fulfil import deliver_due
from lightning_cart.usecases.receipts import Papers, read_papers
from lightning_cart.usecases.reconcile import reconcile
from lightning_cart.web.app import App
from lightning_cart.web.responses import Answer
from support.builders import make_code
from support.databases import PowerCut
from support.harness import Handle, Harness, open_harness
from support.merchants import MerchantDouble
from support.postgres_tables import PostgresTables

NO_ANSWER = 502  # what a client is told in front of a dead process
HOUR = 3600
CODE = "SPRING"
BUYER = {"customer_email": "ada@example.com", "note": "Ring twice"}


class Crashing(Database, Protocol):
    """A database whose process crashes once, at one of its round trips."""

    at: int

    @property
    def has_failed(self) -> bool:
        """Whether the process has crashed."""
        ...


@asynccontextmanager
async def opened(
    strategy: Any, crash: Callable[[Database], Crashing], tables: PostgresTables | None
) -> AsyncIterator[tuple[Harness, MerchantDouble, Crashing]]:
    """Open a harness whose engine crashes at one round trip to its database, and restarts at once."""
    made: list[Crashing] = []
    merchant = MerchantDouble()

    def wrap(database: Database) -> Database:
        made.append(crash(database))
        return made[0]

    def reach(app: App) -> Handle:
        async def handle(request: HttpRequest) -> Answer:
            answer = Answer(NO_ANSWER)
            try:
                answer = await app.handle(request)
                await app.deliver_after(answer)
            except PowerCut:
                harness.restart()
            return answer

        return handle

    async with open_harness(strategy, tables, wrap, merchant) as harness:
        harness.reach = reach
        harness.restart()
        yield harness, merchant, made[0]


async def insist(call: Callable[[], Awaitable[HttpResponse]]) -> HttpResponse:
    """Repeat a call without a response, as its caller does."""
    answer = await call()
    return await call() if answer.status == NO_ANSWER else answer


async def on_schedule(harness: Harness) -> None:
    """Run what is scheduled: repeated webhooks, messages that are due, and the reconciler."""
    harness.wait(HOUR)
    try:
        await harness.deliver()
        await deliver_due(harness.app.engine)
        await reconcile(harness.app.engine, 10)
    except PowerCut:
        harness.restart()


async def buy_and_give_back(harness: Harness) -> dict[str, Any]:
    await harness.database.query(make_code(CODE, terms='{"percent": "50"}', most_uses=1, once=1))
    cart = {"key": "k", "code": CODE, **BUYER}
    checkout: dict[str, Any] = json.loads((await insist(lambda: harness.check_out(("ten", 2), **cart))).body)
    await harness.visit(checkout, "pay")
    await harness.come_back(checkout)  # where this is cut off, the buyer goes away
    await on_schedule(harness)
    await insist(lambda: harness.refund(checkout, "r", amount_minor=300))
    for _ in range(3):
        await on_schedule(harness)
    await see_papers(harness, checkout)
    return checkout


async def see_papers(harness: Harness, checkout: dict[str, Any]) -> Papers:
    """Read an order with its documents, again after a crash. What has no number yet gets one."""
    try:
        papers = await read_papers(harness.app.engine, checkout["order_id"])
    except PowerCut:
        harness.restart()
        papers = await read_papers(harness.app.engine, checkout["order_id"])
    assert papers is not None
    return papers


async def assert_right(harness: Harness, merchant: MerchantDouble, checkout: dict[str, Any]) -> None:
    history = await harness.app.engine.orders.history(checkout["order_id"])
    assert history is not None
    order = history.order
    assert (order.status, order.paid_minor, order.refunded_minor) == (OrderStatus.PARTIALLY_REFUNDED, 1000, 300)
    assert (order.needs_review, [refund.status for refund in history.refunds]) == (False, ["succeeded"])
    assert {(row["effect"], row["state"]) for row in history.effects} == {
        ("order.paid", "delivered"),
        ("order.refunded:300", "delivered"),
    }
    assert [harness.database.count(table) for table in ("orders", "buyers", "code_uses")] == [1, 1, 1]
    (used,) = await harness.database.query(
        Statement("SELECT c.uses, u.state FROM codes AS c JOIN code_uses AS u ON u.code = c.code")
    )
    assert dict(used) == {"uses": 1, "state": "used"}
    assert (order.customer_email, order.buyer.note) == tuple(BUYER.values())
    assert {delivery["state"] for delivery in harness.sandbox.deliveries.latest()} == {"delivered"}
    buyers = [one["balance_minor"] for one in harness.sandbox.ledger.accounts() if "••" in one["name"]]
    assert buyers == [-700]
    papers = await see_papers(harness, checkout)
    numbers = [papers.order.number, *(one.document.number for one in papers.documents)]
    assert [number.number for number in numbers if number] == [1, 1]  # of the receipt and of the credit note
    assert [one.document.amount_minor for one in papers.documents] == [300]
    assert harness.database.count("counters") == 2
    told = {(request.header("webhook-id"), request.body) for request in merchant.requests}
    assert len(told) == len({name for name, _ in told}) == 2  # perhaps more than once, and always the same


async def crash_once(strategy: Any, crash: Callable[[Database], Crashing], tables: PostgresTables | None = None) -> bool:
    """Run the purchase with one crash; return whether it crashed at all."""
    async with opened(strategy, crash, tables) as (harness, merchant, crashing):
        checkout = await buy_and_give_back(harness)
        has_crashed, crashing.at = crashing.has_failed, 0
        await assert_right(harness, merchant, checkout)
        return has_crashed
