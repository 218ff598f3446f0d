"""Leaves alone a provider that does not answer: for the rest of a run, and for longer after each further failure."""

from lightning_cart.storage.reconcile_queue import ReconcileQueue

_FIRST_BACKOFF_SECONDS, _MAX_BACKOFF_SECONDS = 300, 3600


class Backoff:
    """Decides which providers a run may ask.

    Args:
        queue: Keeps the pauses between runs.
        skipped: Receives each provider that is skipped.
    """

    def __init__(self, queue: ReconcileQueue, skipped: list[str]) -> None:
        self.queue, self.skipped = queue, skipped
        self._answered: set[str] = set()  # in this run: their pause need not be read or reset again

    async def allows(self, provider: str, now: int) -> bool:
        """Return whether a provider may be asked."""
        if provider in self.skipped:
            return False
        if provider not in self._answered and await self.queue.is_backing_off(provider, now):
            self.skipped.append(provider)
            return False
        return True

    async def record_answer(self, provider: str) -> None:
        """End a provider's pause."""
        if provider not in self._answered:
            await self.queue.reset_backoff(provider)
            self._answered.add(provider)

    async def record_failure(self, provider: str, now: int) -> None:
        """Skip a provider for the rest of the run, and pause it for longer than the last time."""
        self.skipped.append(provider)
        await self.queue.back_off(provider, now, _FIRST_BACKOFF_SECONDS, _MAX_BACKOFF_SECONDS)
