"""Ends a command in order when it is told to stop, and chooses its event loop."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence


def _stop_signals() -> Sequence[signal.Signals]:
    numbers = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup ignores it
        numbers.append(signal.SIGHUP)
    return numbers


@contextlib.asynccontextmanager
async def graceful_shutdown(signals: Sequence[signal.Signals] | None = None) -> AsyncIterator[Callable[[], None]]:
    """Cancel the block on `kill` and on a closed terminal, as on Ctrl-C, so that everything is closed.

    Only the first signal counts: a service manager may send one to a process and to its parent, which passes it on.

    Args:
        signals: The signals. Default: SIGINT, SIGTERM and SIGHUP.

    Yields:
        A function that does what the signals do.
    """
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    stopped = False

    def stop() -> None:
        nonlocal stopped
        if task and not stopped:
            task.cancel()
        stopped = True

    with contextlib.suppress(NotImplementedError):  # Windows has no such signals
        for number in _stop_signals() if signals is None else signals:
            loop.add_signal_handler(number, stop)
    try:
        yield stop
    except asyncio.CancelledError:
        if not stopped:
            raise


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Return an event loop of uvloop if that is installed, else of asyncio."""
    try:
        import uvloop  # noqa: PLC0415 - an extra that may not be installed
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def run_server(server: Coroutine[None, None, None]) -> None:
    """Run a server until it is stopped. Ctrl-C is its normal end, also on Windows, which has no signal handlers for it."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(server, loop_factory=new_event_loop)
