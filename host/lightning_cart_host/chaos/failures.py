"""Kills engines and restarts their database while buyers buy."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.adapters.proxies import NO_PROXY_MOUNTS
from lightning_cart_host.chaos.plan import ChaosPlan
from lightning_cart_host.chaos.servers import ChaosServers
from lightning_cart_host.shop_client.polling import wait_until

_PAUSE_SECONDS = (1.0, 4.0)  # between two failures: any between these
_HEAL_SECONDS, _POLL_SECONDS = 60.0, 0.05
_RESTARTS = 2


@dataclass(slots=True)
class Failures:
    """What failed during the purchases.

    Args:
        kills: The name of each engine that was killed, and when, in Unix seconds.
        healing: After each restart of the database, the seconds until all engines could take orders again.
    """

    kills: list[tuple[str, float]] = field(default_factory=list)
    healing: list[float] = field(default_factory=list)


class _Injector:
    """Lets one thing fail after another.

    Args:
        servers: The running servers.
        plan: The options of the run.

    Attributes:
        failures: What failed so far.
        stopping: Set it to end.
    """

    def __init__(self, servers: ChaosServers, plan: ChaosPlan) -> None:
        self._servers, self._plan = servers, plan
        self._generator = random.Random(plan.seed)
        self.failures, self.stopping, self._bought = Failures(), asyncio.Event(), 0

    async def run(self) -> None:
        """Kill engines until two thirds of the purchases are made, as the last ones need no repair; restart the database twice.

        Raises:
            ConfigurationError: An engine or the database does not start again.
        """
        while 3 * self._bought < 2 * self._plan.orders or self._is_restart_due():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), self._generator.uniform(*_PAUSE_SECONDS))
                return
            if self._is_restart_due():
                await self._restart_database()
            elif self._plan.engines > 1:
                await self._kill_engine()

    def _is_restart_due(self) -> bool:
        """Return whether the database has to be restarted: after a quarter of the purchases, and after a half."""
        done = len(self.failures.healing)
        return self._servers.postgres is not None and done < _RESTARTS and 4 * self._bought > (done + 1) * self._plan.orders

    async def _kill_engine(self) -> None:
        engine = self._generator.choice(self._servers.engines)
        await engine.kill()
        self.failures.kills.append((engine.name, time.time()))  # behind everything that it logged
        await engine.start()

    async def _restart_database(self) -> None:
        if self._servers.postgres is None:
            return
        started = time.monotonic()
        await asyncio.to_thread(self._servers.postgres.restart)
        if not await wait_until(self._all_healthy, _HEAL_SECONDS, _POLL_SECONDS):
            raise ConfigurationError(
                f"engines take no orders {_HEAL_SECONDS:.0f} seconds after a restart of PostgreSQL: read their logs (--keep)"
            )
        self.failures.healing.append(round(time.monotonic() - started, 1))

    async def _all_healthy(self) -> bool:
        async with httpx.AsyncClient(mounts=NO_PROXY_MOUNTS, timeout=10) as client:
            with contextlib.suppress(httpx.HTTPError):
                answers = [await client.get(f"{engine.url}/health") for engine in self._servers.engines]
                return all(answer.status_code == 200 for answer in answers)
        return False

    def count(self) -> None:
        """Count a purchase."""
        self._bought += 1


@contextlib.asynccontextmanager
async def failing(servers: ChaosServers, plan: ChaosPlan) -> AsyncIterator[_Injector]:
    """Let engines and the database fail during the block. At its end all run.

    Args:
        servers: The running servers.
        plan: The options of the run.

    Raises:
        ConfigurationError: One of them does not start again, which ends the block at once.
    """
    injector, block = _Injector(servers, plan), asyncio.current_task()
    task = asyncio.create_task(injector.run())

    def end_block(ended: asyncio.Task[None]) -> None:
        if block and not injector.stopping.is_set() and not ended.cancelled() and ended.exception():
            block.cancel()

    task.add_done_callback(end_block)
    try:
        yield injector
    finally:
        injector.stopping.set()
        await task
