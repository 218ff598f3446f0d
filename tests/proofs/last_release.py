"""What the last release did to its database, and the tables that it had."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from lightning_cart.ports import Database, Row, SqlValue, Statement
from lightning_cart_host.adapters.sqlite import _statements
from support.databases import MIGRATIONS, TABLES

NEW = "0005_selling.sql"  # the first migration that the last release does not have
OLD_MIGRATIONS = [file for file in MIGRATIONS if file.name < NEW]
NEW_MIGRATIONS = [file for file in MIGRATIONS if file.name >= NEW]
OLD_TABLES = ("outbox", "refunds", "events", "orders", "reconciling")

type Rows = list[dict[str, SqlValue]]


class Call(NamedTuple):
    """One call to the database.

    Args:
        life: The purchase that it belongs to.
        statements: Its statements, which ran in one transaction.
    """

    life: str
    statements: Sequence[Statement]


def _load() -> tuple[list[str], list[Call]]:
    recorded = json.loads((Path(__file__).parent / "last_release.json").read_text(encoding="utf-8"))
    texts: list[str] = recorded["statements"]
    calls = [
        Call(life, [Statement(texts[number], tuple(values)) for number, values in statements])
        for life, statements in recorded["calls"]
    ]
    return texts, calls


STATEMENTS, CALLS = _load()
"""The text of every statement of the last release, and the calls of many purchases in order."""


def ids_of_lives() -> dict[str, str]:
    """Return the id of the order of each purchase, by the purchase's name."""
    creating = next(text for text in STATEMENTS if text.startswith("INSERT INTO orders "))
    first = {call.life: str(call.statements[0].values[0]) for call in reversed(CALLS) if call.statements[0].sql == creating}
    return dict(reversed(first.items()))


ORDER_IDS = ids_of_lives()


def migrate(database: Database, files: Sequence[Path]) -> None:
    """Apply migrations, each in one transaction, as `serve` and wrangler do."""
    for file in files:
        texts = _statements(file.read_text(encoding="utf-8"))
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
