"""Asks a server for many things at once over connections that stay open, with as little CPU of its own as Python allows."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from benchmarks.edge.traffic import Request

CONNECTIONS = 4


class WrongAnswer(Exception):
    """A request was not answered as it should be."""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it.

    Args:
        seconds: From the first request to the last answer.
        waits: Of each request, in milliseconds, the shortest first.
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


async def _work(place: SplitResult, messages: Iterator[bytes], expected: int, until: float) -> list[float]:
    waits: list[float] = []
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        for message in messages:
            begun = time.perf_counter()
            writer.write(message)
            status = await _read_answer(reader)
            waits.append((time.perf_counter() - begun) * 1000)
            if status != expected:
                raise WrongAnswer(f"a request was answered with {status} instead of {expected}")
            if begun >= until:
                return waits
    finally:
        writer.close()
    return waits


async def _run(address: str, requests: Iterator[Request], expected: int, seconds: float) -> Load:
    place = urlsplit(address)
    messages = (_wire(request, place.netloc) for request in requests)
    begun = time.perf_counter()
    work = (_work(place, messages, expected, begun + seconds) for _ in range(CONNECTIONS))
    waits = [wait for some in await asyncio.gather(*work) for wait in some]
    return Load(time.perf_counter() - begun, sorted(waits))


def load(address: str, requests: Iterator[Request], expected: int, seconds: float) -> Load:
    """Send requests for a while, four at a time.

    Args:
        address: The server's origin.
        requests: What to send.
        expected: The status that each must be answered with.
        seconds: After which no further one is sent; each connection sends one at least.

    Raises:
        WrongAnswer: One had another status.
    """
    return asyncio.run(_run(address, requests, expected, seconds))
