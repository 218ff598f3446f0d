"""The open connections to PostgreSQL. Each call takes one, and opens one if none is free.

`psycopg_pool` opens connections behind the calls, with pauses that grow to half a minute, and a call waits for them: after a
restart of the server every call failed for as long. Here a call that finds its connection ended opens another one at once, and
one that cannot connect fails at once.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.pq import TransactionStatus

from lightning_cart_host.adapters.postgres_connection import Connection, is_ended, open_connection

_OPEN = (TransactionStatus.INTRANS, TransactionStatus.INERROR)


class PoolTimeout(psycopg.OperationalError):
    """No connection became free in time."""


class ConnectionPool:
    """Connections for threads. Close it when done.

    Args:
        url: A URL that `check_url` accepts.
        wait_seconds: How long a call waits for another's connection if the server accepts no further one.
    """

    def __init__(self, url: str, wait_seconds: float) -> None:
        self._url = url
        self._wait_seconds = wait_seconds
        self._free: list[Connection] = []
        self._used = 0
        self._is_closed = False
        self._changed = threading.Condition()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection. It is kept for the next call, unless the server has ended it.

        Raises:
            ConfigurationError: The server is too old.
            psycopg.Error: The server does not answer, or accepts no further connection; or the pool is closed.
        """
        connection = self._take() or self._open()
        try:
            yield connection
        finally:
            self._give_back(connection, is_sound=_end_transaction(connection))

    def _take(self) -> Connection | None:
        with self._changed:
            if self._is_closed:
                raise psycopg.OperationalError("the connections are closed")
            while self._free:
                connection = self._free.pop()
                if not is_ended(connection):
                    self._used += 1
                    return connection
                connection.close()
            self._used += 1
        return None

    def _open(self) -> Connection:
        try:
            return open_connection(self._url)
        except BaseException as error:
            with self._changed:
                self._used -= 1
                self._changed.notify_all()
            if not isinstance(error, psycopg.OperationalError):
                raise
            return self._wait_for_another(error)

    def _wait_for_another(self, error: psycopg.OperationalError) -> Connection:
        """Return the connection of another call when it ends. Without another call, raise the error."""
        end = time.monotonic() + self._wait_seconds
        with self._changed:
            while not self._free:
                if not self._used:
                    raise error
                if not self._changed.wait(end - time.monotonic()):
                    raise PoolTimeout("the server accepts no further connection, and none became free") from error
            self._used += 1
            return self._free.pop()

    def _give_back(self, connection: Connection, *, is_sound: bool) -> None:
        with self._changed:
            self._used -= 1
            if is_sound and not self._is_closed:
                self._free.append(connection)
            else:
                connection.close()
            if not is_sound:  # the others may be lost too, without a sign of it: a server that failed says nothing
                self._close_free()
            self._changed.notify_all()

    def _close_free(self) -> None:
        while self._free:
            self._free.pop().close()

    def close(self) -> None:
        """Close the connections that no call uses; a call closes its own. Closing twice is harmless."""
        with self._changed:
            self._is_closed = True
            self._close_free()


def _end_transaction(connection: Connection) -> bool:
    """Roll back what a call left open, and return whether the connection can be used again."""
    try:
        if connection.info.transaction_status in _OPEN:
            connection.rollback()
    except psycopg.Error:
        return False
    return not connection.closed and connection.info.transaction_status is TransactionStatus.IDLE
