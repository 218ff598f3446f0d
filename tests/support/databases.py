"""Databases for tests, which count round trips or fail on demand; and the contract that every database keeps."""

import asyncio
import atexit
import functools
import json
import sqlite3
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from lightning_cart.domain.buyer import Address, Buyer, Contact, Destination
from lightning_cart.domain.document import Series
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import ENGINE, FREE, CheckoutSession, OrderStatus
from lightning_cart.domain.parts import Parts
from lightning_cart.domain.payment_event import EventKind, Verdict
from lightning_cart.domain.price import Delivery
from lightning_cart.domain.refund import RefundResult, RefundStatus, RefundWish
from lightning_cart.domain.taxes import TaxGroup
from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Database, Row, Statement
from lightning_cart.storage import loop_leases
from lightning_cart.storage.attempts import CodeSearch
from lightning_cart.storage.documents import number_documents
from lightning_cart.storage.inbox import Inbox, record_event_batch
from lightning_cart.storage.leases import LEASE_SECONDS, Leases
from lightning_cart.storage.loop_leases import LoopLeases
from lightning_cart.storage.new_orders import Claims, CodeClaim, FreeClaim, NotSaved
from lightning_cart.storage.operator_log import Operator
from lightning_cart.storage.orders import OrderStore
from lightning_cart.storage.outbox import DeliveryResult, DeliveryState, Outbox
from lightning_cart.storage.reconcile_queue import ReconcileQueue
from lightning_cart.storage.refunds import RefundStore
from lightning_cart.storage.reviews import Reviews
from lightning_cart.usecases.refund_progress import refund_event
from support import ROOT
from support.builders import NOW, ORDER_ID, make_code, make_event, make_order

K = EventKind
MIGRATIONS = sorted((ROOT / "migrations").glob("*.sql"))
OTHER_ID = "ord_00000000000000000000000002"
# Each before what it refers to.
TABLES = (
    "outbox",
    "refunds",
    "payments",
    "disputes",
    "buyers",
    "holds",
    "code_uses",
    "documents",
    "order_products",
    "events",
    "orders",
    "operator_log",
    "reconciling",
    "stock",
    "codes",
    "counters",
    "licence_keys",
    "attempts",
)
SHIPPED: dict[str, Any] = {"delivery": Delivery("post", "Post", (2, 4)), "place": Destination("ES", "CN", "35001")}
REQUIRED = "site, strategy, provider, status, currency, total_minor, lines, metadata, customer_email, \
statement_descriptor_suffix, request_digest, created_at, updated_at"
BROKEN = {
    "it cannot be read": Statement("SELECT nonsense FROM nowhere"),
    "it breaks a check": Statement("UPDATE orders SET paid_minor = -1"),
    "it refers to nothing": Statement(
        "INSERT INTO payments (provider, payment_ref, order_id, amount_minor, tip_minor, refunded_minor, state, at)"
        " VALUES ('stripe', 'pi_x', 'ord_x', 1, 0, 0, 'paid', 1)"
    ),
    "it is there already": Statement(f"INSERT INTO orders (id, {REQUIRED}) SELECT id, {REQUIRED} FROM orders"),
}
RECORDING = len(record_event_batch(make_event(K.PAID), NOW))


@functools.cache
def _migrated(migrations: tuple[Path, ...]) -> sqlite3.Connection:
    """Return a database with these migrations, of which copies are made: to migrate takes 200 times as long as to copy."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    atexit.register(connection.close)
    connection.execute("PRAGMA foreign_keys = ON")
    for migration in migrations:
        connection.executescript(migration.read_text())
    return connection


class MemoryDatabase:
    """A real SQLite in memory, which counts its round trips and can be broken.

    Args:
        migrations: The migrations that it has.
    """

    def __init__(self, migrations: Sequence[Path] = MIGRATIONS) -> None:
        self.connection = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False
        )  # closed by whichever thread collects it
        weakref.finalize(self, self.connection.close)
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("PRAGMA foreign_keys = ON")
        _migrated(tuple(migrations)).backup(self.connection)
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


def comparable(row: Row) -> dict[str, Any]:
    """Return a row in which JSON that the database has written is read: each writes it in its own way."""
    facts = row.get("facts")
    return {**dict(sorted(row.items())), **({"facts": json.loads(facts)} if isinstance(facts, str) else {})}


def dump(database: Database) -> dict[str, list[Any]]:
    """Every row of every table."""
    rows = asyncio.run(database.batch([Statement(f"SELECT * FROM {table}") for table in TABLES]))
    return {
        name: sorted(json.dumps(comparable(row), sort_keys=True) for row in found)
        for name, found in zip(TABLES, rows, strict=True)
    }


LIVED = ("1", "2", "3", "5", "6", "7", "8")
"""The last digits of the ids of the orders that `live` records."""


async def live(database: Database) -> None:
    """Record the lives of seven orders, with everything that the engine writes.

    The first is paid with a tip. Its dispute arrives before its payment, and is lost, then won. It is refunded twice, of which
    one fails, and an operator accepts a second payment and a renewal of another amount. The second is paid with a gift card and
    a card by the holder of its lease, for a delivery to another place, which an operator accepts, and refunded from both. The
    third is closed without a payment. Of three with a code, one is paid after it had expired, one is closed and one stays open.
    The last is free. The first two get the numbers of their documents.
    """
    await _live_first(database)
    await _live_second(database)
    await _live_rest(database)
    await _live_codes(database)
    for order_id in (ORDER_ID, OTHER_ID):
        await number_documents(database, await OrderStore(database).get_order(order_id), NOW)


async def _live_first(database: Database) -> None:
    store, inbox, refunds = OrderStore(database), Inbox(database), RefundStore(database)
    await store.create_order(
        make_order(
            lines=(LineItem("test-10", "T-shirt", Money(1000, "USD"), 1, options={"size": "L"}, discount_minor=100),),
            parts=Parts.of(Money(1000, "USD"), 100, 60, 40),
            customer_email="ñ@example.com",
            metadata={"note": "“🫖” 'it' \\ \n"},
            taxes=(TaxGroup("8.875", "Sales tax", False, 451, 40),),
            renewal_minor=1000,
            buyer=Buyer(Address("ES", "Ñandú “🫖”", "C/ 'Mayor' 1"), ({"engraving": "\\ \n"},), "Ring\ntwice"),
            **SHIPPED,
        ),
        "key",
        "digest",
    )
    await store.save_session(ORDER_ID, CheckoutSession("link_1:cs_1", "https://pay.example/1", NOW + 60), NOW)
    dispute = {"object_id": "dp_1", "order_id": "", "amount": Money(1000, "USD"), "due_at": NOW + 9, "dispute_reason": "fraud"}
    await inbox.record_event(make_event(K.DISPUTED, created_at=NOW, **dispute), NOW)
    await inbox.record_event(make_event(K.PENDING), NOW)
    for _ in range(2):
        paid = await inbox.record_event(make_event(K.PAID, tip_minor=150, place=Destination("ES", "ES-CN", "35 001")), NOW)
        assert paid
        for parked in paid.parked:
            await inbox.record_event(parked, NOW)
    await inbox.record_event(make_event(K.DISPUTE_LOST, created_at=NOW + 1, **dispute), NOW)
    await inbox.record_event(make_event(K.DISPUTE_WON, created_at=NOW + 2, **dispute), NOW)
    for number, minor in enumerate((300, 200)):
        wish = RefundWish(ORDER_ID, minor, "broken", f"key {number}")
        (refund,), _ = await refunds.create_refund(wish, "USD", f"rfd_{number:026d}", NOW)
        order = await store.get_order(ORDER_ID)
        known = (await store.payments_of(ORDER_ID))["pi_1"]
        result = RefundResult(f"re_{number}", RefundStatus.SUCCEEDED, Money(known.refunded_minor + minor, "USD"))
        await inbox.record_refund(refund, result, refund_event(order, refund, result), NOW, known)
    known = (await store.payments_of(ORDER_ID))["pi_1"]
    failed = make_event(K.REFUND_FAILED, amount=Money(300, "USD"), object_id="re_1", was_read=True)
    await inbox.record_event(failed, NOW, known)
    await inbox.record_event(make_event(K.PAID, id="evt_2", payment_ref="pi_2"), NOW)
    await inbox.record_event(make_event(K.RENEWED, amount=Money(900, "USD"), object_id="in_2"), NOW)
    await Reviews(database).accept(ORDER_ID, Operator("cli", "a gift"), "log_1", NOW)


async def _live_second(database: Database) -> None:
    store, inbox, leases = OrderStore(database), Inbox(database), Leases(database)
    await store.create_order(make_order(id=OTHER_ID, **SHIPPED), "other key", "digest")
    await store.save_session(OTHER_ID, CheckoutSession("cs_2", "https://pay.example/2", None), NOW)
    for part, minor in (("gift", 400), ("card", 600)):
        _, lease = await leases.take(OTHER_ID, NOW)
        assert lease
        named = {"id": f"evt_{part}", "order_id": OTHER_ID, "payment_ref": f"pi_{part}", "amount": Money(minor, "USD")}
        paid = make_event(K.PAID, is_part=True, place=Destination("ES", "", "28001"), **named)
        await inbox.record_event(paid, NOW, busy_until=lease.busy_until)
    await Reviews(database).accept(OTHER_ID, Operator("cli", "it goes to a friend"), "log_2", NOW)
    await RefundStore(database).create_refund(RefundWish(OTHER_ID, 700, "", "both"), "USD", f"rfd_{9:026d}", NOW)
    await inbox.record_event(make_event(K.PAID, id="evt_card", order_id=OTHER_ID, amount=Money(1, "USD")), NOW)
    await inbox.record_event(make_event(K.DISPUTED, id="evt_early", order_id="", payment_ref="pi_9", object_id="dp_9"), NOW)
    await leases.take(OTHER_ID, NOW)


async def _live_rest(database: Database) -> None:
    third = "ord_00000000000000000000000003"
    await OrderStore(database).create_order(make_order(id=third), "", "digest")
    await Reviews(database).close(third, Operator("admin"), "log_2", NOW)
    outbox, queue = Outbox(database), ReconcileQueue(database)
    message = await outbox.claim(NOW, 60)
    assert message
    await outbox.save_result(message, DeliveryResult(DeliveryState.DEAD, 0, 500, "it refused"))
    await outbox.replay(message.order.id, message.event)
    await outbox.claim(NOW, 60)
    await queue.save_cursor("paid", ORDER_ID, NOW)
    for provider, times in (("stripe", 2), ("paypal", 1), ("square", 9)):
        for _ in range(times):
            await queue.back_off(provider, NOW, 300, 3600)
            await queue.count_foreign(provider, NOW)


async def _live_codes(database: Database) -> None:
    store, inbox = OrderStore(database), Inbox(database)
    await database.query(make_code("SPRING", most_uses=3, once=1))
    late, closed, still_open, free = (f"ord_{number:026d}" for number in range(5, 9))
    for order_id in (late, closed, still_open):
        order = make_order(id=order_id, code="SPRING", customer_email=f"{order_id}@example.com")
        await store.create_order(order, order_id, "digest", Claims(CodeClaim("SPRING", 1, order_id)))
    contact = Contact("ada@example.com", "Ñandú “🫖”", "+34 600", "ES1", Address("ES", "Ñandú"), Address("FR", city="\\ 'x'"))
    for kind in (K.EXPIRED, K.PAID):
        event = {"id": f"evt_late_{kind}", "order_id": late, "payment_ref": "pi_late", "amount": Money(1000, "USD")}
        await inbox.record_event(make_event(kind, contact=contact, **event), NOW)
    await Reviews(database).close(closed, Operator("admin"), "log_5", NOW)
    line = LineItem("test-10", "T-shirt", Money(0, "USD"), 1)
    order = make_order(id=free, strategy=FREE, provider=ENGINE, lines=(line,), customer_email="ada@example.com")
    await store.create_order(order, "", "digest", Claims(free=FreeClaim("caller", "buyer")))
    for code in ("SPRING", "NONE"):
        await CodeSearch(database).find(code, late, "caller", NOW)


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
        recorded = asyncio.run(inbox.record_event(make_event(K.PAID), NOW))
        assert recorded
        assert (recorded.verdict, recorded.repeated) == (Verdict.APPLIED, False)

    @pytest.mark.parametrize("broken", BROKEN)
    def test_a_statement_that_fails_alone_is_unavailable(self, database: Database, broken: str) -> None:
        asyncio.run(OrderStore(database).create_order(make_order(), "", "digest"))
        with pytest.raises(StorageUnavailable):
            asyncio.run(database.query(BROKEN[broken]))

    def test_an_error_does_not_tell_the_values_of_a_statement(self, database: Database) -> None:
        with pytest.raises(StorageUnavailable) as raised:
            asyncio.run(database.query(Statement("SELECT json_extract('{}', ?)", ("ada@example.com",))))
        assert "ada" not in str(raised.value)

    def test_whole_lives_leave_the_same_rows_as_in_memory(self, database: Database) -> None:
        memory = MemoryDatabase()
        asyncio.run(live(memory))
        asyncio.run(live(database))
        assert dump(database) == dump(memory)

    def test_an_event_that_came_before_its_payment_is_returned_with_it(self, database: Database) -> None:
        store, inbox = OrderStore(database), Inbox(database)
        asyncio.run(store.create_order(make_order(), "", "digest"))
        early = make_event(K.REFUNDED, order_id="", amount=Money(300, "USD"))
        parked = asyncio.run(inbox.record_event(early, NOW))
        paid = asyncio.run(inbox.record_event(make_event(K.PAID), NOW))
        assert parked
        assert paid
        assert (parked.verdict, [event.id for event in paid.parked]) == (Verdict.PARKED, [early.id])
        recorded = asyncio.run(inbox.record_event(paid.parked[0], NOW))
        assert recorded
        assert recorded.order
        assert (recorded.order.status, recorded.order.refunded_minor) == (OrderStatus.PARTIALLY_REFUNDED, 300)

    def test_the_same_event_many_times_at_once_is_fresh_once(self, database: Database) -> None:
        store, inbox = OrderStore(database), Inbox(database)
        asyncio.run(store.create_order(make_order(), "", "digest"))

        async def at_once() -> list[bool]:
            recorded = await asyncio.gather(*(inbox.record_event(make_event(K.PAID), NOW) for _ in range(8)))
            return [one.repeated for one in recorded if one]

        assert sorted(asyncio.run(at_once())) == [False, *[True] * 7]

    def test_the_same_key_many_times_at_once_is_one_order(self, database: Database) -> None:
        store = OrderStore(database)

        async def at_once() -> set[str]:
            orders = [make_order()._replace(id=f"ord_{number:026d}") for number in range(8)]
            saved = await asyncio.gather(*(store.create_order(order, "key", "digest") for order in orders))
            return {one[0].id for one in saved if not isinstance(one, NotSaved)}

        assert len(asyncio.run(at_once())) == 1

    def test_refunds_at_once_never_ask_for_more_than_was_paid(self, database: Database) -> None:
        store, inbox, refunds = OrderStore(database), Inbox(database), RefundStore(database)
        asyncio.run(store.create_order(make_order(), "", "digest"))
        asyncio.run(inbox.record_event(make_event(K.PAID), NOW))

        async def at_once() -> int:
            wishes = [RefundWish(ORDER_ID, 400, "", f"key {number}") for number in range(6)]
            opened = [refunds.create_refund(wish, "USD", f"rfd_{number:026d}", NOW) for number, wish in enumerate(wishes)]
            return sum(len(saved) for saved, _ in await asyncio.gather(*opened))

        assert asyncio.run(at_once()) == 2

    def test_the_lease_of_an_order_is_taken_once_at_a_time(self, database: Database) -> None:
        leases = Leases(database)
        asyncio.run(OrderStore(database).create_order(make_order(), "", "digest"))

        async def at_once(now: int) -> int:
            taken = await asyncio.gather(*(leases.take(ORDER_ID, now) for _ in range(8)))
            return sum(lease is not None for _, lease in taken)

        assert [asyncio.run(at_once(now)) for now in (NOW, NOW + LEASE_SECONDS - 1, NOW + LEASE_SECONDS)] == [1, 0, 1]

    def test_the_loops_are_held_by_one_process_at_a_time(self, database: Database) -> None:
        async def at_once(now: int) -> list[bool]:
            processes = [LoopLeases(database, f"process {number}") for number in range(8)]
            taken = await asyncio.gather(*(process.take(now) for process in processes))
            return [
                {state.holder for state in states.values()} == {process.holder}
                for states, process in zip(taken, processes, strict=True)
            ]

        assert asyncio.run(at_once(NOW)).count(True) == 1
        assert asyncio.run(at_once(NOW + loop_leases.LEASE_SECONDS)).count(True) == 1

    def test_numbers_that_are_given_at_once_have_no_gap(self, database: Database) -> None:
        orders = [make_order(id=f"ord_{number:026d}") for number in range(16)]
        for order in orders:
            named = {"order_id": order.id, "payment_ref": f"pi_{order.id}", "amount": Money(1000, "USD")}
            asyncio.run(OrderStore(database).create_order(order, "", "digest"))
            asyncio.run(Inbox(database).record_event(make_event(K.PAID, id=f"paid_{order.id}", **named), NOW))
            asyncio.run(Inbox(database).record_event(make_event(K.REFUNDED, id=f"back_{order.id}", **named), NOW))

        async def at_once() -> tuple[list[str], list[str]]:
            both = await asyncio.gather(*(number_documents(database, order, NOW) for order in orders * 2))
            receipts = [order.number.text(Series.RECEIPT) for order, _ in both if order.number]
            notes = [one.number.text(one.series) for _, documents in both for one in documents if one.number]
            return sorted(receipts), sorted(notes)

        numbers = [f"2026-{number}" for number in range(1, 17)]
        assert asyncio.run(at_once()) == (sorted(numbers * 2), sorted(f"C{number}" for number in numbers * 2))

    def test_claims_at_once_take_each_effect_once(self, database: Database) -> None:
        store, inbox, outbox = OrderStore(database), Inbox(database), Outbox(database)
        asyncio.run(store.create_order(make_order(), "", "digest"))
        for kind in (K.PAID, K.REFUNDED, K.DISPUTED):
            asyncio.run(inbox.record_event(make_event(kind, object_id="dp_1"), NOW))

        async def at_once() -> list[str]:
            claimed = await asyncio.gather(*(outbox.claim(NOW, 60) for _ in range(6)))
            return sorted(effect.event for effect in claimed if effect)

        assert asyncio.run(at_once()) == ["order.disputed:dp_1", "order.paid", "order.refunded:1000"]
