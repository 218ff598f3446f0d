"""Runs calls on PostgreSQL. Calls that write and wait at the same time share a transaction, and so its COMMIT.

Two transactions at once that change neighbouring rows cannot be put in an order, and PostgreSQL refuses one of them. So calls
that write wait for each other, unless one takes long. What a call of a group raises undoes the group, which runs again without
that call. If PostgreSQL refuses a transaction, it is run again. Locking rows first would not save that: a serializable
transaction that waited for a lock is refused if the row was changed meanwhile, and three engines with one row took 1.4 to 1.5
tries for each batch without a lock, and 1.7 to 1.9 with one. If a connection was lost, nothing is, because its COMMIT may
have succeeded: then the caller repeats its call, whose statements are repeatable by key.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import psycopg

from lightning_cart.errors import LightningCartError, StorageUnavailable
from lightning_cart.ports import Row
from lightning_cart_host.adapters.postgres_connection import unavailable
from lightning_cart_host.adapters.postgres_pool import ConnectionPool
from lightning_cart_host.adapters.postgres_wire import Command, Wire

MAX_GROUP = 16  # calls, which bounds how long the first of them waits for the others
REPEATABLE = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)
TURN = 0x6C64  # the advisory lock of whoever was refused too often
WAIT_SECONDS = 5.0  # for a free connection
ANSWER_SECONDS = 15.0  # for all of a call. A server whose disk hangs does not even end a statement that takes too long
FREE_TRIES, MAX_TRIES = 3, 20
MAX_PAUSE_SECONDS = 0.1
PATIENCE_SECONDS = 0.05  # without the end of a group, until another one runs beside it
_BEGIN, _COMMIT, _ROLLBACK = Command("BEGIN"), Command("COMMIT"), Command("ROLLBACK")
_LOCK, _UNLOCK = (Command(f"SELECT {name}({TURN})") for name in ("pg_advisory_lock", "pg_advisory_unlock"))

_NO_ERROR = psycopg.Error()

type Rows = Sequence[Sequence[Row]]


@dataclass(eq=False, slots=True)
class _Call:
    commands: Sequence[Command]
    is_read: bool
    answered: "asyncio.Future[Rows]"
    queued: float
    is_waiting: bool = True

    def answer(self, rows: Rows) -> None:
        if not self.answered.done():  # its caller was cancelled, or waits no longer
            self.answered.set_result(rows)

    def fail(self, error: Exception) -> None:
        if not self.answered.done():
            told = error if isinstance(error, LightningCartError) else unavailable(error)
            if told is not error:
                told.__cause__ = error
            self.answered.set_exception(told)

    def expire(self) -> None:
        self.fail(StorageUnavailable("PostgreSQL: no answer in time"))


def pause_seconds(attempt: int) -> float:
    """Return how long to wait after an attempt that PostgreSQL refused."""
    return random.uniform(0, min(MAX_PAUSE_SECONDS, 0.001 * 2**attempt))


class PostgresCalls:
    """The calls of one database, in one event loop at a time.

    Args:
        pool: The connections.
        connections: The maximum number of connections.
    """

    def __init__(self, pool: ConnectionPool, connections: int) -> None:
        self._pool, self._connections = pool, connections
        self._reads: deque[_Call] = deque()
        self._writes: deque[_Call] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writing = 0  # groups that write
        self._last_write = 0.0  # when the last one began or ended
        self._is_closed = False

    async def run(self, commands: Sequence[Command], *, is_read: bool) -> Rows:
        """Run a call in a transaction of its own, or together with others that write, and return the rows of each command.

        Raises:
            StorageUnavailable: PostgreSQL rejected one, and nothing was executed; or the connection was lost, or there was no
                answer in time, and all may be executed or none.
        """
        if self._is_closed:
            raise StorageUnavailable("PostgreSQL: the database is closed")
        loop = asyncio.get_running_loop()
        call = _Call(commands, is_read, loop.create_future(), time.monotonic())
        (self._reads if is_read else self._writes).append(call)
        self._start()
        late = loop.call_later(ANSWER_SECONDS, call.expire)
        self._be_patient(call)
        try:
            return await call.answered
        finally:
            late.cancel()

    async def close(self) -> None:
        """Take no more calls, and wait for those that run or wait."""
        self._is_closed = True
        while self._tasks:
            await asyncio.wait(self._tasks)

    # ---- which call runs when

    def _start(self, *, beside: bool = False) -> None:
        """Start what may run now. `beside` lets a group that writes run beside another."""
        while len(self._tasks) < self._connections and (calls := self._next_calls(beside=beside)):
            self._tasks.add(asyncio.get_running_loop().create_task(self._work(calls)))

    def _next_calls(self, *, beside: bool) -> list[_Call]:
        """Take one call that reads, or a group of calls that write, whichever has waited longer."""
        may_write = beside or not self._writing
        while self._reads or (self._writes and may_write):
            is_turn_to_write = (
                may_write and self._writes and not (self._reads and self._reads[0].queued < self._writes[0].queued)
            )
            calls = self._take(self._writes, MAX_GROUP) if is_turn_to_write else self._take(self._reads, 1)
            if calls and is_turn_to_write:
                self._writing += 1
                self._last_write = time.monotonic()
            if calls:
                return calls
        return []

    @staticmethod
    def _take(waiting: deque[_Call], most: int) -> list[_Call]:
        """Take calls that waited, without those that waited too long and those whose callers were cancelled."""
        calls: list[_Call] = []
        while waiting and len(calls) < most:
            call = waiting.popleft()
            call.is_waiting = False
            if time.monotonic() - call.queued > WAIT_SECONDS:
                call.fail(StorageUnavailable("PostgreSQL: all connections are busy"))
            if not call.answered.done():
                calls.append(call)
        return calls

    def _be_patient(self, call: _Call) -> None:
        """Let a call that writes wait for another group, unless none has begun or ended for too long."""
        if call.is_read or not call.is_waiting:
            return
        left = self._last_write + PATIENCE_SECONDS - time.monotonic()
        if left <= 0:
            self._start(beside=True)
            left = PATIENCE_SECONDS
        call.answered.get_loop().call_later(left, self._be_patient, call)

    async def _work(self, calls: list[_Call]) -> None:
        """Run a group, and start what waited for it."""
        try:
            await self._run(calls)
        except Exception as error:  # noqa: BLE001 - e.g. a lost connection. Nobody must wait for ever
            _fail(calls, error)
        finally:
            _fail(calls, StorageUnavailable("PostgreSQL: the event loop was closed"))  # whoever has no answer yet
            if not calls[0].is_read:
                self._writing -= 1
                self._last_write = time.monotonic()
            self._tasks.discard(cast("asyncio.Task[None]", asyncio.current_task()))
            self._start()

    # ---- how a group runs

    async def _run(self, calls: Sequence[_Call]) -> None:
        for attempt in range(1, FREE_TRIES + 1):
            async with self._pool.connection() as wire:
                calls, _ = await _attempt(wire, calls)
            if not calls:
                return
            await asyncio.sleep(pause_seconds(attempt))
        async with self._pool.connection() as wire:
            await _run_in_turn(wire, calls)


async def _run_in_turn(wire: Wire, calls: Sequence[_Call]) -> None:
    """Run calls when nobody else, in any process, runs what was refused too often: they would go on refusing each other."""
    locked = await wire.exchange([_LOCK])
    if locked.error and not isinstance(locked.error, psycopg.errors.QueryCanceled):
        raise locked.error  # who has the lock and hangs cancels the wait for it. The lock saves tries, and protects nothing
    for attempt in range(FREE_TRIES + 1, MAX_TRIES + 1):
        calls, error = await _attempt(wire, calls)
        if not calls or attempt == MAX_TRIES:
            break
        await asyncio.sleep(pause_seconds(attempt))
    _fail(calls, error)
    await wire.exchange([_UNLOCK])


async def _attempt(wire: Wire, calls: Sequence[_Call]) -> tuple[Sequence[_Call], psycopg.Error]:
    """Run calls in one transaction. Return those that have to be run again, and why.

    A call that is rejected is told so, and the others run without it.
    """
    while calls:
        commands = [command for call in calls for command in call.commands]
        is_transaction = len(commands) > 1  # PostgreSQL makes one of a single statement
        outcome = await wire.exchange([_BEGIN, *commands, _COMMIT] if is_transaction else commands)
        error, rows = outcome.error, outcome.rows[1:] if is_transaction else outcome.rows
        if error is None:
            for call in calls:
                call.answer(rows[: len(call.commands)])
                rows = rows[len(call.commands) :]
            break
        if is_transaction:
            await wire.exchange([_ROLLBACK])
        if isinstance(error, REPEATABLE) or wire.forget_stale(error):
            return calls, error
        rejected = _owner(calls, len(rows))
        if rejected is None and len(calls) > 1:  # COMMIT was rejected, because of any of them
            return [again for call in calls for again in (await _attempt(wire, [call]))[0]], error
        _fail([rejected or calls[0]], error)
        calls = [call for call in calls if not call.answered.done()]
    return [], _NO_ERROR


def _owner(calls: Sequence[_Call], number: int) -> _Call | None:
    """Return the call that has the command of a number, counted from 0 over all of them."""
    for call in calls:
        if number < len(call.commands):
            return call
        number -= len(call.commands)
    return None


def _fail(calls: Sequence[_Call], error: Exception) -> None:
    for call in calls:
        call.fail(error)
