"""Sends fulfilment webhooks: right after a response, and every 3 seconds those that are due for a retry."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.fulfil import DeliveryAttempt, deliver_due
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
            await _cancel_all(running)


async def _cancel_all(tasks: Iterable[asyncio.Task[None]]) -> None:
    cancelled = list(tasks)
    for task in cancelled:
        task.cancel()
    await asyncio.gather(*cancelled, return_exceptions=True)


async def _keep_delivering(deliver: Deliver, log: Log, every: float, stopping: asyncio.Event) -> None:
    logged = ""
    while not stopping.is_set():
        try:
            attempts = await deliver()
        except Exception as error:  # noqa: BLE001 - the next run may succeed
            attempts = []
            # The same failure is logged once, because it would fill the log every 3 seconds.
            if type(error).__name__ != logged:
                logged = type(error).__name__
                log("fulfilment_failed", level="error", error=logged, advice="lightning-cart doctor may know why")
        else:
            logged = ""
            log_attempts(log, attempts)
        if not attempts:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), every)


@contextlib.asynccontextmanager
async def fulfilment_loop(
    engine: Engine, log: Log, *, every: float = EVERY_SECONDS, workers: int = WORKERS, grace: float = GRACE_SECONDS
) -> AsyncIterator[None]:
    """Deliver what is due during the block, and let running attempts finish at its end.

    Args:
        engine: The engine whose effects are delivered.
        log: Writes one line per attempt.
        every: Seconds between two looks if nothing is due.
        workers: The number of concurrent attempts.
        grace: Seconds that running attempts get at the end.
    """

    async def deliver() -> list[DeliveryAttempt]:
        return await deliver_due(engine, 1)

    stopping = asyncio.Event()
    tasks = [asyncio.create_task(_keep_delivering(deliver, log, every, stopping)) for _ in range(workers)]
    try:
        yield
    finally:
        stopping.set()
        _, running = await asyncio.wait(tasks, timeout=grace)
        await _cancel_all(running)
