"""A SQLite file as one side of a copy."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lightning_cart_host.adapters.sqlite_groups import unavailable
from lightning_cart_host.cli.database.tables import Table, Values

_BATCH = 1000  # rows in memory at a time
_TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"


@contextmanager
def _naming_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise unavailable(error) from error


class SqliteSide:
    """A SQLite file that exists. Texts are read as bytes, so that any text is copied as it is.

    Args:
        path: The file.

    Raises:
        StorageUnavailable: It cannot be opened.
    """

    def __init__(self, path: str) -> None:
        self.shown = path
        self._triggers: list[str] = []
        with _naming_errors():
            self._connection = sqlite3.connect(Path(path), isolation_level=None)
        self._connection.text_factory = bytes

    def begin_reading(self) -> None:
        """Let all reads see one state."""
        self._execute("BEGIN")

    def begin_writing(self, tables: Sequence[Table]) -> None:  # noqa: ARG002 - the transaction locks the whole file
        """Begin the transaction that writes everything. It drops the triggers, and `commit` creates them again."""
        self._execute("PRAGMA foreign_keys = ON")
        self._execute("BEGIN IMMEDIATE")
        for name, sql in self._execute(_TRIGGERS).fetchall():
            self._execute(f'DROP TRIGGER "{name.decode()}"')
            self._triggers.append(sql.decode())

    def count(self, table: Table) -> int:
        """Return the number of rows of a table."""
        (number,) = self._execute(f'SELECT COUNT(*) FROM "{table.name}"').fetchone()  # noqa: S608 - of the migrations
        return int(number)

    def rows(self, table: Table) -> Iterator[Values]:
        """Yield the rows of a table in the order of its key."""
        cursor = self._execute(table.select)
        while True:
            with _naming_errors():
                batch = cursor.fetchmany(_BATCH)
            if not batch:
                return
            yield from batch

    def write(self, table: Table, rows: Iterable[Values]) -> None:
        """Insert rows into a table."""
        marks = ", ".join("CAST(? AS TEXT)" if is_text else "?" for is_text in table.columns.values())
        insert = f'INSERT INTO "{table.name}" ({table.column_list}) VALUES ({marks})'  # noqa: S608 - names of the migrations
        with _naming_errors():
            self._connection.executemany(insert, rows)

    def clear(self, table: Table) -> None:
        """Delete all rows of a table."""
        self._execute(f'DELETE FROM "{table.name}"')  # noqa: S608 - a name of the migrations

    def commit(self) -> None:
        """Create the triggers again, and end the transaction."""
        for sql in self._triggers:
            self._execute(sql)
        self._execute("COMMIT")

    def count_engines(self) -> int:
        """Return 0: the file's lock tells."""
        return 0

    def close(self) -> None:
        """Close it, and undo what was not committed."""
        self._connection.close()

    def _execute(self, sql: str) -> sqlite3.Cursor:
        with _naming_errors():
            return self._connection.execute(sql)
