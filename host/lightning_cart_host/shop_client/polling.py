"""Waits for a condition that only asking again can show."""

import asyncio
import time
from collections.abc import Awaitable, Callable


async def wait_until(condition: Callable[[], Awaitable[bool]], timeout: float, interval: float = 0.1) -> bool:  # noqa: ASYNC109 - a result, not a cancellation
    """Check a condition until it holds or the time is over.

    Args:
        condition: The check.
        timeout: Seconds after which no further check starts.
        interval: Seconds between two checks.

    Returns:
        Whether the condition holds.
    """
    deadline = time.monotonic() + timeout
    while not await condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(interval)
    return True
