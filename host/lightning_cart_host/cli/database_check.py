"""Checks the database: the file itself, events of other programs, and orders that this engine cannot ask about."""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from pathlib import Path

from lightning_cart.ports import Statement
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.storage.reconcile_queue import ReconcileQueue
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.cli.check import Check, failed, passed
from lightning_cart_host.cli.stored_orders import format_utc
from lightning_cart_host.resources import find_resource

# At most 1000 rows are read. A paid order of an unknown strategy is in the reconciler's report.
_STRANDED = """
    SELECT o.id, o.strategy FROM (
        SELECT id, strategy FROM orders WHERE status IN ('open', 'pending') ORDER BY created_at DESC, id DESC LIMIT 1000
    ) AS o WHERE o.strategy NOT IN ({}) LIMIT 3
"""


def _check_file(database: str) -> Check:
    advice = "start `lightning-cart serve` once: it creates and migrates the file"
    if not Path(database).is_file():
        return failed("database", f"there is no file {database} yet", advice)
    try:
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            applied = {row[0] for row in connection.execute("SELECT name FROM d1_migrations")}
            connection.execute("BEGIN IMMEDIATE")  # fails if the file or its folder is not writable
            connection.execute("ROLLBACK")
            orders = connection.execute("SELECT COUNT(*) FROM orders").fetchone()[0]
    except sqlite3.Error as error:
        return failed("database", f"{database}: {error}", f"check the file and its permissions, or {advice}")
    pending = sorted({file.name for file in find_resource("migrations").glob("*.sql")} - applied)
    if pending:
        return failed("database", f"{database} is not up to date: {', '.join(pending)}", advice)
    return passed("database", f"{database}: up to date, writable, {orders} orders")


async def _read_checks(store: SqliteDatabase, strategies: Sequence[type[PaymentStrategy]]) -> AsyncIterator[Check]:
    names = tuple(strategy.name for strategy in strategies)
    stranded = await store.query(Statement(_STRANDED.format(", ".join("?" * len(names))), names))
    if stranded:
        shown = ", ".join(f"{row['id']} ({row['strategy']})" for row in stranded)
        advice = "deploy a release that has it; once its checkout is over, `lightning-cart orders close ID` ends an order"
        yield failed("unpaid orders", f"of a strategy that is not in this engine: {shown}", advice)
    for provider, (count, last_at) in (await ReconcileQueue(store).foreign_events()).items():
        detail = f"not about orders of this engine: {count}, the last at {format_utc(last_at)} UTC"
        yield passed(f"{provider} events", f"{detail}; normal if other programs use the account")


async def check_database(database: str, strategies: Sequence[type[PaymentStrategy]]) -> list[Check]:
    """Check the database, and report what it says about unpaid orders and other programs' events, if anything.

    Args:
        database: The SQLite file.
        strategies: The strategies of this engine.
    """
    check = _check_file(database)
    if not check.ok:
        return [check]
    store = SqliteDatabase(database)
    try:
        return [check, *[further async for further in _read_checks(store, strategies)]]
    finally:
        store.close()
