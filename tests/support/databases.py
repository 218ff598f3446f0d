"""Databases for tests, which count round trips or fail on demand; and the contract that every database keeps."""

import asyncio
import sqlite3
import weakref
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import EventKind, OrderStatus, Verdict
from lightning_cart.domain.refund import RefundResult, RefundStatus, RefundWish
from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Database, Row, Statement
from lightning_cart.storage.inbox import Inbox, record_event_batch
from lightning_cart.storage.orders import OrderStore
from lightning_cart.storage.outbox import Outbox
from lightning_cart.storage.refunds import RefundStore
from lightning_cart.usecases.refund import refund_event
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from support import ROOT
from support.builders import NOW, ORDER_ID, make_event, make_order

K = EventKind
TABLES = ("outbox", "refunds", "events", "orders", "reconciling")  # each before what it refers to
BROKEN = {
    "it cannot be read": Statement("SELECT nonsense FROM nowhere"),
    "it breaks a check": Statement("UPDATE orders SET refunded_minor = total_minor + 1"),
    "it refers to nothing": Statement("INSERT INTO outbox (order_id, effect, created_at) VALUES ('ord_x', 'order.paid', 1)"),
    "it is there already": Statement("INSERT INTO orders SELECT * FROM orders"),
}
RECORDING = len(record_event_batch(make_event(K.PAID), NOW))


class MemoryDatabase:
    """A real SQLite in memory, which counts its round trips and can be broken."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False
        )  # closed by whichever thread collects it
        weakref.finalize(self, self.connection.close)
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("PRAGMA foreign_keys = ON")
        for migration in sorted((ROOT / "migrations").glob("*.sql")):
            self.connection.executescript(migration.read_text())
        self.round_trips = 0
        self.broken = False
        self.break_before: int | None = None

    def _rows(self, statement: Statement) -> list[Row]:
        return [dict(row) for row in self.connection.execute(statement.sql, statement.values)]

    async def query(self, statement: Statement) -> Sequence[Row]:
        (rows,) = await self.batch([statement])
        return rows

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        self.round_trips += 1
        if self.broken:
            raise StorageUnavailable("the disk is gone")
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            results = []
            for index, statement in enumerate(statements):
                if index == self.break_before:
                    raise StorageUnavailable("the disk is gone in the middle")
                results.append(self._rows(statement))
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")
        return results

    def close(self) -> None:
        self.connection.close()

    def count(self, table: str) -> int:
        return int(self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


class SqliteFile:
    """The host's own database on a file, counted and breakable as `MemoryDatabase` is."""

    def __init__(self, path: Path) -> None:
        self.inner = SqliteDatabase(path)
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.round_trips = 0
        self.broken = False

    def _cross(self) -> None:
        self.round_trips += 1
        if self.broken:
            raise StorageUnavailable("the disk is gone")

    async def query(self, statement: Statement) -> Sequence[Row]:
        self._cross()
        return await self.inner.query(statement)

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        self._cross()
        return await self.inner.batch(statements)

    def count(self, table: str) -> int:
        return int(self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def close(self) -> None:
        self.connection.close()
        self.inner.close()


class PowerCut(BaseException):
    """The process has crashed: it does nothing more and sends no response."""


class Fragile:
    """A database whose process crashes once, at one of its round trips.

    Args:
        inner: The database.
        at: The number of the round trip, from 1; 0 for none.
        done: Whether the round trip is still done, so that only its result is lost.
    """

    def __init__(self, inner: Database, at: int, *, done: bool) -> None:
        self.inner = inner
        self.at = at
        self.done = done
        self.crossings = 0

    @property
    def has_failed(self) -> bool:
        """Whether the process has crashed."""
        return self.crossings >= self.at > 0

    async def query(self, statement: Statement) -> Sequence[Row]:
        (rows,) = await self.batch([statement])
        return rows

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        self.crossings += 1
        if self.crossings == self.at and not self.done:
            raise PowerCut
        rows = await self.inner.batch(statements)
        if self.crossings == self.at:
            raise PowerCut
        return rows


def empty(database: Database) -> None:
    """Forget everything."""
    asyncio.run(database.batch([Statement(f"DELETE FROM {table}") for table in TABLES]))


def dump(database: Database) -> dict[str, list[Any]]:
    """Every row of every table."""
    rows = asyncio.run(database.batch([Statement(f"SELECT * FROM {table}") for table in TABLES]))
    return {name: sorted(map(repr, map(dict, found))) for name, found in zip(TABLES, rows, strict=True)}


async def live(database: Database) -> None:
    """Record a whole purchase: its dispute arrives first, a part is refunded, and one refund fails."""
    store, inbox, refunds, outbox = OrderStore(database), Inbox(database), RefundStore(database), Outbox(database)
    await store.create_order(make_order(customer_email="ñ@example.com", metadata={"note": "“🫖” 'it' \\ \n"}), "key", "digest")
    await inbox.record_event(make_event(K.DISPUTED, order_id=""), NOW)
    await inbox.record_event(make_event(K.PENDING), NOW)
    for _ in range(2):
        await inbox.record_event(make_event(K.PAID), NOW)
    for number, minor in enumerate((300, 200)):
        wish = RefundWish(ORDER_ID, minor, "broken", f"key {number}")
        refund, _ = await refunds.create_refund(wish, "USD", f"rfd_{number:026d}", NOW)
        order = await store.find_order(ORDER_ID)
        assert refund
        assert order
        result = RefundResult(f"re_{number}", RefundStatus.SUCCEEDED, Money(order.refunded_minor + minor, "USD"))
        await inbox.record_refund(refund, result, refund_event(order, result), NOW)
    await inbox.record_event(make_event(K.REFUND_FAILED, amount=Money(300, "USD"), object_id="re_1"), NOW)
    await inbox.record_event(make_event(K.PAID, id="evt_2", payment_ref="pi_2"), NOW)
    await outbox.claim(NOW, 60)


class DatabaseContract:
    """The contract of every database of the engine."""

    def test_a_row_comes_back_by_column_name_with_its_types(self, database: Database) -> None:
        rows = asyncio.run(database.query(Statement("SELECT ? AS text, ? AS number, ? AS gap", ("ñ “🫖” '", 2**53 - 1, None))))
        assert [dict(row) for row in rows] == [{"text": "ñ “🫖” '", "number": 2**53 - 1, "gap": None}]

    def test_a_batch_gives_the_rows_of_each_statement(self, database: Database) -> None:
        rows = asyncio.run(
            database.batch([Statement("SELECT 1 AS n"), Statement("DELETE FROM orders"), Statement("SELECT 2 AS n")])
        )
        assert [[dict(row) for row in found] for found in rows] == [[{"n": 1}], [], [{"n": 2}]]

    @pytest.mark.parametrize("broken", BROKEN)
    @pytest.mark.parametrize("place", range(RECORDING + 1))
    def test_a_batch_of_which_any_statement_fails_leaves_nothing(self, database: Database, place: int, broken: str) -> None:
        asyncio.run(OrderStore(database).create_order(make_order(), "", "digest"))
        before, batch = dump(database), [*record_event_batch(make_event(K.PAID), NOW).values()]
        batch.insert(place, BROKEN[broken])
        with pytest.raises(StorageUnavailable):
            asyncio.run(database.batch(batch))
        assert dump(database) == before

    def test_after_a_batch_that_failed_the_same_event_is_settled(self, database: Database) -> None:
        store, inbox = OrderStore(database), Inbox(database)
        asyncio.run(store.create_order(make_order(), "", "digest"))
        with pytest.raises(StorageUnavailable):
            asyncio.run(database.batch([*record_event_batch(make_event(K.PAID), NOW).values(), BROKEN["it cannot be read"]]))
        settlement = asyncio.run(inbox.record_event(make_event(K.PAID), NOW))
        assert (settlement.verdict, settlement.repeated) == (Verdict.APPLIED, False)

    @pytest.mark.parametrize("broken", BROKEN)
    def test_a_statement_that_fails_alone_is_unavailable(self, database: Database, broken: str) -> None:
        asyncio.run(OrderStore(database).create_order(make_order(), "", "digest"))
        with pytest.raises(StorageUnavailable):
            asyncio.run(database.query(BROKEN[broken]))

    def test_an_error_does_not_tell_the_values_of_a_statement(self, database: Database) -> None:
        with pytest.raises(StorageUnavailable) as raised:
            asyncio.run(database.query(Statement("SELECT json_extract('{}', ?)", ("ada@example.com",))))
        assert "ada" not in str(raised.value)

    def test_a_whole_life_leaves_the_same_rows_as_in_memory(self, database: Database) -> None:
        memory = MemoryDatabase()
        asyncio.run(live(memory))
        asyncio.run(live(database))
        assert dump(database) == dump(memory)

    def test_an_event_that_came_before_its_payment_is_applied_with_it(self, database: Database) -> None:
        store, inbox = OrderStore(database), Inbox(database)
        asyncio.run(store.create_order(make_order(), "", "digest"))
        early = make_event(K.REFUNDED, order_id="", amount=Money(300, "USD"))
        assert asyncio.run(inbox.record_event(early, NOW)).verdict is Verdict.PARKED
        order = asyncio.run(inbox.record_event(make_event(K.PAID), NOW)).order
        assert order
        assert (order.status, order.refunded_minor) == (OrderStatus.PARTIALLY_REFUNDED, 300)

    def test_the_same_event_many_times_at_once_is_fresh_once(self, database: Database) -> None:
        store, inbox = OrderStore(database), Inbox(database)
        asyncio.run(store.create_order(make_order(), "", "digest"))

        async def at_once() -> list[bool]:
            settled = await asyncio.gather(*(inbox.record_event(make_event(K.PAID), NOW) for _ in range(8)))
            return [one.repeated for one in settled]

        assert sorted(asyncio.run(at_once())) == [False, *[True] * 7]

    def test_the_same_key_many_times_at_once_is_one_order(self, database: Database) -> None:
        store = OrderStore(database)

        async def at_once() -> set[str]:
            orders = [replace(make_order(), id=f"ord_{number:026d}") for number in range(8)]
            return {
                order.id for order, _ in await asyncio.gather(*(store.create_order(order, "key", "digest") for order in orders))
            }

        assert len(asyncio.run(at_once())) == 1

    def test_refunds_at_once_never_ask_for_more_than_was_paid(self, database: Database) -> None:
        store, inbox, refunds = OrderStore(database), Inbox(database), RefundStore(database)
        asyncio.run(store.create_order(make_order(), "", "digest"))
        asyncio.run(inbox.record_event(make_event(K.PAID), NOW))

        async def at_once() -> int:
            wishes = [RefundWish(ORDER_ID, 400, "", f"key {number}") for number in range(6)]
            opened = [refunds.create_refund(wish, "USD", f"rfd_{number:026d}", NOW) for number, wish in enumerate(wishes)]
            return sum(refund is not None for refund, _ in await asyncio.gather(*opened))

        assert asyncio.run(at_once()) == 2

    def test_claims_at_once_take_each_effect_once(self, database: Database) -> None:
        store, inbox, outbox = OrderStore(database), Inbox(database), Outbox(database)
        asyncio.run(store.create_order(make_order(), "", "digest"))
        for kind in (K.PAID, K.REFUNDED, K.DISPUTED):
            asyncio.run(inbox.record_event(make_event(kind), NOW))

        async def at_once() -> list[str]:
            claimed = await asyncio.gather(*(outbox.claim(NOW, 60) for _ in range(6)))
            return sorted(effect.event for effect in claimed if effect)

        assert asyncio.run(at_once()) == ["order.disputed", "order.paid", "order.refunded:1000"]
