"""Runs statements on one connection to PostgreSQL, all of a call in one round trip, in an event loop and without a thread.

It uses libpq's pipeline through `psycopg.pq`, and psycopg's loaders. psycopg's cursors take three times as much CPU for a batch
as this module, and a thread that waits for them half as much again.
"""

import asyncio
import selectors
from collections.abc import Callable, Sequence
from typing import NamedTuple

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus

from lightning_cart.ports import Row, SqlValue, Statement
from lightning_cart_host.adapters.postgres_connection import Connection, Selector
from lightning_cart_host.adapters.postgres_sql import statement_to_postgres

_INT8, _TEXT, _UNKNOWN = 20, 25, 0  # PostgreSQL's numbers of types; NULL has any type
_BINARY = 1  # the format of values: a text as it is, with its length, and a number in 8 bytes
_MAX_PREPARED = 1000  # on a connection: more than there are statements, with the types of their values
_POLL_SECONDS = 1.0
_DONE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


class Command(NamedTuple):
    """A statement as PostgreSQL takes it.

    Args:
        text: With `$1` placeholders.
        types: The number of the type of each value.
        values: The values, encoded.
    """

    text: str
    types: tuple[int, ...] = ()
    values: tuple[bytes | None, ...] = ()


def _type(value: SqlValue) -> int:
    return _TEXT if isinstance(value, str) else _UNKNOWN if value is None else _INT8


def _encode(value: SqlValue) -> bytes | None:
    if isinstance(value, str):
        return value.encode()
    return None if value is None else value.to_bytes(8, "big", signed=True)


def to_command(statement: Statement) -> Command:
    """Return a statement as PostgreSQL takes it.

    Raises:
        OverflowError: A number needs more than 64 bits.
        UnicodeError: A text has half a character.
    """
    values = statement.values
    return Command(statement_to_postgres(statement), tuple(map(_type, values)), tuple(map(_encode, values)))


class Outcome(NamedTuple):
    """The results of commands.

    Args:
        rows: The rows of each command that succeeded.
        error: The error of the command after these, which kept the rest from being run; or None.
    """

    rows: Sequence[Sequence[Row]]
    error: psycopg.Error | None


class Wire:
    """A connection that runs one exchange at a time, each in any event loop.

    Args:
        connection: Used by nobody else.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection, self._libpq = connection, connection.pgconn
        self._transformer = Transformer(connection)
        self._prepared: dict[tuple[str, tuple[int, ...]], bytes] = {}
        self._columns: dict[bytes, list[str]] = {}
        self._plan: list[tuple[bytes, tuple[str, tuple[int, ...]] | None]] = []
        self._position = 0
        self._rows: list[Sequence[Row]] = []
        self._error: psycopg.Error | None = None
        self._names = 0  # of prepared statements
        self._is_busy = False
        self._selector = Selector()
        self._selector.register(self._libpq.socket, selectors.EVENT_READ)
        self._libpq.enter_pipeline_mode()

    @property
    def is_sound(self) -> bool:
        """Whether it can be used again."""
        return not self._is_busy and not self._connection.closed and self._names < _MAX_PREPARED

    @property
    def is_ended(self) -> bool:
        """Whether the server has ended it while it was idle: otherwise there is nothing to read. Costs no trip."""
        return bool(self._selector.select(0))

    def close(self) -> None:
        """Close the connection. Closing twice is harmless."""
        self._selector.close()
        self._connection.close()

    def forget_stale(self, error: psycopg.Error) -> bool:
        """Forget the prepared statements if a migration of another engine has changed the columns of one, and say so."""
        is_stale = isinstance(error, psycopg.errors.FeatureNotSupported) and bool(self._prepared)
        if is_stale:
            self._prepared.clear()
        return is_stale

    def run_alone[T](self, work: Callable[[Connection], T]) -> T:
        """Let work use the connection as psycopg knows it. It waits for the server, so call this in a thread."""
        self._libpq.exit_pipeline_mode()
        self._prepared.clear()  # psycopg may end all prepared statements
        try:
            return work(self._connection)
        finally:
            if not self._connection.closed:
                self._libpq.enter_pipeline_mode()

    async def exchange(self, commands: Sequence[Command]) -> Outcome:
        """Run commands one after another, until one fails. One round trip.

        If this is cancelled, or raises, the connection cannot be used again.

        Raises:
            psycopg.Error: The connection was lost. The commands may have been executed or not.
        """
        self._plan, self._rows, self._position, self._error = [], [], 0, None
        self._is_busy = True
        for command in commands:
            self._send(command)
        self._libpq.pipeline_sync()
        await self._finish()
        self._is_busy = False
        return Outcome(self._rows, self._error)

    def _send(self, command: Command) -> None:
        """Queue a command, and its preparation if the connection does not know it yet."""
        text, types, values = command
        key = (text, types)
        name = self._prepared.get(key)
        if name is None:
            name = self._prepared[key] = b"s%d" % self._names
            self._names += 1
            self._libpq.send_prepare(name, text.encode(), types)
            self._plan.append((name, key))
        self._libpq.send_query_prepared(name, values, [_BINARY] * len(values))
        self._plan.append((name, None))

    async def _finish(self) -> None:
        """Send what is queued, and read until all is answered."""
        loop, file = asyncio.get_running_loop(), self._libpq.socket
        done: asyncio.Future[None] = loop.create_future()

        def on_writable() -> None:
            try:
                if not self._libpq.flush():
                    loop.remove_writer(file)
            except psycopg.Error as error:
                _end(done, error)

        def on_readable() -> None:
            try:
                if self._read():
                    _end(done)
            except psycopg.Error as error:
                _end(done, error)

        is_unsent = bool(self._libpq.flush())
        try:
            loop.add_reader(file, on_readable)
        except NotImplementedError:  # the event loop of Windows
            await self._finish_in_threads(file)
            return
        try:
            if is_unsent:
                loop.add_writer(file, on_writable)
            await done
        finally:
            loop.remove_reader(file)
            if is_unsent:
                loop.remove_writer(file)

    async def _finish_in_threads(self, file: int) -> None:
        while not self._read():
            await asyncio.to_thread(_wait, file, bool(self._libpq.flush()))

    def _read(self) -> bool:
        """Take the results that have come, and return whether they are all."""
        libpq = self._libpq
        libpq.consume_input()
        while not libpq.is_busy():
            result = libpq.get_result()
            if result is not None:
                if result.status == ExecStatus.PIPELINE_SYNC:
                    return True
                self._take(result)
            elif self._position < len(self._plan):
                self._position += 1
            else:
                raise psycopg.OperationalError("the connection was lost")
        return False

    def _take(self, result: "psycopg.pq.abc.PGresult") -> None:
        if self._position == len(self._plan):  # the server says why it ends the connection
            raise psycopg.errors.error_from_result(result)
        name, prepared = self._plan[self._position]
        if result.status in _DONE:
            if prepared is None:
                self._rows.append(self._load(name, result))
            return
        if prepared is not None:
            del self._prepared[prepared]
        if result.status != ExecStatus.PIPELINE_ABORTED:
            self._error = psycopg.errors.error_from_result(result)

    def _load(self, name: bytes, result: "psycopg.pq.abc.PGresult") -> Sequence[Row]:
        count = result.ntuples
        if not count:
            return []
        self._transformer.set_pgresult(result)
        columns = self._columns.get(name)
        if columns is None:  # PostgreSQL refuses a prepared statement whose columns have changed
            names = [result.fname(number) or b"" for number in range(result.nfields)]
            columns = self._columns[name] = [one.decode() for one in names]
        return [dict(zip(columns, row, strict=True)) for row in self._transformer.load_rows(0, count, tuple)]


def _end(done: "asyncio.Future[None]", error: psycopg.Error | None = None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)


def _wait(file: int, is_unsent: bool) -> None:
    """Wait until there is something to read or, if something is unsent, to write."""
    with Selector() as selector:
        selector.register(file, selectors.EVENT_READ | (selectors.EVENT_WRITE if is_unsent else 0))
        selector.select(_POLL_SECONDS)
