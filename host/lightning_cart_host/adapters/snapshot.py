"""Reads one state of a database, while engines write it: a `Database` that changes nothing."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Database, Row, SqlValue, Statement
from lightning_cart_host.adapters.database import is_postgres

_ONE_STATE = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
# Those of a request are too short.
_LIMITS = "-c statement_timeout=10min -c idle_in_transaction_session_timeout=10min"


class _SqliteSnapshot:
    def __init__(self, path: str) -> None:
        address = f"{Path(path).resolve().as_uri()}?mode=ro"
        self._connection = sqlite3.connect(address, uri=True, isolation_level=None)
        self._connection.execute("BEGIN")

    def read(self, statement: Statement) -> Sequence[Row]:
        try:
            cursor = self._connection.execute(statement.sql, statement.values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]
        except sqlite3.Error as error:  # its text may quote the statement
            raise StorageUnavailable(f"SQLite: {getattr(error, 'sqlite_errorname', type(error).__name__)}") from error

    def close(self) -> None:
        self._connection.close()


class _PostgresSnapshot:
    def __init__(self, url: str) -> None:
        import psycopg  # noqa: PLC0415 - only PostgreSQL needs it

        from lightning_cart_host.adapters.postgres_connection import (  # noqa: PLC0415 - the same
            OPTIONS,
            open_connection,
            unreachable,
        )

        self._error = psycopg.Error
        try:
            self._connection = open_connection(url, options=f"{OPTIONS} {_LIMITS}")
        except psycopg.Error as error:
            raise unreachable(error) from error
        self._connection.execute(_ONE_STATE)

    def read(self, statement: Statement) -> Sequence[Row]:
        from lightning_cart_host.adapters.postgres_sql import to_postgres  # noqa: PLC0415 - the same

        try:
            rows: list[dict[str, SqlValue]] = self._connection.execute(to_postgres(statement.sql), statement.values).fetchall()
        except self._error as error:
            raise StorageUnavailable(f"PostgreSQL: {type(error).__name__}") from error
        return rows

    def close(self) -> None:
        self._connection.close()


class _Snapshot:
    """Lets one thread read, so that a cancelled task cannot close what is being read."""

    def __init__(self, thread: ThreadPoolExecutor, read: Callable[[Statement], Sequence[Row]]) -> None:
        self._thread, self._read = thread, read

    async def query(self, statement: Statement) -> Sequence[Row]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._read, statement)

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        return [await self.query(statement) for statement in statements]


@asynccontextmanager
async def open_snapshot(name: str) -> AsyncIterator[Database]:
    """Let all reads of a block see one state of a database. Others can write meanwhile.

    Args:
        name: A SQLite file that exists, or the URL of PostgreSQL, at which `open_database` has succeeded.

    Raises:
        StorageUnavailable: It cannot be read.
    """
    kind: Any = _PostgresSnapshot if is_postgres(name) else _SqliteSnapshot
    with ThreadPoolExecutor(1, "snapshot") as thread:
        try:
            opened = await asyncio.get_running_loop().run_in_executor(thread, kind, name)
        except sqlite3.Error as error:
            raise StorageUnavailable(f"SQLite: {getattr(error, 'sqlite_errorname', type(error).__name__)}") from error
        try:
            yield _Snapshot(thread, opened.read)
        finally:
            thread.submit(opened.close)
