"""A bound on concurrent exchanges for each origin, so that a slow provider holds up nobody else's."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Hashable

from lightning_cart.errors import ProviderUnavailable


class _Places(asyncio.Semaphore):
    users = 0  # exchanges that have a place or wait for one


class OriginLimit:
    """Places for exchanges, as many for each origin.

    Args:
        max_exchanges: How many exchanges with one origin run at a time.
        max_wait: Seconds to wait for a place. Places are given in the order in which they were asked for.
    """

    def __init__(self, max_exchanges: int, max_wait: float) -> None:
        self._max_exchanges = max_exchanges
        self._max_wait = max_wait
        self._places: dict[Hashable, _Places] = {}  # only of origins that are in use: nothing is left to remove

    @contextlib.asynccontextmanager
    async def place(self, origin: Hashable, host: str) -> AsyncIterator[None]:
        """Hold a place while the block runs.

        Args:
            origin: Whose places they are.
            host: The name of the origin in the error.

        Raises:
            ProviderUnavailable: No place became free in time.
        """
        places = self._places.setdefault(origin, _Places(self._max_exchanges))
        places.users += 1
        try:
            await self._take(places, host)
            try:
                yield
            finally:
                places.release()
        finally:
            places.users -= 1
            if not places.users:
                del self._places[origin]

    async def _take(self, places: _Places, host: str) -> None:
        if not places.locked():
            await places.acquire()  # at once
            return
        try:
            async with asyncio.timeout(self._max_wait):
                await places.acquire()
        except TimeoutError:
            reason = (
                f"is too slow: for {self._max_wait:g} seconds, none of {self._max_exchanges} requests under way was answered"
            )
            raise ProviderUnavailable(host, reason) from None
