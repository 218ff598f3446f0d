"""Reads one state of a database, while engines write it: a `Database` that changes nothing."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lightning_cart.ports import Database, Row, Statement
from lightning_cart_host.adapters.database import is_postgres
from lightning_cart_host.adapters.sqlite_groups import run_statement, unavailable

_LIMIT = "10min"  # those of a request are too short


class _SqliteSnapshot:
    def __init__(self, path: str) -> None:
        address = f"{Path(path).resolve().as_uri()}?mode=ro"
        self._connection = sqlite3.connect(address, uri=True, isolation_level=None)
        self._connection.execute("BEGIN")

    def read(self, statement: Statement) -> Sequence[Row]:
        try:
            return run_statement(self._connection, statement)
        except sqlite3.Error as error:
            raise unavailable(error) from error

    def close(self) -> None:
        self._connection.close()


class _PostgresSnapshot:
    def __init__(self, url: str) -> None:
        from lightning_cart_host.adapters.postgres_connection import ONE_STATE, open_long  # noqa: PLC0415 - only it needs psycopg

        self._connection = open_long(url, _LIMIT)
        self._connection.execute(ONE_STATE)

    def read(self, statement: Statement) -> Sequence[Row]:
        from lightning_cart_host.adapters.postgres import run_query  # noqa: PLC0415 - the same
        from lightning_cart_host.adapters.postgres_connection import naming_errors  # noqa: PLC0415 - the same

        with naming_errors():
            return run_query(self._connection, statement)

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
            raise unavailable(error) from error
        try:
            yield _Snapshot(thread, opened.read)
        finally:
            thread.submit(opened.close)
