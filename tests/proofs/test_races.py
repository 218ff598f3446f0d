"""Many at once, in threads and in processes: 200 buyers buy 20 rows, and 8 claimers claim 50 messages, each once."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from lightning_cart.domain.payment_event import EventKind
from lightning_cart.ports import Database, Statement
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.orders import OrderStore
from lightning_cart_host.adapters.database import open_database
from proofs.racing import SKU, Race, in_processes, in_threads
from support import ROOT
from support.app import run
from support.builders import NOW, make_event, make_order

pytestmark = pytest.mark.process

ROWS, MESSAGES = 20, 50


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
