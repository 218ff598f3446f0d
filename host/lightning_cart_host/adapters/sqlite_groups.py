"""Runs calls on one SQLite connection. Calls that wait at the same time share a transaction, and so its fsync.

Each call of a group has a savepoint of its own, so a statement that fails undoes its call alone. Nobody is answered before the
COMMIT. If that fails, or the disk does, SQLite keeps nothing of the group, and each of its calls raises `StorageUnavailable`.
"""

import asyncio
import contextlib
import sqlite3
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import NamedTuple

from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Row, Statement

MAX_GROUP = 64  # calls, which bounds how long the first of them waits for the others
# A statement that starts so never needs the write lock. One that is taken for a read by mistake is only not grouped.
_READS = ("SELECT", "WITH", "PRAGMA")
# Of the disk or the memory: SQLite may have undone the whole transaction, and the other calls would fail as well.
_FATAL_CODES = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_READONLY,
}
_REFUSALS = (sqlite3.Error, OverflowError, UnicodeError, MemoryError)  # a number beyond 64 bits, and half a character

type Rows = Sequence[Sequence[Row]]


class _Call(NamedTuple):
    statements: Sequence[Statement]
    is_read: bool
    answered: "asyncio.Future[Rows]"


def error_name(error: Exception) -> str:
    """Return the name of an error's code."""
    return getattr(error, "sqlite_errorname", type(error).__name__)


def unavailable(error: Exception) -> StorageUnavailable:
    """Return the port's error of one of SQLite. Its message may quote a statement, so only the name of its code is shown."""
    return StorageUnavailable(f"SQLite: {error_name(error)}")


def run_statement(connection: sqlite3.Connection, statement: Statement) -> Sequence[Row]:
    """Execute one statement and return its rows."""
    cursor = connection.execute(statement.sql, statement.values)
    if cursor.description is None:
        return []
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _code(error: Exception) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF  # without SQLite's extension of it


def _is_fatal(error: Exception) -> bool:
    return isinstance(error, MemoryError) or _code(error) in _FATAL_CODES


class GroupedCalls:
    """The calls of one connection.

    Args:
        connection: Without transactions of its own (`isolation_level=None`).
        thread: Runs them, one at a time.
        max_group: The maximum number of calls in one transaction.
    """

    def __init__(self, connection: sqlite3.Connection, thread: Executor, max_group: int = MAX_GROUP) -> None:
        self._connection, self._thread, self._max_group = connection, thread, max_group
        self._waiting: deque[_Call] = deque()
        self._lock = threading.Lock()
        self._is_running = self._is_closed = False

    def submit(self, statements: Sequence[Statement]) -> "asyncio.Future[Rows]":
        """Queue a call of the running event loop, and return the future of its rows or of `StorageUnavailable`.

        Raises:
            StorageUnavailable: No more calls are taken.
        """
        is_read = all(statement.sql.startswith(_READS) for statement in statements)
        answered: asyncio.Future[Rows] = asyncio.get_running_loop().create_future()
        with self._lock:
            if self._is_closed:
                raise StorageUnavailable("SQLite: the database is closed")
            if not self._is_running:
                self._thread.submit(self._run_waiting)
                self._is_running = True
            self._waiting.append(_Call(statements, is_read, answered))
        return answered

    def close(self) -> None:
        """Take no more calls. Those that wait are run."""
        with self._lock:
            self._is_closed = True

    def _run_waiting(self) -> None:
        """Run calls until none waits."""
        while calls := self._next_calls():
            try:
                self._run(calls)
            except Exception as error:  # noqa: BLE001 - e.g. no memory left. Nobody must wait for ever
                _answer([(call, error) for call in calls])

    def _next_calls(self) -> list[_Call]:
        """Take calls that wait and were not cancelled. If there is none, nothing runs any more."""
        calls: list[_Call] = []
        with self._lock:
            while self._waiting and len(calls) < self._max_group:
                call = self._waiting.popleft()
                if not call.answered.cancelled():
                    calls.append(call)
            self._is_running = bool(calls)
        return calls

    def _run(self, calls: Sequence[_Call]) -> None:
        """Run a group: first what reads, so that it does not wait for an fsync."""
        writes = []
        for call in calls:
            if call.is_read:
                _answer([(call, self._alone(call))])
            else:
                writes.append(call)
        if len(writes) == 1:
            _answer([(writes[0], self._alone(writes[0]))])
        elif writes:
            _answer(list(zip(writes, self._together(writes), strict=True)))

    def _alone(self, call: _Call) -> "Rows | Exception":
        """Run one call in a transaction of its own."""
        try:
            if len(call.statements) == 1:  # SQLite makes a transaction of it
                return [run_statement(self._connection, call.statements[0])]
            self._connection.execute("BEGIN" if call.is_read else "BEGIN IMMEDIATE")
            rows = [run_statement(self._connection, statement) for statement in call.statements]
            self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - its caller gets it
            self._roll_back()
            return error
        return rows

    def _together(self, calls: Sequence[_Call]) -> "Sequence[Rows | Exception]":
        """Run several calls in one transaction, and return the rows or the error of each."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            outcomes = [self._as_member(call) for call in calls]
            self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - every caller gets it
            self._roll_back()
            if (
                _code(error) == sqlite3.SQLITE_CONSTRAINT
            ):  # of one call, but it undid all (`RAISE(ROLLBACK)`), or came at COMMIT
                return [self._alone(call) for call in calls]
            return [error] * len(calls)
        return outcomes

    def _as_member(self, call: _Call) -> "Rows | Exception":
        """Run one call of a group. Raises the error after which nothing of the group can be kept."""
        is_batch = len(call.statements) > 1  # what fails of a single statement, SQLite undoes
        try:
            if is_batch:
                self._connection.execute("SAVEPOINT member")
            rows = [run_statement(self._connection, statement) for statement in call.statements]
            if is_batch:
                self._connection.execute("RELEASE member")
        except Exception as error:
            if _is_fatal(error) or not self._connection.in_transaction:
                raise
            if is_batch:
                self._connection.execute("ROLLBACK TO member")
                self._connection.execute("RELEASE member")
            return error
        return rows

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")


def _answer(outcomes: "Sequence[tuple[_Call, Rows | Exception]]") -> None:
    """Answer calls in their event loops, each of which is woken once."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Rows], Rows | Exception]]] = {}
    for call, outcome in outcomes:
        by_loop.setdefault(call.answered.get_loop(), []).append((call.answered, outcome))
    for loop, answers in by_loop.items():
        with contextlib.suppress(RuntimeError):  # a loop that is closed: nobody waits any more
            loop.call_soon_threadsafe(_set_all, answers)


def _set_all(answers: "Sequence[tuple[asyncio.Future[Rows], Rows | Exception]]") -> None:
    for answered, outcome in answers:
        if answered.done():  # its caller was cancelled
            continue
        if isinstance(outcome, _REFUSALS):
            error = unavailable(outcome)
            error.__cause__ = outcome
            answered.set_exception(error)
        elif isinstance(outcome, Exception):
            answered.set_exception(outcome)
        else:
            answered.set_result(outcome)
