"""What earlier releases did to their databases, and the tables that they had."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from lightning_cart.ports import Database, Row, SqlValue, Statement
from lightning_cart_host.adapters.migration_files import read_statements
from support.databases import MIGRATIONS, TABLES

type Rows = list[dict[str, SqlValue]]


class Call(NamedTuple):
    """One call to the database.

    Args:
        life: The purchase that it belongs to.
        statements: Its statements, which ran in one transaction.
    """

    life: str
    statements: Sequence[Statement]


class Release(NamedTuple):
    """A release's own calls, as `record_release.py` recorded them.

    Args:
        texts: The text of every statement of the release.
        calls: The calls of many purchases, in order.
        old_migrations: The migrations that the release has.
        new_migrations: Those after it.
        tables: The tables that the release has.
    """

    texts: Sequence[str]
    calls: Sequence[Call]
    old_migrations: Sequence[Path]
    new_migrations: Sequence[Path]
    tables: Sequence[str]


def _load(name: str, new: str, tables: Sequence[str]) -> Release:
    """Return a release.

    Args:
        name: The name of its file.
        new: The first migration that it does not have.
        tables: Its tables.
    """
    recorded = json.loads((Path(__file__).parent / "releases" / f"{name}.json").read_text(encoding="utf-8"))
    texts: list[str] = recorded["statements"]
    calls = [
        Call(life, [Statement(texts[number], tuple(values)) for number, values in statements])
        for life, statements in recorded["calls"]
    ]
    old = [file for file in MIGRATIONS if file.name < new]
    return Release(texts, calls, old, MIGRATIONS[len(old) :], tables)


BEFORE_SELLING = _load("before_selling", "0005_selling.sql", ("outbox", "refunds", "events", "orders", "reconciling"))
_TABLES = [name for name in TABLES if name not in {"documents", "attempts"}]
BEFORE_PRICES = _load("before_prices", "0008_prices.sql", _TABLES)
BEFORE_CODES = _load("before_codes", "0009_codes.sql", _TABLES)
RELEASES = {"before selling": BEFORE_SELLING, "before prices": BEFORE_PRICES, "before codes": BEFORE_CODES}


def ids_of_lives(release: Release) -> dict[str, str]:
    """Return the id of the order of each purchase, by the purchase's name."""
    creating = next(text for text in release.texts if text.startswith("INSERT INTO orders "))
    first = {
        call.life: str(call.statements[0].values[0]) for call in reversed(release.calls) if call.statements[0].sql == creating
    }
    return dict(reversed(first.items()))


ORDER_IDS = ids_of_lives(BEFORE_SELLING)


def migrate(database: Database, files: Sequence[Path]) -> None:
    """Apply migrations, each in one transaction, as `serve` and wrangler do."""
    for file in files:
        texts = read_statements(file)
        asyncio.run(database.batch([Statement(text) for text in texts]))


def drop_tables(database: Database) -> None:
    """Leave nothing of any release."""
    asyncio.run(database.batch([Statement(f"DROP TABLE IF EXISTS {table}") for table in TABLES]))


def replay(database: Database, calls: Sequence[Call]) -> list[Rows]:
    """Repeat calls in one round trip, and return the rows of each of their statements."""
    statements = [statement for call in calls for statement in call.statements]
    rows = asyncio.run(database.batch(statements)) if statements else []
    return [[dict(row) for row in found] for found in rows]


def read_tables(database: Database, tables: Sequence[str]) -> dict[str, Rows]:
    """Return all rows of some tables."""
    found = asyncio.run(database.batch([Statement(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]))
    return {table: [dict(row) for row in rows] for table, rows in zip(tables, found, strict=True)}


def only_columns(rows: Sequence[Row], like: Sequence[Row]) -> Rows:
    """Return rows with only the columns that the last release had, which are those of its rows."""
    columns = list(like[0]) if like else []
    return [{column: row[column] for column in columns} for row in rows]
