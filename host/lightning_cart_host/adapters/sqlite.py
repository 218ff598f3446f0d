"""The `Database` port over SQLite: one connection, owned by one thread.

Each call runs in that thread as a whole. So a cancelled task cannot leave a transaction open, and aiosqlite's six switches of
threads for a batch of four become two. Calls that wait at the same time share one fsync.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lightning_cart.errors import ConfigurationError
from lightning_cart.ports import Row, Statement
from lightning_cart_host.adapters.migration_files import APPLIED, migration_files, pending_names, read_statements
from lightning_cart_host.adapters.sqlite_groups import MAX_GROUP, GroupedCalls, run_statement, unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

OLDEST_SQLITE = (3, 39)  # the first with `IS DISTINCT FROM`
_BUSY_SECONDS = 5.0  # to wait for another process's write lock
# wrangler's table, so that a copy of a D1 database knows which migrations it has.
_MIGRATIONS_TABLE = """
    CREATE TABLE IF NOT EXISTS d1_migrations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT UNIQUE,
        applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
    )
"""


def _connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # an acknowledged webhook survives a power cut
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


class SqliteDatabase:
    """A SQLite file as the engine's database. Close it when done.

    Args:
        path: The file; created if it does not exist.
        max_group: The maximum number of calls that share a transaction.

    Raises:
        ConfigurationError: Python's SQLite is too old.
        StorageUnavailable: The file cannot be opened.
    """

    def __init__(self, path: str | Path, max_group: int = MAX_GROUP) -> None:
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise ConfigurationError(
                f"this Python has SQLite {sqlite3.sqlite_version}, and the engine needs 3.39 or newer: use a newer Python"
            )
        self._thread = ThreadPoolExecutor(1, "sqlite")
        try:
            self._connection = self._thread.submit(_connect, str(path)).result()
        except sqlite3.Error as error:
            self._thread.shutdown()
            raise unavailable(error) from error
        self._calls = GroupedCalls(self._connection, self._thread, max_group)

    @contextmanager
    def _transaction(self) -> "Iterator[sqlite3.Connection]":
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _applied(self) -> set[str]:
        return {str(row["name"]) for row in run_statement(self._connection, APPLIED)}

    def _pending(self, folder: Path) -> list[str]:
        return pending_names(folder, self._applied())

    def _run_migrations(self, folder: Path) -> list[str]:
        self._connection.execute(_MIGRATIONS_TABLE)
        done = []
        for file in migration_files(folder):
            with self._transaction() as connection:
                if file.name not in self._applied():  # read inside the transaction, because two processes may start at once
                    for statement in read_statements(file):
                        connection.execute(statement)
                    connection.execute("INSERT INTO d1_migrations (name) VALUES (?)", (file.name,))
                    done.append(file.name)
        return done

    async def _in_thread[*Args, T](self, work: Callable[[*Args], T], *args: *Args) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)
        except sqlite3.Error as error:
            raise unavailable(error) from error

    async def query(self, statement: Statement) -> Sequence[Row]:
        """Return the rows of one statement.

        Raises:
            StorageUnavailable: SQLite rejected it, or the file was locked for over 5 seconds.
        """
        (rows,) = await self._calls.submit((statement,))
        return rows

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        """Execute all statements in one transaction, and return the rows of each.

        Raises:
            StorageUnavailable: SQLite rejected one, or the file was locked for over 5 seconds. Nothing was executed.
        """
        return await self._calls.submit(statements) if statements else []

    async def pending_migrations(self, folder: Path) -> list[str]:
        """Return the names of the migrations in a folder that the file does not have yet.

        Raises:
            StorageUnavailable: The file has no table of migrations.
        """
        return await self._in_thread(self._pending, folder)

    async def migrate(self, folder: Path) -> list[str]:
        """Apply the migrations that the file does not have yet, each in one transaction.

        Args:
            folder: Contains `*.sql` files, which are applied in the order of their names.

        Returns:
            The names of the migrations that were applied.

        Raises:
            StorageUnavailable: SQLite rejected one; those before it are applied.
        """
        return await self._in_thread(self._run_migrations, folder)

    def close(self) -> None:
        """Finish the calls that wait, and close the file. Closing twice is harmless."""
        self._calls.close()
        try:
            self._thread.submit(self._connection.close)
        except RuntimeError:  # closed before
            return
        self._thread.shutdown()

    async def aclose(self) -> None:
        """Close it as `close` does, without keeping other tasks waiting."""
        await asyncio.to_thread(self.close)
