"""A simulated clock, deterministic ids and an in-memory database, so that a notebook's outputs are reproducible.

They need no threads and no sockets, so they also work in a browser.
"""

import hashlib
import sqlite3
import weakref
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Row, SqlValue, Statement
from lightning_cart.ulid import RANDOM_BITS, make_id

START = 1_780_000_000  # Unix seconds: 28 May 2026
LATENCY_SECONDS = 0.04  # of each exchange, by the simulated clock
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ID_LENGTH = 24  # characters of a provider's id
_DIGEST_BITS = 256


class SimulatedClock:
    """A clock that advances only on request."""

    def __init__(self) -> None:
        self._now = float(START)

    def __call__(self) -> float:
        """Return Unix seconds."""
        return self._now

    def wait(self, seconds: float) -> None:
        """Advance the clock."""
        self._now += seconds

    async def sleep(self, seconds: float) -> None:
        """Advance the clock, as an asynchronous sleep."""
        self.wait(seconds)


class DeterministicIds:
    """Ids that look random and are the same on every run.

    Args:
        clock: Returns Unix seconds; the engine's ids begin with the time.
    """

    def __init__(self, clock: SimulatedClock) -> None:
        self._clock = clock
        self._count = count(1)

    def _next_digest(self) -> int:
        return int.from_bytes(hashlib.sha256(b"%d" % next(self._count)).digest())

    def order_id(self) -> str:
        """Return an id for the engine: a ULID of 26 characters."""
        return make_id(int(self._clock() * 1000), self._next_digest() >> _DIGEST_BITS - RANDOM_BITS)

    def prefixed(self, prefix: str) -> str:
        """Return an id for the sandbox: a prefix with 24 letters and digits."""
        value, letters = self._next_digest(), []
        for _ in range(_ID_LENGTH):
            value, index = divmod(value, len(_LETTERS))
            letters.append(_LETTERS[index])
        return f"{prefix}_{''.join(letters)}"


def _row(cursor: sqlite3.Cursor, row: tuple[SqlValue, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}


class MemoryDatabase:
    """A SQLite database in memory, without threads.

    Args:
        migrations: The folder with the schema's migrations.
    """

    def __init__(self, migrations: Path) -> None:
        # The garbage collector may close it on another thread.
        self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self.close = weakref.finalize(self, self._connection.close)
        self._connection.row_factory = _row
        self._connection.execute("PRAGMA foreign_keys = ON")
        for file in sorted(migrations.glob("*.sql")):
            self._connection.executescript(file.read_text(encoding="utf-8"))

    def _rows(self, statement: Statement) -> Sequence[Row]:
        return self._connection.execute(statement.sql, statement.values).fetchall()

    async def query(self, statement: Statement) -> Sequence[Row]:
        """Return the rows of one statement. Raises `StorageUnavailable`."""
        (rows,) = await self.batch([statement])
        return rows

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        """Return the rows of each statement, run in one transaction. Raises `StorageUnavailable`."""
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                return [self._rows(statement) for statement in statements]
        except sqlite3.Error as error:
            raise StorageUnavailable(f"SQLite: {getattr(error, 'sqlite_errorname', type(error).__name__)}") from error
