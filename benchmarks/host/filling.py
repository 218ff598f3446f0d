"""Fills a database with copies of one real order and of everything that is stored about it."""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg

from lightning_cart_host.adapters.database import is_postgres

SPACING = 15  # seconds between two orders: a million of them are 174 days
_AT_ONCE = 100_000  # rows of a statement
_WAITING = 100  # orders that wait for their buyers, however many there are
_NUMBERS = "WITH RECURSIVE numbers (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})"
_ID = "'ord_' || substr(CAST(100000000 + n AS TEXT), 2) || '00000000000000000'"
_AT = "{now} - ({last_of_all} - n) * {spacing}"
# Instead of the columns of the real order: what differs from order to order.
_OWN: dict[str, dict[str, str]] = {
    "orders": {
        "id": _ID,
        "status": "CASE WHEN n % {step} = 0 THEN 'open' ELSE status END",
        "paid_minor": "CASE WHEN n % {step} = 0 THEN 0 ELSE paid_minor END",
        "idempotency_key": "NULL",
        "session_id": "'cs_test_a1' || n",
        "payment_ref": "CASE WHEN n % {step} = 0 THEN '' ELSE 'pi_' || n END",
        "customer_email": "'buyer' || n || '@shop.example'",
        "looked_at": _AT,
        "created_at": _AT,
        "updated_at": _AT,
    },
    "events": {
        "event_id": "'evt_' || n",
        "order_id": _ID,
        "payment_ref": "'pi_' || n",
        "checkout_ref": "'cs_test_a1' || n",
        "received_at": _AT,
    },
    "payments": {"payment_ref": "'pi_' || n", "order_id": _ID, "at": _AT},
    "outbox": {"order_id": _ID, "created_at": _AT, "state": "'delivered'"},
    "order_products": {"order_id": _ID},
}
_INDEXES = {
    True: "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' "
    "AND indexname NOT IN (SELECT conname FROM pg_constraint)",  # which belong to a table
    False: "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL",
}
_COLUMNS = {
    True: "SELECT column_name AS name FROM information_schema.columns WHERE table_name = '{}' AND is_generated = 'NEVER'",
    False: "SELECT name FROM pragma_table_info('{}')",  # which leaves generated columns out
}

type Execute = Callable[[str], Sequence[Any]]


@contextlib.contextmanager
def _open(database: str) -> Iterator[Execute]:
    if is_postgres(database):
        with psycopg.connect(database, autocommit=True) as postgres:

            def execute(sql: str) -> Sequence[Any]:
                cursor = postgres.execute(sql.encode())
                return cursor.fetchall() if cursor.description else []

            yield execute
    else:
        connection = sqlite3.connect(database, isolation_level=None)
        connection.execute("PRAGMA synchronous = OFF")
        yield lambda sql: connection.execute(sql).fetchall()
        connection.close()


@contextlib.contextmanager
def _without_indexes(execute: Execute, *, on_postgres: bool) -> Iterator[None]:
    indexes = execute(_INDEXES[on_postgres])
    trigger = execute("SELECT sql FROM sqlite_schema WHERE type = 'trigger'") if not on_postgres else []
    for name, _ in indexes:
        execute(f"DROP INDEX {name}")
    execute("ALTER TABLE orders DISABLE TRIGGER ALL" if on_postgres else "DROP TRIGGER orders_have_products")
    yield
    for _, sql in indexes:
        execute(sql)
    execute("ALTER TABLE orders ENABLE TRIGGER ALL" if on_postgres else trigger[0][0])
    for sql in ("VACUUM ANALYZE", "CHECKPOINT") if on_postgres else ("ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"):
        execute(sql)


def fill(database: str, order_id: str, orders: int) -> None:
    """Copy an order, and every row about it, until there are so many.

    Args:
        database: A SQLite file or PostgreSQL's URL, which nobody else uses.
        order_id: A paid order.
        orders: How many copies to make.
    """
    on_postgres, now = is_postgres(database), int(time.time()) - 3600
    with _open(database) as execute, _without_indexes(execute, on_postgres=on_postgres):
        for table, own in _OWN.items():
            names = [row[0] for row in execute(_COLUMNS[on_postgres].format(table))]
            key = "id" if table == "orders" else "order_id"
            copied = ", ".join(own.get(name, f"one.{name}") for name in names)
            for first in range(1, orders + 1, _AT_ONCE):
                last = min(first + _AT_ONCE - 1, orders)
                text = copied.format(now=now, last_of_all=orders, spacing=SPACING, step=max(1, orders // _WAITING))
                # The real rows come first, so that the table, which has no index now, is read once and not for each number.
                execute(
                    f"{_NUMBERS.format(first=first, last=last)} INSERT INTO {table} ({', '.join(names)}) "  # noqa: S608 - constants
                    f"SELECT {text} FROM (SELECT * FROM {table} WHERE {key} = '{order_id}' LIMIT 99) AS one CROSS JOIN numbers"
                )


def stored_bytes(database: str) -> int:
    """Return how large a database is."""
    with _open(database) as execute:
        size = "pg_database_size(current_database())" if is_postgres(database) else "page_count * page_size"
        tables = "" if is_postgres(database) else " FROM pragma_page_count(), pragma_page_size()"
        return int(execute(f"SELECT {size}{tables}")[0][0])
