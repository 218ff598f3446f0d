"""PostgreSQL as a test's database: counted, breakable, and read in the words of SQLite."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Row, SqlValue, Statement
from lightning_cart_host.adapters.database import HostDatabase, open_database
from lightning_cart_host.adapters.postgres_connection import open_connection
from lightning_cart_host.adapters.postgres_sql import statement_to_postgres, to_postgres
from lightning_cart_host.chaos.local_postgres import PostgresServer
from support.databases import TABLES


class PlainConnection:
    """A connection of the test's own, which executes SQLite's texts.

    Args:
        url: PostgreSQL's.
    """

    def __init__(self, url: str) -> None:
        self._connection: psycopg.Connection[Any] = psycopg.connect(url, autocommit=True, cursor_factory=psycopg.RawCursor)

    def execute(self, sql: str, values: Sequence[SqlValue] = ()) -> Any:
        return self._connection.execute(to_postgres(sql).encode(), values)

    def close(self) -> None:
        self._connection.close()


class OpenTransaction:
    """The engine's database on one connection, in a transaction that is never committed: its batches can be undone.

    Args:
        url: PostgreSQL's, of a database with the engine's tables.
    """

    def __init__(self, url: str) -> None:
        self._engines = open_connection(url)
        self._engines.execute("BEGIN")
        self._depth = 0
        self.round_trips = 0
        self.broken = False

    @property
    def connection(self) -> "OpenTransaction":
        """What executes a text and returns tuples."""
        return self

    def execute(self, sql: str, values: Sequence[SqlValue] = ()) -> Any:
        cursor = self._engines.cursor(row_factory=tuple_row)
        return cursor.execute(to_postgres(sql).encode(), values, prepare=True)

    def read(self, texts: Sequence[str]) -> list[list[tuple[Any, ...]]]:
        """Return the rows of some texts, in one round trip."""
        with self._engines.pipeline():
            cursors = [self.execute(text) for text in texts]
        return [cursor.fetchall() for cursor in cursors]

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Undo at the end what happens in the block."""
        self._depth += 1
        name = f"depth_{self._depth}"
        self._engines.execute(f"SAVEPOINT {name}".encode())
        try:
            yield
        finally:
            with self._engines.pipeline():
                self._engines.execute(f"ROLLBACK TO {name}".encode())
                self._engines.execute(f"RELEASE {name}".encode())
            self._depth -= 1

    async def query(self, statement: Statement) -> Sequence[Row]:
        (rows,) = await self.batch([statement])
        return rows

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        self.round_trips += 1
        with self._engines.pipeline():
            cursors = [
                self._engines.execute(statement_to_postgres(statement), statement.values, prepare=True)
                for statement in statements
            ]
        return [cursor.fetchall() if cursor.description else [] for cursor in cursors]

    def close(self) -> None:
        """Leave nothing of it."""
        self._engines.close()


class PostgresTables:
    """The engine's database on PostgreSQL, counted and breakable as `MemoryDatabase` is. Its tables are empty at first.

    Args:
        url: PostgreSQL's.
        inner: The engine's database there, migrated.
    """

    def __init__(self, url: str, inner: HostDatabase) -> None:
        self.url = url
        self.inner = inner
        self.connection = PlainConnection(url)
        self.forget()

    def forget(self) -> None:
        """Delete every row."""
        self.connection.execute("".join(f"DELETE FROM {table};" for table in TABLES))
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
        """Leave it open: the next test uses it."""


@contextmanager
def open_postgres_tables(server: PostgresServer, template: str) -> Iterator[PostgresTables]:
    """Open a copy of a migrated database, and close it at the end."""
    url = server.create_database(template)
    inner = asyncio.run(open_database(url))
    tables = PostgresTables(url, inner)
    try:
        yield tables
    finally:
        tables.connection.close()
        asyncio.run(inner.aclose())
        server.drop_database(url)
