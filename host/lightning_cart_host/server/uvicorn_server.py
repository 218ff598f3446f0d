"""Runs ASGI applications in uvicorn: several in one event loop, each stopped gracefully when its block ends."""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import uvicorn

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.server.http_protocol import http_protocol
from lightning_cart_host.server.log import Log, LogHandler

_BACKLOG = 2048  # connections waiting to be accepted
_GRACE_SECONDS = 5  # for open requests when the server stops
_CLOSE_SECONDS = 0.1


class _Server(uvicorn.Server):
    """A server with an event for when it listens, and without signal handlers: two servers would replace each other's."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._listening.set()

    async def listens(self, task: asyncio.Task[None]) -> None:
        """Wait until it listens, or raise why the task that runs it has ended."""
        listening = asyncio.create_task(self._listening.wait())
        try:
            await asyncio.wait([task, listening], return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self.should_exit = True
            await task
            raise
        finally:
            listening.cancel()
        if task.done():
            task.result()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        closing = asyncio.create_task(self._close_late_connections())
        await super().shutdown(sockets)
        closing.cancel()

    async def _close_late_connections(self) -> None:
        """Close what was accepted but not yet known when the shutdown began. Otherwise busy clients would keep it open."""
        while True:
            await asyncio.sleep(_CLOSE_SECONDS)
            for connection in list(self.server_state.connections):
                connection.shutdown()  # after the response, if there is a request

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True, slots=True)
class Served:
    """A listening server.

    Args:
        address: `http://host:port`.
        task: Runs the server.
    """

    address: str
    task: asyncio.Task[None]

    async def ended(self) -> None:
        """Wait until the server stops. Cancelling the wait does not stop it."""
        await asyncio.wait([self.task])


def _cannot_listen(host: str, port: object, error: Exception, option: str) -> ConfigurationError:
    reason = getattr(error, "strerror", None) or "this is no name of a host"
    return ConfigurationError(
        f"cannot listen on {host} port {port}: {reason}. Name another one with {option}, or 0 for any that is free"
    )


def bind(host: str, port: int, option: str = "--port") -> socket.socket:
    """Open the socket of a server. It refuses connections until something serves on it.

    Args:
        host: An address or a name.
        port: The port; 0 for any that is free.
        option: The option that names another port, for the error message.

    Raises:
        ConfigurationError: The port is taken, or the address does not belong to this machine.
    """
    try:
        # Not `socket.create_server`: its sockets have no protocol number, so asyncio leaves Nagle's algorithm on. A response
        # in two packets would then wait 40 ms for the client's delayed acknowledgement.
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with contextlib.ExitStack() as stack:
            bound = stack.enter_context(socket.socket(family, kind, protocol))
            if os.name == "posix":  # on Windows it would let two servers share a port
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
            stack.pop_all()
            return bound
    except (OSError, UnicodeError) as error:  # a name that DNS cannot have is a UnicodeError
        raise _cannot_listen(host, port, error, option) from error


def format_address(listener: socket.socket, host: str) -> str:
    """Return the HTTP URL of a server's socket, with the host it was opened with."""
    return f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"


@contextlib.asynccontextmanager
async def serve(
    app: Any,  # noqa: ANN401 - libraries type ASGI applications differently
    listener: socket.socket,
    host: str,
    *further: socket.socket,
    grace: int = _GRACE_SECONDS,
    option: str = "--port",
) -> AsyncIterator[Served]:
    """Serve an ASGI application during the block.

    Args:
        app: The application.
        listener: The socket of `bind`; closed at the end.
        host: The host that the socket was opened with.
        *further: Further sockets.
        grace: Seconds that open requests get at the end.
        option: The option that names another port, for the error message.

    Raises:
        ConfigurationError: Another process has begun to listen on the port since the socket was opened.
    """
    address = format_address(listener, host)
    config = uvicorn.Config(
        app,
        http=http_protocol(),
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=grace,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve([listener, *further]))
    try:
        await server.listens(task)
    except OSError as error:
        await server.lifespan.shutdown()
        raise _cannot_listen(host, listener.getsockname()[1], error, option) from error
    try:
        yield Served(address, task)
    finally:
        server.should_exit = True
        await task


def send_library_logs_to(log: Log) -> None:
    """Send the log records of uvicorn and other libraries to the log, and nowhere else."""
    logging.basicConfig(handlers=[LogHandler(log)], level=logging.WARNING, force=True)
