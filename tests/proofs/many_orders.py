"""A database with any number of paid orders and some that wait, and an engine over it whose provider is in the process."""

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import ClassVar, Protocol

from lightning_cart.domain.order import Order
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.flow import Flow
from lightning_cart.ports import Database, Ports, Statement
from lightning_cart.providers.strategy import CheckoutReading
from lightning_cart.providers.stripe.checkout import StripeCheckout
from lightning_cart.usecases.engine import Engine
from proofs.edge import MeasuredD1
from support.app import ENV, Provider, shop_only
from support.builders import NOW
from support.databases import MemoryDatabase

FEW, MANY, MOST = 1_000, 100_000, 1_000_000
WAITING = 300
SPACING, OLDEST = 15, 15_100_000  # seconds between two orders, and since the first: all are younger than 180 days
_COLUMNS = """id, site, strategy, provider, status, currency, total_minor, goods_minor, paid_minor, lines, metadata,
    customer_email, statement_descriptor_suffix, request_digest, session_id, session_url, session_expires_at, payment_ref,
    looked_at, needs_review, created_at, updated_at"""
_LINE = {"product_id": "a", "name": "A", "unit_minor": 1000, "quantity": 1, "description": "", "image": "", "interval": None}
_LINES = json.dumps([_LINE | {"metadata": {}}])
# The newest has the highest id, as a ULID has.
PAID_ID, OPEN_ID = "ord_0001000000000000000", "ord_0000000000000000000"


def _insert(order_id: str, status: str, paid_minor: int, *, payment_ref: str, looked_at: str, needs_review: str) -> str:
    """Return the statement that inserts orders with the numbers from its first parameter to its second. D1 binds 1 as 1.0."""
    return f"""
        WITH RECURSIVE numbers (n) AS (SELECT CAST(? AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
        INSERT INTO orders ({_COLUMNS})
        SELECT '{order_id}' || substr(CAST(10000000 + n AS TEXT), 2), 'shop', 'stripe_checkout', 'stripe', '{status}', 'USD',
            1000, 1000, {paid_minor}, '{_LINES}', '{{}}', '', '', '', '{status}_' || n, 'https://pay.example/', {NOW} + 9999999,
            {payment_ref}, {looked_at}, {needs_review}, {NOW} - {OLDEST} + n * {SPACING}, {NOW} FROM numbers
    """


_REVIEWED = "CASE n % 5000 WHEN 7 THEN 1 ELSE 0 END"
_PAID = _insert(PAID_ID, "paid", 1000, payment_ref="'pi_' || n", looked_at="0", needs_review=_REVIEWED)
_OPEN = _insert(OPEN_ID, "open", 0, payment_ref="''", looked_at="n % 2", needs_review="0")
_USES = """
    INSERT INTO code_uses (order_id, code, buyer, state)
    SELECT o.id, CASE WHEN substr(o.id, 30) < '5' THEN 'ONCE' ELSE 'SPRING' END,
        CASE WHEN substr(o.id, 30) < '5' THEN o.id ELSE '' END, CASE WHEN substr(o.id, 30) < '5' THEN 'used' ELSE 'released' END
    FROM orders AS o WHERE o.id BETWEEN ? AND ?
"""
_LATER = Statement(
    "SELECT type, name, sql FROM sqlite_schema WHERE type <> 'table' AND tbl_name = 'orders' AND sql IS NOT NULL"
)


class CountedDatabase(Database, Protocol):
    """A database that counts what it reads."""

    def without_indexes(self) -> AbstractContextManager[None]:
        """Leave out the indexes and the trigger of `orders` meanwhile, so that inserting many is faster."""
        ...

    def measure(self, work: Callable[[], object]) -> int:
        """Do some work, and return how much was read for it."""
        ...


@contextmanager
def _without_indexes(database: Database) -> Iterator[None]:
    later = asyncio.run(database.query(_LATER))
    asyncio.run(database.batch([Statement(f"DROP {one['type']} {one['name']}") for one in later]))
    yield
    for one in later:
        asyncio.run(database.query(Statement(str(one["sql"]))))


class CountedSqlite(MemoryDatabase):
    """SQLite in memory, which counts the steps of its virtual machine: each row that is read takes some."""

    def __init__(self) -> None:
        super().__init__()
        for pragma in ("ignore_check_constraints = ON", "temp_store = MEMORY"):  # to insert many rows faster
            self.connection.execute(f"PRAGMA {pragma}")

    def measure(self, work: Callable[[], object]) -> int:
        steps = 0

        def count() -> int:
            nonlocal steps
            steps += 1
            return 0

        self.connection.set_progress_handler(count, 1)
        try:
            work()
        finally:
            self.connection.set_progress_handler(None, 0)
        return steps

    def without_indexes(self) -> AbstractContextManager[None]:
        return _without_indexes(self)


class CountedD1(MeasuredD1):
    """D1, which counts rows itself."""

    def measure(self, work: Callable[[], object]) -> int:
        before = self.rows_read
        work()
        return self.rows_read - before

    def without_indexes(self) -> AbstractContextManager[None]:
        return _without_indexes(self)


def add_paid(database: CountedDatabase, first: int, last: int) -> None:
    """Insert paid orders with the numbers from `first` to `last`. Indexes are made afterwards, which is faster, and so is the
    trigger: nothing here reads the products of orders.

    Each call is short, because a Worker's proxy repeats a request that takes long.
    """
    with database.without_indexes():
        for start in range(first, last + 1, MANY):
            asyncio.run(database.query(Statement(_PAID, (start, min(start + MANY - 1, last)))))


def add_uses(database: CountedDatabase, first: int, last: int) -> None:
    """Let the paid orders with these numbers have used codes, one for once and another that was released."""
    ids = tuple(f"{PAID_ID}{number:07d}" for number in (first, last))
    # A run of the reconciler finds that such an order was paid, and its use counts again.
    again = Statement("UPDATE code_uses SET state = 'released' WHERE code = 'SPRING' AND state = 'used'")
    asyncio.run(database.batch([Statement(_USES, ids), again]))


def add_open(database: Database) -> None:
    """Insert open orders whose buyers are away; half of them were never asked about."""
    asyncio.run(database.query(Statement(_OPEN, (1, WAITING))))


def forget_run(database: Database) -> None:
    """Undo what a run of the reconciler saves about where it stopped."""
    asked = (
        "UPDATE orders SET looked_at = CAST(substr(id, length(id) - 6) AS INTEGER) % 2, busy_until = 0 WHERE status = 'open'"
    )
    asyncio.run(database.batch([Statement("DELETE FROM reconciling"), Statement(asked)]))


class QuietStripe(StripeCheckout):
    """Stripe, whose answers are here: every session is as the engine knows it, but for those that were paid meanwhile."""

    paid_meanwhile: ClassVar[set[str]] = set()
    asked: ClassVar[list[str]] = []

    def read_checkout(self, order: Order, *, capture: bool) -> Flow[CheckoutReading]:
        """Return what the engine knows, without a call."""
        assert capture in {True, False}
        self.asked.append(order.id)
        if order.paid_minor == 0 and order.id not in self.paid_meanwhile:
            return CheckoutReading()
        payment = order.payment_ref or f"pi_{order.id}"
        event = PaymentEvent(
            "stripe", f"read:{payment}", "checkout.session", EventKind.PAID, order.id, amount=order.total, payment_ref=payment
        )
        return CheckoutReading((event,))
        yield  # makes it a flow


def open_engine(database: Database, paid_meanwhile: Iterable[str] = ()) -> Engine:
    """Return an engine over the database, at the time after all orders."""
    QuietStripe.paid_meanwhile, QuietStripe.asked = set(paid_meanwhile), []
    ids = iter(range(10**6))

    async def sleep(_: float) -> None:
        pass

    ports = Ports(database, Provider(), lambda: float(NOW), lambda: f"{next(ids):026d}", sleep)
    return Engine(ENV, shop_only(), ports, (QuietStripe,))
