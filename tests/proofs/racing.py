"""Buyers of the last rows of a stock, of a code and of free orders, claimers of messages, and engines that migrate, at once.

`python -m proofs.racing URL TASK FIRST` waits for a line, runs the task, and prints its result as JSON.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain
from typing import Any

from lightning_cart.domain.document import Series
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import ENGINE, FREE
from lightning_cart.errors import TooManyFreeOrders
from lightning_cart.ports import Database, SqlValue
from lightning_cart.storage.documents import number_documents
from lightning_cart.storage.new_orders import Claims, CodeClaim, FreeClaim
from lightning_cart.storage.orders import OrderStore
from lightning_cart.storage.outbox import Outbox
from lightning_cart.storage.rows import order_values
from lightning_cart.storage.sql import Sql, run_batch
from lightning_cart_host.adapters.database import HostDatabase, open_database
from support import ROOT
from support.builders import NOW, make_order

type Race = Callable[[str, str], list[list[str]]]

SKU, CODE = "last", "SPRING"
ENGINES, BUYERS = 4, 50  # buyers of each engine
LEASE_SECONDS = 60
# As an order is opened that holds what it sells: one batch, in which everything depends on the order's row.
_SHORT = """
    SELECT w.sku, s.on_hand - s.held AS free
    FROM (
        SELECT CAST(w.value ->> 0 AS TEXT) AS sku, CAST(w.value ->> 1 AS INTEGER) AS quantity FROM json_each(:wanted) AS w
    ) AS w JOIN stock AS s ON s.sku = w.sku WHERE s.on_hand - s.held < w.quantity
"""
_COLUMNS = "id, site, strategy, provider, status, currency, total_minor, lines, metadata, customer_email, \
statement_descriptor_suffix, request_digest, created_at, updated_at"
_OPEN = Sql(f"""
    INSERT INTO orders ({_COLUMNS})
    SELECT {", ".join(f":{name}" for name in _COLUMNS.split(", "))}
    WHERE NOT EXISTS ({_SHORT}) ON CONFLICT DO NOTHING
""")
_HOLD = Sql("""
    INSERT INTO holds (order_id, sku, quantity, state)
    SELECT o.id, CAST(w.value ->> 0 AS TEXT), CAST(w.value ->> 1 AS INTEGER), 'new'
    FROM orders AS o CROSS JOIN json_each(:wanted) AS w WHERE o.id = :id ON CONFLICT DO NOTHING
""")
_COUNT = Sql("""
    UPDATE stock SET held = held + (
        SELECT h.quantity FROM holds AS h WHERE h.order_id = :id AND h.sku = stock.sku AND h.state = 'new'
    ) WHERE sku IN (SELECT h.sku FROM holds AS h WHERE h.order_id = :id AND h.state = 'new')
""")
_KEEP = Sql("UPDATE holds SET state = 'held' WHERE order_id = :id AND state = 'new'")
_FOUND = Sql("SELECT id FROM orders WHERE id = :id")


async def buy(database: Database, number: int) -> str:
    """Open an order that holds one row, and return its id, or "" if there is none left."""
    order = make_order(id=f"ord_{number:026d}")
    own: dict[str, SqlValue] = {"status": "open", "customer_email": "", "updated_at": NOW, "wanted": json.dumps([[SKU, 1]])}
    values = {**order_values(order, "", "digest"), **own}
    statements = {"open": _OPEN, "hold": _HOLD, "count": _COUNT, "keep": _KEEP, "found": _FOUND}
    rows = await run_batch(database, {name: sql(values) for name, sql in statements.items()})
    return "".join(str(row["id"]) for row in rows["found"])


async def use_code(database: Database, number: int) -> str:
    """Open an order that uses the code, and return its id, or "" if it is used up."""
    order = make_order(id=f"ord_{number:026d}", code=CODE)
    saved = await OrderStore(database).create_order(order, f"key {number}", "digest", Claims(CodeClaim(CODE, 1)))
    return saved[0].id if isinstance(saved, tuple) else ""


async def order_for_free(database: Database, number: int) -> str:
    """Order for free from the address of all others, and return the order's id, or "" if there were too many."""
    line = LineItem("test-10", "Test checkout", Money(0, "USD"), 1)
    order = make_order(id=f"ord_{number:026d}", strategy=FREE, provider=ENGINE, lines=(line,))
    try:
        saved = await OrderStore(database).create_order(order, "", "", Claims(free=FreeClaim("one", f"buyer {number}")))
    except TooManyFreeOrders:
        return ""
    return saved[0].id if isinstance(saved, tuple) else ""


async def all_at_once(one: Callable[[Database, int], Awaitable[str]], database: Database, first: int, count: int) -> list[str]:
    """Let buyers come at the same time, and return the orders that they have."""
    return [found for found in await asyncio.gather(*(one(database, first + number) for number in range(count))) if found]


async def claim_all(database: Database, claimers: int) -> list[str]:
    """Claim messages until none is due, and return the orders that they are about."""

    async def work() -> list[str]:
        claimed = []
        while message := await Outbox(database).claim(NOW, LEASE_SECONDS):
            claimed.append(message.order.id)
        return claimed

    return list(chain.from_iterable(await asyncio.gather(*(work() for _ in range(claimers)))))


async def number(database: Database, count: int) -> list[str]:
    """Number the documents of the first orders at the same time as others do, and return all numbers in the orders' order."""
    both = await asyncio.gather(*(number_documents(database, make_order(id=f"ord_{n:026d}"), NOW) for n in range(count)))
    return [
        one.text(series)
        for order, documents in both
        for series, one in ((Series.RECEIPT, order.number), *((document.series, document.number) for document in documents))
        if one is not None
    ]


TASKS: dict[str, Callable[[HostDatabase, int], Awaitable[list[str]]]] = {
    "buy": lambda database, first: all_at_once(buy, database, first, BUYERS),
    "use a code": lambda database, first: all_at_once(use_code, database, first, BUYERS),
    "order for free": lambda database, first: all_at_once(order_for_free, database, first, 13),
    "number": lambda database, _: number(database, BUYERS),
    "claim": lambda database, _: claim_all(database, 2),
    "migrate": lambda database, _: database.migrate(ROOT / "migrations"),
}


def in_threads(url: str, task: str, first: int = 0) -> list[list[str]]:
    """Run a task on four engines, each with a loop and connections of its own, with orders from number `first` on."""

    async def work(number: int) -> list[str]:
        database = await open_database(url)
        found = await TASKS[task](database, number)
        await database.aclose()
        return found

    with ThreadPoolExecutor(ENGINES) as pool:
        return list(pool.map(lambda number: asyncio.run(work(first + number * BUYERS)), range(ENGINES)))


def in_processes(url: str, task: str) -> list[list[str]]:
    """Run a task in four processes, which begin when all have connected."""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "proofs.racing", url, task, str(number * BUYERS)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    env=env,
                )
            )
            for number in range(ENGINES)
        ]
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()
        return [json.loads(process.stdout.read()) for process in processes if process.stdout]


async def race(arguments: Sequence[str]) -> Any:
    """Connect, wait for a line, and return the result of the task."""
    url, task, first = arguments
    database = await open_database(url)
    try:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)
        return await TASKS[task](database, int(first))
    finally:
        await database.aclose()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(race(sys.argv[1:]))))
