"""The last release goes on working on the new tables: a migration runs before the deploy, and a rollback does not undo it."""

from functools import cache

import pytest

from lightning_cart.ports import Database, Statement
from proofs.last_release import (
    CALLS,
    NEW_MIGRATIONS,
    OLD_MIGRATIONS,
    OLD_TABLES,
    STATEMENTS,
    Rows,
    migrate,
    only_columns,
    read_tables,
    replay,
)
from support.app import run
from support.databases import MIGRATIONS, MemoryDatabase


@cache
def on_its_own_tables() -> tuple[list[Rows], dict[str, Rows]]:
    """Return the rows of each statement of its purchases, and of its tables after them."""
    database = MemoryDatabase(OLD_MIGRATIONS)
    return replay(database, CALLS), read_tables(database, OLD_TABLES)


def check_same(database: Database, calls: int) -> None:
    """Make the purchases on the last release's tables, which are migrated after so many calls."""
    expected, tables = on_its_own_tables()
    migrate(database, OLD_MIGRATIONS)
    found = replay(database, CALLS[:calls])
    migrate(database, NEW_MIGRATIONS)
    found += replay(database, CALLS[calls:])
    texts = [statement.sql for call in CALLS for statement in call.statements]
    compared = zip(texts, expected, found, strict=True)
    assert [(text, rows, now) for text, rows, now in compared if only_columns(now, rows) != rows] == []
    new_tables = read_tables(database, OLD_TABLES)
    assert {table: only_columns(new_tables[table], rows) for table, rows in tables.items()} == tables


def test_every_statement_of_the_last_release_is_understood(bare_database: Database) -> None:
    migrate(bare_database, MIGRATIONS)
    plans = [Statement(f"EXPLAIN QUERY PLAN {text}", (None,) * text.count("?")) for text in STATEMENTS]
    assert len(run(bare_database.batch(plans))) == len(STATEMENTS) > 50


@pytest.mark.parametrize("calls", [0, len(CALLS) // 2], ids=["from the start", "from the middle"])
def test_its_purchases_on_the_new_tables_end_as_on_its_own(bare_database: Database, calls: int) -> None:
    check_same(bare_database, calls)


def test_its_purchases_end_the_same_whenever_the_tables_are_migrated() -> None:
    for calls in range(1, len(CALLS), 9):
        check_same(MemoryDatabase(()), calls)
