"""Databases for tests: the host's own on a file, counted and breakable; and one whose process loses its power."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Database, Row, Statement
from lightning_cart_host.adapters.sqlite import SqliteDatabase


class SqliteFile:
    """The host's own database on a file, counted and breakable as `MemoryDatabase` is."""

    def __init__(self, path: Path) -> None:
        self.inner = SqliteDatabase(path)
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.round_trips = 0
        self.broken = False

    def _cross(self) -> None:
        self.round_trips += 1
        if self.broken:
            raise StorageUnavailable("the disk is gone")

    async def query(self, statement: Statement) -> Sequence[Row]:
        self._cross()
        return await self.inner.query(statement)

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        self._cross()
        return await self.inner.batch(statements)

    def count(self, table: str) -> int:
        return int(self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def close(self) -> None:
        self.connection.close()
        self.inner.close()


class PowerCut(BaseException):
    """The process ends here: nothing that follows is done, and nobody is answered."""


class Fragile:
    """A database whose process loses its power once, at one of its round trips.

    Args:
        inner: Where everything is kept.
        at: Which round trip, from 1; 0 for none.
        done: Whether it is still done, so that only its answer is lost.
    """

    def __init__(self, inner: Database, at: int, *, done: bool) -> None:
        self.inner = inner
        self.at = at
        self.done = done
        self.crossings = 0

    @property
    def has_failed(self) -> bool:
        """Whether the power was cut."""
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
