"""Every statement of the engine finds its rows by an index, however many orders there are."""

import importlib
import pkgutil
from itertools import product

import pytest

from lightning_cart import storage
from lightning_cart.domain.order import EventKind
from lightning_cart.storage import orders
from lightning_cart.storage.inbox_statements import FIND_ORDER, event_statements
from lightning_cart.storage.sql import Sql
from support.databases import MemoryDatabase

# What a person reads, newest first and bounded by its limit.
BOUNDED = {orders._LIST_ORDERS.sql}


def every_statement() -> dict[str, str]:
    """Each statement's text, by its name."""
    found = {
        f"{kind} by {locator}, {name}": sql
        for kind, locator in product(EventKind, FIND_ORDER)
        for name, sql in event_statements(kind, locator).items()
    }
    for module in pkgutil.iter_modules(storage.__path__):
        for name, value in vars(importlib.import_module(f"lightning_cart.storage.{module.name}")).items():
            values = value.items() if isinstance(value, dict) else [("", value)]
            found |= {f"{module.name} {name} {key}".rstrip(): one for key, one in values if isinstance(one, Sql)}
    return {sql.sql: name for name, sql in found.items() if sql.sql not in BOUNDED}


STATEMENTS = every_statement()
TABLES = {"orders", "events", "outbox", "refunds", "o", "e", "x", "r"}


def reads(database: MemoryDatabase, sql: str) -> list[str]:
    """How SQLite goes through a statement's tables."""
    rows = database.connection.execute(f"EXPLAIN QUERY PLAN {sql}", [None] * sql.count("?"))
    return [str(row["detail"]) for row in rows]


def test_there_are_statements_to_look_at() -> None:
    assert len(STATEMENTS) > 50
    assert {"outbox _CLAIM", "reconcile_queue _NEXT", "paid by payment_ref, event"} <= set(STATEMENTS.values())


def read_whole(sql: str) -> list[str]:
    """Return the steps in which a statement scans a whole table."""
    steps = reads(MemoryDatabase(), sql)
    whole = [step for step in steps if step.startswith("SCAN") and step.split()[1] in TABLES]
    # A partial index holds only what waits, and that is what is read.
    return [step for step in whole if "INDEX events_parked" not in step and "INDEX refunds_unfinished" not in step]


@pytest.mark.parametrize("sql", STATEMENTS, ids=STATEMENTS.values())
def test_no_statement_reads_a_whole_table(sql: str) -> None:
    assert read_whole(sql) == []


@pytest.mark.parametrize("sql", BOUNDED)
def test_a_list_for_people_would_and_stops_at_its_limit(sql: str) -> None:
    assert (read_whole(sql) != [], "LIMIT ?" in sql) == (True, True)
