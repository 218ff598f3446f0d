"""Asks a server for many things at once over connections that stay open, with as little CPU of its own as Python allows."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from benchmarks.edge.traffic import Request

CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it.

    Args:
        seconds: from the first request to the last answer.
        waits: of each request, in milliseconds, the shortest first.
    """

    seconds: float
    waits: list[float]

    @property
    def per_second(self) -> float:
        """Requests answered in a second."""
        return len(self.waits) / self.seconds

    def percentile(self, share: float) -> float:
        """The milliseconds within which so large a share was answered."""
        return self.waits[min(len(self.waits) - 1, int(len(self.waits) * share))]


def _wire(request: Request, host: str) -> bytes:
    path = urlsplit(str(request["url"])).path
    headers = {"host": host, **request["headers"]}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{request['method']} {path} HTTP/1.1\r\n{head}\r\n{request.get('body', '')}".encode()


async def _read_answer(reader: asyncio.StreamReader) -> int:
    status, _, rest = (await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n")
    head = rest.lower()
    if b"transfer-encoding: chunked" in head:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    else:
        await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0))
    return int(status.split()[1])


async def _work(host: str, port: int, messages: Iterator[bytes], expected: int, waits: list[float]) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        for message in messages:
            begun = time.perf_counter()
            writer.write(message)
            status = await _read_answer(reader)
            waits.append((time.perf_counter() - begun) * 1000)
            if status != expected:
                raise SystemExit(f"a request was answered with {status} instead of {expected}")
    finally:
        writer.close()


async def _run(address: str, requests: Iterable[Request], expected: int) -> Load:
    place = urlsplit(address)
    messages = iter([_wire(request, place.netloc) for request in requests])
    waits: list[float] = []
    begun = time.perf_counter()
    workers = (_work(str(place.hostname), place.port or 80, messages, expected, waits) for _ in range(CONNECTIONS))
    await asyncio.gather(*workers)
    return Load(time.perf_counter() - begun, sorted(waits))


def load(address: str, requests: Iterable[Request], expected: int) -> Load:
    """Send all requests, four at a time.

    Args:
        address: the server's origin.
        requests: what to send.
        expected: the status that each must be answered with.
    """
    return asyncio.run(_run(address, requests, expected))
