"""The `Database` port over SQLite: one connection, and one thread that owns it.

Each call crosses to that thread once and does everything there, so a cancelled task can never leave a transaction half
open, and calls follow each other without a lock. That is why this is the standard library and not aiosqlite, which crosses
once for every statement: six times for a batch of four.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Row, Statement

if TYPE_CHECKING:
    from collections.abc import Iterator

_BUSY_SECONDS = 5.0  # how long another process may hold the write lock
# The same table as wrangler's, so that a copy of a D1 database and ours agree on what was applied.
_MIGRATIONS_TABLE = """
    CREATE TABLE IF NOT EXISTS d1_migrations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT UNIQUE,
        applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
    )
"""


def _as_dict(cursor: sqlite3.Cursor, row: tuple[str | int | None, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}


def _connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        connection.row_factory = _as_dict
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # an answered webhook survives a power cut
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _statements(script: str) -> "Iterator[str]":
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement


class SqliteDatabase:
    """A SQLite file as the engine's database. Close it when done.

    Args:
        path: Of the file; it is made if it does not exist.

    Raises:
        StorageUnavailable: It cannot be opened.
    """

    def __init__(self, path: str | Path) -> None:
        self._thread = ThreadPoolExecutor(1, "sqlite")
        try:
            self._connection = self._thread.submit(_connect, str(path)).result()
        except sqlite3.Error as error:
            self._thread.shutdown()
            raise _unavailable(error) from error

    @contextmanager
    def _transaction(self) -> "Iterator[sqlite3.Connection]":
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _run_query(self, statement: Statement) -> Sequence[Row]:
        return self._connection.execute(statement.sql, statement.values).fetchall()

    def _run_batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        with self._transaction():
            return [self._run_query(statement) for statement in statements]

    def _applied(self) -> set[str]:
        return {str(row["name"]) for row in self._run_query(Statement("SELECT name FROM d1_migrations"))}

    def _run_migrations(self, folder: Path) -> list[str]:
        self._connection.execute(_MIGRATIONS_TABLE)
        done = []
        for file in sorted(folder.glob("*.sql")):
            with self._transaction() as connection:
                if file.name not in self._applied():  # asked inside: two processes may start at once
                    for statement in _statements(file.read_text(encoding="utf-8")):
                        connection.execute(statement)
                    connection.execute("INSERT INTO d1_migrations (name) VALUES (?)", (file.name,))
                    done.append(file.name)
        return done

    async def _cross[*Args, T](self, work: Callable[[*Args], T], *args: *Args) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)
        except (sqlite3.Error, OverflowError) as error:  # an integer that SQLite does not have
            raise _unavailable(error) from error

    async def query(self, statement: Statement) -> Sequence[Row]:
        """The rows of one statement.

        Raises:
            StorageUnavailable: SQLite refused it, or the file was locked too long.
        """
        return await self._cross(self._run_query, statement)

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        """The rows of each statement, all executed in one transaction: all of them, or none.

        Raises:
            StorageUnavailable: SQLite refused one, or the file was locked too long.
        """
        return await self._cross(self._run_batch, statements)

    async def migrate(self, folder: Path) -> list[str]:
        """Bring the schema up to date, each file in one transaction.

        Args:
            folder: Of `*.sql` files, applied in the order of their names.

        Returns:
            The names of those that were applied now.

        Raises:
            StorageUnavailable: SQLite refused one; those before it stand.
        """
        return await self._cross(self._run_migrations, folder)

    def close(self) -> None:
        """Finish what was begun, and close the file. Closing twice is harmless."""
        try:
            self._thread.submit(self._connection.close)
        except RuntimeError:  # the thread is gone: closed before
            return
        self._thread.shutdown()


def _unavailable(error: Exception) -> StorageUnavailable:
    # The message of SQLite may quote a statement; its code name says enough, and the cause carries the rest.
    return StorageUnavailable(f"SQLite: {getattr(error, 'sqlite_errorname', type(error).__name__)}")
