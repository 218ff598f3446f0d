"""Keeps fulfilment webhooks going out: right after an answer, and every few seconds for what has to be tried again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.fulfil import DeliveryAttempt, deliver_due
from lightning_cart_host.server.log import Log

EVERY_SECONDS = 3.0
MAX_BACKGROUND_DELIVERIES = 16  # pieces of work behind answers at once
WORKERS = 4  # so that one address that does not answer holds up few others
GRACE_SECONDS = 5.0  # for tries that are under way when the host stops; one that is cut off is made again

type Deliver = Callable[[], Awaitable[list[DeliveryAttempt]]]


def log_attempts(log: Log, attempts: Iterable[DeliveryAttempt]) -> None:
    """Write one line for each try; effects that nobody wants are not told."""
    for attempt in attempts:
        if attempt.has_receiver:
            log("fulfilment", level=attempt.level, **attempt.log_fields)


class BackgroundDeliveries:
    """Work that goes on behind an answer.

    Args:
        log: Takes what came of it.
        grace: Seconds that it is left when the host stops.
        most: How many pieces of work go on at once.
    """

    def __init__(self, log: Log, grace: float = GRACE_SECONDS, most: int = MAX_BACKGROUND_DELIVERIES) -> None:
        self._log = log
        self._grace = grace
        self._most = most
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Deliver, request_id: str) -> None:
        """Let one piece of work go on by itself. What it raises is logged, and ends nothing else.

        Where many are under way already, it is left to `delivering`: addresses that do not answer must not pile up work here.
        """
        if len(self._tasks) >= self._most:
            return
        task = asyncio.create_task(self._watch(work, request_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self, work: Deliver, request_id: str) -> None:
        try:
            log_attempts(self._log, await work())
        except Exception as error:  # noqa: BLE001 - the answer is sent; the next run tries again
            self._log("fulfilment_failed", level="error", request_id=request_id, error=type(error).__name__)

    async def close(self) -> None:
        """Wait a little for what is under way, then cut it off."""
        if self._tasks:
            _, left = await asyncio.wait(self._tasks, timeout=self._grace)
            await _cancel_all(left)


async def _cancel_all(tasks: Iterable[asyncio.Task[None]]) -> None:
    held = list(tasks)
    for task in held:
        task.cancel()
    await asyncio.gather(*held, return_exceptions=True)


async def _keep_delivering(deliver: Deliver, log: Log, every: float, stopping: asyncio.Event) -> None:
    told = ""
    while not stopping.is_set():
        try:
            attempts = await deliver()
        except Exception as error:  # noqa: BLE001 - whatever it is, the next run may find it gone
            attempts = []
            # A failure that stays the same is told once: it would fill the log every few seconds.
            if type(error).__name__ != told:
                told = type(error).__name__
                log("fulfilment_failed", level="error", error=told, advice="lightning-cart doctor may know why")
        else:
            told = ""
            log_attempts(log, attempts)
        if not attempts:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), every)


@contextlib.asynccontextmanager
async def fulfilment_loop(
    engine: Engine, log: Log, *, every: float = EVERY_SECONDS, workers: int = WORKERS, grace: float = GRACE_SECONDS
) -> AsyncIterator[None]:
    """Deliver what is due while the block runs, and let the tries that are under way end.

    Args:
        engine: Whose effects.
        log: Takes one line for each try.
        every: Seconds between two looks where nothing is due.
        workers: How many tries are made at once.
        grace: Seconds that tries under way are left at the end.
    """

    async def deliver() -> list[DeliveryAttempt]:
        return await deliver_due(engine, 1)

    stopping = asyncio.Event()
    tasks = [asyncio.create_task(_keep_delivering(deliver, log, every, stopping)) for _ in range(workers)]
    try:
        yield
    finally:
        stopping.set()
        _, left = await asyncio.wait(tasks, timeout=grace)
        await _cancel_all(left)
