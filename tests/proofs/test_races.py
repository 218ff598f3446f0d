"""Many at once, in threads and in processes: 200 buyers buy 20 rows, and 8 claimers claim 50 messages, each once."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from lightning_cart.domain.order import EventKind
from lightning_cart.ports import Database, Statement
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.orders import OrderStore
from lightning_cart_host.adapters.database import open_database
from proofs.racing import SKU, TASKS
from support import ROOT
from support.app import run
from support.builders import NOW, make_event, make_order

pytestmark = pytest.mark.process

ENGINES, BUYERS, ROWS, MESSAGES = 4, 200, 20, 50

type Race = Callable[[str, str], list[list[str]]]


def in_threads(url: str, task: str) -> list[list[str]]:
    """Run a task on four engines, each with a loop and connections of its own."""

    async def work(first: int) -> list[str]:
        database = await open_database(url)
        found = await TASKS[task](database, first)
        await database.aclose()
        return found

    with ThreadPoolExecutor(ENGINES) as pool:
        return list(pool.map(lambda number: asyncio.run(work(number * BUYERS)), range(ENGINES)))


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


@pytest.fixture(params=["a SQLite file", "PostgreSQL"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the name of a database with the engine's tables."""
    if request.param == "PostgreSQL":
        yield request.getfixturevalue("postgres_url")
        return
    database = run(open_database(str(tmp_path / "orders.db")))
    run(database.migrate(ROOT / "migrations"))
    run(database.aclose())
    yield str(tmp_path / "orders.db")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = run(open_database(url))
    yield opened
    run(opened.aclose())


@pytest.fixture(params=[in_threads, in_processes])
def race(request: pytest.FixtureRequest) -> Race:
    found: Race = request.param
    return found


def read(database: Database, sql: str) -> list[dict[str, Any]]:
    return [dict(row) for row in run(database.query(Statement(sql)))]


def test_two_hundred_buyers_have_the_last_twenty_rows_and_no_more(race: Race, url: str, database: Database) -> None:
    run(database.query(Statement("INSERT INTO stock (sku, on_hand) VALUES (?, ?)", (SKU, ROWS))))
    sold = sorted(chain.from_iterable(race(url, "buy")))
    assert len(sold) == ROWS
    assert read(database, "SELECT on_hand, held FROM stock") == [{"on_hand": ROWS, "held": ROWS}]
    assert read(database, "SELECT id FROM orders ORDER BY id") == [{"id": id_} for id_ in sold]
    assert read(database, "SELECT order_id AS id, state, quantity FROM holds ORDER BY order_id") == [
        {"id": id_, "state": "held", "quantity": 1} for id_ in sold
    ]


def test_eight_claimers_have_each_of_fifty_messages_once(race: Race, url: str, database: Database) -> None:
    ids = [f"ord_{number:026d}" for number in range(MESSAGES)]

    async def fill() -> None:
        for id_ in ids:
            await OrderStore(database).create_order(make_order(id=id_), "", "digest")
            event = make_event(EventKind.PAID, id=f"evt_{id_}", order_id=id_, payment_ref=f"pi_{id_}")
            await Inbox(database).record_event(event, NOW)

    run(fill())
    assert sorted(chain.from_iterable(race(url, "claim"))) == ids
    assert read(database, "SELECT attempts, count(*) AS n FROM outbox GROUP BY attempts") == [{"attempts": 1, "n": MESSAGES}]
