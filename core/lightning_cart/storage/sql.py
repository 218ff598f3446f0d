"""Converts `:name` parameters to `?` placeholders, and runs batches whose results have names."""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from lightning_cart.ports import Database, Row, SqlValue, Statement

_NAME = re.compile(r":([a-z_]+)")


def in_list(values: Iterable[StrEnum]) -> str:
    """Return the values of an enum as SQL strings for `IN (…)`."""
    return ", ".join(f"'{value}'" for value in values)


class Sql:
    """One statement with `:name` parameters, converted once when its module is imported."""

    def __init__(self, text: str) -> None:
        self.names = _NAME.findall(text)
        self.sql = " ".join(_NAME.sub("?", text).split())

    def __call__(self, values: Mapping[str, SqlValue]) -> Statement:
        """Return the statement with a value for each of its parameters."""
        return Statement(self.sql, tuple(map(values.__getitem__, self.names)))


async def run_batch(database: Database, statements: Mapping[str, Statement]) -> dict[str, Sequence[Row]]:
    """Execute statements in one transaction and return the rows of each under its name.

    Args:
        database: Where the tables are.
        statements: In the order of execution.

    Raises:
        StorageUnavailable: The database did not answer; nothing was written.
    """
    results = await database.batch(list(statements.values()))
    return dict(zip(statements, results, strict=True))


class BudgetSpent(Exception):
    """The statements of a run are used up; nothing more was executed."""


class CountedDatabase:
    """A database that executes a limited number of statements, each of a batch counted.

    Args:
        inner: The database.
        limit: Maximum number of statements, or None for no limit.
    """

    def __init__(self, inner: Database, limit: int | None) -> None:
        self._inner, self._limit = inner, limit
        self.count = 0

    def has_room(self, statements: int) -> bool:
        """Return whether so many more statements can be executed."""
        return self._limit is None or self.count + statements <= self._limit

    async def query(self, statement: Statement) -> Sequence[Row]:
        """Execute one statement. Raises `BudgetSpent` if the limit is reached."""
        self._spend(1)
        return await self._inner.query(statement)

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        """Execute statements in one transaction. Raises `BudgetSpent` if they exceed the limit."""
        self._spend(len(statements))
        return await self._inner.batch(statements)

    def _spend(self, statements: int) -> None:
        if not self.has_room(statements):
            raise BudgetSpent
        self.count += statements
