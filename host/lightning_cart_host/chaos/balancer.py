"""Spreads connections over several engines, as a load balancer in front of them does."""

import asyncio
import contextlib
import itertools
import socket
from collections.abc import AsyncIterator, Sequence

from lightning_cart_host.server.loopback import LOOPBACK_HOST

_CHUNK_BYTES = 65_536


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(_CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    writer.close()


class _Balancer:
    """Each connection goes to the next engine that accepts it, and breaks when that engine does.

    Args:
        ports: The ports of the engines.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        self._turns, self._count = itertools.cycle(ports), len(ports)
        self._open = set[asyncio.StreamWriter]()

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one connection until either end closes it. If no engine accepts it, close it."""
        self._open.add(writer)
        try:
            for _ in range(self._count):
                with contextlib.suppress(OSError):
                    there = await asyncio.open_connection(LOOPBACK_HOST, next(self._turns))
                    await asyncio.gather(_copy(reader, there[1]), _copy(there[0], writer))
                    return
        finally:
            writer.close()
            self._open.discard(writer)

    def close(self) -> None:
        """Break all connections."""
        for writer in self._open:
            writer.transport.abort()


@contextlib.asynccontextmanager
async def balancing(listener: socket.socket, ports: Sequence[int]) -> AsyncIterator[None]:
    """Accept connections for engines on this machine until the block ends.

    Args:
        listener: A listening socket.
        ports: The ports of the engines.
    """
    balancer = _Balancer(ports)
    server = await asyncio.start_server(balancer.connect, sock=listener)
    try:
        yield
    finally:
        server.close()
        balancer.close()
        await server.wait_closed()
