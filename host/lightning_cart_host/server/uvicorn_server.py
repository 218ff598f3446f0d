"""Runs ASGI applications on real sockets: several in one event loop, each stopped gracefully when its block ends."""

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
from lightning_cart_host.server.log import Log, LogHandler

_BACKLOG = 2048  # connections that wait to be accepted
_GRACE_SECONDS = 5  # for answers that are under way when the server stops


class _Server(uvicorn.Server):
    """A server that says when it listens, and leaves the signals alone: two in one process would fight over them."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True, slots=True)
class Served:
    """A server that listens.

    Args:
        address: `http://host:port`.
        task: Runs it.
    """

    address: str
    task: asyncio.Task[None]

    async def ended(self) -> None:
        """Wait until it stops. To give up waiting does not stop it."""
        await asyncio.wait([self.task])


def listen(host: str, port: int, option: str = "--port") -> socket.socket:
    """Open a listening socket.

    Args:
        host: An address or a name.
        port: 0 for any free one.
        option: Where the caller may name another port.

    Raises:
        ConfigurationError: The port is taken, or the address is not ours.
    """
    try:
        # Not `socket.create_server`: its sockets do not say that they are TCP, so asyncio leaves Nagle's algorithm on, and
        # an answer in two pieces waits 40 ms for the other side's delayed acknowledgement.
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with contextlib.ExitStack() as stack:
            listener = stack.enter_context(socket.socket(family, kind, protocol))
            if os.name == "posix":  # elsewhere it would let two servers share a port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(place)
            listener.listen(_BACKLOG)
            stack.pop_all()
            return listener
    except OSError as error:
        raise ConfigurationError(
            f"cannot listen on {host} port {port}: {error.strerror}. Name another one with {option}, or 0 for any that is free"
        ) from error


def format_address(listener: socket.socket, host: str) -> str:
    """The address at which a listening socket is reached by HTTP, under the name that it was opened by."""
    return f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"


@contextlib.asynccontextmanager
async def serve(app: Any, listener: socket.socket, host: str) -> AsyncIterator[Served]:  # noqa: ANN401 - every library types ASGI in its own way
    """Serve an ASGI application while the block runs.

    Args:
        app: The application.
        listener: Where it listens; closed at the end.
        host: The name that the socket was opened by.
    """
    address = format_address(listener, host)
    config = uvicorn.Config(
        app,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve([listener]))
    try:
        await server.listening.wait()
        yield Served(address, task)
    finally:
        server.should_exit = True
        await task


def send_library_logs_to(log: Log) -> None:
    """Let what uvicorn and httpx have to say pass through our log, and nowhere else."""
    logging.basicConfig(handlers=[LogHandler(log)], level=logging.WARNING, force=True)
