"""A load generator over kept-alive connections, which uses as little CPU as Python allows."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from benchmarks.edge.traffic import Request

CONNECTIONS = 4


class WrongAnswer(Exception):
    """A response had another status than expected."""


@dataclass(frozen=True, slots=True)
class Load:
    """The result of a run.

    Args:
        seconds: The time from the first request to the last response.
        waits: The latency of each request in milliseconds, sorted.
    """

    seconds: float
    waits: list[float]

    @property
    def per_second(self) -> float:
        """Requests per second."""
        return len(self.waits) / self.seconds

    def percentile(self, share: float) -> float:
        """Return the latency in milliseconds below which a share of the responses is, from 0 to 1."""
        return self.waits[min(len(self.waits) - 1, int(len(self.waits) * share))]


def _encode(request: Request, host: str) -> bytes:
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


async def _work(target: SplitResult, messages: Iterator[bytes], expected: int, until: float) -> list[float]:
    waits: list[float] = []
    reader, writer = await asyncio.open_connection(target.hostname, target.port)
    try:
        for message in messages:
            started = time.perf_counter()
            writer.write(message)
            status = await _read_answer(reader)
            waits.append((time.perf_counter() - started) * 1000)
            if status != expected:
                raise WrongAnswer(f"a request was answered with {status} instead of {expected}")
            if started >= until:
                return waits
    finally:
        writer.close()
    return waits


async def _run(address: str, requests: Iterator[Request], expected: int, seconds: float) -> Load:
    target = urlsplit(address)
    messages = (_encode(request, target.netloc) for request in requests)
    started = time.perf_counter()
    work = (_work(target, messages, expected, started + seconds) for _ in range(CONNECTIONS))
    waits = [wait for some in await asyncio.gather(*work) for wait in some]
    return Load(time.perf_counter() - started, sorted(waits))


def load(address: str, requests: Iterator[Request], expected: int, seconds: float) -> Load:
    """Send requests for some seconds, four at a time.

    Args:
        address: The server's origin.
        requests: The requests to send.
        expected: The expected status of each response.
        seconds: The time after which no further request is sent; each connection sends at least one.

    Raises:
        WrongAnswer: A response had another status.
    """
    return asyncio.run(_run(address, requests, expected, seconds))
