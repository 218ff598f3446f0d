"""The open connections to PostgreSQL. Each call takes one, and opens one if none is free.

`psycopg_pool` opens connections behind the calls, with pauses that grow to half a minute, and a call waits for them: after a
restart of the server every call failed for as long. Here a call that finds its connection ended opens another one at once, and
one that cannot connect fails at once.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from contextlib import asynccontextmanager

import psycopg

from lightning_cart_host.adapters.postgres_connection import Connection, open_connection
from lightning_cart_host.adapters.postgres_wire import Wire


class PoolTimeout(psycopg.OperationalError):
    """No connection became free in time."""


class ConnectionPool:
    """Connections for the tasks of one event loop at a time. Close it when done.

    Args:
        url: A URL that `check_url` accepts.
        threads: Open the connections.
        wait_seconds: How long a call waits for another's connection if the server accepts no further one.
    """

    def __init__(self, url: str, threads: Executor, wait_seconds: float) -> None:
        self._url, self._threads, self._wait_seconds = url, threads, wait_seconds
        self._free: list[Wire] = []
        self._used = 0
        self._is_closed = False
        self._waiting: deque[asyncio.Future[Wire | None]] = deque()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Wire]:
        """Lend a connection. It is kept for the next call, unless the server has ended it.

        Raises:
            ConfigurationError: The server is too old.
            psycopg.Error: The server does not answer, or accepts no further connection; or the pool is closed.
        """
        wire = self._take() or await self._open()
        try:
            yield wire
        finally:
            self._give_back(wire)

    def _take(self) -> Wire | None:
        if self._is_closed:
            raise psycopg.OperationalError("the connections are closed")
        while self._free:
            wire = self._free.pop()
            if not wire.is_ended:
                self._used += 1
                return wire
            wire.close()
        return None

    async def _open(self) -> Wire:
        self._used += 1
        opening = asyncio.get_running_loop().run_in_executor(self._threads, open_connection, self._url)
        try:
            return Wire(await asyncio.shield(opening))
        except BaseException as error:
            self._used -= 1
            if not opening.done():  # this task was cancelled
                opening.add_done_callback(_close_late)
            if not isinstance(error, psycopg.OperationalError):
                self._tell_if_unused()
                raise
            return await self._wait_for_another(error)

    async def _wait_for_another(self, error: psycopg.OperationalError) -> Wire:
        """Return the connection of another call when it ends. Without another call, raise the error."""
        free: asyncio.Future[Wire | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(free)
        self._tell_if_unused()
        try:
            await asyncio.wait([free], timeout=self._wait_seconds)
        except asyncio.CancelledError:
            if free.done() and (late := free.result()):
                self._give_back(late)
            raise
        finally:
            if free in self._waiting:
                self._waiting.remove(free)
        if not free.done():
            raise PoolTimeout("the server accepts no further connection, and none became free") from error
        wire = free.result()
        if wire is None:
            raise error
        return wire

    def _tell_if_unused(self) -> None:
        """Let those who wait for another call's connection go on if there is no other call."""
        while self._waiting and not self._used:
            free = self._waiting.popleft()
            if not free.done():
                free.set_result(None)

    def _give_back(self, wire: Wire) -> None:
        while self._waiting and wire.is_sound and not self._is_closed:
            free = self._waiting.popleft()
            if not free.done():
                free.set_result(wire)
                return
        self._used -= 1
        if wire.is_sound and not self._is_closed:
            self._free.append(wire)
            return
        wire.close()
        self.close_free()  # the others may be lost too, without a sign of it: a server that failed says nothing
        self._tell_if_unused()

    def close_free(self) -> None:
        """Close the connections that no call uses."""
        while self._free:
            self._free.pop().close()

    def close(self) -> None:
        """Close the connections that no call uses; a call closes its own. Closing twice is harmless."""
        self._is_closed = True
        self.close_free()


def _close_late(opened: "asyncio.Future[Connection]") -> None:
    if not opened.cancelled() and not opened.exception():
        opened.result().close()
