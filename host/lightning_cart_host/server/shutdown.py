"""Ends a command in order when it is told to stop."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Coroutine


@contextlib.asynccontextmanager
async def graceful_shutdown() -> AsyncIterator[None]:
    """Cancel the block on `kill` and on a closed terminal, as on Ctrl-C, so that everything is closed."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    stopped = False

    def stop() -> None:
        nonlocal stopped
        stopped = True
        if task:
            task.cancel()

    numbers = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup ignores it
        numbers.append(signal.SIGHUP)
    with contextlib.suppress(NotImplementedError):  # Windows has no such signals
        for number in numbers:
            loop.add_signal_handler(number, stop)
    try:
        yield
    except asyncio.CancelledError:
        if not stopped:
            raise


def run_server(server: Coroutine[None, None, None]) -> None:
    """Run a server until it is stopped. Ctrl-C is its normal end, also on Windows, which has no signal handlers for it."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(server)
