"""PostgreSQL as one side of a copy."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg.rows import tuple_row
from psycopg.types.string import ByteaBinaryLoader, BytesBinaryDumper

from lightning_cart.errors import ConfigurationError
from lightning_cart.ports import Row
from lightning_cart_host.adapters.database import shown_name
from lightning_cart_host.adapters.postgres_connection import APPLICATION, ONE_STATE, open_long, unavailable
from lightning_cart_host.cli.database.tables import Table, Values

_BATCH = 2000  # rows in memory at a time
_LEAVING_SECONDS, _PAUSE_SECONDS = 2.0, 0.05  # for connections that were closed just now
_TRIGGERS = """
    SELECT DISTINCT c.relname AS name FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND n.nspname = current_schema()
"""
_ENGINES = f"""
    SELECT COUNT(*) AS found FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE '{APPLICATION}%' AND pid <> pg_backend_pid()
"""  # noqa: S608 - this program's name


class _TextDumper(BytesBinaryDumper):
    """Writes the bytes of a text, which are the text in the binary format."""

    oid = psycopg.postgres.types["text"].oid


@contextmanager
def _naming_errors() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:  # its text may quote a value
        where = " of ".join(filter(None, (error.diag.constraint_name, error.diag.table_name)))
        raise unavailable(error, where) from error


def _find_fault(row: Values) -> int | None:
    """Return the place of a text in a row that PostgreSQL refuses, or None."""
    whole = b"".join(value for value in row if isinstance(value, bytes))
    if whole.isascii() and b"\0" not in whole:
        return None
    for place, value in enumerate(row):
        if isinstance(value, bytes):
            if b"\0" in value:
                return place
            if not value.isascii():
                try:
                    value.decode()
                except UnicodeDecodeError:
                    return place
    return None


class PostgresSide:
    """A database of PostgreSQL.

    Args:
        url: Its URL.

    Raises:
        StorageUnavailable: It cannot be reached.
    """

    def __init__(self, url: str) -> None:
        self.shown = shown_name(url)
        self._triggers: list[str] = []
        self._connection = open_long(url, application_name=f"{APPLICATION} database copy")
        self._connection.adapters.register_loader("text", ByteaBinaryLoader)  # of texts in the binary format
        self._connection.adapters.register_dumper(bytes, _TextDumper)

    def begin_reading(self) -> None:
        """Let all reads see one state."""
        self._execute(ONE_STATE)

    def begin_writing(self, tables: Sequence[Table]) -> None:
        """Begin the transaction that writes everything. It alone writes, so that it needs no other level."""
        self._execute("BEGIN ISOLATION LEVEL READ COMMITTED")
        self._execute("SET LOCAL lock_timeout = '10s'")
        self._execute(f"LOCK TABLE {', '.join(f'"{table.name}"' for table in tables)} IN EXCLUSIVE MODE")
        self._triggers = [str(row["name"]) for row in self._query(_TRIGGERS)]
        for name in self._triggers:
            self._execute(f'ALTER TABLE "{name}" DISABLE TRIGGER USER')

    def count(self, table: Table) -> int:
        """Return the number of rows of a table."""
        return int(self._query(f'SELECT COUNT(*) AS found FROM "{table.name}"')[0]["found"] or 0)  # noqa: S608 - a known name

    def rows(self, table: Table) -> Iterator[Values]:
        """Yield the rows of a table in the order of its key."""
        with _naming_errors(), self._connection.cursor(f"rows_of_{table.name}", row_factory=tuple_row) as cursor:
            cursor.itersize = _BATCH
            cursor.execute(table.select.encode(), binary=True)
            yield from cursor

    def write(self, table: Table, rows: Iterable[Values]) -> None:
        """Insert rows into a table.

        Raises:
            ConfigurationError: A text has U+0000 or is not UTF-8, which PostgreSQL cannot store.
        """
        copying = f'COPY "{table.name}" ({table.column_list}) FROM STDIN (FORMAT BINARY)'
        with _naming_errors(), self._connection.cursor() as cursor, cursor.copy(copying.encode()) as copy:
            copy.set_types(["text" if is_text else "int8" for is_text in table.columns.values()])
            for row in rows:
                place = _find_fault(row)
                if place is not None:
                    column = list(table.columns)[place]
                    raise ConfigurationError(
                        f"{table.name}: {column} of {table.describe(row)} has U+0000 or is not UTF-8, which PostgreSQL cannot "
                        "store: correct that text first"
                    )
                copy.write_row(row)

    def clear(self, table: Table) -> None:
        """Delete all rows of a table."""
        self._execute(f'DELETE FROM "{table.name}"')  # noqa: S608 - a name of the migrations

    def commit(self) -> None:
        """Enable the triggers again, end the transaction, and let the planner know how large the tables are."""
        for name in self._triggers:
            self._execute(f'ALTER TABLE "{name}" ENABLE TRIGGER USER')
        self._execute("COMMIT")
        self._execute("ANALYZE")

    def count_engines(self) -> int:
        """Return how many connections engines have to it."""
        end = time.monotonic() + _LEAVING_SECONDS
        while (found := self._count_connections()) and time.monotonic() < end:
            time.sleep(_PAUSE_SECONDS)
        return found

    def _count_connections(self) -> int:
        self._execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees those of its beginning
        return int(self._query(_ENGINES)[0]["found"] or 0)

    def close(self) -> None:
        """Close it, and undo what was not committed."""
        self._connection.close()

    def _execute(self, sql: str) -> None:
        with _naming_errors():
            self._connection.execute(sql.encode())

    def _query(self, sql: str) -> Sequence[Row]:
        with _naming_errors():
            return self._connection.execute(sql.encode()).fetchall()
