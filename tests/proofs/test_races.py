"""Many at once: 200 buyers have 20 rows or uses of a code, one address has 5 free orders, and each message is claimed once."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from lightning_cart.domain.payment_event import EventKind
from lightning_cart.ports import Database, Statement
from lightning_cart.storage.attempts import FREE_ORDERS
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.orders import OrderStore
from lightning_cart_host.adapters.database import open_database
from proofs.edge import D1OverHttp, WorkerdShop
from proofs.racing import BUYERS, CODE, ENGINES, SKU, Race, all_at_once, in_processes, in_threads, use_code
from support import ROOT
from support.app import run
from support.builders import NOW, make_code, make_event, make_order
from support.databases import empty

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


@pytest.fixture
def d1(edge_shop: WorkerdShop) -> Iterator[D1OverHttp]:
    with D1OverHttp(edge_shop.address) as made:
        empty(made)
        yield made
        empty(made)


def check_uses(database: Database, race: Callable[[int], Sequence[str]]) -> None:
    """Let 200 buyers race for 20 uses, let some of the orders expire, and let 200 others race for their uses."""
    run(database.query(make_code(CODE, most_uses=ROWS)))
    saved = race(0)
    assert len(saved) == ROWS
    for order_id in saved[:3]:
        run(Inbox(database).record_event(make_event(EventKind.EXPIRED, id=f"evt_{order_id}", order_id=order_id), NOW))
    assert read(database, "SELECT uses FROM codes") == [{"uses": ROWS - 3}]
    later = race(ENGINES * BUYERS)
    assert len(later) == 3
    assert read(database, "SELECT uses FROM codes") == [{"uses": ROWS}]
    assert read(database, "SELECT id FROM orders ORDER BY id") == [{"id": id_} for id_ in sorted([*saved, *later])]
    assert read(database, "SELECT state, count(*) AS n FROM code_uses GROUP BY state ORDER BY state") == [
        {"state": "held", "n": ROWS},
        {"state": "released", "n": 3},
    ]


def test_two_hundred_buyers_use_a_code_twenty_times_and_no_more(url: str, database: Database) -> None:
    check_uses(database, lambda first: [*chain.from_iterable(in_threads(url, "use a code", first))])


@pytest.mark.xdist_group("edge")
def test_two_hundred_buyers_use_a_code_twenty_times_on_d1_too(d1: D1OverHttp) -> None:
    def race(first: int) -> list[str]:
        async def at_once() -> list[str]:
            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(16))
            return await all_at_once(use_code, d1, first, ENGINES * BUYERS)

        return run(at_once())

    check_uses(d1, race)


def test_of_fifty_two_free_orders_from_one_address_five_are_saved(url: str, database: Database) -> None:
    saved = sorted(chain.from_iterable(in_threads(url, "order for free")))
    assert len(saved) == FREE_ORDERS
    assert read(database, "SELECT id, status FROM orders ORDER BY id") == [{"id": id_, "status": "paid"} for id_ in saved]
    assert read(database, "SELECT count FROM attempts WHERE key = 'free:one'") == [{"count": FREE_ORDERS}]


def test_four_engines_give_the_same_numbers_to_the_same_documents_without_a_gap(
    race: Race, url: str, database: Database
) -> None:
    for place in range(BUYERS):
        order_id = f"ord_{place:026d}"
        run(OrderStore(database).create_order(make_order(id=order_id), "", "digest"))
        for kind in (EventKind.PAID, EventKind.REFUNDED):
            event = make_event(kind, id=f"{kind}_{place}", order_id=order_id, payment_ref=f"pi_{place}")
            run(Inbox(database).record_event(event, NOW))
    first, *others = race(url, "number")
    assert all(numbers == first for numbers in others)
    assert sorted(first) == sorted(f"{mark}2026-{place + 1}" for mark in ("", "C") for place in range(BUYERS))
    assert {row["value"] for row in read(database, "SELECT value FROM counters")} == {BUYERS}


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
