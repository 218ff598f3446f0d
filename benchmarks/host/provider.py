"""The providers' stand-in: one process that answers every contender at once, over connections that it keeps."""

import asyncio
import sys
from typing import Any
from urllib.parse import urlsplit

import uvloop

from benchmarks.edge.answers import answer

START = (sys.executable, "-m", "benchmarks.host.provider")  # and the port
_HEAD_END = b"\r\n\r\n"


class Provider(asyncio.Protocol):
    """One connection. Requests have a `content-length`, or no body."""

    def __init__(self) -> None:
        self._received = b""
        self._transport: Any = None  # uvloop's transports are not asyncio's

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._received += data
        while request := self._next_request():
            self._answer(request)

    def _next_request(self) -> bytes:
        """Take a whole request from what was received, and return its head, or nothing."""
        end = self._received.find(_HEAD_END)
        if end < 0:
            return b""
        head = self._received[:end]
        length = int(head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0] or 0)
        whole = end + len(_HEAD_END) + length
        if len(self._received) < whole:
            return b""
        self._received = self._received[whole:]
        return head

    def _answer(self, head: bytes) -> None:
        path = urlsplit(head.split(b" ", 2)[1].decode()).path
        try:
            status, body = "200 OK", answer(path).encode()
        except KeyError:
            status, body = "404 Not Found", b"{}"
        fields = f"content-type: application/json\r\ncontent-length: {len(body)}"
        self._transport.write(f"HTTP/1.1 {status}\r\n{fields}\r\n\r\n".encode() + body)


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Provider, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
