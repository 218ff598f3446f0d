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
