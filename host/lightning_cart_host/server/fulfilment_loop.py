"""Sends fulfilment webhooks: right after a response, and every 3 seconds those that are due for a retry."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.fulfil import DeliveryAttempt, deliver_due
from lightning_cart_host.server.failure_log import FailureLog
from lightning_cart_host.server.log import Log

EVERY_SECONDS = 3.0
MAX_BACKGROUND_DELIVERIES = 16  # concurrent tasks after responses
WORKERS = 4  # so that one slow receiver delays few others
GRACE_SECONDS = 5.0  # for running attempts when the host stops; a cancelled attempt is repeated later

type Deliver = Callable[[], Awaitable[list[DeliveryAttempt]]]


def log_attempts(log: Log, attempts: Iterable[DeliveryAttempt]) -> None:
    """Log each attempt. Effects without a receiver are not logged."""
    for attempt in attempts:
        if attempt.has_receiver:
            log("fulfilment", level=attempt.level, **attempt.log_fields)


class BackgroundDeliveries:
    """Deliveries that run after a response.

    Args:
        log: Logs the attempts.
        grace: Seconds that running tasks get when the host stops.
        limit: The maximum number of concurrent tasks.
    """

    def __init__(self, log: Log, grace: float = GRACE_SECONDS, limit: int = MAX_BACKGROUND_DELIVERIES) -> None:
        self._log = log
        self._grace = grace
        self._limit = limit
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Deliver, request_id: str) -> None:
        """Run work in a new task. Its exceptions are logged.

        If the limit is reached, the work is left to `fulfilment_loop`, so that slow receivers cannot pile up tasks.
        """
        if len(self._tasks) >= self._limit:
            return
        task = asyncio.create_task(self._watch(work, request_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self, work: Deliver, request_id: str) -> None:
        try:
            log_attempts(self._log, await work())
        except Exception as error:  # noqa: BLE001 - the response is sent already, and the loop retries
            self._log("fulfilment_failed", level="error", request_id=request_id, error=type(error).__name__)

    async def close(self) -> None:
        """Wait up to the grace period for running tasks, then cancel the rest."""
        if self._tasks:
            _, running = await asyncio.wait(self._tasks, timeout=self._grace)
            await cancel_all(running)


async def cancel_all(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks, and wait until they have ended."""
    cancelled = list(tasks)
    for task in cancelled:
        task.cancel()
    await asyncio.gather(*cancelled, return_exceptions=True)


class Deliverer:
    """Several workers that deliver what is due. One of them at a time looks, and wakes the others if there is work.

    Args:
        engine: The engine whose effects are delivered.
        log: Writes one line per attempt.
        stopping: Ends the workers when it is set.
        every: Seconds between two looks if nothing is due.
        may_run: Called before each attempt; nothing is delivered while it returns False.
    """

    def __init__(
        self, engine: Engine, log: Log, stopping: asyncio.Event, every: float, may_run: Callable[[], bool] = lambda: True
    ) -> None:
        self._engine, self._log, self._stopping, self._every, self._may_run = engine, log, stopping, every, may_run
        self._turn, self._found, self._failures = asyncio.Lock(), asyncio.Event(), FailureLog(log, "fulfilment_failed")

    async def _deliver_one(self) -> bool:
        """Deliver one message, and return whether there was one."""
        if not self._may_run():
            return False
        try:
            attempts = await deliver_due(self._engine, 1)
        except Exception as error:  # noqa: BLE001 - the next run may succeed
            self._failures.add(error)
            return False
        self._failures.reset()
        log_attempts(self._log, attempts)
        return bool(attempts)

    async def _work(self) -> None:
        while not self._stopping.is_set():
            if await self._deliver_one():
                self._found.set()
                continue
            async with self._turn:
                self._found.clear()
                woken = [asyncio.create_task(event.wait()) for event in (self._stopping, self._found)]
                await asyncio.wait(woken, timeout=self._every, return_when=asyncio.FIRST_COMPLETED)
                await cancel_all(woken)

    async def run(self, workers: int) -> None:
        """Deliver with so many workers until the end."""
        await asyncio.gather(*(self._work() for _ in range(workers)))


@contextlib.asynccontextmanager
async def fulfilment_loop(
    engine: Engine, log: Log, *, every: float = EVERY_SECONDS, workers: int = WORKERS, grace: float = GRACE_SECONDS
) -> AsyncIterator[None]:
    """Deliver what is due during the block, and let running attempts finish at its end.

    It runs beside that of every other process, unlike `run_loops` of `server.loops`, which also reconciles.

    Args:
        engine: The engine whose effects are delivered.
        log: Writes one line per attempt.
        every: Seconds between two looks if nothing is due.
        workers: The number of concurrent attempts.
        grace: Seconds that running attempts get at the end.
    """
    stopping = asyncio.Event()
    task = asyncio.create_task(Deliverer(engine, log, stopping, every).run(workers))
    try:
        yield
    finally:
        stopping.set()
        await asyncio.wait([task], timeout=grace)
        await cancel_all([task])
