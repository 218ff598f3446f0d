"""Runs the engine's loops in this process, as long as no other process with the same database does.

They deliver fulfilment webhooks, compare orders with the providers, and end what waited in vain. `lightning-cart serve` calls
`run_loops` in each of its processes, and so does an application that mounts the engine.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from weakref import WeakSet

from lightning_cart.storage.loop_leases import Loop
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.reconcile import reconcile
from lightning_cart.usecases.tidy import tidy
from lightning_cart_host.server.failure_log import FailureLog
from lightning_cart_host.server.fulfilment_loop import EVERY_SECONDS, WORKERS, Deliverer, cancel_all
from lightning_cart_host.server.lease_keeper import EXTEND_SECONDS, LOOK_SECONDS, LeaseKeeper, wait
from lightning_cart_host.server.log import JsonLog, Log

ITEMS_PER_RUN = 200  # orders, refunds or parked events
GRACE_SECONDS = 20.0  # for the items under way when the host stops: longer than one exchange; others are continued later
_RELEASE_SECONDS = 5.0  # for a database that does not answer

_engines = WeakSet[Engine]()

type GoOn = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class LoopTimes:
    """Seconds between two rounds.

    Args:
        deliver: Between two looks for messages that are due, if none is.
        reconcile: Between two runs of the reconciler, in all processes together. They differ by up to a tenth.
        tidy: The same for tidying.
        tick: Between two looks whether a run is due.
        extend: Between two extensions of the leases.
        look: Between two looks whether the leases are free, while another process has them.
        grace: For the items under way at the end.
    """

    deliver: float = EVERY_SECONDS
    reconcile: float = 180.0
    tidy: float = 3600.0
    tick: float = 1.0
    extend: float = EXTEND_SECONDS
    look: float = LOOK_SECONDS
    grace: float = GRACE_SECONDS


_TIMES = LoopTimes()


def are_running(engine: Engine) -> bool:
    """Return whether the loops of an engine are run by this process whenever no other one does."""
    return engine in _engines


async def _reconcile(engine: Engine, log: Log, go_on: GoOn) -> None:
    report = await reconcile(engine, ITEMS_PER_RUN, go_on=go_on)
    if report.settled or report.expired or report.discrepancies or report.skipped_providers:
        log("reconciled", level="warning" if report.discrepancies else "info", **report.log_fields)


async def _tidy(engine: Engine, log: Log, go_on: GoOn) -> None:
    if applied := await tidy(engine, ITEMS_PER_RUN, go_on=go_on):
        log("tidied", applied=applied)


class _Loops:
    """The loops of one engine.

    Args:
        engine: The engine.
        log: Writes what they do.
        times: When they do it.
    """

    def __init__(self, engine: Engine, log: Log, times: LoopTimes) -> None:
        self._engine, self._log, self._times = engine, log, times
        self._keeper = LeaseKeeper(engine, log, times.extend, times.look)
        self.stopping = asyncio.Event()

    def _may_run(self, loop: Loop) -> bool:
        return self._keeper.holds(loop) and not self.stopping.is_set()

    async def _repeat(self, loop: Loop, every: float, run: Callable[[Engine, Log, GoOn], Awaitable[None]], failed: str) -> None:
        """Run a loop whenever its interval has passed since the last run in any process."""
        # Several hosts that were started at the same time must not stay in step.
        interval = every * random.uniform(0.9, 1.1)
        tried, failures, now = float("-inf"), FailureLog(self._log, failed), asyncio.get_running_loop().time
        while not self.stopping.is_set():
            is_due = self._keeper.seconds_since_run(loop) >= interval and now() - tried >= interval
            if is_due and self._may_run(loop):
                tried = now()
                try:
                    await run(self._engine, self._log, lambda: self._may_run(loop))
                    if self._may_run(loop):  # otherwise whoever takes over continues at once
                        await self._keeper.record_run(loop)
                    failures.reset()
                except Exception as error:  # noqa: BLE001 - the next run may succeed
                    failures.add(error)
            await wait(self.stopping, self._times.tick)

    async def run(self) -> None:
        """Run all loops until `stopping` is set; their items under way may end."""
        ended = asyncio.Event()
        await self._keeper.try_to_renew()  # so that the loops do not find out a round later
        keeping = asyncio.create_task(self._keeper.keep(ended))
        times, deliver = self._times, lambda: self._may_run(Loop.DELIVER)
        tasks = [
            asyncio.create_task(Deliverer(self._engine, self._log, self.stopping, times.deliver, deliver).run(WORKERS)),
            asyncio.create_task(self._repeat(Loop.RECONCILE, times.reconcile, _reconcile, "reconciling_failed")),
            asyncio.create_task(self._repeat(Loop.TIDY, times.tidy, _tidy, "tidying_failed")),
        ]
        try:
            await self.stopping.wait()
            await asyncio.wait(tasks, timeout=times.grace)
        finally:
            await cancel_all(tasks)
            ended.set()
            await asyncio.wait([keeping], timeout=_RELEASE_SECONDS)
            await cancel_all([keeping])


@contextlib.asynccontextmanager
async def run_loops(engine: Engine, log: Log | None = None, *, times: LoopTimes = _TIMES) -> AsyncIterator[Callable[[], None]]:
    """Run an engine's loops during the block, whenever no other process with the same database does.

    At the end the items under way may finish, and another process takes over.

    Args:
        engine: The engine.
        log: Writes what the loops do. Default: JSON on standard error.
        times: The seconds between two rounds.

    Yields:
        A function that stops the loops before the end of the block.
    """
    loops = _Loops(engine, log or JsonLog(), times)
    running = asyncio.create_task(loops.run())
    _engines.add(engine)
    try:
        yield loops.stopping.set
    finally:
        _engines.discard(engine)
        loops.stopping.set()
        await running
