"""Keeps the leases of the loops for one process: takes those that no other has, extends them in time, and releases them."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Callable, Mapping

from lightning_cart.storage.loop_leases import LEASE_SECONDS, Loop, LoopLeases, LoopState
from lightning_cart.usecases.engine import Engine
from lightning_cart_host.server.failure_log import FailureLog
from lightning_cart_host.server.log import Log

EXTEND_SECONDS = 5.0  # between two extensions by the holder
LOOK_SECONDS = 3.0  # between two looks of the others; they only read
# The holder stops this long before its lease ends, because another machine's clock may be ahead of its own.
_MARGIN_SECONDS = 5.0


async def wait(event: asyncio.Event, seconds: float) -> None:
    """Wait until an event is set, or for so many seconds."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


class LeaseKeeper:
    """The leases of this process.

    Args:
        engine: Has the database and the clock.
        log: Gets a line whenever this process begins or ends to hold leases, and for the first of several equal failures.
        extend: Seconds between two extensions.
        look: Seconds between two looks while another process has every lease.
        monotonic: Returns seconds that never go back.
    """

    def __init__(
        self,
        engine: Engine,
        log: Log,
        extend: float = EXTEND_SECONDS,
        look: float = LOOK_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine, self._log, self._extend, self._look, self._monotonic = engine, log, extend, look, monotonic
        holder = f"{socket.gethostname()}:{os.getpid()}:{engine.ports.new_id()[-8:]}"
        self._leases = LoopLeases(engine.ports.database, holder)
        self._states: Mapping[Loop, LoopState] = dict.fromkeys(Loop, LoopState())
        self._held_until: dict[Loop, float] = {}
        self._logged: tuple[Loop, ...] = ()
        self._failures = FailureLog(log, "loops_failed")

    def holds(self, loop: Loop) -> bool:
        """Return whether this process has the lease of a loop."""
        return self._monotonic() < self._held_until.get(loop, 0)

    def seconds_since_run(self, loop: Loop) -> float:
        """Return the seconds since a loop's last run in any process; many if there was none, or a wrong clock recorded it."""
        seconds = self._engine.now() - self._states[loop].ran_at
        return seconds if seconds >= 0 else float("inf")

    async def renew(self) -> None:
        """Take or extend the leases. One round trip, unless another process has just lost them.

        Raises:
            StorageUnavailable: The database did not answer; leases that are held last until they end.
        """
        asked, now = self._monotonic(), self._engine.now()
        if not any(map(self.holds, Loop)):
            self._states = await self._leases.read()
            if all(state.is_held(now) for state in self._states.values()):
                return self._log_change()
        self._states = await self._leases.take(now)
        held = [loop for loop, state in self._states.items() if state.holder == self._leases.holder]
        self._held_until = dict.fromkeys(held, asked + LEASE_SECONDS - _MARGIN_SECONDS)
        return self._log_change()

    def _log_change(self) -> None:
        held = tuple(filter(self.holds, Loop))
        if held != self._logged:
            self._log("loops", level="info" if held else "warning", running=[loop.value for loop in held])
            self._logged = held

    async def try_to_renew(self) -> None:
        """Renew the leases, or log why that failed. The next attempt is only seconds away."""
        try:
            await self.renew()
            self._failures.reset()
        except Exception as error:  # noqa: BLE001 - the next attempt may succeed
            self._failures.add(error)

    async def keep(self, ended: asyncio.Event) -> None:
        """Renew the leases again and again until an event is set, then release them, so that others take over at once."""
        while not ended.is_set():
            await wait(ended, self._extend if any(map(self.holds, Loop)) else self._look)
            if not ended.is_set():
                await self.try_to_renew()
        self._held_until = {}
        with contextlib.suppress(Exception):  # they end by themselves
            await self._leases.release(self._engine.now())

    async def record_run(self, loop: Loop) -> None:
        """Record that a run of a loop ended, for whichever process runs it next."""
        now = self._engine.now()
        await self._leases.record_run(loop, now)
        self._states = {**self._states, loop: self._states[loop]._replace(ran_at=now)}
