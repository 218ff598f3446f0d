"""A load generator in a process of its own, whose requests are written beforehand and which parses little of the responses."""

import asyncio
import gc
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import uvloop

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_HEAD_END = b"\r\n\r\n"


class WrongAnswer(Exception):
    """A response had another status than expected."""


@dataclass(frozen=True, slots=True)
class Job:
    """Requests to send.

    Args:
        port: The server's port on this machine.
        connections: How many requests are under way at a time, each on a connection of its own.
        expected: The expected status of each response.
        messages: The requests as they are sent.
    """

    port: int
    connections: int
    expected: int
    messages: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Load:
    """The result of a job.

    Args:
        seconds: The time from the first request to the last response.
        waits: The latency of each request in milliseconds, sorted.
        bodies: The body of each response.
        own_cpu: The seconds of CPU that the generator used.
    """

    seconds: float
    waits: list[float]
    bodies: list[bytes]
    own_cpu: float

    @property
    def per_second(self) -> float:
        """Requests per second."""
        return len(self.waits) / self.seconds

    def percentile(self, share: float) -> float:
        """Return the latency in milliseconds below which a share of the responses is, from 0 to 1."""
        return self.waits[min(len(self.waits) - 1, int(len(self.waits) * share))]


class _Client(asyncio.Protocol):
    """One connection: sends the next request as soon as the last one is answered."""

    def __init__(self, job: Job, messages: Iterator[bytes], waits: list[float], bodies: list[bytes]) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._status = f" {job.expected} ".encode()
        self._messages, self._waits, self._bodies = messages, waits, bodies
        self._received, self._started = b"", 0.0
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self._transport = transport

    def send_next(self) -> None:
        """Send a request, or close the connection after the last one."""
        message = next(self._messages, None)
        if message is None:
            self._transport.close()
            self.done.set_result(None)
            return
        self._started = time.perf_counter()
        self._transport.write(message)

    def data_received(self, data: bytes) -> None:
        """Read a response's head and as much as it announces."""
        self._received += data
        end = self._received.find(_HEAD_END)
        if end < 0:
            return
        head = self._received[:end]
        length = int(head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0] or 0)
        body = self._received[end + len(_HEAD_END) :]
        if len(body) < length:
            return
        self._waits.append((time.perf_counter() - self._started) * 1000)
        if self._status not in head[:16]:
            self._fail(WrongAnswer(f"instead of{self._status.decode()}: {head[:16].decode()} {body[:300].decode()}"))
            return
        self._bodies.append(body)
        self._received = b""
        self.send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail if responses are missing."""
        self._fail(exc or WrongAnswer("the server closed a connection"))

    def _fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


async def _run(job: Job) -> Load:
    loop = asyncio.get_running_loop()
    messages, waits, bodies = iter(job.messages), list[float](), list[bytes]()
    clients = [
        (await loop.create_connection(lambda: _Client(job, messages, waits, bodies), "127.0.0.1", job.port))[1]
        for _ in range(job.connections)
    ]
    gc.disable()
    started, cpu = time.perf_counter(), time.process_time()
    for client in clients:
        client.send_next()
    try:
        await asyncio.gather(*(client.done for client in clients))
    finally:
        gc.enable()
    return Load(time.perf_counter() - started, sorted(waits), bodies, time.process_time() - cpu)


def _work(jobs: "Connection[Load | Exception, Job | None]") -> None:
    while job := jobs.recv():
        try:
            jobs.send(uvloop.run(_run(job)))
        except Exception as error:  # noqa: BLE001 - the process that asked raises it
            jobs.send(error)


class LoadGenerator:
    """A process that sends requests. Use it in a `with` block."""

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("spawn")
        self._jobs, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,), daemon=True)
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._jobs.send(None)
        self._process.join()

    def run(self, job: Job) -> Load:
        """Send the requests of a job.

        Raises:
            WrongAnswer: A response had another status, or the server closed a connection.
        """
        self._jobs.send(job)
        result: Load | Exception = self._jobs.recv()
        if isinstance(result, Exception):
            raise result
        return result
